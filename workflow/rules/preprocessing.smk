"""Layers, tensors, and what is hidden of them.

Needs: results/{recording}/recording.h5.
Makes: layers/{layer}.h5, layers.json (their names and numbers of neurons), tensors/{layer}.h5 and
hidden/{layer}.h5 below results/{recording}/, and layers of the null, random groups of neurons, whose repetitions are recordings of their own to all
rules that follow: results/{recording}/null/{repetition}/layers/{layer}.h5.
"""

for _rule, _layers, _recordings in PLAN.by_layers("slice_layers"):

    rule:
        """Assign neurons to layers and sample as many from each."""
        name:
            _rule
        input:
            "results/{recording}/recording.h5",
        output:
            layers=expand("results/{{recording}}/layers/{layer}.h5", layer=_layers),
            table="results/{recording}/layers.json",
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
            neurons=own("layers", "neurons"),
            seed=own("layers", "seed"),
            min_neurons=own("layers", "min_neurons"),
            left_out=own("layers", "except"),
            unlabelled=own("layers", "unlabelled"),
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
    wildcard_constraints:
        recording=with_nulls(PLAN.of_kind("time")),
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


rule make_trial_tensor:
    """Split and normalise the trials of one layer."""
    input:
        "results/{recording}/layers/{layer}.h5",
    output:
        "results/{recording}/tensors/{layer}.h5",
    log:
        "results/{recording}/logs/make_trial_tensor/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/make_trial_tensor/{layer}.tsv"
    wildcard_constraints:
        recording=with_nulls(PLAN.of_kind("trials")),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("make_trial_tensor"),
    params:
        code=code_of("make_trial_tensor.py"),
        normalise=own("tensors", "normalise"),
        trial_split=planned(Plan.trial_split),
        spontaneous=planned(Plan.spontaneous),
    script:
        "../scripts/make_trial_tensor.py"


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
    resources:
        **needs("hide_entries"),
    params:
        code=code_of("hide_entries.py"),
        seed=config["scores"]["seed"],
    script:
        "../scripts/hide_entries.py"


for _rule, _layers, _recordings in PLAN.by_layers("permute_layers"):

    rule:
        """Shuffle the sampled neurons over groups of the layers' sizes."""
        name:
            _rule
        input:
            expand("results/{{recording}}/layers/{layer}.h5", layer=_layers),
        output:
            expand("results/{{recording}}/null/{{repetition}}/layers/{layer}.h5", layer=_layers),
        log:
            "results/{recording}/logs/permute_layers/{repetition}.log",
        benchmark:
            "results/{recording}/benchmarks/permute_layers/{repetition}.tsv"
        wildcard_constraints:
            recording=any_of(_recordings),
            repetition=r"\d+",
        conda:
            "../../envs/arrays.yaml"
        resources:
            **needs("permute_layers"),
        params:
            code=code_of("permute_layers.py"),
            seed=config["scores"]["seed"],
        script:
            "../scripts/permute_layers.py"
