"""report.html: one self-contained file a recording."""

# The benchmark files that the report sums up, by rule. No inputs, which would be as many again as
# there are networks: each is written by a job whose output is one.
TIMINGS = {
    "import_recording": ["import_recording"],
    "slice_layers": ["slice_layers"],
    "make_tensor": expand("make_tensor/{layer}", layer=LAYERS),
    "fit_pca": expand("fit_pca/{layer}", layer=LAYERS),
    "train_model": of_networks("train_model/{network}"),
    "encode_latents": expand("encode_latents/{model}/{seed}", model=MODELS, seed=SEEDS),
    "embed_umap": expand("embed_umap/{source}", source=UMAPS),
}


def timings(wildcards):
    """{rule: its benchmark files} of a recording."""
    folder = f"results/{wildcards.recording}/benchmarks"
    return {rule: [f"{folder}/{name}.tsv" for name in names] for rule, names in TIMINGS.items()}


rule render_report:
    """What was run, on what, and what came out."""
    input:
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
        timings=timings,
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
