"""Scores of a recording, from latents, maps and networks to one table, metrics.tsv.

Needs: recording.h5, layers, tensors, hidden, pca, state_space, latents, forecasts, maps, networks,
and the truth where there is one.
Makes: scores/**/*.tsv with svca, time_scales, transfer and probes/*.h5, of trials with decoding and
signal/*.h5, and metrics.tsv. Which of them a recording has, experiment/kinds.py says.
"""

from nma.experiment.plan import LINEAR_TRANSFER
from nma.sources import WITH_LATENTS

# The tables that metrics.tsv gathers, each named above the rule that writes it: {path: function of
# a recording to the names that its {source} stands for}.
TABLES = {}


TABLES["results/{recording}/scores/latents/{source}.tsv"] = lambda recording: PLAN.with_latents


rule score_latents:
    """Read behaviour, the truth and the latents of other seeds out of the latents of one source."""
    input:
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        latents=planned(paths.scored_latents, "source"),
        recording="results/{recording}/recording.h5",
        truth=planned(paths.truth_of),
    output:
        "results/{recording}/scores/latents/{source}.tsv",
    log:
        "results/{recording}/logs/score_latents/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/score_latents/{source}.tsv"
    wildcard_constraints:
        source=any_of(PLAN.with_latents),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_latents"),
    params:
        code=code_of("score_latents.py"),
        seeds=lambda wildcards: PLAN.seeds_of(wildcards.source),
    script:
        "../scripts/score_latents.py"


rule score_svca:
    """Measure shared variance components of one layer, or of all neurons, with their null."""
    input:
        lambda wildcards: (
            "results/{recording}/recording.h5"
            if wildcards.layer == "all"
            else "results/{recording}/layers/{layer}.h5"
        ),
    output:
        "results/{recording}/svca/{layer}.h5",
    log:
        "results/{recording}/logs/score_svca/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/score_svca/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_svca"),
    params:
        code=code_of("score_svca.py"),
        seed=config["scores"]["seed"],
    script:
        "../scripts/score_svca.py"


TABLES["results/{recording}/scores/dimensionality.tsv"] = lambda recording: ["all"]


rule score_dims:
    """Count the dimensions of each layer by every definition."""
    input:
        **{
            source: lambda wildcards, source=source: paths.baseline_latents(
                PLAN, wildcards.recording, source
            )
            for source in WITH_LATENTS
        },
        pca=of_layers("results/{recording}/pca/{layer}.h5"),
        svca=planned(paths.svca_files),
    output:
        "results/{recording}/scores/dimensionality.tsv",
    log:
        "results/{recording}/logs/score_dims.log",
    benchmark:
        "results/{recording}/benchmarks/score_dims.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_dims"),
    params:
        code=code_of("score_dims.py"),
        baselines=lambda wildcards: PLAN.kind_of(wildcards.recording).with_latents,
        layers=planned(Plan.layers_of),
        svca_layers=planned(Plan.svca_layers),
    script:
        "../scripts/score_dims.py"


TABLES["results/{recording}/scores/dims_by_neurons/{source}.tsv"] = lambda recording: (
    PLAN.layers_of(recording)[:1]
)


rule score_dims_by_neurons:
    """Count dims of random draws of a layer's neurons; of the first layer, as draws are many."""
    input:
        layer="results/{recording}/layers/{layer}.h5",
        tensor="results/{recording}/tensors/{layer}.h5",
        hidden="results/{recording}/hidden/{layer}.h5",
        fits="results/{recording}/state_space/{layer}.h5",
    output:
        "results/{recording}/scores/dims_by_neurons/{layer}.tsv",
    log:
        "results/{recording}/logs/score_dims_by_neurons/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/score_dims_by_neurons/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_dims_by_neurons"),
    params:
        code=code_of("score_dims_by_neurons.py"),
        seed=config["scores"]["seed"],
    script:
        "../scripts/score_dims_by_neurons.py"


TABLES["results/{recording}/scores/layers/{source}.tsv"] = PLAN.maps_of


rule probe_layers:
    """Decode the layer of held-out neurons or latent units, and compare with a null."""
    input:
        map="results/{recording}/umap/{source}.h5",
        files=planned(paths.map_files, "source"),
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        layers=of_layers("results/{recording}/layers/{layer}.h5"),
    output:
        probes="results/{recording}/probes/{source}.h5",
        scores="results/{recording}/scores/layers/{source}.tsv",
    log:
        "results/{recording}/logs/probe_layers/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/probe_layers/{source}.tsv"
    wildcard_constraints:
        source=any_of(PLAN.maps),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("probe_layers"),
    params:
        code=code_of("probe_layers.py"),
        kind=lambda wildcards: PLAN.maps[wildcards.source][1],
        seed_of_source=lambda wildcards: PLAN.seeds_of(PLAN.maps[wildcards.source][0])[0],
        time=config["umap"]["time"],
        in_blocks=lambda wildcards: (
            PLAN.config_of(wildcards.recording)["layers"]["by"] not in ("xy_blocks", "kmeans")
        ),
        null=lambda wildcards: PLAN.permuted(wildcards.source),
        seed=config["scores"]["seed"],
    script:
        "../scripts/probe_layers.py"


TABLES["results/{recording}/scores/time_scales/{source}.tsv"] = lambda recording: PLAN.with_latents


rule score_time_scales:
    """Measure time scales of one source's latents and neurons, and its scores in wider bins.

    Of raw neurons also how held-out data differ from train, and how many neurons have copies.
    """
    input:
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        latents=planned(paths.scored_latents, "source"),
    output:
        time_scales="results/{recording}/time_scales/{source}.h5",
        scores="results/{recording}/scores/time_scales/{source}.tsv",
    log:
        "results/{recording}/logs/score_time_scales/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/score_time_scales/{source}.tsv"
    wildcard_constraints:
        source=any_of(PLAN.with_latents),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_time_scales"),
    params:
        code=code_of("score_time_scales.py"),
        seeds=lambda wildcards: PLAN.seeds_of(wildcards.source),
        split=planned(Plan.split_shown),
        seed=config["scores"]["seed"],
    script:
        "../scripts/score_time_scales.py"


TABLES["results/{recording}/scores/decay_times/{source}.tsv"] = lambda recording: (
    PLAN.layers_of(recording)
)


rule score_decay_times:
    """Measure how fast the modes of one layer's LDS decay and turn."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        fits="results/{recording}/state_space/{layer}.h5",
    output:
        "results/{recording}/scores/decay_times/{layer}.tsv",
    log:
        "results/{recording}/logs/score_decay_times/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/score_decay_times/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_decay_times"),
    params:
        code=code_of("score_decay_times.py"),
    script:
        "../scripts/score_decay_times.py"


TABLES["results/{recording}/scores/forecasts.tsv"] = lambda recording: ["all"]


rule score_forecasts:
    """Score every source at activity 1 to 16 bins ahead, and against the best simple forecast."""
    input:
        planned(paths.forecasts_of),
    output:
        "results/{recording}/scores/forecasts.tsv",
    log:
        "results/{recording}/logs/score_forecasts.log",
    benchmark:
        "results/{recording}/benchmarks/score_forecasts.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_forecasts"),
    params:
        code=code_of("score_forecasts.py"),
    script:
        "../scripts/score_forecasts.py"


TABLES["results/{recording}/scores/transfer/{source}.tsv"] = PLAN.transfer_sources


rule score_transfer:
    """Score the networks of one model on other layers and on other neurons of their own."""
    input:
        weights=of_layers(
            f"results/{{recording}}/models/{{model}}/{{layer}}/{PLAN.seed}.safetensors"
        ),
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        layers=of_layers("results/{recording}/layers/{layer}.h5"),
        recording="results/{recording}/recording.h5",
        read_ins="results/{recording}/transfer/read_ins.h5",
        fits=starts_of("state_space"),
        corrections=starts_of("corrections"),
    output:
        transfer="results/{recording}/transfer/{model}.h5",
        scores="results/{recording}/scores/transfer/{model}.tsv",
    log:
        "results/{recording}/logs/score_transfer/{model}.log",
    benchmark:
        "results/{recording}/benchmarks/score_transfer/{model}.tsv"
    wildcard_constraints:
        model=any_of(PLAN.of_layers),
    conda:
        "../../envs/torch.yaml"
    threads: config["training"]["threads"]
    resources:
        **needs("score_transfer"),
    params:
        code=model_code("score_transfer.py"),
        seed=PLAN.seed,
        split=planned(Plan.split_shown),
        layer_seed=own("layers", "seed"),
        device=config["training"]["device"],
        threads=config["training"]["threads"],
    script:
        "../scripts/score_transfer.py"


rule score_raw_transfer:
    """As score_transfer, with no encoder; and what encoders are given of other layers, once for all."""
    input:
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        layers=of_layers("results/{recording}/layers/{layer}.h5"),
        recording="results/{recording}/recording.h5",
    output:
        transfer="results/{recording}/transfer/raw.h5",
        read_ins="results/{recording}/transfer/read_ins.h5",
        scores="results/{recording}/scores/transfer/raw.tsv",
    log:
        "results/{recording}/logs/score_raw_transfer.log",
    benchmark:
        "results/{recording}/benchmarks/score_raw_transfer.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_raw_transfer"),
    params:
        code=code_of("score_raw_transfer.py"),
        split=planned(Plan.split_shown),
        layer_seed=own("layers", "seed"),
    script:
        "../scripts/score_raw_transfer.py"


rule score_linear_transfer:
    """As score_transfer, with principal components or LDSs in place of networks."""
    input:
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        layers=of_layers("results/{recording}/layers/{layer}.h5"),
        pca=of_layers("results/{recording}/pca/{layer}.h5"),
        lds=of_layers("results/{recording}/state_space/{layer}.h5"),
        recording="results/{recording}/recording.h5",
        read_ins="results/{recording}/transfer/read_ins.h5",
    output:
        transfer=expand("results/{{recording}}/transfer/{source}.h5", source=LINEAR_TRANSFER[1:]),
        scores=expand(
            "results/{{recording}}/scores/transfer/{source}.tsv", source=LINEAR_TRANSFER[1:]
        ),
    log:
        "results/{recording}/logs/score_linear_transfer.log",
    benchmark:
        "results/{recording}/benchmarks/score_linear_transfer.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_linear_transfer"),
    params:
        code=code_of("score_linear_transfer.py"),
        split=planned(Plan.split_shown),
        dims=PLAN.pca_dims["pca"],
        layer_seed=own("layers", "seed"),
    script:
        "../scripts/score_linear_transfer.py"


TABLES["results/{recording}/scores/null/{source}.tsv"] = PLAN.null_sources


rule score_null:
    """Compare the scores of networks or LDSs of random groups with those of layers."""
    input:
        observed="results/{recording}/scores/layers/{source}.tsv",
        nulls=expand(
            "results/{{recording}}/null/{repetition}/scores/layers/{{source}}.tsv",
            repetition=PLAN.repetitions,
        ),
    output:
        "results/{recording}/scores/null/{source}.tsv",
    log:
        "results/{recording}/logs/score_null/{source}.log",
    benchmark:
        "results/{recording}/benchmarks/score_null/{source}.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.recordings),
        source=any_of(PLAN.retrained),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_null"),
    params:
        code=code_of("score_null.py"),
    script:
        "../scripts/score_null.py"


TABLES["results/{recording}/scores/truth.tsv"] = lambda recording: (
    ["all"] if PLAN.is_simulated(recording) else []
)


rule score_truth:
    """Describe the truth of a simulation, and score its true rates."""
    input:
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        truth="results/{recording}/truth.h5",
    output:
        "results/{recording}/scores/truth.tsv",
    log:
        "results/{recording}/logs/score_truth.log",
    benchmark:
        "results/{recording}/benchmarks/score_truth.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_truth"),
    params:
        code=code_of("score_truth.py"),
    script:
        "../scripts/score_truth.py"


TABLES["results/{recording}/scores/attainable.tsv"] = lambda recording: (
    ["all"] if PLAN.has_attainable(recording) else []
)


rule score_attainable:
    """Predict what is hidden of a simulation with its true parameters, as well as can be done."""
    input:
        layers=of_layers("results/{recording}/layers/{layer}.h5"),
        tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
        hidden=of_layers("results/{recording}/hidden/{layer}.h5"),
        truth="results/{recording}/truth.h5",
    output:
        "results/{recording}/scores/attainable.tsv",
    log:
        "results/{recording}/logs/score_attainable.log",
    benchmark:
        "results/{recording}/benchmarks/score_attainable.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_attainable"),
    params:
        code=code_of("score_attainable.py"),
    script:
        "../scripts/score_attainable.py"


TABLES["results/{recording}/scores/decoding/{source}.tsv"] = PLAN.layers_and_all


rule score_decoding:
    """Decode the angle of trials from one layer, or all neurons, and tell angles apart."""
    input:
        tensors=planned(paths.tensors_of, "layer"),
        latents=planned(paths.decoded_latents, "layer"),
    output:
        choices="results/{recording}/decoding/{layer}.h5",
        scores="results/{recording}/scores/decoding/{layer}.tsv",
    log:
        "results/{recording}/logs/score_decoding/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/score_decoding/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_decoding"),
    params:
        code=code_of("score_decoding.py"),
        sources=planned(Plan.decoded_of, "layer"),
        split=planned(Plan.split_shown),
    script:
        "../scripts/score_decoding.py"


TABLES["results/{recording}/scores/tuning/{source}.tsv"] = PLAN.layers_of


rule score_tuning:
    """Predict hidden neurons of trials from the angle, from other neurons, and from both."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        hidden="results/{recording}/hidden/{layer}.h5",
        latents=planned(paths.predicting_latents, "layer"),
    output:
        "results/{recording}/scores/tuning/{layer}.tsv",
    log:
        "results/{recording}/logs/score_tuning/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/score_tuning/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_tuning"),
    params:
        code=code_of("score_tuning.py"),
        sources=planned(Plan.predicting_of),
    script:
        "../scripts/score_tuning.py"


TABLES["results/{recording}/scores/signal/{source}.tsv"] = PLAN.layers_of


rule score_signal:
    """Measure the share of the variance over trials that the angle explains, neuron by neuron."""
    input:
        tensor="results/{recording}/tensors/{layer}.h5",
        truth=planned(paths.truth_of),
    output:
        signal="results/{recording}/signal/{layer}.h5",
        scores="results/{recording}/scores/signal/{layer}.tsv",
    log:
        "results/{recording}/logs/score_signal/{layer}.log",
    benchmark:
        "results/{recording}/benchmarks/score_signal/{layer}.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("score_signal"),
    params:
        code=code_of("score_signal.py"),
        split=planned(Plan.split_shown),
    script:
        "../scripts/score_signal.py"


rule collect_metrics:
    """Gather every score of a recording: all layers, sources, metrics, splits and seeds."""
    input:
        pca=of_layers("results/{recording}/pca/{layer}.h5"),
        latents=planned(paths.all_latents),
        scores=lambda wildcards: paths.score_tables(PLAN, wildcards.recording, TABLES),
    output:
        "results/{recording}/metrics.tsv",
    log:
        "results/{recording}/logs/collect_metrics.log",
    benchmark:
        "results/{recording}/benchmarks/collect_metrics.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("collect_metrics"),
    params:
        code=code_of("collect_metrics.py"),
        layers=planned(Plan.layers_of),
    script:
        "../scripts/collect_metrics.py"
