"""report.html: what was run, on what, and what came out, in one self-contained file."""

import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from nma.io.files import atomic_path, read_json
from nma.io.hdf5 import open_h5
from nma.report.html import embedded, fill
from nma.report.tables import (
    ceiling,
    dimensions,
    headline,
    hidden_scores,
    likelihoods,
    network_summary,
    pca_summary,
    rule_times,
    trained_otherwise,
    verdict_rows,
)
from nma.report.verdict import sentences
from nma.scores.frame import read_table
from nma.types import FilePath

# Of these a recording without behaviour, truth and seeds has none, and its figure nothing to show.
KNOWLEDGE = ("behavior_r2", "latent_recovery_r2", "consistency_r2")
PACKAGES = ("snakemake", "numpy", "torch", "scikit-learn", "umap-learn", "h5py", "matplotlib")


class Figure(NamedTuple):
    """A figure of the report: its PNG, its caption file and the wildcards that this is filled in
    with."""

    name: str
    title: str
    png: FilePath
    caption: FilePath
    wildcards: Mapping[str, str]


def render(template, out, *, recording_path, metrics, networks, timings, figures, context):
    """Write the report.

    networks: descriptions (.json) of all networks; timings: {rule: benchmark files}; figures:
    in the order of the page; context: what the template shows as it is.
    """
    table = read_table(metrics)
    descriptions = [read_json(path) for path in networks]
    with open_h5(recording_path) as file:
        neurons, bins = file["activity"].shape
        recording = dict(file.attrs) | {"neurons": neurons, "bins": bins}
        recording["behaviour"] = ", ".join(file.get("behaviour", {})) or "none"
    networks = network_summary(descriptions)
    page = fill(
        template,
        recording=recording,
        answers=sentences(table, context["models"], context["layers"], context["split"]),
        verdict=verdict_rows(table, context["hidden_sources"], context["split"]),
        headline=headline(table, context["sources"], context["opponents"], context["split"]),
        hidden=hidden_scores(table, context["hidden_sources"], context["split"]),
        likelihood=likelihoods(table, context["hidden_sources"], context["split"]),
        pca=pca_summary(table),
        dimensions=dimensions(table, [*context["layers"], "all"], context["split"]),
        ceiling=ceiling(table, context["split"]),
        networks=networks,
        trained_otherwise=trained_otherwise(networks),
        timings=rule_times(timings),
        figures=[
            {
                "name": figure.name,
                "title": figure.title,
                "image": embedded(figure.png),
                "caption": figure_caption(figure.caption, figure.wildcards),
            }
            for figure in figures
            if figure.name != "knowledge" or set(KNOWLEDGE) & set(table.metric)
        ],
        versions=versions(),
        **context,
    )
    with atomic_path(out) as path:
        path.write_text(page, encoding="utf-8")


def figure_caption(path: FilePath, wildcards: Mapping[str, str]) -> str:
    """The text of a caption file, a template that Snakemake's own report fills in the same way.

    wildcards: of the rule that draws the figure.
    """
    template = Environment(undefined=StrictUndefined).from_string(
        Path(path).read_text(encoding="utf-8")
    )
    return template.render(snakemake={"wildcards": wildcards}).strip()


def versions():
    """{package: version} of what is installed; a conda environment of one rule lacks the rest."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
