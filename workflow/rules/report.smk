"""report.html: one self-contained file a recording."""


rule render_report:
    """What was run, on what, and what came out."""
    input:
        template="workflow/report/report.html.j2",
        style="workflow/report/page.css",
        interactive="workflow/report/interactive.js",
        maps=expand("results/{{recording}}/umap/{source}.h5", source=UMAPS),
        layer_files=of_layers("results/{recording}/layers/{layer}.h5"),
        recording="results/{recording}/recording.h5",
        metrics="results/{recording}/metrics.tsv",
        networks=of_networks("results/{recording}/models/{network}.json"),
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
        figures=lambda wildcards: list(figures_of(wildcards)),
        timings=timings,
        layers=layers_of,
        maps=list(UMAPS),
        layer_colours=config["figures"]["layer_colours"],
        sources=SOURCES,
        hidden_sources=SUMMARIES["masked_r2"],
        opponents=studies.opponents(config),
        split=held_out,
        models=list(MODELS),
        config_text=config_text,
    script:
        "../scripts/render_report.py"
