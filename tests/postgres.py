"""A PostgreSQL server of a test's own, on the loopback address, that can be stopped and started."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


class Postgres:
    """In `folder`; as the user postgres where tests run as root, which the server refuses."""

    def __init__(self, folder):
        self.folder, self.log = Path(folder) / "data", Path(folder) / "log"
        self.bin = BINARIES[-1].parent
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql+psycopg://nma@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "-D", self.folder, "-U", "nma", "-A", "trust")

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder.parent}"
        self._run("pg_ctl", "-D", self.folder, "-l", self.log, "-w", "-o", options, "start")

    def stop(self):
        self._run("pg_ctl", "-D", self.folder, "-w", "-m", "immediate", "stop")

    def _run(self, name, *arguments):
        command = [*self.user, str(self.bin / name), *map(str, arguments)]
        # The server keeps what it is given as output open, so that it must not be a pipe.
        result = subprocess.run(
            command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60
        )
        assert result.returncode == 0, (command, self.log.exists() and self.log.read_text())
