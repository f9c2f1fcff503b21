"""Sentences on few neurons that decide a score: said where they do, and nowhere else."""

import pandas as pd
import pytest

from nma.report.robustness import cautions

SVCA = ("components", "fraction")


def table(svca, scores):
    """svca: {layer: values of both forms}; scores: {metric: {source: value of each layer}}."""
    rows = [
        (layer, "raw", f"svca_reliable_{measure}{form}", "all", value)
        for layer, forms in svca.items()
        for form, values in forms.items()
        for measure, value in zip(SVCA, values, strict=True)
    ]
    rows += [
        (f"L{number}", source, metric, "test", value)
        for metric, sources in scores.items()
        for source, values in sources.items()
        for number, value in enumerate(values, 1)
    ]
    found = pd.DataFrame(rows, columns=["layer", "source", "metric", "split", "value"])
    return found.assign(recording="a", seed=0, ci_low=0.0, ci_high=1.0, n=10)


SAME = {
    "L1": {"": (22, 0.22), "_zscored": (30, 0.27)},
    "all": {"": (60, 0.3), "_zscored": (70, 0.3)},
}
BRIGHT = {
    "L1": {"": (0, 0.04), "_zscored": (15, 0.3)},
    "all": {"": (40, 0.3), "_zscored": (41, 0.3)},
}
AGREE = {
    "cosmooth_r2": {"gru": (0.4, 0.4), "lds": (0.3, 0.3)},
    "cosmooth_r2_median": {"gru": (0.3, 0.3), "lds": (0.3, 0.31)},
}
TURNED = {
    "masked_r2": {"gru": (-600, 0.4), "lds": (-1, 0.3)},
    "masked_r2_median": {"gru": (0.4, 0.4), "lds": (0.3, 0.3)},
}
NOTHING = {  # is predicted, of neurons that hardly vary
    "cosmooth_r2": {"gru": (-0.1, -0.1), "lds": (-0.2, -0.2)},
    "cosmooth_r2_median": {"gru": (-4, -4), "lds": (-0.1, -0.1)},
}


@pytest.mark.parametrize(
    ("svca", "scores", "said"),
    [
        ({}, {}, []),
        (SAME, AGREE, []),
        (SAME, {"cosmooth_r2": AGREE["cosmooth_r2"]}, []),
        ({}, NOTHING, []),
        (
            BRIGHT,
            AGREE,
            [["in L1 (components 0 and 15, fraction 0.04 and 0.30)", "published form", "z-scored"]],
        ),
        (
            {},
            TURNED,
            [
                [
                    "masked_r2, which pools all neurons, is highest for LDS",
                    "for the median neuron it is highest for GRU (0.400, and 0.300 for LDS)",
                    "GRU -300 and 0.400 and LDS -0.35 and 0.300",
                    "Few neurons decide",
                ]
            ],
        ),
    ],
)
def test_cautions(svca, scores, said):
    found = cautions(table(svca, scores), ["L1", "L2", "all"], "test")
    assert len(found) == len(said)
    for sentence, parts in zip(found, said, strict=True):
        assert all(part in sentence for part in parts), sentence
        assert "nan" not in sentence
