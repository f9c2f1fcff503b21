"""The shipped SLURM profile on a real SLURM of one node: the same results, faults on the way."""

import copy
import csv
import io
import re
import signal
import subprocess
from fnmatch import fnmatch

import psutil
import pytest
import slurm
import torch
from project import REDUCED, Project

# Long enough to be hit in its middle.
STEPS = 600
LONG = copy.deepcopy(REDUCED)
LONG["training"]["windows"] = {"steps": STEPS, "evaluate_every": 30, "patience": STEPS}
NETWORK = "results/reduced/models/residual_gru/L1/0.safetensors"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if why := slurm.missing():
        pytest.skip(why)
    # More than there is, so that no job waits for another: they take far less than they ask for.
    with slurm.running(cpus=16, memory_mb=64000):
        yield
    # Snakemakes of jobs that SLURM has lost, as where a node goes down.
    ours = str(tmp_path_factory.getbasetemp())
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] and process.info["cmdline"][0].startswith(ours):
            process.kill()


@pytest.fixture(scope="module")
def started(cluster, tmp_path_factory):
    """The reduced demo, submitted. It goes on beside what leaves the node as it is."""
    run = Run(Project(tmp_path_factory.mktemp("cluster") / "p", REDUCED))
    yield run
    run.process.kill()


@pytest.fixture(scope="module")
def submitted(started):
    """The same at its end."""
    assert started.wait() == 0, started.log()[-6000:]
    return started


class Run:
    """A snakemake that submits to SLURM, in a process group of its own, and what it prints."""

    def __init__(self, project, *arguments):
        self.project, self.printed = project, project.folder / "printed.log"
        command = [".venv/bin/python", "-m", "snakemake", "--configfile", "test.yaml"]
        with open(self.printed, "w") as file:
            self.process = subprocess.Popen(
                [*command, *slurm.OVERLAY, *arguments],
                cwd=project.folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Where these tests run in the background SIGINT is ignored, by children too.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def log(self):
        return self.printed.read_text()

    def jobs(self):
        """The SLURM jobs that were submitted, first to last."""
        return re.findall(r"submitted with SLURM jobid (\d+)", self.log())

    def queued(self):
        """What SLURM says of those of them that have not ended."""
        return slurm.output("squeue", "-h", "-j", ",".join(self.jobs()))

    def wait(self, seconds=600):
        return self.process.wait(seconds)


def training_of(project):
    """Wait until a job that trains has saved a state; the seconds of its history so far."""
    states = project.folder / "results/reduced/states/residual_gru/L1/0"
    slurm.wait_until(lambda: list(states.glob("[!.]*.pt")), "a state of training", seconds=180)
    (state,) = states.glob("[!.]*.pt")
    _, written = state.read_bytes().split(b"\n", 1)
    history = torch.load(io.BytesIO(written), weights_only=True)["history"]
    return [row["seconds"] for row in history]


def results_of(project):
    """{file: content} of what does not tell the time that it took."""
    timed = ("*/logs/*", "*/benchmarks/*", "*.history.csv", "*/models/*.json", "*/report.html")
    files = project.files("reduced/**/*.*")
    return {n: f for n, f in files.items() if not any(fnmatch(n, pattern) for pattern in timed)}


def test_a_job_that_is_killed_for_memory_gets_more(started, local_reduced_run, tmp_path):
    project = trained_again(local_reduced_run, tmp_path)
    run = Run(project, "--set-resources", "train_model:mem_mb=250 * attempt", "--", NETWORK)
    assert run.wait() == 0, run.log()[-6000:]
    assert len(run.jobs()) > 1


@pytest.fixture(scope="module")
def undisturbed(local_reduced_run, tmp_path_factory):
    """The network of the long training, trained locally."""
    project = trained_again(local_reduced_run, tmp_path_factory.mktemp("undisturbed"))
    project.snakemake(NETWORK)
    return (project.folder / NETWORK).read_bytes()


def cancelled(run):
    slurm.output("scancel", run.jobs()[-1])


def interrupted(run):
    run.process.send_signal(signal.SIGINT)


def killed(run):
    """With the command of docs/cluster.md for what goes on without it."""
    run.process.kill()
    run.wait()
    assert run.queued()
    slurm.output("scancel", "--name", re.search(r"SLURM run ID: (\S+)", run.log())[1])


@pytest.mark.parametrize(("fault", "restarts"), [(cancelled, 0), (interrupted, 1), (killed, 1)])
def test_training_goes_on_after(fault, restarts, started, local_reduced_run, undisturbed, tmp_path):
    assert trained_through(fault, restarts, local_reduced_run, tmp_path) == undisturbed


def test_results_are_those_of_a_local_run(submitted, local_reduced_run):
    ours, theirs = results_of(submitted.project), results_of(local_reduced_run)
    assert ours.keys() == theirs.keys() and len(ours) > 50
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_small_jobs_are_submitted_together(submitted):
    """One submission a group: each layer's small jobs, each map with what follows, the report."""
    printed = submitted.log()
    groups = re.findall(r"submitted .*slurm_logs/(group_[a-z]+|rule_\w+)", printed)
    counts = {name: groups.count(name) for name in set(groups)}
    assert counts["group_layer"] == 2 and counts["group_map"] == 7
    assert counts["group_report"] == counts["group_recording"] == 1
    assert len(groups) == 39
    assert int(re.search(r"^total\s+(\d+)$", printed, flags=re.M)[1]) == 96


def node_down(run):
    slurm.output("scontrol", "update", f"NodeName={slurm.NODE}", "State=DOWN", "Reason=test")
    slurm.wait_until(nothing_runs, "the node to end its jobs")
    slurm.output("scontrol", "update", f"NodeName={slurm.NODE}", "State=RESUME")
    without_delay(run.jobs()[-1])


def preempted(run):
    slurm.output("sbatch", "-p", "urgent", "--exclusive", "-o", "/dev/null", "--wrap", "true")
    without_delay(run.jobs()[-1])


def without_delay(job):
    """SLURM has queued the job again, and would let it wait for two minutes."""
    state = ("squeue", "-h", "-o", "%T", "-j", job)
    slurm.wait_until(lambda: slurm.output(*state) == "PENDING", "the job to be queued again")
    # Or SLURM cannot start it beside what is left of it, and holds it for good.
    slurm.wait_until(nothing_runs, "the node to end its jobs")
    slurm.output("scontrol", "update", f"JobId={job}", "StartTime=now")


def nothing_runs():
    """Whether no job is left on the node."""
    return "slurmstepd" not in {process.info["name"] for process in psutil.process_iter(["name"])}


@pytest.mark.parametrize("fault", [node_down, preempted])
def test_training_goes_on_where_the_node_is_lost_to_it(
    fault, submitted, local_reduced_run, undisturbed, tmp_path
):
    assert trained_through(fault, 0, local_reduced_run, tmp_path) == undisturbed


def trained_through(fault, restarts, finished, folder):
    """The network of the long training, with a fault in its middle."""
    project = trained_again(finished, folder)
    run = Run(project, "--", NETWORK)
    before = training_of(project)
    fault(run)
    for _ in range(restarts):
        assert run.wait() != 0
        slurm.wait_until(lambda run=run: not run.queued(), "jobs to be cancelled")
        run = Run(project, "--", NETWORK)
    assert run.wait() == 0, run.log()[-6000:]
    log = (project.folder / "results/reduced/logs/train_model/residual_gru/L1/0.log").read_text()
    assert "going on from step" in log
    with open(project.folder / NETWORK.replace(".safetensors", ".history.csv")) as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    assert seconds[: len(before)] == before  # what was done is not done again
    return (project.folder / NETWORK).read_bytes()


def trained_again(finished, folder):
    """A copy of a finished run whose networks have to be trained again, and for longer."""
    return finished.copied(folder / "p", LONG)
