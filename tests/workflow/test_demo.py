"""The sentences on the demo's recording agree with what was simulated, by its metrics.tsv."""

import re

import numpy as np
import pytest
import yaml
from measured import jobs_over_their_limits
from project import ROOT, Project

from nma.report.verdict import layer_sentence, sentences, share_sentence
from nma.scores.frame import read_table

MODEL = "residual_rnn"
LAYERS = [f"L{n}" for n in range(1, 10)]
NUMBER = r"(-?\d+\.?\d*)"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The demo with one of its models, and beside it `alike`, the same but for its layers: they
    have no latents of their own, and no place in space makes neurons alike."""
    (demo,) = yaml.safe_load((ROOT / "config.yaml").read_text())["recordings"]
    alike = demo | {"name": "alike", "simulate": demo["simulate"] | {"private": 0, "smooth": 0}}
    config = {
        "recordings": [demo, alike],
        "models": [{"name": MODEL}],
        "scores": {"retrainings": 0},
    }
    return Project(tmp_path_factory.mktemp("demo"), config)


@pytest.fixture(scope="module")
def demo(project):
    """metrics.tsv of the demo, and what is said of it by question."""
    project.snakemake("results/demo/metrics.tsv")
    table = read_table(project.folder / "results/demo/metrics.tsv")
    return table, dict(sentences(table, [MODEL], LAYERS, "test"))


def numbers(pattern, text):
    """The numbers that stand for # in a pattern of plain text."""
    found = re.search(re.escape(pattern).replace(r"\#", NUMBER), text)
    assert found, f"{pattern!r} is not in {text!r}"
    return [float(number) for number in found.groups()]


def truth(table, metric):
    rows = table[(table.source == "truth") & (table.metric == metric)]
    return rows.set_index("layer").value


def test_how_many_latents(demo):
    """All neurons together have more components than that, as the exponential of mixtures has more
    linear dimensions; a layer of a hundred noisy neurons has some of them."""
    table, said = demo
    text = said["How many dimensions does the activity have?"]
    assert truth(table, "latents_truth")["all"] == 60 + 9 * 4
    of_layer, simulated = numbers("Simulated: # latents in each layer, # in all", text)
    assert (of_layer, simulated) == (60 + 4, 60 + 9 * 4)
    neurons, found = numbers("of all # neurons together, # components", text)
    assert neurons == 1100 and found == pytest.approx(simulated, rel=0.3)
    neurons, fewest, most = numbers("In each layer, of # neurons, # to # shared components", text)
    assert neurons == 104
    assert 0 < fewest < most <= of_layer


def test_what_a_layer_has_to_itself(demo):
    """The private share of the drive, in what neurons tell of each other."""
    _, said = demo
    text = said["How much do neurons share only within their layer?"]
    assert not text.startswith("Not shown")
    _, low, high = numbers("# [#, #] is specific to the layer", text)
    simulated, share = numbers("account for #, a share of # of what is not noise", text)
    assert share == 0.05
    assert low < simulated < high
    text = said["Do networks predict neurons of other layers?"]
    assert text.startswith("Yes, but less well than the network of their own layer")


def test_neurons_know_their_layer_as_it_has_latents_of_its_own(demo):
    text = demo[1]["Can the layer be decoded from neurons?"]
    assert text.startswith("Yes, from raw neurons")
    _, low, _ = numbers("classifies # [#, #]", text)
    (chance,) = numbers("chance is #,", text)
    assert low > 2 * chance


def test_layers_that_are_alike_are_not_told_apart(project):
    """By the same protocol, where nothing was simulated that tells them."""
    scores = [f"results/alike/scores/{name}.tsv" for name in ("layers/raw", "transfer/raw")]
    project.snakemake(*scores)
    layers, transfer = (read_table(project.folder / path) for path in scores)
    assert layer_sentence(layers).startswith("Not shown for raw neurons")
    assert share_sentence(transfer, "test").startswith("Not shown")


def test_how_slow(demo):
    """Neurons are mixtures of all latents, and their median is near that of the latents."""
    table, said = demo
    text = said["How slow is the activity?"]
    fastest, slowest = numbers("with a median time scale of # to # s", text)
    shortest, longest = numbers("Simulated: latents with time constants of # to # s", text)
    medians = numbers("half of their variance at or below # to # s", text)
    assert (shortest, longest) == (2, 20)
    assert shortest < fastest < slowest < longest
    assert np.mean([fastest, slowest]) == pytest.approx(np.mean(medians), rel=0.25)
    of_network = numbers("the median of the latents of residual RNN is # to # s", text)
    assert shortest < min(of_network) < max(of_network) < longest
    shown = table[(table.source == MODEL) & (table.metric == "time_scale_latents")].value
    assert of_network == [round(shown.min(), 1), round(shown.max(), 1)]


@pytest.mark.parametrize("metric", ["cosmooth_r2", "masked_r2"])
def test_no_source_is_above_what_is_attainable(demo, metric):
    table, _ = demo
    scores = table[(table.metric == metric) & (table.split == "test")]
    attainable = scores[scores.source == "attainable"].set_index("layer").value
    assert (attainable < truth(table[table.split == "test"], "ceiling_r2")[attainable.index]).all()
    for source, rows in scores[scores.source != "attainable"].groupby("source"):
        assert (rows.set_index("layer").value < attainable).all(), source


def test_how_far_ahead(demo):
    """The LDS forecasts better than a neuron's own past, and no source better than the latents
    that were simulated, if they were known, allow."""
    table, said = demo
    test = table[table.split == "test"]
    r2 = {h: test[test.metric == f"forecast_r2_at_{h}"].pivot(index="layer", columns="source",
          values="value") for h in (1, 2, 4)}  # fmt: skip
    means = r2[1].mean()
    assert means.lds >= 0.18 and means.last_bin == pytest.approx(0.14, abs=0.01)
    for by_source in r2.values():
        assert (by_source.drop(columns="truth").lt(by_source.truth, axis=0)).all(axis=None)
    text = said["How far ahead can activity be predicted?"]
    (seconds,) = numbers(
        "can be predicted up to # s ahead better than by any simple forecast", text
    )
    assert seconds == 9.6
    lds, _, gap, low, high, layers, of = numbers(
        "2.4 s ahead LDS has an r2 of #, the simple forecast that is best on validation #, and the "
        "difference is # [#, #], its interval above 0 in # of # layers",
        text,
    )
    assert lds == round(means.lds, 3) and 0 < low < gap < high and layers == of == 9


def test_no_job_takes_more_than_its_rule_asks_for(demo, project):
    over, jobs = jobs_over_their_limits(project.folder / "results/demo")
    assert not over and jobs > 60
