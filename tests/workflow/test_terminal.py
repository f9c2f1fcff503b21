"""What a run shows: a bar on a terminal, every job without one, and the reports at its end."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import numpy as np
import pytest

WIDTH = 120


def on_terminal(project, *arguments):
    """The lines that a run prints on a terminal, with what a bar wrote over one another apart."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, WIDTH, 0, 0))
    command = [".venv/bin/python", "-m", "snakemake", "--configfile", "test.yaml", "--cores", "2"]
    process = subprocess.Popen(
        [*command, *arguments], cwd=project.folder, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # how Linux tells that the other end is closed
        pass
    process.wait()
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;]*[mK]", "", said.decode())
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


@pytest.fixture
def project(local_reduced_run, tmp_path):
    """The finished reduced demo without its report and one of its figures: two jobs, and `all`."""
    project = local_reduced_run.copied(tmp_path / "p")
    for name in ("report.html", "figures/raster.png"):
        (project.folder / "results/reduced" / name).unlink()
    return project


def test_a_terminal_shows_a_bar_and_the_report(project):
    lines = on_terminal(project)
    assert not any("reason:" in line or line.startswith("rule ") for line in lines)
    bars = [line for line in lines if " of 3 jobs, " in line]
    assert bars[0].strip().startswith("0 % |") and any("plot_raster" in line for line in bars)
    assert bars[-1].strip().startswith("100 % |")
    (report,) = (line for line in lines if line.startswith("results/reduced/report.html: "))
    assert "latent dims describe" in report or "No model is shown" in report
    assert len(lines) - len(bars) < 50
    assert any(line.startswith("Complete log(s): ") for line in lines)


def test_an_error_is_told_whole_and_once(project):
    np.save(project.folder / "bad.npy", {"spks": np.ones((4, 40))}, allow_pickle=True)
    bad = {"name": "bad", "path": "bad.npy", "bin_seconds": 1}
    settings = {"recordings": [bad], "models": [], "layers": {"count": 2}}
    project.configure(settings)
    lines = on_terminal(project)
    told = [line for line in lines if line.startswith("nma: error: ")]
    assert len(told) == 1 and "bad.npy: sresp: found no such key among spks" in told[0]
    assert any("Error in rule import_recording" in line for line in lines)
    assert any("results/bad/logs/import_recording.log" in line for line in lines)


def test_without_a_terminal_every_job_is_told(project):
    said = project.snakemake().stdout
    assert "rule render_report:" in said and " of 3 jobs, " not in said
    assert "\nresults/reduced/report.html: " in said
