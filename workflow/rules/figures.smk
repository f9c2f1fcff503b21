"""The figures of a recording, each as SVG and PNG, and marked for `snakemake --report`."""


rule plot_neurons:
    """Where the sampled neurons lie, by layer."""
    input:
        of_layers("results/{recording}/layers/{layer}.h5"),
    output:
        svg=report(
            "results/{recording}/figures/neurons.svg",
            caption="../report/captions/neurons.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/neurons.png",
    log:
        "results/{recording}/logs/plot_neurons.log",
    benchmark:
        "results/{recording}/benchmarks/plot_neurons.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_neurons"),
    params:
        code=code_of("plot_neurons.py"),
        layers=layers_of,
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_neurons.py"


rule plot_raster:
    """A raster of the recording."""
    input:
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        pca=of_layers("results/{recording}/pca/{layer}.h5"),
    output:
        svg=report(
            "results/{recording}/figures/raster.svg",
            caption="../report/captions/raster.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/raster.png",
    log:
        "results/{recording}/logs/plot_raster.log",
    benchmark:
        "results/{recording}/benchmarks/plot_raster.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_raster"),
    params:
        code=code_of("plot_raster.py"),
        layers=layers_of,
        neurons=config["figures"]["raster_neurons"],
        seconds=config["figures"]["seconds"],
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_raster.py"


rule plot_preprocessing:
    """One neuron from the recording to the model's input."""
    input:
        layer="results/{recording}/layers/L1.h5",
        tensor="results/{recording}/tensors/L1.h5",
    output:
        svg=report(
            "results/{recording}/figures/preprocessing.svg",
            caption="../report/captions/preprocessing.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/preprocessing.png",
    log:
        "results/{recording}/logs/plot_preprocessing.log",
    benchmark:
        "results/{recording}/benchmarks/plot_preprocessing.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_preprocessing"),
    params:
        code=code_of("plot_preprocessing.py"),
        layers=layers_of,
        bin_width=own("tensors", "bin_width"),
        seconds=config["figures"]["seconds"],
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_preprocessing.py"


rule plot_pca_curves:
    """Explained variance against components, all layers."""
    input:
        of_layers("results/{recording}/pca/{layer}.h5"),
    output:
        svg=report(
            "results/{recording}/figures/pca_curves.svg",
            caption="../report/captions/pca_curves.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/pca_curves.png",
    log:
        "results/{recording}/logs/plot_pca_curves.log",
    benchmark:
        "results/{recording}/benchmarks/plot_pca_curves.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_pca_curves"),
    params:
        code=code_of("plot_pca_curves.py"),
        layers=layers_of,
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_pca_curves.py"


rule plot_learning_curves:
    """Learning curves of all networks, by model."""
    input:
        unpack(histories_of),
    output:
        svg=report(
            "results/{recording}/figures/learning_curves.svg",
            caption="../report/captions/learning_curves.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/learning_curves.png",
    log:
        "results/{recording}/logs/plot_learning_curves.log",
    benchmark:
        "results/{recording}/benchmarks/plot_learning_curves.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_learning_curves"),
    params:
        code=code_of("plot_learning_curves.py"),
        models=list(MODELS),
        networks=lambda wildcards: {
            model: [n for n in networks_of(model, layers_of(wildcards)) for _ in SEEDS]
            for model in MODELS
        },
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_learning_curves.py"


rule plot_reconstructions:
    """Held-out activity of three neurons and what each source makes of it."""
    input:
        unpack(shown_latents),
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
    output:
        svg=report(
            "results/{recording}/figures/reconstructions.svg",
            caption="../report/captions/reconstructions.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/reconstructions.png",
    log:
        "results/{recording}/logs/plot_reconstructions.log",
    benchmark:
        "results/{recording}/benchmarks/plot_reconstructions.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_reconstructions"),
    params:
        code=code_of("plot_reconstructions.py"),
        layers=layers_of,
        sources=SOURCES,
        split=held_out,
        seconds=config["figures"]["seconds"],
        source_colours=config["figures"]["source_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_reconstructions.py"


rule plot_dimensionality:
    """How many dimensions are reliable, and how many predict hidden neurons."""
    input:
        svca=svca_files,
        metrics="results/{recording}/metrics.tsv",
    output:
        svg=report(
            "results/{recording}/figures/dimensionality.svg",
            caption="../report/captions/dimensionality.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/dimensionality.png",
    log:
        "results/{recording}/logs/plot_dimensionality.log",
    benchmark:
        "results/{recording}/benchmarks/plot_dimensionality.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_dimensionality"),
    params:
        code=code_of("plot_dimensionality.py"),
        svca_layers=svca_layers,
        layers=layers_of,
        split=held_out,
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_dimensionality.py"


rule plot_knowledge:
    """What the latents of each source know of behaviour, of the truth, and of other seeds."""
    input:
        "results/{recording}/metrics.tsv",
    output:
        svg=report(
            "results/{recording}/figures/knowledge.svg",
            caption="../report/captions/knowledge.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/knowledge.png",
    log:
        "results/{recording}/logs/plot_knowledge.log",
    benchmark:
        "results/{recording}/benchmarks/plot_knowledge.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_knowledge"),
    params:
        code=code_of("plot_knowledge.py"),
        sources=WITH_LATENTS,
        layers=layers_of,
        split=held_out,
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_knowledge.py"


rule plot_time_scales:
    """How slow neurons and latents are, and scores against the width of bins."""
    input:
        raw="results/{recording}/time_scales/raw.h5",
        metrics="results/{recording}/metrics.tsv",
    output:
        svg=report(
            "results/{recording}/figures/time_scales.svg",
            caption="../report/captions/time_scales.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/time_scales.png",
    log:
        "results/{recording}/logs/plot_time_scales.log",
    benchmark:
        "results/{recording}/benchmarks/plot_time_scales.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_time_scales"),
    params:
        code=code_of("plot_time_scales.py"),
        sources=WITH_LATENTS,
        split=held_out,
        layer_colours=config["figures"]["layer_colours"],
        source_colours=config["figures"]["source_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_time_scales.py"


rule plot_layers:
    """How well the layer of held-out points is told, by source."""
    input:
        metrics="results/{recording}/metrics.tsv",
        probes="results/{recording}/probes/raw.h5",
    output:
        svg=report(
            "results/{recording}/figures/layers.svg",
            caption="../report/captions/layers.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/layers.png",
    log:
        "results/{recording}/logs/plot_layers.log",
    benchmark:
        "results/{recording}/benchmarks/plot_layers.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_layers"),
    params:
        code=code_of("plot_layers.py"),
        sources=list(UMAPS),
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_layers.py"


rule plot_transfer:
    """How well each network serves other neurons, of its layer and of others."""
    input:
        expand("results/{{recording}}/transfer/{source}.h5", source=[*LINEAR_TRANSFER, *OF_LAYERS]),
    output:
        svg=report(
            "results/{recording}/figures/transfer.svg",
            caption="../report/captions/transfer.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/transfer.png",
    log:
        "results/{recording}/logs/plot_transfer.log",
    benchmark:
        "results/{recording}/benchmarks/plot_transfer.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_transfer"),
    params:
        code=code_of("plot_transfer.py"),
        sources=[*LINEAR_TRANSFER, *OF_LAYERS],
        layers=layers_of,
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_transfer.py"


rule plot_summary:
    """One metric of held-out time by layer and source."""
    input:
        "results/{recording}/metrics.tsv",
    output:
        svg=report(
            "results/{recording}/figures/{metric}_summary.svg",
            caption="../report/captions/summary.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/{metric}_summary.png",
    log:
        "results/{recording}/logs/plot_summary/{metric}.log",
    benchmark:
        "results/{recording}/benchmarks/plot_summary/{metric}.tsv"
    wildcard_constraints:
        metric=any_of(SUMMARIES),
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_summary"),
    params:
        code=code_of("plot_summary.py"),
        layers=layers_of,
        sources=lambda wildcards: SUMMARIES[wildcards.metric],
        split=held_out,
        source_colours=config["figures"]["source_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_summary.py"


rule plot_umap:
    """The UMAP of one source: train, test, and test on top of train."""
    input:
        "results/{recording}/umap/{source}.h5",
    output:
        svg=report(
            "results/{recording}/figures/umap_{source}.svg",
            caption="../report/captions/umap.rst",
            category="{recording}",
        ),
        png="results/{recording}/figures/umap_{source}.png",
    log:
        "results/{recording}/logs/plot_umap/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/plot_umap/{source}.tsv"
    wildcard_constraints:
        source=any_of(UMAPS),
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("plot_umap"),
    params:
        code=code_of("plot_umap.py"),
        layers=layers_of,
        layer_colours=config["figures"]["layer_colours"],
        dpi=config["figures"]["dpi"],
    script:
        "../scripts/plot_umap.py"
