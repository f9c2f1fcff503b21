"""Two processes of pytest, as `make test` starts them: no test is lost, and no failure."""

import re

import pytest
from in_two import HERE, groups, run, summary


def test_every_test_file_is_in_one_of_two_groups():
    first, second = groups(HERE)
    assert sorted(first + second) == sorted(HERE.rglob("test_*.py"))
    sharing = {str(path.relative_to(HERE)) for path in first}
    assert {"workflow/test_run.py", "report/test_page.py", "cluster/test_slurm.py"} < sharing
    assert not any(name.startswith(("unit/scores/", "faults/")) for name in sharing)


PASSES, FAILS, SKIPS = (
    "def test_a(): pass\n",
    "def test_a(): assert False\n",
    "import pytest\ndef test_a(): pytest.skip()\n",
)


@pytest.mark.parametrize(
    ("sharing", "other", "status", "said"),
    [
        ([PASSES], [PASSES, SKIPS], 0, r"= 2 passed, 1 skipped in [\d.]+s \(0:00:\d\d\) =+$"),
        ([FAILS], [PASSES], 1, r"= 1 failed, 1 passed in "),
        ([PASSES], [PASSES, FAILS], 1, r"= 2 passed, 1 failed in "),
        ([PASSES], ["import none_such\n"], 2, r"= 1 passed, 1 error in "),
    ],
)
def test_one_summary_of_both(tmp_path, capsys, sharing, other, status, said):
    for number, text in enumerate(sharing):
        (tmp_path / f"test_shared{number}.py").write_text(f"# small_run\n{text}")
    for number, text in enumerate(other):
        (tmp_path / f"test_other{number}.py").write_text(text)
    assert run(tmp_path, ["-q", "-p", "no:cacheprovider"]) == status
    printed = capsys.readouterr().out
    assert re.search(said, printed.splitlines()[-1]), printed


def test_a_summary_is_a_line_of_pytest():
    lines = ["===== 12 passed, 1 skipped, 2 warnings in 3.00s =====", "1 passed, 1 warning in 9s"]
    assert " 13 passed, 1 skipped, 3 warnings in 3725.40s (1:02:05) " in summary(lines, 3725.4)
