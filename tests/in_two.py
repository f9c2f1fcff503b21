"""All tests in two processes of pytest at once, which end in one summary.

Much of the time a test has work for one core alone. The first process has the tests that share a
finished workflow, so that it is run once; the second has all others, and its output comes last.
Arguments go to both.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED_RUNS = re.compile(r"\b(small_run|local_reduced_run)\b")  # fixtures of conftest.py
COUNTS = re.compile(r"(\d+) (passed|failed|skipped|errors?|warnings?|deselected)\b")


def groups(folder: Path) -> tuple[list[Path], list[Path]]:
    """The test files in a folder: those that share a run, and the others."""
    files = sorted(folder.rglob("test_*.py"))
    sharing = [path for path in files if SHARED_RUNS.search(path.read_text())]
    return sharing, [path for path in files if path not in sharing]


def run(folder: Path, arguments: Sequence[str]) -> int:
    """Run the tests in a folder; the status is 0 where those of both processes are."""
    begin = time.monotonic()
    pytest = [sys.executable, "-m", "pytest", *arguments]
    commands = [[*pytest, *map(str, files)] for files in groups(folder)]
    pipe = {"stderr": subprocess.STDOUT, "text": True}
    with tempfile.TemporaryFile("w+") as later:
        second = subprocess.Popen(commands[1], stdout=later, **pipe)
        first = subprocess.Popen(commands[0], stdout=subprocess.PIPE, **pipe)
        last = [shown(first.stdout)]
        statuses = first.wait(), second.wait()
        later.seek(0)
        last.append(shown(later))
    print(summary(last, time.monotonic() - begin))
    return max(map(abs, statuses))


def shown(lines: Iterable[str]) -> str:
    """Print lines as they come, and return the last."""
    line = ""
    for line in lines:
        print(line, end="", flush=True)
    return line


def summary(last: Sequence[str], seconds: float) -> str:
    """One line of the last lines of several processes, in pytest's form."""
    counts = Counter()
    for line in last:
        counts.update({what.rstrip("s"): int(n) for n, what in COUNTS.findall(line)})
    plural = {"error": "errors", "warning": "warnings"}
    texts = [f"{n} {plural.get(what, what) if n > 1 else what}" for what, n in counts.items()]
    clock = f"{seconds // 3600:.0f}:{seconds // 60 % 60:02.0f}:{seconds % 60:02.0f}"
    text = f" {', '.join(texts)} in {seconds:.2f}s ({clock}) "
    return f"{text:=^100}"


if __name__ == "__main__":
    sys.exit(run(HERE, sys.argv[1:]))
