"""report.html: one self-contained file for each recording.

Needs recording.h5, layers, metrics.tsv, networks, maps, and figures with their captions.
Makes results/{recording}/report.html.
"""


def figures_of(wildcards):
    """{figure: its heading and the wildcards of its rule} of a recording's report, in its order."""
    several = len(layers_of(wildcards)) > 1
    found = {
        "neurons": "Neurons in space",
        "raster": "Raster",
        "preprocessing": "Preprocessing of one neuron",
        "pca_curves": "Explained variance of PCA",
    }
    found |= {"learning_curves": "Learning curves"} if MODELS else {}
    found |= {
        "reconstructions": "Signal and reconstruction",
        "r2_summary": "r2 by layer and source",
        "cosmooth_r2_summary": "Hidden neurons: cosmooth_r2 by layer and source",
        "masked_r2_summary": "Hidden entries: masked_r2 by layer and source",
        "dimensionality": "Number of dimensions",
        "knowledge": "Information in latents",
        "time_scales": "Time scales",
    }
    if several:
        found |= {"layers": "Decoding of layers", "transfer": "Networks on other layers"}
    found = {name: {"title": title, "wildcards": {}} for name, title in found.items()}
    for metric in SUMMARIES:
        found[f"{metric}_summary"]["wildcards"] = {"metric": metric}
    for source in UMAPS:
        found[f"umap_{source}"] = {"title": f"UMAP: {source}", "wildcards": {"source": source}}
    for model in TUNED if config["tune"]["enabled"] else []:
        title = f"Hyper-parameters of {model}"
        found[f"tuning_{model}"] = {"title": title, "wildcards": {"model": model}}
    return found


def caption_of(figure):
    """The caption file of a figure; all maps share one, and so do all summaries."""
    kinds = [kind for kind in ("umap", "summary", "tuning") if kind in figure.split("_")]
    return f"workflow/report/captions/{kinds[0] if kinds else figure}.rst"


rule render_report:
    """How a recording was analysed, and with what results."""
    input:
        template="workflow/report/report.html.j2",
        style="workflow/report/page.css",
        interactive="workflow/report/interactive.html.j2",
        script="workflow/report/interactive.js",
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
        figures=figures_of,
        timings=timings,
        layers=layers_of,
        maps=list(UMAPS),
        layer_colours=config["figures"]["layer_colours"],
        sources=SOURCES,
        same_dims=studies.opponents(config),
        split=held_out,
        models=list(MODELS),
        config_text=config_text,
    script:
        "../scripts/render_report.py"
