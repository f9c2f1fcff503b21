"""What rules ask a scheduler for: what was measured with a margin, and more for larger jobs."""

import re

import numpy as np
import pytest
from configs import with_defaults
from project import ROOT

from nma.experiment import resources as costs
from nma.experiment.plan import Plan

RULES = sorted(costs.measured())


def test_every_rule_with_a_script_asks_for_its_own_cost():
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        text = path.read_text()
        for rule in re.split(r"^ *rule\b *", text, flags=re.M)[1:]:
            name = rule.split(":")[0]
            if name in ("gather_metrics", "render_summary"):  # of all recordings, whatever size
                assert "mem_mb=" in rule and "runtime=" in rule
                continue
            (asked,) = re.findall(r'\*\*needs\((f?"[\w{}]+")', rule)
            if name:
                assert asked == f'"{name}"'
                assert name in RULES or name in costs.SAME_AS
            elif path.name == "figures.smk":  # made in a loop over FIGURES
                assert asked == 'f"plot_{_name}"'
            else:  # made in a loop over numbers of layers, or kinds of recordings
                loops = [f"PLAN.by_{what}({asked})" for what in ("layers", "kind", "ceiling")]
                assert any(loop in text for loop in loops)
                assert asked.strip('"') in {*RULES, *costs.SAME_AS}


@pytest.mark.parametrize("rule", RULES)
def test_both_measured_sizes_have_their_margin(rule):
    for row in costs.measured()[rule]:
        memory = costs.memory_mb(rule, row["neurons"], row["bins"])
        assert memory >= costs.MARGIN_MB + costs.MEMORY_FACTOR * row["memory"]
        minutes = costs.minutes(rule, row["neurons"], row["trained_bins"], row["dims"])
        assert minutes >= costs.MARGIN_MINUTES + costs.TIME_FACTOR * row["seconds"] / 60


@pytest.mark.parametrize("rule", RULES)
def test_larger_jobs_and_later_attempts_never_ask_for_less(rule):
    sizes = [(100, 1000), (1000, 1000), (1000, 7000), (12000, 7000), (40000, 50000)]
    memory = [costs.memory_mb(rule, *size) for size in sizes]
    minutes = [costs.minutes(rule, *size, dims) for size in sizes for dims in (10, 300)]
    assert memory == sorted(memory) and minutes[0] <= min(minutes) and max(minutes) == minutes[-1]
    assert costs.memory_mb(rule, 1000, 1000, 3) == 3 * costs.memory_mb(rule, 1000, 1000)
    assert costs.minutes(rule, 1000, 1000, 9, 3) == 3 * costs.minutes(rule, 1000, 1000, 9)


def test_memory_between_and_beyond_two_sizes_is_on_a_line(monkeypatch):
    small = {"neurons": 10, "bins": 100, "memory": 100}
    large = {"neurons": 100, "bins": 100, "memory": 1000}
    monkeypatch.setattr(costs, "measured", lambda: {"rule": (small, large)})
    for neurons, expected in ((1, 100), (10, 100), (55, 550), (100, 1000), (200, 2000)):
        asked = costs.memory_mb("rule", neurons, 100)
        assert asked == costs.MARGIN_MB + costs.MEMORY_FACTOR * expected


@pytest.mark.parametrize("rule", ["train_model", "import_recording", "score_svca", "probe_layers"])
def test_jobs_that_grow_with_a_recording_ask_for_more(rule):
    assert costs.memory_mb(rule, 50000, 10000) > 2 * costs.memory_mb(rule, 1000, 1000)
    assert costs.minutes(rule, 50000, 10**6, 75) > costs.minutes(rule, 1000, 10**6, 75)


def test_the_study_s_recipe_is_given_hours_and_a_short_training_minutes():
    study = {"recipe": "sequence", "steps": 30000}
    ours = {"recipe": "windows", "steps": 400, "batch_size": 16, "window": 32}
    hours = costs.minutes("train_model", 1131, costs.steps_bins(study, 7018), 75) / 60
    minutes = costs.minutes("train_model", 1131, costs.steps_bins(ours, 7018), 75)
    assert 8 < hours < 100 and 10 <= minutes < 40


def test_size_of_a_recording_before_it_is_imported(tmp_path):
    np.save(tmp_path / "plain.npy", np.zeros((30, 200), np.int16))
    (tmp_path / "other.npy").write_text("no recording")

    def size(**recording):
        item = {"name": "a", "bin_seconds": 1, **recording}
        return costs.recording_size(Plan(with_defaults(recordings=[item])), "a")

    assert size(path=str(tmp_path / "plain.npy")) == (30, 200)
    assert size(simulate={"neurons": 50, "bins": 900}) == (50, 900)
    for unknown in ("other.npy", "missing.npy"):
        assert size(path=str(tmp_path / unknown)) == costs.UNKNOWN
    assert size(url="https://example.org/a.npy", sha256="unchecked") == costs.UNKNOWN


def test_the_size_of_a_job_is_that_of_its_layer_or_of_all():
    simulated = {"name": "a", "bin_seconds": 1.2, "simulate": {"neurons": 50, "bins": 900}}
    plan = Plan(with_defaults(recordings=[simulated], layers={"count": 4}))
    assert costs.job_size(plan, "import_recording", "a") == (50, 900)
    assert costs.job_size(plan, "score_svca", "a", "all") == (50, 900)
    assert costs.job_size(plan, "score_svca", "a", "L1") == (13, 900)
    assert costs.job_size(plan, "train_model", "a/null/1", "L2") == (13, 900)
    assert costs.job_size(plan, "embed_umap", "a") == (52, 900)
    sampled = {"count": 4, "neurons": 6}
    plan = Plan(with_defaults(recordings=[simulated], layers=sampled))
    assert costs.job_size(plan, "train_model", "a", "L2") == (6, 900)
    assert costs.job_size(plan, "embed_umap", "a") == (24, 900)
    assert costs.job_size(plan, "slice_layers", "a") == (50, 900)


def test_dims_are_those_of_the_model_or_of_all():
    models = [{"name": "gru"}, {"name": "lstm", "dims": 9}]
    plan = Plan(with_defaults(models=models))
    assert costs.dims_asked(plan, 30) == costs.dims_asked(plan, 30, "gru") == 10
    assert costs.dims_asked(plan, 5, "lstm") == 9


def test_a_rule_without_measured_costs_asks_for_the_most_of_its_kind():
    figures = [rows[1]["memory"] for rule, rows in costs.measured().items() if "plot_" in rule]
    assert costs.costs_of("plot_added")[1]["memory"] == max(figures)
    every = [rows[1]["memory"] for rows in costs.measured().values()]
    assert costs.costs_of("ponder")[1]["memory"] == max(every)


def test_memory_of_svca_does_not_grow_with_neurons_beyond_the_bins():
    """Measured: 347 MB of 10,000 neurons x 3000 bins, 381 MB of 100,000 (performance.md)."""
    asked = [costs.memory_mb("score_svca", neurons, 3000) for neurons in (3000, 6000, 10**6)]
    assert asked[0] < asked[1] == asked[2] < 1000
    assert costs.memory_mb("score_svca", 10**6, 6000) > 1.5 * asked[2]
