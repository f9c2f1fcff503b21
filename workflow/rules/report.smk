"""report.html: one self-contained file for each recording.

Needs: recording.h5, layers, metrics.tsv, networks, maps, and figures with their captions.
Makes: results/{recording}/report.html.
"""

# What every page includes.
PAGE = {
    "tables": f"{REPORT}/tables.html.j2",
    "style": f"{REPORT}/page.css",
    "page_script": f"{REPORT}/page.js",
}


rule render_report:
    """How a recording was analysed, and with what results."""
    input:
        **PAGE,
        template=f"{REPORT}/report.html.j2",
        interactive=f"{REPORT}/interactive.html.j2",
        script=f"{REPORT}/interactive.js",
        maps=lambda wildcards: expand(
            "results/{{recording}}/umap/{source}.h5", source=PLAN.maps_of(wildcards.recording)
        ),
        layer_files=of_layers("results/{recording}/layers/{layer}.h5"),
        layer_table="results/{recording}/layers.json",
        recording="results/{recording}/recording.h5",
        metrics="results/{recording}/metrics.tsv",
        networks=lambda wildcards: paths.of_networks(
            PLAN, wildcards.recording, "results/{recording}/models/{network}.json"
        ),
        figures=lambda wildcards: expand(
            "results/{{recording}}/figures/{figure}.png", figure=figures_of(wildcards)
        ),
        captions=lambda wildcards: [caption_of(figure) for figure in figures_of(wildcards)],
    output:
        "results/{recording}/report.html",
    log:
        "results/{recording}/logs/render_report.log",
    benchmark:
        "results/{recording}/benchmarks/render_report.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("render_report"),
    params:
        code=code_of("render_report.py"),
        figures=figures_of,
        timings=planned(paths.timings),
        layers=planned(Plan.layers_of),
        maps=planned(Plan.maps_of),
        layer_colours=config["figures"]["layer_colours"],
        sources=planned(Plan.sources_of),
        baselines=lambda wildcards: list(PLAN.kind_of(wildcards.recording).baselines),
        predictors=lambda wildcards: list(PLAN.kind_of(wildcards.recording).predictors),
        same_dims=planned(Plan.same_dims),
        split=planned(Plan.split_shown),
        models=lambda wildcards: list(PLAN.models_of(wildcards.recording)),
        config_text=planned(Plan.config_text),
    script:
        "../scripts/render_report.py"
