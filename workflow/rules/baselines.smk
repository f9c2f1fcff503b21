"""The linear sources: PCA, and the opponents that predict what is hidden."""


rule fit_pca:
    """Fit all principal components of one layer to train."""
    input:
        "results/{recording}/tensors/{layer}.h5",
    output:
        "results/{recording}/pca/{layer}.h5",
    log:
        "results/{recording}/logs/fit_pca/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/fit_pca/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("fit_pca"),
    params:
        code=code_of("fit_pca.py"),
    script:
        "../scripts/fit_pca.py"


rule encode_pca:
    """Latents, reconstruction and scores of PCA, in the form that every source has."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        pca="results/{recording}/pca/{layer}.h5",
        hidden="results/{recording}/hidden/{layer}.h5",
    output:
        "results/{recording}/latents/{source}/{layer}/0.h5",
    log:
        "results/{recording}/logs/encode_pca/{source}/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/encode_pca/{source}/{layer}.tsv"
    wildcard_constraints:
        source=any_of(PCA_DIMS),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("encode_pca"),
    params:
        code=code_of("encode_pca.py"),
        dims=lambda wildcards: PCA_DIMS[wildcards.source],
    script:
        "../scripts/encode_pca.py"


rule encode_linear:
    """Fit the linear opponents to a layer, and write what they make of it in the form of any source."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        pca="results/{recording}/pca/{layer}.h5",
        hidden="results/{recording}/hidden/{layer}.h5",
    output:
        expand("results/{{recording}}/latents/{source}/{{layer}}/0.h5", source=LINEAR),
    log:
        "results/{recording}/logs/encode_linear/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/encode_linear/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("encode_linear"),
    params:
        code=code_of("encode_linear.py"),
        sources=LINEAR,
        seed=config["scores"]["seed"],
    script:
        "../scripts/encode_linear.py"
