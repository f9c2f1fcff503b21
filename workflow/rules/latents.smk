"""Every source on the whole recording: latents, reconstruction and predictions of what is hidden.

Needs: tensors/{layer}.h5, hidden/{layer}.h5, pca/{layer}.h5, regressions/{layer}.json and models/{model}/{layer}/{seed}.*.
Makes: latents/{source}/{layer}/{seed}.h5.
"""

from nma.sources import TOGETHER


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
        source=any_of(PLAN.pca_dims),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("encode_pca"),
    params:
        code=code_of("encode_pca.py"),
        dims=lambda wildcards: PLAN.pca_dims[wildcards.source],
    script:
        "../scripts/encode_pca.py"


# Of trials those baselines alone that have no model of time.
for _rule, _kind, _recordings in PLAN.by_kind("encode_baselines"):
    _sources = [source for source in TOGETHER if source in _kind.baselines]

    rule:
        """Fit the baselines to a layer: their latents and predictions, in the form that every source has."""
        name:
            _rule
        input:
            tensor="results/{recording}/tensors/{layer}.h5",
            pca="results/{recording}/pca/{layer}.h5",
            hidden="results/{recording}/hidden/{layer}.h5",
            regressions="results/{recording}/regressions/{layer}.json",
        output:
            expand("results/{{recording}}/latents/{source}/{{layer}}/0.h5", source=_sources),
        log:
            "results/{recording}/logs/encode_baselines/{layer}.log",
        benchmark:
            "results/{recording}/benchmarks/encode_baselines/{layer}.tsv"
        wildcard_constraints:
            recording=with_nulls(_recordings),
        conda:
            "../../envs/arrays.yaml"
        resources:
            **needs("encode_baselines"),
        params:
            code=code_of_members("encode_baselines.py", "baselines", *_sources),
            sources=_sources,
            seed=config["scores"]["seed"],
        script:
            "../scripts/encode_baselines.py"


# Networks of layers, for each number of layers that recordings have, and shared ones.
_encoders = [(*of_count, PLAN.of_layers) for of_count in PLAN.by_layers("encode_latents")]
_shared = [model for model in PLAN.models if model not in PLAN.of_layers]
_encoders += [("encode_shared_latents", ["all"], PLAN.recordings, _shared)]
for _rule, _networks, _recordings, _models in _encoders:

    rule:
        """Latents, reconstruction and scores of a model's networks."""
        name:
            _rule
        input:
            tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
            hidden=of_layers("results/{recording}/hidden/{layer}.h5"),
            weights=expand(
                "results/{{recording}}/models/{{model}}/{layer}/{{seed}}.safetensors",
                layer=_networks,
            ),
            fits=starts_of("state_space"),
            corrections=starts_of("corrections"),
        output:
            expand("results/{{recording}}/latents/{{model}}/{layer}/{{seed}}.h5", layer=_networks),
        log:
            "results/{recording}/logs/encode_latents/{model}/{seed}.log",
        benchmark:
            "results/{recording}/benchmarks/encode_latents/{model}/{seed}.tsv"
        wildcard_constraints:
            recording=with_nulls(_recordings),
            model=any_of(_models),
        conda:
            "../../envs/torch.yaml"
        threads: config["training"]["threads"]
        resources:
            **needs("encode_latents"),
        params:
            code=model_code("encode_latents.py"),
            device=config["training"]["device"],
            threads=config["training"]["threads"],
        script:
            "../scripts/encode_latents.py"
