"""Every score of a recording in one table."""


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
