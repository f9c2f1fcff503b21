"""summary.html of a run that failed: which recordings it names, and what is left to be done."""

import sys
from types import SimpleNamespace

import pytest

from nma.report.incomplete import unfinished, write_incomplete_summary


def a_job(rule, *, output=(), log=(), **wildcards):
    return SimpleNamespace(
        rule=SimpleNamespace(name=rule),
        output=[str(path) for path in output],
        log=[str(path) for path in log],
        wildcards_dict=wildcards,
    )


class Dag:
    """Jobs of a run, of which some are still to be done; dependencies: {number of a job: jobs}."""

    def __init__(self, jobs, to_do, dependencies=None):
        self.jobs, self.to_do = jobs, to_do
        needed = dependencies or {}
        self.dependencies = Lookup([(job, needed.get(n, [])) for n, job in enumerate(jobs)])

    def needrun_jobs(self):
        return [job for job in self.jobs if self.needrun(job)]

    def needrun(self, job):
        return any(job is other for other in self.to_do)

    def finished(self, job):
        return False


class Lookup(list):
    """A dict whose keys are found by identity."""

    def __getitem__(self, key):
        return next(value for other, value in self if other is key)


@pytest.fixture
def logs(tmp_path):
    """A function that writes the log of a job that has failed."""

    def log(name, sentence):
        path = tmp_path / f"{name}.log"
        path.write_text(f"nma: error: {sentence}\n")
        return path

    return log


def test_the_errors_of_a_recording_are_those_of_jobs_that_have_started(logs):
    failed = a_job("import_recording", log=[logs("a", "a.npy: damaged.")], recording="a")
    waiting = a_job("fit_pca", log=[logs("old", "of an older run.")], recording="a")
    null = a_job("train_model", log=[logs("b", "no memory.")], recording="b/null/1")
    done = a_job("import_recording", log=[logs("c", "of an older run.")], recording="c")
    page = a_job("render_summary")
    jobs = [failed, waiting, null, done, page]
    dag = Dag(jobs, [failed, waiting, null, page], {1: [failed], 2: [done]})
    assert unfinished(dag) == {"a": ["a.npy: damaged."], "b": ["no memory."]}


@pytest.fixture
def summary(tmp_path):
    """Files of an older summary and its jobs, and the paths whose records were removed."""
    names = ("summary.html", "summary/r2.svg", "summary/r2.png", "summary.tsv")
    outputs = [tmp_path / name for name in names]
    for path in outputs:
        path.parent.mkdir(exist_ok=True)
        path.write_text("older")
    forgotten = []
    return SimpleNamespace(
        outputs=outputs,
        render=a_job("render_summary", output=outputs[:3]),
        gather=a_job("gather_metrics", output=outputs[3:]),
        persistence=SimpleNamespace(cleanup_metadata=forgotten.append),
        forgotten=forgotten,
    )


def write(dag, summary):
    write_incomplete_summary(
        dag,
        summary.persistence,
        template="workflow/report/summary.html.j2",
        folder=summary.outputs[0].parent / "summary",
        settings={
            "recordings": {"a": {"layers": ["L1"], "split": "test"}},
            "models": [],
            "sources": {},
            "style": {},
        },
    )


def test_the_page_of_a_failed_run_is_older_than_any_input_and_has_no_record(logs, summary):
    failed = a_job("import_recording", log=[logs("a", "a.npy: damaged.")], recording="a")
    jobs = [failed, summary.render, summary.gather]
    write(Dag(jobs, jobs), summary)
    page, *others = summary.outputs
    assert "a.npy: damaged." in page.read_text()
    assert page.stat().st_mtime == 1
    assert not any(path.exists() for path in others)
    assert summary.forgotten == [str(path) for path in summary.outputs]


def test_a_table_that_is_complete_stays(logs, summary):
    """Where all that failed is a report."""
    failed = a_job("render_report", log=[logs("a", "no caption.")], recording="a")
    write(Dag([failed, summary.render, summary.gather], [failed]), summary)
    assert "no caption." in summary.outputs[0].read_text()
    assert summary.outputs[3].read_text() == "older"
    assert summary.forgotten == [str(path) for path in summary.outputs[:3]]


def test_nothing_is_written_without_an_unfinished_recording_or_a_summary(logs, summary):
    failed = a_job("import_recording", log=[logs("a", "a.npy: damaged.")], recording="a")
    write(Dag([failed], [failed]), summary)
    write(Dag([summary.render, summary.gather], [summary.render]), summary)
    assert {path.read_text() for path in summary.outputs} == {"older"}
    assert summary.forgotten == []


def test_without_its_libraries_the_page_is_missing_and_not_an_older_one(
    logs, summary, monkeypatch, capsys
):
    failed = a_job("import_recording", log=[logs("a", "a.npy: damaged.")], recording="a")
    monkeypatch.setitem(sys.modules, "nma.report.summary", None)
    write(Dag([failed, summary.render], [failed, summary.render]), summary)
    assert not summary.outputs[0].exists()
    assert f"{summary.outputs[0]} is not written: " in capsys.readouterr().err
