"""Balanced samples of each layer's neurons, and their activity as the models see it."""

for _rule, _layers, _recordings in by_layers("slice_layers"):

    rule:
        """Assign neurons to layers and sample as many from each."""
        name:
            _rule
        input:
            "results/{recording}/recording.h5",
        output:
            expand("results/{{recording}}/layers/{layer}.h5", layer=_layers),
        log:
            "results/{recording}/logs/slice_layers.log",
        benchmark:
            "results/{recording}/benchmarks/slice_layers.tsv"
        wildcard_constraints:
            recording=any_of(_recordings),
        conda:
            "../../envs/arrays.yaml"
        resources:
            **needs("slice_layers"),
        params:
            code=code_of("slice_layers.py"),
            by=own("layers", "by"),
            layer_count=len(_layers),
            neurons=own("layers", "neurons"),
            seed=own("layers", "seed"),
        script:
            "../scripts/slice_layers.py"


rule make_tensor:
    """Bin, split in time and normalise one layer."""
    input:
        "results/{recording}/layers/{layer}.h5",
    output:
        "results/{recording}/tensors/{layer}.h5",
    log:
        "results/{recording}/logs/make_tensor/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/make_tensor/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("make_tensor"),
    params:
        code=code_of("make_tensor.py"),
        normalise=own("tensors", "normalise"),
        bin_width=own("tensors", "bin_width"),
        train=own("tensors", "split", "train"),
        validation=own("tensors", "split", "validation"),
        test=own("tensors", "split", "test"),
        gap=own("tensors", "split", "gap"),
    script:
        "../scripts/make_tensor.py"
