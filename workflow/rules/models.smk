"""The networks: training, and the latents that they give to the whole recording."""


rule train_model:
    """Train one network, on one layer or on all of them."""
    input:
        tensors=tensors_of,
        best=best_settings,
    output:
        weights="results/{recording}/models/{model}/{layer}/{seed}.safetensors",
        history="results/{recording}/models/{model}/{layer}/{seed}.history.csv",
        report="results/{recording}/models/{model}/{layer}/{seed}.json",
    log:
        "results/{recording}/logs/train_model/{model}/{layer}/{seed}.log",
    benchmark:
        "results/{recording}/benchmarks/train_model/{model}/{layer}/{seed}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["training"]["threads"]
    resources:
        **needs("train_model", trainings=1),
        gpu=int(config["training"]["device"] == "cuda"),
    params:
        code=model_code("train_model.py"),
        # Undeclared: Snakemake would delete it with the outputs of a job that was killed.
        states="results/{recording}/states/{model}/{layer}/{seed}",
        # No result depends on it: as it takes `output`, a change of it does not rerun the job.
        event_files=lambda wildcards, output: (
            "results/{recording}/tensorboard/{model}/{layer}/{seed}".format(**wildcards)
            if config["training"]["tensorboard"]
            else ""
        ),
        network=network_of,
    script:
        "../scripts/train_model.py"


# Networks of layers, for each number of layers that recordings have, and shared ones.
_encoders = [(*of_count, OF_LAYERS) for of_count in by_layers("encode_latents")]
_shared = [model for model in MODELS if model not in OF_LAYERS]
_encoders += [("encode_shared_latents", ["all"], RECORDINGS, _shared)]
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
