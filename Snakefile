"""NMA, Neural Manifold Animals: how few dimensions describe the activity of each cortical layer?

Reads config.yaml (presets/ hold others) and writes, for each recording, results/{recording}/:
layers, tensors, PCA, trained networks, latents, UMAP maps, figures, metrics.tsv and report.html;
and results/summary.html of several recordings.
"""

import os
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.0")

if not isinstance(workflow.current_basedir, os.PathLike):
    raise WorkflowError(
        f"{workflow.current_basedir}: module: found the path Snakefile, expected workflow/Snakefile."
    )

# That of the working folder, or where it has none (`--directory`, a module) the workflow's own.
_settings = "config.yaml"
if not Path(_settings).exists():
    _settings = str(Path(workflow.current_basedir, _settings))


configfile: _settings


include: "workflow/rules/common.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/recordings.smk"
include: "workflow/rules/preprocessing.smk"
include: "workflow/rules/baselines.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/tuning.smk"
include: "workflow/rules/latents.smk"
include: "workflow/rules/forecasts.smk"
include: "workflow/rules/maps.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/summary.smk"


rule all:
    """The report of each recording, with all that stands behind it, and a summary of several."""
    input:
        expand("results/{recording}/report.html", recording=PLAN.recordings),
        ["results/summary.html"] if len(PLAN.recordings) > 1 else [],


rule nwb:
    """Latents, loadings and scores of each recording as an NWB file."""
    input:
        expand("results/{recording}/nma.nwb", recording=PLAN.recordings),


rule figures_paper:
    """The main figures of each recording at the widths of journals, with the numbers drawn."""
    input:
        [path for name in PLAN.recordings for path in paper_files(name)],


rule tune:
    """The hyper-parameter studies of all tuned models, their figures, and whether they were worth it."""
    input:
        expand(
            "results/{recording}/figures/tuning_{model}.png",
            recording=PLAN.of_kind("time"),
            model=PLAN.tuned,
        ),
        [path for name in PLAN.recordings for path in paths.confirmations(PLAN, name)],
