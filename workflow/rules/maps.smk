"""UMAP maps of neurons, raw and as each source reconstructs them, and of latent units.

Needs: tensors/{layer}.h5 and latents/{source}/{layer}/{seed}.h5.
Makes: umap/{source}.h5.
"""


rule embed_umap:
    """Fit a supervised and an unsupervised UMAP, and place held-out points on them."""
    input:
        files=planned(paths.map_files, "source"),
    output:
        "results/{recording}/umap/{source}.h5",
    log:
        "results/{recording}/logs/embed_umap/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/embed_umap/{source}.tsv"
    wildcard_constraints:
        source=any_of(PLAN.maps),
    conda:
        "../../envs/umap.yaml"
    resources:
        **needs("embed_umap"),
    params:
        code=code_of("embed_umap.py"),
        kind=lambda wildcards: PLAN.maps[wildcards.source][1],
        time=config["umap"]["time"],
        layers=planned(Plan.layers_of),
        n_neighbors=lambda wildcards: PLAN.map_settings(wildcards.source)["n_neighbors"],
        min_dist=lambda wildcards: PLAN.map_settings(wildcards.source)["min_dist"],
        test_fraction=lambda wildcards: PLAN.map_settings(wildcards.source)["test_fraction"],
        pca_dims=config["umap"]["pca_dims"],
        epochs=config["umap"]["epochs"],
        seed=config["umap"]["seed"],
        threads=1,
    script:
        "../scripts/embed_umap.py"
