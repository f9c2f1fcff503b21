"""The first screen of report.html: one sentence, and four numbers with intervals."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from nma.figures.labels import label, number
from nma.report.activity_answers import needed_dims, sampled_neurons
from nma.report.comparisons import of_layers, sources_by_layer, truths
from nma.report.decay_times import of_lds
from nma.report.forecasts import Mean, forecast_horizons, forecast_means
from nma.report.layer_answers import accuracy_metric
from nma.report.model_answers import Ranking, ranking
from nma.report.tables import over_layers
from nma.report.trial_answers import CHANCE
from nma.report.warnings import is_constant
from nma.report.wording import interval, seconds, span
from nma.scores.frame import scores_by_layer, unpredicted
from nma.sources import FORECASTS

CARDS = 4


class Card(NamedTuple):
    """A number of the first screen: its title, value and 95 % interval or range as text, and what
    it is compared with; share: of the largest that it can be, for a bar, or None."""

    title: str
    value: str
    interval: str
    note: str
    share: float | None = None


def headline(table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str) -> str:
    """How many dims there are, and which model predicts hidden neurons best, if any.

    It claims no more than the answers do.
    """
    if is_constant(table, layers, split):
        return f"Nothing can be told of this recording, as {split} is constant."
    ranked = ranking(table, models, split)
    if ranked is None or not ranked.predicts:
        return "No model is shown to predict hidden neurons better than their mean over train."
    source, dims = needed_dims(table, layers, split)
    if dims.empty:
        return _claim(ranked)
    neurons = sampled_neurons(table, list(dims.index)) or "the activity"
    each = " in each layer" if len(layers) > 1 else ""
    several = span(dims) != "1"
    return (
        f"{span(dims)} latent dim{'s describe' if several else ' describes'} {neurons}{each}; more "
        f"hardly help ({label(source)}). {_claim(ranked)}"
    )


def _claim(ranked: Ranking) -> str:
    first, other = label(ranked.first), label(ranked.next)
    said = f"{first} predicts hidden neurons best."
    if not ranked.gap.above:
        said = f"{first} and {other} predict hidden neurons best, and neither is shown to lead."
    return f"{said[0].upper()}{said[1:]}"


def cards(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> list[Card]:
    """The first four of the numbers that a recording has, in order of their weight."""
    if is_constant(table, layers, split):
        return []
    makers: Iterable[Callable[..., Card | None]] = (
        _dims,
        _hidden,
        _decay,
        _angle,
        _layers,
        _forecast,
        _signal,
    )
    found = (make(table, models, layers, split) for make in makers)
    return [card for card in found if card is not None][:CARDS]


def _dims(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> Card | None:
    source, dims = needed_dims(table, layers, split)
    if dims.empty:
        return None
    most = of_layers(table, "dims_within_one_error_at_most", source, split).reindex(dims.index)
    neurons = sampled_neurons(table, list(dims.index))
    note = f"with which {label(source)} predicts hidden neurons within one standard error of its "
    note += f"best{f', of {neurons}' if neurons else ''}"
    if len(dims) == 1:
        ends = f"{dims.iloc[0]:.0f} to {most.iloc[0]:.0f} do as well" if most.notna().all() else ""
        return Card("Dimensions", span(dims), ends, note)
    return Card("Dimensions", f"{dims.median():.0f}", f"{span(dims)} by layer", f"{note} a layer")


def _hidden(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> Card | None:
    ranked = ranking(table, models, split)
    if ranked is None or not ranked.predicts:
        return None
    value, ends = _mean(table, ranked.first, "cosmooth_r2", split)
    attainable = sources_by_layer(table, "cosmooth_r2", split).get("attainable")
    notes = [f"r2 of {label(ranked.first)}"]
    others = [s for kind, s in ranked.best.items() if kind in ("LDS", "regression")]
    notes += [f"{label(s)} {number(ranked.means[s])}" for s in others if s != ranked.first]
    if attainable is not None:
        notes.append(f"attainable {number(attainable.mean())}")
    return Card("Hidden neurons", number(value), ends, "; ".join(notes), value)


def _decay(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> Card | None:
    rows = of_lds(table, "decay_time")
    rows = rows[~rows.index.isin(unpredicted(table, "lds"))]
    if rows.empty:
        return None
    most = of_lds(table, "decay_time_longest").value[rows.index].min()
    note, one = "median decay time of the LDS's modes, weighted by activity", rows.iloc[0]
    ends = "by layer"
    if len(rows) == 1:
        ends = interval(one.ci_low, one.ci_high, ".1f", most).strip() if one.value < most else ""
    simulated = truths(table, "time_scale_truth").reindex(rows.index).dropna()
    if len(simulated):
        note += f"; simulated {span(simulated, '.1f')} s"
    return Card("Time scale", seconds(rows.value, most=most), ends, note)


def _angle(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> Card | None:
    errors = sources_by_layer(table, "decoding_error", split)
    if "raw" not in errors:
        return None
    mine = errors.raw.reindex(layers).dropna()
    ends = "by layer"
    if len(layers) == 1:
        _, ends = _mean(table, "raw", "decoding_error", split, ".2f")
    note = f"median error of the angle decoded from neurons; chance {CHANCE}°"
    return Card("Angle", f"{span(mine, '.2f')}°", ends, note)


def _layers(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> Card | None:
    metric = accuracy_metric(table)
    rows = table[(table.source == "raw") & (table.layer == "all")].set_index("metric")
    if metric not in rows.index or len(layers) < 2:
        return None
    score = rows.loc[metric]
    note = "share of neurons that a linear probe assigns to their layer; chance "
    note += number(rows.value["layer_chance"], ".2f")
    ends = interval(score.ci_low, score.ci_high, ".2f").strip()
    return Card("Layers told apart", number(score.value, ".2f"), ends, note, float(score.value))


def _forecast(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> Card | None:
    r2 = forecast_means(table, "forecast_r2", split)
    r2.pop("truth", None)
    if not r2:
        return None
    horizon, ahead = next(iter(forecast_horizons(table).items()))

    def score(source: str) -> Mean:
        return r2[source][horizon]

    best = max(r2, key=lambda source: score(source).value)
    simple = max((s for s in r2 if s in FORECASTS and s != "lds"), key=lambda s: score(s).value)
    note = f"r2 {ahead:.3g} s ahead, by {label(best)}"
    if simple != best:
        note += f"; best simple forecast {number(score(simple).value)} ({label(simple)})"
    found = score(best)
    ends = interval(found.low, found.high).strip()
    return Card("Forecast", number(found.value), ends, note, found.value)


def _signal(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> Card | None:
    pooled = of_layers(table, "signal_share", "raw", split).reindex(layers).dropna()
    if pooled.empty:
        return None
    ends = f"{span(pooled, '.2f')} by layer" if len(pooled) > 1 else ""
    note = "share of the variance over trials that the angle explains"
    return Card("Signal", number(pooled.mean(), ".2f"), ends, note, float(pooled.mean()))


def _mean(
    table: pd.DataFrame, source: str, metric: str, split: str, form: str = ".3f"
) -> tuple[float, str]:
    """The mean of a score over layers and its interval as text; of one layer its own."""
    scores = scores_by_layer(table[table.metric == metric], split)
    found = over_layers(scores, source, metric)
    return found["value"], interval(found["low"], found["high"], form).strip()
