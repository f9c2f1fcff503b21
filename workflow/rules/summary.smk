"""All recordings side by side. Those that did not come to their end are shown as such."""

SUMMARY_TEMPLATE = "workflow/report/summary.html.j2"
SUMMARY_TABLE = "results/summary.tsv"
SUMMARY_FOLDER = "results/summary"
SUMMARY_FIGURES = [*SUMMARIES, "reliable_dims"]
SUMMARY = {
    "names": list(RECORDINGS),
    "splits": [settings.held_out(CONFIGS[name]) for name in RECORDINGS],
    "layers": list(LAYERS.values()),
    "models": list(MODELS),
    "sources": SUMMARIES,
    "source_colours": config["figures"]["source_colours"],
    "layer_colours": config["figures"]["layer_colours"],
    "dpi": config["figures"]["dpi"],
}


rule gather_metrics:
    """The scores of all recordings in one table."""
    input:
        expand("results/{recording}/metrics.tsv", recording=RECORDINGS),
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
    """Every recording a row, and scores of all as distributions."""
    input:
        # Not read: it is there only where no recording is missing, and so tells a complete page.
        table=SUMMARY_TABLE,
        metrics=expand("results/{recording}/metrics.tsv", recording=RECORDINGS),
        template=SUMMARY_TEMPLATE,
        style="workflow/report/page.css",
        recordings=expand("results/{recording}/recording.h5", recording=RECORDINGS),
        # The page has links to them.
        reports=ancient(expand("results/{recording}/report.html", recording=RECORDINGS)),
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
        **SUMMARY,
        code=code_of("render_summary.py"),
        settings=list(SUMMARY),
    script:
        "../scripts/render_summary.py"


onerror:
    # The rules do not run where a recording has failed. The page is written here then, without the
    # table, and as old as no input is and with no record: so it is still to be done, whatever mends
    # the recording.
    errors = unfinished(workflow.dag)
    summaries = {
        job.rule.name: job
        for job in workflow.dag.jobs
        # The page has no job to do where all that failed is a report.
        if job.rule.name == "render_summary"
        or (job.rule.name == "gather_metrics" and workflow.dag.needrun(job))
    }
    if errors and "render_summary" in summaries:
        for job in summaries.values():
            for path in job.output:
                Path(path).unlink(missing_ok=True)
                workflow.persistence.cleanup_metadata(path)
        outputs = [Path(path) for path in summaries["render_summary"].output]
        try:
            from nma.report.summary import render

            render(SUMMARY_TEMPLATE, outputs[0], SUMMARY_FOLDER, errors=errors, **SUMMARY)
            for path in filter(Path.exists, outputs):
                os.utime(path, (1, 1))
        except ImportError as error:
            print(f"results/summary.html is not written: {error}", file=sys.stderr)
