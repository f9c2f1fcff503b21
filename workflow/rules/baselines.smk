"""Principal components of each layer; other baselines are fitted where they are encoded.

Needs: tensors/{layer}.h5.
Makes: pca/{layer}.h5.
"""


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
