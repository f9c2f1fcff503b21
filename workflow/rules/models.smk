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


rule encode_latents:
    """Latents, reconstruction and scores of a model's networks, one a layer."""
    input:
        tensors=expand("results/{{recording}}/tensors/{layer}.h5", layer=LAYERS),
        hidden=expand("results/{{recording}}/hidden/{layer}.h5", layer=LAYERS),
        weights=expand(
            "results/{{recording}}/models/{{model}}/{layer}/{{seed}}.safetensors", layer=LAYERS
        ),
    output:
        expand("results/{{recording}}/latents/{{model}}/{layer}/{{seed}}.h5", layer=LAYERS),
    log:
        "results/{recording}/logs/encode_latents/{model}/{seed}.log",
    benchmark:
        "results/{recording}/benchmarks/encode_latents/{model}/{seed}.tsv"
    wildcard_constraints:
        model=any_of(model for model in MODELS if MODELS[model]["scope"] == "layer"),
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


use rule encode_latents as encode_shared_latents with:
    input:
        tensors=expand("results/{{recording}}/tensors/{layer}.h5", layer=LAYERS),
        hidden=expand("results/{{recording}}/hidden/{layer}.h5", layer=LAYERS),
        weights=["results/{recording}/models/{model}/all/{seed}.safetensors"],
    output:
        "results/{recording}/latents/{model}/all/{seed}.h5",
    wildcard_constraints:
        model=any_of(model for model in MODELS if MODELS[model]["scope"] == "shared"),
