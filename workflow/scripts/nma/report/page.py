"""report.html: what was run, on what, and what came out, in one self-contained file."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jinja2 import Environment

from nma.figures.labels import label
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

# Of these a recording without behaviour, truth and seeds has none, and its figure nothing to show.
KNOWLEDGE = ("behavior_r2", "latent_recovery_r2", "consistency_r2")
PACKAGES = ("snakemake", "numpy", "torch", "scikit-learn", "umap-learn", "h5py", "matplotlib")
TITLES = {
    "neurons": "Neurons in space",
    "raster": "Raster",
    "preprocessing": "Preprocessing of one neuron",
    "pca_curves": "Explained variance of PCA",
    "learning_curves": "Learning curves",
    "reconstructions": "Signal and reconstruction",
    "r2_summary": "r2 by layer and source",
    "cosmooth_r2_summary": "Hidden neurons: cosmooth_r2 by layer and source",
    "masked_r2_summary": "Hidden entries: masked_r2 by layer and source",
    "dimensionality": "How many dimensions",
    "knowledge": "What latents know",
    "time_scales": "Time scales",
    "transfer": "Networks on other layers",
    "layers": "Do points know their layer?",
}


def render(
    template, out, *, recording_path, metrics, networks, timings, figures, captions, context
):
    """Write the report.

    networks: descriptions (.json) of all networks; timings: {rule: benchmark files}; figures:
    {name: png}; captions: {name: text file}; context: what the template shows as it is.
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
                "name": name,
                "title": title(name),
                "image": embedded(path),
                "caption": caption(captions[name], name),
            }
            for name, path in figures.items()
            if name != "knowledge" or set(KNOWLEDGE) & set(table.metric)
        ],
        versions=versions(),
        **context,
    )
    with atomic_path(out) as path:
        path.write_text(page, encoding="utf-8")


def title(name):
    """The heading of a figure."""
    if name.startswith("tuning_"):
        return f"Hyper-parameters of {label(name.removeprefix('tuning_'))}"
    if not name.startswith("umap_"):
        return TITLES[name]
    source = name.removeprefix("umap_")
    if source.endswith("_latents"):
        return f"UMAP of latent units: {label(source.removesuffix('_latents'))}"
    return f"UMAP of neurons: {'raw' if source == 'raw' else 'reconstructed by ' + label(source)}"


def caption(path, name):
    """The text of a caption file, which Snakemake's own report uses too."""
    text = Environment().from_string(Path(path).read_text(encoding="utf-8"))
    wildcards = {"source": name.removeprefix("umap_"), "metric": name.removesuffix("_summary")}
    return text.render(snakemake={"wildcards": wildcards}).strip()


def versions():
    """{package: version} of what is installed; a conda environment of one rule lacks the rest."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
