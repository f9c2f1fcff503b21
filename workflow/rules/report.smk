"""report.html: one self-contained file a recording."""

# The benchmark files that the report sums up, by rule.
TIMINGS = {
    "import_recording": ["results/{recording}/benchmarks/import_recording.tsv"],
    "slice_layers": ["results/{recording}/benchmarks/slice_layers.tsv"],
    "make_tensor": expand("results/{{recording}}/benchmarks/make_tensor/{layer}.tsv", layer=LAYERS),
    "fit_pca": expand("results/{{recording}}/benchmarks/fit_pca/{layer}.tsv", layer=LAYERS),
    "train_model": of_networks("results/{recording}/benchmarks/train_model/{network}.tsv"),
    "encode_latents": expand(
        "results/{{recording}}/benchmarks/encode_latents/{model}/{seed}.tsv",
        model=MODELS,
        seed=SEEDS,
    ),
    "embed_umap": expand("results/{{recording}}/benchmarks/embed_umap/{source}.tsv", source=UMAPS),
}
TIMINGS = {rule: paths for rule, paths in TIMINGS.items() if paths}


rule render_report:
    """What was run, on what, and what came out."""
    input:
        **TIMINGS,
        template="workflow/report/report.html.j2",
        style="workflow/report/page.css",
        interactive="workflow/report/interactive.js",
        maps=expand("results/{{recording}}/umap/{source}.h5", source=UMAPS),
        layer_files=expand("results/{{recording}}/layers/{layer}.h5", layer=LAYERS),
        recording="results/{recording}/recording.h5",
        metrics="results/{recording}/metrics.tsv",
        networks=of_networks("results/{recording}/models/{network}.json"),
        figures=expand("results/{{recording}}/figures/{figure}.png", figure=FIGURES),
        captions=[caption_of(figure) for figure in FIGURES],
    output:
        "results/{recording}/report.html",
    log:
        "results/{recording}/logs/render_report.log",
    benchmark:
        "results/{recording}/benchmarks/render_report.tsv"
    conda:
        "../../envs/report.yaml"
    params:
        code=code_of("render_report.py"),
        figures=FIGURES,
        rules_timed=list(TIMINGS),
        layers=LAYERS,
        maps=list(UMAPS),
        layer_colours=config["figures"]["layer_colours"],
        sources=SOURCES,
        hidden_sources=SUMMARIES["masked_r2"],
        opponents=settings.opponents(config),
        split=held_out,
        models=list(MODELS),
        config_text=config_text,
    script:
        "../scripts/render_report.py"
