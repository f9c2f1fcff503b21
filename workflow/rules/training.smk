"""Networks: one a layer, or one for all layers.

Needs: tensors/{layer}.h5; state_space/{layer}.h5 and corrections/{layer}.h5 of residual networks;
where settings were searched, tune/{model}/{layer}/best.yaml.
Makes: models/{model}/{layer}/{seed}.safetensors, .history.csv and .json.
"""


rule train_model:
    """Train one network, on one layer or on all of them."""
    input:
        tensors=planned(paths.tensors_of, "layer"),
        start=planned(paths.start_of, "model", "layer"),
        best=planned(paths.best_settings, "model", "layer"),
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
        network=lambda wildcards: PLAN.network(wildcards.model),
    script:
        "../scripts/train_model.py"
