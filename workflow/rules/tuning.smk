"""Studies of hyper-parameters: each a number of workers that share its trials.

Needs: tensors/{layer}.h5.
Makes: tune/{model}/{layer}/: best.yaml, tables of trials, and retrained.tsv, which says whether the
best settings are better than the defaults.
"""

from nma.experiment.studies import study_settings, trial_steps


rule tune_worker:
    """One of the workers that share the trials of a study."""
    input:
        tensors=planned(paths.tensors_of, "layer"),
        start=planned(paths.start_of, "model", "layer"),
    output:
        "results/{recording}/tune/{model}/{layer}/worker{worker}.json",
    log:
        "results/{recording}/logs/tune_worker/{model}/{layer}/{worker}.log",
    benchmark:
        "results/{recording}/benchmarks/tune_worker/{model}/{layer}/{worker}.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.recordings),
        model=any_of(PLAN.tuned),
        worker=r"\d+",
    conda:
        "../../envs/torch.yaml"
    threads: config["training"]["threads"]
    resources:
        **needs("tune_worker", trainings=-(-config["tune"]["trials"] // config["tune"]["workers"])),
        gpu=int(config["training"]["device"] == "cuda"),
    params:
        code=model_code("tune_worker.py"),
        # That of training alone: the trials of a study stay when other code changes.
        training_code=model_code("nma/training/dataset.py"),
        # Undeclared: Snakemake would delete it with the outputs of a job that was killed.
        folder="results/{recording}/studies/{model}/{layer}",
        network=lambda wildcards: PLAN.network(wildcards.model),
        tune=lambda wildcards: study_settings(config, wildcards.model),
        seed=PLAN.seed,
    script:
        "../scripts/tune_worker.py"


rule tune_model:
    """The best settings of a study, and tables of its trials."""
    input:
        workers=expand(
            "results/{{recording}}/tune/{{model}}/{{layer}}/worker{worker}.json",
            worker=range(1, config["tune"]["workers"] + 1),
        ),
    output:
        best="results/{recording}/tune/{model}/{layer}/best.yaml",
        trials="results/{recording}/tune/{model}/{layer}/trials.tsv",
        curves="results/{recording}/tune/{model}/{layer}/curves.tsv",
        importance="results/{recording}/tune/{model}/{layer}/importance.tsv",
        space="results/{recording}/tune/{model}/{layer}/space.json",
    log:
        "results/{recording}/logs/tune_model/{model}/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/tune_model/{model}/{layer}.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.recordings),
        model=any_of(PLAN.tuned),
    conda:
        "../../envs/tune.yaml"
    resources:
        **needs("tune_model"),
    params:
        code=code_of("tune_model.py"),
        folder="results/{recording}/studies/{model}/{layer}",
        tune=lambda wildcards: study_settings(config, wildcards.model),
        steps=lambda wildcards: trial_steps(config, PLAN.models[wildcards.model]),
    script:
        "../scripts/tune_model.py"


rule confirm_tuning:
    """Train the best settings and the defaults again, to tell whether tuning has made a difference."""
    input:
        tensors=planned(paths.tensors_of, "layer"),
        start=planned(paths.start_of, "model", "layer"),
        best="results/{recording}/tune/{model}/{layer}/best.yaml",
    output:
        "results/{recording}/tune/{model}/{layer}/retrained.tsv",
    log:
        "results/{recording}/logs/confirm_tuning/{model}/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/confirm_tuning/{model}/{layer}.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.recordings),
        model=any_of(PLAN.tuned),
    conda:
        "../../envs/torch.yaml"
    threads: config["training"]["threads"]
    resources:
        **needs("confirm_tuning", trainings=2 * config["tune"]["retrainings"]),
        gpu=int(config["training"]["device"] == "cuda"),
    params:
        code=model_code("confirm_tuning.py"),
        network=lambda wildcards: PLAN.network(wildcards.model),
        # Not those that the study has trained with.
        seeds=[max(PLAN.seeds) + number for number in range(1, config["tune"]["retrainings"] + 1)],
    script:
        "../scripts/confirm_tuning.py"
