"""What is hidden from the sources, and every score of a recording in one table."""


rule hide_entries:
    """Draw the neurons and entries that are hidden from every source and predicted by it."""
    input:
        "results/{recording}/tensors/{layer}.h5",
    output:
        "results/{recording}/hidden/{layer}.h5",
    log:
        "results/{recording}/logs/hide_entries/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/hide_entries/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    params:
        code=code_of("hide_entries.py"),
        seed=config["scores"]["seed"],
    script:
        "../scripts/hide_entries.py"


rule collect_metrics:
    """Write metrics.tsv from the latents and PCA curves of all sources, layers and seeds."""
    input:
        pca=expand("results/{{recording}}/pca/{layer}.h5", layer=LAYERS),
        latents=all_latents(SEEDS),
    output:
        "results/{recording}/metrics.tsv",
    log:
        "results/{recording}/logs/collect_metrics.log",
    benchmark:
        "results/{recording}/benchmarks/collect_metrics.tsv"
    conda:
        "../../envs/arrays.yaml"
    params:
        code=code_of("collect_metrics.py"),
        layers=LAYERS,
    script:
        "../scripts/collect_metrics.py"
