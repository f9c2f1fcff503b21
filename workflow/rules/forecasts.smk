"""Forecasts of later bins, by simple models and by networks that run forwards in time.

Needs: tensors/{layer}.h5, pca/{layer}.h5, state_space/{layer}.h5, truth.h5 of a simulation, and
models/{model}/{layer}/{seed}.safetensors.
Makes: forecasts/{source}/{layer}/{seed}.h5 of recordings of time.
"""

for _rule, _sources, _recordings in PLAN.by_ceiling("forecast_simply"):

    rule:
        """Forecast one layer by simple models, and a simulation by its true latents too."""
        name:
            _rule
        input:
            tensor="results/{recording}/tensors/{layer}.h5",
            pca="results/{recording}/pca/{layer}.h5",
            fits="results/{recording}/state_space/{layer}.h5",
            truth="results/{recording}/truth.h5" if "truth" in _sources else [],
        output:
            expand("results/{{recording}}/forecasts/{source}/{{layer}}/0.h5", source=_sources),
        log:
            "results/{recording}/logs/forecast_simply/{layer}.log",
        benchmark:
            "results/{recording}/benchmarks/forecast_simply/{layer}.tsv"
        wildcard_constraints:
            recording=any_of(_recordings),
        conda:
            "../../envs/arrays.yaml"
        resources:
            **needs("forecast_simply"),
        params:
            code=code_of("forecast_simply.py"),
            sources=_sources,
        script:
            "../scripts/forecast_simply.py"


# One job for all layers of a model, for each number of layers that recordings have.
for _rule, _layers, _recordings in PLAN.by_layers("forecast_networks"):

    rule:
        """Forecast all layers by the networks of a model."""
        name:
            _rule
        input:
            tensors=of_layers("results/{recording}/tensors/{layer}.h5"),
            weights=planned(paths.weights_of, "model", "seed"),
            fits=starts_of("state_space"),
            corrections=starts_of("corrections"),
        output:
            expand("results/{{recording}}/forecasts/{{model}}/{layer}/{{seed}}.h5", layer=_layers),
        log:
            "results/{recording}/logs/forecast_networks/{model}/{seed}.log",
        benchmark:
            "results/{recording}/benchmarks/forecast_networks/{model}/{seed}.tsv"
        wildcard_constraints:
            recording=any_of(_recordings),
            model=any_of(PLAN.forecasting),
        conda:
            "../../envs/torch.yaml"
        threads: config["training"]["threads"]
        resources:
            **needs("forecast_networks"),
        params:
            code=model_code("forecast_networks.py"),
            device=config["training"]["device"],
            threads=config["training"]["threads"],
        script:
            "../scripts/forecast_networks.py"
