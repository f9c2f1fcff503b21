"""The report's sentence and table of forecasts."""

import pandas as pd
import pytest

from nma.figures import forecasts as figure
from nma.figures.style import use_style
from nma.report.forecasts import forecast_rows, forecast_sentence

HORIZONS = (1, 2, 4)
SIMPLE = ("last_bin", "moving_average", "autoregression", "shared_linear", "vector_autoregression")


@pytest.fixture(autouse=True)
def style():
    use_style()


def table_of(r2, skill, layers=("L1", "L2", "L3"), width=0.004):
    """metrics.tsv of {source: value at each horizon}; layers differ by 0.001."""
    rows = [
        (layer, source, f"forecast_{name}_at_{h}", "test", value + 0.001 * number)
        for name, scores in (("r2", r2), ("skill", skill))
        for source, values in scores.items()
        for h, value in zip(HORIZONS, values, strict=True)
        for number, layer in enumerate(layers)
    ]
    table = pd.DataFrame(rows, columns=["layer", "source", "metric", "split", "value"])
    ends = {"ci_low": table.value - width, "ci_high": table.value + width}
    seconds = pd.DataFrame(
        [("L1", "raw", "forecast_bin_seconds", "all", 0.5)], columns=table.columns[:5]
    )
    table = pd.concat([table.assign(**ends), seconds])
    return table.assign(recording="a", seed=0, n=10)


R2 = {"last_bin": [0.2, 0.1, 0.0], "lds": [0.3, 0.15, 0.0]}
SKILL = {"lds": [0.1, 0.05, 0.0]}


def test_a_source_that_is_ahead_up_to_a_horizon():
    said = forecast_sentence(table_of(R2, SKILL), "test")
    assert said.startswith(
        "Activity can be predicted up to 1 s ahead better than by any simple forecast: 0.5 s ahead "
        "LDS has an r2 of 0.301, the simple forecast that is best on validation 0.200, and the "
        "difference is 0.101 [0.099, 0.103], its interval above 0 in 3 of 3 layers; 1 s ahead LDS"
    )
    assert said.endswith("better than the mean over train is 1 s.") and "Simulated" not in said


def test_nothing_beats_simple_forecasts():
    said = forecast_sentence(table_of(R2, {"lds": [-0.1, -0.05, -0.02]}), "test")
    assert said.startswith(
        "No source predicts activity better than the best simple forecast at any horizon: 0.5 s "
        "ahead LDS has an r2 of 0.301, the simple forecast that is best on validation 0.400"
    )
    said = forecast_sentence(table_of(R2, {"lds": [-0.001, -0.001, -0.001]}), "test")
    assert said.startswith("No source is shown to predict activity better than the best simple")


def test_the_best_source_is_compared():
    """A network, whose opponents the LDS is one of."""
    r2 = R2 | {"s5": [0.32, 0.1, 0.0], "lfads": [0.25, 0.12, 0.05]}
    skill = SKILL | {"s5": [0.02, -0.05, 0], "lfads": [-0.05, -0.03, 0.04]}
    said = forecast_sentence(table_of(r2, skill), "test")
    assert said.startswith("Activity can be predicted up to 0.5 s ahead")
    assert "s5 has an r2 of 0.321" in said.lower() and "LDS" not in said


def test_horizons_that_do_not_follow_each_other():
    said = forecast_sentence(table_of(R2, {"lds": [-0.01, 0.05, 0.02]}), "test")
    assert "at some horizons alone (1 s, 2 s ahead)" in said


def test_one_layer_has_the_interval_of_its_blocks():
    said = forecast_sentence(table_of(R2, SKILL, layers=["L1"], width=0.06), "test")
    assert "up to 0.5 s ahead" in said and "0.100 [0.040, 0.160]." in said and "layers" not in said


def test_nothing_is_predicted_at_all():
    nothing = {"last_bin": [0, -0.01, -0.01], "lds": [0, -0.01, -0.01]}
    said = forecast_sentence(table_of(nothing, {"lds": [-0.01] * 3}, width=0.01), "test")
    assert said.endswith("No source predicts activity better than its mean over train.")


def test_a_simulation_has_a_ceiling_that_competes_with_nobody():
    said = forecast_sentence(table_of(R2 | {"truth": [0.5, 0.4, 0.3]}, SKILL), "test")
    assert "an r2 of 0.501, which is the ceiling" in said
    assert "better than the mean over train is 1 s" in said


def test_recordings_without_forecasts_are_told_nothing():
    nothing = table_of({"lds": [0.1, 0, 0]}, {})
    nothing = nothing[~nothing.metric.str.startswith("forecast")]
    assert forecast_sentence(nothing, "test") == "" and forecast_rows(nothing, [], "test") is None


def test_a_split_with_nothing_to_explain_is_told_and_shown_nothing(tmp_path):
    table = table_of(R2, SKILL)
    table.loc[table.split == "test", "split"] = "validation"
    assert forecast_sentence(table, "test") == "" and forecast_rows(table, [], "test") is None
    table.to_csv(tmp_path / "m.tsv", sep="\t", index=False)
    assert "test is constant" in drawn(tmp_path)


def drawn(folder):
    """The text of the figure of m.tsv."""
    figure.draw(
        metrics=folder / "m.tsv",
        svg=folder / "f.svg",
        png=folder / "f.png",
        sources=[*SIMPLE, "lds", "s5", "truth"],
        compared=["pca", "s5"],
        split="test",
        source_colours=["#000000", "#E69F00"],
        dpi=50,
    )
    return (folder / "f.svg").read_text()


def test_the_table_has_a_row_a_source():
    r2 = R2 | {"truth": [0.5, 0.4, 0.3], "s5": [0.32, 0.1, 0.0]}
    found = forecast_rows(table_of(r2, SKILL | {"s5": [0.02, 0, 0]}), ["s5"], "test")
    assert found["horizons"] == ["0.5 s", "1 s", "2 s"]
    assert [row["source"].lower() for row in found["r2"]] == ["last bin", "lds", "s5", "ceiling"]
    assert found["r2"][0]["scores"][0].value == pytest.approx(0.201)
    assert [row["scores"][0].ahead for row in found["skill"]] == [3, 3]


@pytest.mark.parametrize("layers", [["L1"], ["L1", "L2"]])
def test_the_figure_shows_every_source(tmp_path, layers):
    r2 = {source: [0.2, 0.1, 0.0] for source in SIMPLE} | R2
    r2 |= {"s5": [0.32, 0.1, 0.0], "truth": [0.5, 0.4, 0.3]}
    table_of(r2, SKILL | {"s5": [0.02, 0, 0]}, layers).to_csv(
        tmp_path / "m.tsv", sep="\t", index=False
    )
    text = drawn(tmp_path)
    assert all(name in text for name in ("last bin", "ceiling", "best simple forecast", "LDS"))
    assert all(colour in text for colour in ("#882255", "#e69f00"))
