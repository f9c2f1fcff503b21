"""The null of networks: random groups of neurons in place of layers, and networks trained again.

Each repetition is a recording of its own to the rules that make tensors, train, encode, map and
probe: `{recording}/null/{repetition}`.
"""

for _rule, _layers, _recordings in by_layers("permute_layers"):

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


rule score_null:
    """Compare the scores of networks of random groups with those of layers."""
    input:
        observed="results/{recording}/scores/layers/{source}.tsv",
        nulls=expand(
            "results/{{recording}}/null/{repetition}/scores/layers/{{source}}.tsv",
            repetition=REPETITIONS,
        ),
    output:
        "results/{recording}/scores/null/{source}.tsv",
    log:
        "results/{recording}/logs/score_null/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/score_null/{source}.tsv"
    wildcard_constraints:
        recording=any_of(RECORDINGS),
        source=any_of(RETRAINED),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_null"),
    params:
        code=code_of("score_null.py"),
    script:
        "../scripts/score_null.py"
