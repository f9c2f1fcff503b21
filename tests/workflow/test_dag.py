"""The DAG of many recordings: its jobs, and what it costs (benchmarks/dag.py measures more)."""

import resource

from project import Project

RECORDINGS = 10
# Nine layers, three models, three seeds. Ten recordings took 11 s beside other work; a slower
# processor may take several times as long.
JOBS, SECONDS = 284, 60


def test_jobs_and_cpu_seconds_of_ten_recordings(tmp_path):
    items = [
        {"name": f"mouse_{number}", "bin_seconds": 1, "simulate": {"seed": number}}
        for number in range(RECORDINGS)
    ]
    config = {"recordings": items, "seeds": [0, 1, 2], "scores": {"retrainings": 0}}
    project = Project(tmp_path / "p", config)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    jobs = project.pending()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert sum(jobs.values()) == RECORDINGS * JOBS + 2
    assert jobs["train_model"] == RECORDINGS * 9 * 3 * 3 and jobs["render_summary"] == 1
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS
