"""Principal components and linear dynamical systems; other baselines are fitted in latents.smk.

Needs: tensors/{layer}.h5 and hidden/{layer}.h5.
Makes: pca/{layer}.h5, regressions/{layer}.json, state_space/{layer}.h5,
state_space/{dims}/{layer}.h5, corrections/{layer}.h5,
latents/lds/{layer}/0.h5 and latents/lds_{dims}/{layer}/0.h5.
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


rule fit_lds:
    """Fit linear dynamical systems to one layer: latents, and predictions of what is hidden."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        hidden="results/{recording}/hidden/{layer}.h5",
    output:
        fits="results/{recording}/state_space/{layer}.h5",
        latents="results/{recording}/latents/lds/{layer}/0.h5",
    log:
        "results/{recording}/logs/fit_lds/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/fit_lds/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("fit_lds"),
    params:
        code=code_of("fit_lds.py"),
    script:
        "../scripts/fit_lds.py"


rule fit_lds_at_dims:
    """The same with as many dims as a model has, for a comparison."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        hidden="results/{recording}/hidden/{layer}.h5",
        tried="results/{recording}/state_space/{layer}.h5",
    output:
        fit="results/{recording}/state_space/{dims}/{layer}.h5",
        latents="results/{recording}/latents/lds_{dims}/{layer}/0.h5",
    log:
        "results/{recording}/logs/fit_lds_at_dims/{dims}/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/fit_lds_at_dims/{dims}/{layer}.tsv"
    wildcard_constraints:
        dims=any_of(source.removeprefix("lds_") for source in PLAN.lds_dims),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("fit_lds_at_dims"),
    params:
        code=code_of("fit_lds_at_dims.py"),
        source="lds_{dims}",
        dims=lambda wildcards: PLAN.lds_dims[f"lds_{wildcards.dims}"],
    script:
        "../scripts/fit_lds_at_dims.py"


rule choose_regressions:
    """Choose the settings of ridge and kernel ridge, for their scores and for fit_corrections."""
    input:
        "results/{recording}/tensors/{layer}.h5",
    output:
        "results/{recording}/regressions/{layer}.json",
    log:
        "results/{recording}/logs/choose_regressions/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/choose_regressions/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("choose_regressions"),
    params:
        code=code_of("choose_regressions.py"),
        seed=config["scores"]["seed"],
    script:
        "../scripts/choose_regressions.py"


rule fit_corrections:
    """Fit what the LDS misses of hidden neurons and entries, from which residual networks start."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        hidden="results/{recording}/hidden/{layer}.h5",
        fits="results/{recording}/state_space/{layer}.h5",
        regressions="results/{recording}/regressions/{layer}.json",
    output:
        "results/{recording}/corrections/{layer}.h5",
    log:
        "results/{recording}/logs/fit_corrections/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/fit_corrections/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("fit_corrections"),
    params:
        code=code_of("fit_corrections.py"),
    script:
        "../scripts/fit_corrections.py"
