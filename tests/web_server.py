"""A web server of the tests' own: with ranges of bytes or without, and an archive's redirects."""

import re
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import requests


class Handler(BaseHTTPRequestHandler):
    """Serves the server's folder. /api/... redirects to /blobs/..., as archives do; /whole/...
    knows no ranges; /shy/... breaks off within each range, /late/... within each but the first;
    /403/... refuses; /sent counts."""

    def do_GET(self):
        way, _, name = self.path.strip("/").partition("/")
        if way == "sent":
            self.answer(200, str(self.server.sent).encode())
            return
        if way == "api":
            self.answer(302, b"", Location=f"/blobs/{name}?signature=secret")
            return
        path = Path(self.server.folder, unquote(name.split("?")[0]))
        if way == "403" or not path.is_file():
            self.answer(403 if way == "403" else 404, b"")
            return
        content = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if way == "whole" or not asked:
            self.server.sent += len(content)
            self.answer(200, content)
            return
        start, end = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        part = content[start : end + 1]
        self.server.sent += len(part)
        length = len(part)
        if (way == "shy" or (way == "late" and start > 0)) and length > 100:
            part, self.close_connection = part[:100], True
        headers = {"Content-Range": f"bytes {start}-{end}/{len(content)}", "ETag": '"v1"'}
        self.answer(206, part, length, **headers)

    def answer(self, status, body, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(NamedTuple):
    """The address of a server in a process of its own, and how to ask it."""

    address: str

    def sent(self):
        """How many bytes of files it has sent."""
        return int(requests.get(f"{self.address}/sent", timeout=10).text)


@contextmanager
def web_server(folder):
    """Yield a server of the files in a folder.

    It is another process: a thread beside one that reads HDF5 could wait for its locks.
    """
    command = [sys.executable, __file__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.terminate()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.folder, server.sent = sys.argv[1], 0
    print(server.server_port, flush=True)
    server.serve_forever()
