"""report.html: how a recording was analysed and with what results, in one self-contained file."""

import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined

from nma.figures.labels import label
from nma.io.files import atomic_path
from nma.io.hdf5 import open_h5
from nma.io.parsing import read_json
from nma.report.decay_times import decay_rows
from nma.report.forecasts import forecast_rows
from nma.report.head import cards, headline
from nma.report.html import embedded, fill
from nma.report.places import places
from nma.report.robustness import cautions
from nma.report.tables import (
    ceiling,
    dimensions,
    hidden_scores,
    likelihoods,
    network_summary,
    pca_summary,
    reconstructions,
    rule_times,
    trained_otherwise,
    verdict_rows,
    with_names,
)
from nma.report.trial_answers import decoding_rows
from nma.report.verdict import sentences
from nma.report.warnings import warnings
from nma.report.wording import listed
from nma.scores.frame import read_table
from nma.sources import OF_NEURONS, WITH_LATENTS, opponents
from nma.types import FilePath

# A recording without behaviour, truth and further seeds has none of these.
KNOWLEDGE = ("behavior_r2", "latent_recovery_r2", "consistency_r2")
PACKAGES = ("snakemake", "numpy", "torch", "scikit-learn", "umap-learn", "h5py", "matplotlib")


@dataclass(frozen=True)
class Analysis:
    """The layers, sources and models that the report of a recording compares.

    layers: their names on the page; split: the held-out one; baselines, sources: baselines, then
    PCA and the models, in the order of tables; predictors: of hidden neurons of trials, from the
    angle; same_dims: {model: the PCA source with as many dims}; layer_table: the content of
    layers.json, see preprocessing.layer_files.
    """

    name: str
    layers: list[str]
    split: str
    baselines: list[str]
    sources: list[str]
    predictors: list[str]
    models: list[str]
    same_dims: dict[str, str]
    layer_table: dict[str, list]


class Figure(NamedTuple):
    """A figure of the report: its PNG, and its caption file with the wildcards to fill in."""

    name: str
    title: str
    png: FilePath
    caption: FilePath
    wildcards: Mapping[str, str]


def render_report(
    template: FilePath,
    out: FilePath,
    *,
    analysis: Analysis,
    recording: FilePath,
    metrics: FilePath,
    networks: Iterable[FilePath],
    timings: Mapping[str, Iterable[FilePath]],
    figures: Iterable[Figure],
    interactive: str,
    config: str,
) -> None:
    """Write report.html.

    recording, metrics: recording.h5 and metrics.tsv; networks: descriptions (.json) of all
    networks; timings: {rule: benchmark files}; figures: in the order of the page; interactive: the
    HTML of interactive_maps; config: shown as it is. Raises InputError where a file is damaged.
    """
    names = {row["layer"]: row["name"] for row in analysis.layer_table["layers"]}
    table, split = with_names(read_table(metrics), names), analysis.split
    trained, facts = network_summary([read_json(path) for path in networks]), _facts(recording)
    with_latents = [name for name in analysis.baselines if name in WITH_LATENTS]
    noted = [*facts.get("warnings", []), *analysis.layer_table["warnings"]]
    noted = [f"{warning[:1].upper()}{warning[1:]}." for warning in noted]
    compared = [*analysis.baselines, *analysis.sources]
    predicting = [*compared, *analysis.predictors]
    empty = _empty_figures(analysis, facts["positions"], set(table.metric))
    shown = {
        figure.name: {
            "name": figure.name,
            "title": figure.title,
            "image": embedded(figure.png),
            "caption": figure_caption(figure.caption, figure.wildcards),
        }
        for figure in figures
        if figure.name not in empty
    }
    told = table, analysis.models, analysis.layers, split
    placed = places(sentences(*told), shown)
    page = fill(
        template,
        analysis=analysis,
        recording=facts,
        baselines={
            "opponents": listed([label(name) for name in opponents(compared)]),
            "of_entries": listed(
                [label(name) for name in analysis.baselines if name not in OF_NEURONS]
            ),
            "with_latents": [label(name) for name in with_latents],
        },
        sentence=headline(*told),
        cards=cards(*told),
        warnings=[*noted, *warnings(table, analysis.layers, split)],
        answers=placed.answers,
        parts=placed.parts,
        tables=placed.tables,
        verdict=verdict_rows(table, predicting, split),
        reconstructed=reconstructions(table, analysis.sources, analysis.same_dims, split),
        hidden=hidden_scores(table, predicting, split),
        ahead=forecast_rows(table, analysis.models, split),
        likelihood=likelihoods(table, compared, split),
        pca=pca_summary(table),
        dims=dimensions(table, [*analysis.layers, "all"], with_latents, split),
        decoded=decoding_rows(table, [*analysis.layers, "all"], split),
        cautions=cautions(table, [*analysis.layers, "all"], split),
        decays=decay_rows(table, analysis.layers, split),
        ceiling=ceiling(table, split),
        networks=trained,
        trained_otherwise=trained_otherwise(trained),
        timings=rule_times(timings),
        interactive=interactive,
        versions=versions(),
        config=config,
    )
    with atomic_path(out) as path:
        path.write_text(page, encoding="utf-8")


def _empty_figures(analysis: Analysis, positions: bool, metrics: set[str]) -> set[str]:
    """Names of figures that have nothing to show; positions: whether neurons have any."""
    found = set() if metrics & set(KNOWLEDGE) else {"knowledge"}
    if not positions:
        found |= {"neurons"} if len(analysis.layers) > 1 else {"neurons", "loadings"}
    return found


def _facts(recording: FilePath) -> dict[str, Any]:
    """The attributes of recording.h5, with its numbers of neurons and bins, its behaviour, whether
    there are `positions`, and `found`: (id, treatment, reason) of each outlier."""
    with open_h5(recording) as file:
        neurons, bins = file["activity"].shape
        behaviour = ", ".join(file.get("behaviour", {})) or "none"
        found = []
        if "outliers" in file:
            texts = (file[f"outliers/{name}"].asstr()[:] for name in ("treatment", "reason"))
            found = list(zip(file["outliers/neuron_ids"][:], *texts, strict=True))
        facts = {"neurons": neurons, "bins": bins, "behaviour": behaviour, "found": found}
        return dict(file.attrs) | facts | {"positions": "positions" in file}


def figure_caption(path: FilePath, wildcards: Mapping[str, str]) -> str:
    """The text of a caption file, a template that Snakemake's own report fills in the same way.

    wildcards: of the rule that draws the figure.
    """
    template = Environment(undefined=StrictUndefined).from_string(
        Path(path).read_text(encoding="utf-8")
    )
    return template.render(snakemake={"wildcards": wildcards}).strip()


def versions() -> dict[str, str]:
    """{package: version} of what is installed; a conda environment of one rule lacks the rest."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
