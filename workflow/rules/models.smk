"""The networks: training, and the latents that they give to the whole recording."""


rule train_model:
    """Train one network, on one layer or on all of them."""
    input:
        tensors=of_layers("tensors"),
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
        gpu=int(config["training"]["device"] == "cuda"),
    params:
        code=model_code("train_model.py"),
        model_class=lambda wildcards: MODELS[wildcards.model]["class"],
        dims=lambda wildcards: MODELS[wildcards.model]["dims"],
        options=lambda wildcards: MODELS[wildcards.model]["options"],
        training=lambda wildcards: MODELS[wildcards.model]["training"],
    script:
        "../scripts/train_model.py"


rule encode_latents:
    """Latents, reconstruction and scores of one network for the whole recording."""
    input:
        tensors=of_layers("tensors"),
        hidden=of_layers("hidden"),
        weights="results/{recording}/models/{model}/{layer}/{seed}.safetensors",
    output:
        "results/{recording}/latents/{model}/{layer}/{seed}.h5",
    log:
        "results/{recording}/logs/encode_latents/{model}/{layer}/{seed}.log",
    benchmark:
        "results/{recording}/benchmarks/encode_latents/{model}/{layer}/{seed}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["training"]["threads"]
    params:
        code=model_code("encode_latents.py"),
        device=config["training"]["device"],
        threads=config["training"]["threads"],
    script:
        "../scripts/encode_latents.py"
