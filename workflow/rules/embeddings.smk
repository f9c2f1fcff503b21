"""UMAP maps of neurons, raw and as each source reconstructs them, and of latent units."""


rule embed_umap:
    """Fit a supervised and an unsupervised UMAP, and place held-out points on them."""
    input:
        files=umap_files,
    output:
        "results/{recording}/umap/{source}.h5",
    log:
        "results/{recording}/logs/embed_umap/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/embed_umap/{source}.tsv"
    wildcard_constraints:
        source=any_of(UMAPS),
    conda:
        "../../envs/umap.yaml"
    resources:
        **needs("embed_umap"),
    params:
        code=code_of("embed_umap.py"),
        kind=lambda wildcards: UMAPS[wildcards.source][1],
        time=config["umap"]["time"],
        layers=layers_of,
        n_neighbors=umap_setting("n_neighbors"),
        min_dist=umap_setting("min_dist"),
        test_fraction=umap_setting("test_fraction"),
        pca_dims=config["umap"]["pca_dims"],
        epochs=config["umap"]["epochs"],
        seed=config["umap"]["seed"],
        threads=1,
    script:
        "../scripts/embed_umap.py"
