"""summary.html: all recordings in one table, and the distributions of their scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nma.figures.labels import label
from nma.figures.layer_names import in_figure, layer_names
from nma.figures.recordings import POINTS, draw_dims, draw_scores
from nma.io.files import atomic_path
from nma.io.hdf5 import open_h5
from nma.report.html import embedded, fill
from nma.report.warnings import warnings
from nma.report.wording import listed, span
from nma.scores.frame import read_table, scores_by_layer
from nma.sources import opponents
from nma.types import FilePath

DIMS = "reliable_dims"


def render_summary(
    template: FilePath,
    out: FilePath,
    folder: FilePath,
    *,
    recordings: Mapping[str, Mapping[str, Any]],
    models: Sequence[str],
    sources: Mapping[str, Sequence[str]],
    style: Mapping[str, Any],
    errors: Mapping[str, Sequence[str]],
    results: FilePath = "results",
) -> None:
    """Write summary.html, and its figures as SVG and PNG into `folder`.

    recordings: {name: {"layers": names, "split": the held-out one}} of all; sources: {metric:
    sources compared}, in the order of the figures, which one of dims follows; style: the config's
    source_colours, layer_colours and dpi; errors: {name: sentences} of the recordings that are not
    finished, of which the page shows nothing else. Headings and captions are the template's.
    """
    finished = {name: own for name, own in recordings.items() if name not in errors}
    tables = {name: read_table(Path(results, name, "metrics.tsv")) for name in finished}
    counts = [len(own["layers"]) for own in recordings.values()]
    page = fill(
        template,
        rows=[
            {"name": name, "errors": errors[name]}
            if name in errors
            else row_of(name, Path(results, name), tables[name], models, **own)
            for name, own in recordings.items()
        ],
        finished=len(finished),
        figures=_figures(
            Path(folder), finished, tables, shown_names(finished, Path(results)), sources, style
        )
        if finished
        else {},
        points=len(finished) < POINTS,
        counts=(min(counts), max(counts)),
        models=models,
        opponents=listed([label(name) for name in opponents(sources.get("cosmooth_r2", ()))]),
        results=results,
    )
    with atomic_path(out) as path:
        path.write_text(page, encoding="utf-8")


def _figures(
    folder: Path,
    finished: Mapping[str, Mapping[str, Any]],
    tables: Mapping[str, pd.DataFrame],
    layers: Mapping[str, str],
    sources: Mapping[str, Sequence[str]],
    style: Mapping[str, Any],
) -> dict[str, str]:
    """Draw all figures of finished recordings: {name: its PNG as a data URL}."""
    scores = {name: scores_by_layer(tables[name], own["split"]) for name, own in finished.items()}
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in (*sources, DIMS):
        files = {form: folder / f"{name}.{form}" for form in ("svg", "png")}
        if name == DIMS:
            draw_dims(tables, layers, style["layer_colours"], **files, dpi=style["dpi"])
        else:
            colours = style["source_colours"]
            draw_scores(scores, name, layers, sources[name], colours, **files, dpi=style["dpi"])
        found[name] = embedded(files["png"])
    return found


def shown_names(finished: Mapping[str, Mapping[str, Any]], results: Path) -> dict[str, str]:
    """{layer: its name in figures} of the recording that has most layers.

    Where recordings do not agree on a name, L1, L2, ... stay.
    """
    found = {}
    for name in finished:
        for layer, text in layer_names(results / name / "layers.json").items():
            found.setdefault(layer, set()).add(text)
    return {
        layer: in_figure(*texts) if len(texts) == 1 else layer for layer, texts in found.items()
    }


def row_of(
    name: str,
    folder: Path,
    table: pd.DataFrame,
    models: Sequence[str],
    *,
    layers: Sequence[str],
    split: str,
) -> dict[str, Any]:
    """The row of a finished recording; folder: its results; table: its metrics.

    Columns: name, errors (none), warnings (how many its report has), neurons, bins, source (the
    name of its file), reliable and reliable_of_layers (dims of all neurons and of each layer),
    baseline and network (the best of each, see best_source), ahead (see layers_ahead).
    """
    with open_h5(folder / "recording.h5") as file:
        neurons, bins = file["activity"].shape
        source = Path(str(file.attrs["source_file"])).name
    reliable = table[table.metric == "svca_reliable_components"].set_index("layer").value
    held_out = scores_by_layer(table[table.metric == "cosmooth_r2"], split)
    scores = held_out.value.droplevel("metric").unstack("layer")[layers]
    models = [model for model in models if model in scores.index]  # recordings of trials have none
    return {
        "name": name,
        "errors": [],
        "warnings": len(warnings(table, layers, split)),
        "neurons": neurons,
        "bins": bins,
        "source": source,
        "reliable": reliable.get("all" if len(layers) > 1 else layers[0]),
        "reliable_of_layers": span(reliable[layers]) if len(layers) > 1 and len(reliable) else "",
        "baseline": best_source(scores, opponents(scores.index)),
        "network": best_source(scores, models),
        "ahead": layers_ahead(scores, models),
    }


def best_source(scores: pd.DataFrame, sources: Sequence[str]) -> dict[str, Any] | None:
    """The best of these sources: its name and its value, the mean over layers; None without any.

    scores: (sources x layers).
    """
    if not sources:
        return None
    means = scores.loc[list(sources)].mean(axis=1)
    return {"name": label(means.idxmax()), "value": means.max()}


def layers_ahead(scores: pd.DataFrame, models: Sequence[str]) -> str:
    """In how many layers the best network is above all baselines, as `1 of 3`.

    The best network is the one with the highest mean over layers; scores: (sources x layers).
    """
    if not models:
        return ""
    network = scores.loc[scores.loc[list(models)].mean(axis=1).idxmax()]
    above = network > scores.loc[opponents(scores.index)].max()
    return f"{int(above.sum())} of {len(above)}"
