"""Runs of the real workflow in copies of the project, for the tests."""

import copy
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

# Small enough for a test, with everything in it: three layers, networks of one layer and shared.
SMALL = {
    "recordings": [
        {
            "name": "small",
            "bin_seconds": 1.2,
            "simulate": {
                "neurons": 150,
                "bins": 1200,
                "planes": 3,
                "latents": 40,
                "face_components": 10,
                "seed": 3,
            },
        }
    ],
    "layers": {"count": 3},
    "models": [
        {"name": "rnn", "class": "residual_rnn"},
        {"name": "gru"},
        {"name": "lstm", "scope": "shared", "dims": 3},
    ],
    "scores": {"retrainings": 1},
    "training": {"windows": {"steps": 30, "evaluate_every": 10}},
    "figures": {"dpi": 80},
}

# The smallest demo: a network and everything that follows from it, but for the null of networks.
REDUCED = {
    "recordings": [
        {
            "name": "reduced",
            "bin_seconds": 1.2,
            "simulate": SMALL["recordings"][0]["simulate"]
            | {"neurons": 60, "bins": 600, "planes": 2},
        }
    ],
    "layers": {"count": 2},
    "models": [{"name": "residual_gru"}],
    "scores": {"retrainings": 0},
    "training": {"windows": {"steps": 20, "evaluate_every": 10}},
    "figures": {"dpi": 80},
}


class Project:
    """A copy of the project's files in `folder`, with its own config and results."""

    def __init__(self, folder, config):
        self.folder = Path(folder)
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.check_output(listed, cwd=ROOT, text=True).split("\0"):
            if name and (ROOT / name).is_file() and not name.startswith("tests/"):
                target = self.folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / name).read_bytes())
        # As after `make`: the interpreter lies in the project, whose path may have a space.
        (self.folder / ".venv").symlink_to(sys.prefix)
        self.configure(config)

    def copied(self, folder, config=None):
        """The same with all that it has made, in another folder, and with another config."""
        project = copy.copy(self)
        project.folder = Path(folder)
        shutil.copytree(self.folder, project.folder, symlinks=True)
        if config:
            project.configure(config)
        return project

    def configure(self, config):
        (self.folder / "test.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def snakemake(self, *arguments, cores=2, check=True):
        """Run snakemake there; stderr stands in stdout. With `check`, an error fails the test."""
        command = [".venv/bin/python", "-m", "snakemake", "--configfile", "test.yaml"]
        result = subprocess.run(
            [*command, "--cores", str(cores), *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        assert not check or result.returncode == 0, result.stdout[-6000:]
        return result

    def pending(self, *arguments):
        """{rule: number of jobs} that a dry run wants, without the targets."""
        output = self.snakemake("--dry-run", *arguments).stdout
        if "Nothing to be done" in output:
            return {}
        counts = re.findall(r"^(\w+)\s+(\d+)$", output.split("total")[0], flags=re.M)
        return {rule: int(n) for rule, n in counts if rule not in ("all", "tune", "job")}

    def files(self, pattern):
        """{relative path: bytes} of results that match."""
        results = self.folder / "results"
        return {
            str(path.relative_to(results)): path.read_bytes()
            for path in sorted(results.glob(pattern))
            if path.is_file()
        }
