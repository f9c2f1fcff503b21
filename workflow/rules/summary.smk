"""All recordings side by side; those that are not finished are shown as such.

Needs: metrics.tsv, recording.h5, layers.json and report.html of every recording.
Makes: results/summary.tsv, results/summary.html and its figures in results/summary/.
"""

from nma.report.incomplete import write_incomplete_summary

SUMMARY_TEMPLATE = f"{REPORT}/summary.html.j2"
SUMMARY_TABLE = "results/summary.tsv"
SUMMARY_FOLDER = "results/summary"
SUMMARY = {
    "recordings": {
        name: {"layers": PLAN.layers_of(name), "split": PLAN.split_shown(name)}
        for name in PLAN.recordings
    },
    "models": list(PLAN.models),
    # In the order of the figures, for which the template has headings.
    "sources": {metric: PLAN.compared[metric] for metric in ("cosmooth_r2", "masked_r2", "r2")},
    "style": {key: config["figures"][key] for key in ("source_colours", "layer_colours", "dpi")},
}
SUMMARY_FIGURES = [*SUMMARY["sources"], "reliable_dims"]


rule gather_metrics:
    """The scores of all recordings in one table."""
    input:
        expand("results/{recording}/metrics.tsv", recording=PLAN.recordings),
    output:
        SUMMARY_TABLE,
    log:
        "results/logs/gather_metrics.log",
    benchmark:
        "results/benchmarks/gather_metrics.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        code=code_of("gather_metrics.py"),
    script:
        "../scripts/gather_metrics.py"


rule render_summary:
    """A table with a row for each recording, and the distributions of their scores."""
    input:
        **PAGE,
        # Not read: it exists only if no recording is missing, and so marks a complete page.
        table=SUMMARY_TABLE,
        metrics=expand("results/{recording}/metrics.tsv", recording=PLAN.recordings),
        template=SUMMARY_TEMPLATE,
        recordings=expand("results/{recording}/recording.h5", recording=PLAN.recordings),
        layer_tables=expand("results/{recording}/layers.json", recording=PLAN.recordings),
        # The page links to them.
        reports=ancient(expand("results/{recording}/report.html", recording=PLAN.recordings)),
    output:
        page="results/summary.html",
        svg=expand("results/summary/{figure}.svg", figure=SUMMARY_FIGURES),
        png=expand("results/summary/{figure}.png", figure=SUMMARY_FIGURES),
    log:
        "results/logs/render_summary.log",
    benchmark:
        "results/benchmarks/render_summary.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        code=code_of("render_summary.py"),
        settings=SUMMARY,
    script:
        "../scripts/render_summary.py"


onerror:
    progress.end()
    # The rules do not run where a recording has failed.
    write_incomplete_summary(
        workflow.dag,
        workflow.persistence,
        template=SUMMARY_TEMPLATE,
        folder=SUMMARY_FOLDER,
        settings=SUMMARY,
    )
    print("What is finished is kept: once the cause is fixed, the same command does the rest.")
