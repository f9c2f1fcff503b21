"""UMAP maps of neurons, raw and as each source reconstructs them, and of latent units.

Needs: tensors/{layer}.h5 and latents/{source}/{layer}/{seed}.h5.
Makes: umap/{source}.h5.
"""


def umap_setting(key):
    """A setting of a map, which differs between neurons and latent units."""

    def value(wildcards):
        kind = PLAN.maps[wildcards.source][1]
        return config["umap"]["latents" if kind == "latents" else "neurons"][key]

    return value


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
        n_neighbors=umap_setting("n_neighbors"),
        min_dist=umap_setting("min_dist"),
        test_fraction=umap_setting("test_fraction"),
        pca_dims=config["umap"]["pca_dims"],
        epochs=config["umap"]["epochs"],
        seed=config["umap"]["seed"],
        threads=1,
    script:
        "../scripts/embed_umap.py"
