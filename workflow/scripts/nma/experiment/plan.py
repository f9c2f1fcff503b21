"""The plan: everything that follows from the config, worked out once."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from nma.experiment.kinds import KINDS, Kind, kind_of
from nma.experiment.models import (
    infers_inputs,
    lds_dims,
    model_settings,
    pca_dims,
    starts_from_lds,
)
from nma.experiment.studies import pca_of_equal_dims, tuned
from nma.sources import FORECASTING, FORECASTS, MAPPED, WITH_LATENTS, compared

Config: TypeAlias = dict[str, Any]

METRICS = ("r2", "cosmooth_r2", "masked_r2")  # that sources are compared by in summaries
# Sources of transfer without a network: no encoder at all, principal components, and LDSs.
LINEAR_TRANSFER = ("raw", "pca", "lds")
LINEAR_DYNAMICS = ("ou", "rotations")  # of simulations, whose posterior is known


class Plan:
    """What a checked config, with all defaults set, asks for.

    A recording is named as in the config, or `{name}/null/{repetition}` for a repetition of its
    null, which has random groups in the place of layers.

    recordings: {name: item of the config}; layers: {name: its layers}; models: {name: settings};
    pca_dims, lds_dims: {source: dims} of PCA, and of LDSs with as many dims as models; seeds, and
    seed, of the networks that maps and examples show; sources: PCA, these LDSs and the models;
    maps: {map: (source, `raw`, `neurons` or `latents`)}; compared: {metric: sources in a summary};
    with_latents: sources that have latents, and raw neurons; of_layers: models with a network a
    layer; forecasting: models that forecast; with_inputs: models that infer inputs; objects:
    {address: input of a rule} of buckets; repetitions: of the null; retrained: maps of models that
    the null trains or fits again; tuned: models whose settings are searched.
    """

    def __init__(self, config: Config, objects: Mapping[str, Any] | None = None) -> None:
        self.config, self.objects = config, objects or {}
        self.recordings = {item["name"]: item for item in config["recordings"]}
        self.configs = {name: of_recording(config, item) for name, item in self.recordings.items()}
        self.layers = {name: layer_names(own) for name, own in self.configs.items()}
        self.models = {m["name"]: model_settings(config, m) for m in config["models"]}
        self.pca_dims, self.lds_dims = pca_dims(config), lds_dims(config)
        self.seeds: list[int] = config["seeds"]
        self.seed = self.seeds[0]
        self.sources = [*self.pca_dims, *self.lds_dims, *self.models]
        self.maps = {"raw": ("raw", "raw")}
        for source in ("pca", *MAPPED, *self.models):
            self.maps[source] = (source, "neurons")
            self.maps[f"{source}_latents"] = (source, "latents")
        self.compared = {metric: compared(metric, self.sources) for metric in METRICS}
        self.with_latents = ["raw", *self.pca_dims, *WITH_LATENTS, *self.lds_dims, *self.models]
        self.of_layers = [m for m, settings in self.models.items() if settings["scope"] == "layer"]
        self.forecasting = [m for m, own in self.models.items() if own["class"] in FORECASTING]
        self.with_inputs = [m for m, settings in self.models.items() if infers_inputs(settings)]
        # The null of networks is that of the first model with a network a layer.
        fitted_again = [*MAPPED, *self.of_layers[:1]]
        self.repetitions = range(1, config["scores"]["retrainings"] + 1)
        self.retrained = [f"{name}{kind}" for name in fitted_again for kind in ("", "_latents")]
        self.tuned = tuned(config)

    def kind_of(self, recording: str) -> Kind:
        """Whether a recording is of time or of trials, and what it is analysed with."""
        return kind_of(self.recordings[base(recording)])

    def of_kind(self, kind: str) -> list[str]:
        """The names of the recordings of a kind."""
        return [name for name in self.recordings if self.kind_of(name).name == kind]

    def models_of(self, recording: str) -> dict[str, Config]:
        """The models that a recording has networks of."""
        return self.models if self.kind_of(recording).networks else {}

    def tuned_of(self, recording: str) -> list[str]:
        """The models that a recording has studies of."""
        return self.tuned if self.kind_of(recording).networks else []

    def sources_of(self, recording: str) -> list[str]:
        """The sources of a recording but for its baselines; see `sources`."""
        return self.sources if self.kind_of(recording).networks else ["pca"]

    def decoded_of(self, recording: str, layer: str) -> list[str]:
        """The sources that angles are decoded from, next to neurons: those with latents, which
        `all` neurons have none of."""
        with_latents = [*self.sources_of(recording), *self.kind_of(recording).with_latents]
        return [] if layer == "all" else with_latents

    def same_dims(self, recording: str) -> dict[str, str]:
        """{model: the PCA source with as many dims} of the models of a recording."""
        models = self.models_of(recording)
        return {m: pca for m, pca in pca_of_equal_dims(self.config).items() if m in models}

    def maps_of(self, recording: str) -> list[str]:
        """The maps of a recording; see `maps`."""
        known = {"raw", *self.sources_of(recording), *self.kind_of(recording).mapped}
        return [name for name, (source, _) in self.maps.items() if source in known]

    def compared_of(self, recording: str, metric: str) -> list[str]:
        """The sources of a recording that a metric compares; see `compared`."""
        kind = self.kind_of(recording)
        known = {*kind.baselines, *self.sources_of(recording)}
        predictors = kind.predictors if metric == "cosmooth_r2" else ()
        return [*(s for s in self.compared[metric] if s in known), *predictors]

    def predicting_of(self, recording: str) -> list[str]:
        """The sources that predict hidden neurons from other neurons."""
        predictors = self.kind_of(recording).predictors
        return [s for s in self.compared_of(recording, "cosmooth_r2") if s not in predictors]

    def has_ceiling(self, recording: str) -> bool:
        """Whether the truth of a simulation is forecast too; not where each bin was divided by the
        mean of all neurons in it, which mixes their noise."""
        normalise = self.config_of(recording)["tensors"]["normalise"]
        return self.is_simulated(recording) and normalise != "population"

    def forecast_sources(self, recording: str) -> list[str]:
        """The sources that forecast a recording of time, the truth of a simulation last."""
        return [*FORECASTS, *self.forecasting, *["truth"] * self.has_ceiling(recording)]

    def by_kind(self, rule: str) -> list[tuple[str, Kind, list[str]]]:
        """(name, kind, recordings) of the rules that one with an output a baseline is made of."""
        return [
            (rule if name == "time" else f"{rule}_of_{name}", kind, self.of_kind(name))
            for name, kind in KINDS.items()
        ]

    def by_ceiling(self, rule: str) -> list[tuple[str, list[str], list[str]]]:
        """(name, sources, recordings) of the rules that simple forecasts are made by: the ceiling
        of simulations is among them."""
        parts = {rule: [], f"{rule}_with_ceiling": ["truth"]}
        return [
            (
                name,
                [*FORECASTS, *truth],
                [n for n in self.of_kind("time") if self.has_ceiling(n) == bool(truth)],
            )
            for name, truth in parts.items()
        ]

    def config_of(self, recording: str) -> Config:
        """The config with the layers and tensors of a recording."""
        return self.configs[base(recording)]

    def is_simulated(self, recording: str) -> bool:
        """Whether a recording is simulated, and so has a truth."""
        return "simulate" in self.recordings[base(recording)]

    def has_attainable(self, recording: str) -> bool:
        """Whether it is known what is attainable: of a simulation whose latents are linear."""
        settings = self.recordings[base(recording)].get("simulate", {})
        return settings.get("dynamics") in LINEAR_DYNAMICS

    def layers_of(self, recording: str) -> list[str]:
        """The names of a recording's layers."""
        return self.layers[base(recording)]

    def layers_and_all(self, recording: str) -> list[str]:
        """The layers, and `all` neurons of the recording where these are not the one layer."""
        layers = self.layers_of(recording)
        whole = self.config_of(recording)["layers"]["by"] == "whole"
        return layers if whole else [*layers, "all"]

    def svca_layers(self, recording: str) -> list[str]:
        """The layers that shared variance components are measured of, `all` neurons included where
        recordings of its kind are small enough."""
        of_all = self.kind_of(recording).svca_of_all
        return self.layers_and_all(recording) if of_all else self.layers_of(recording)

    def networks_of(self, recording: str, model: str) -> list[str]:
        """The layers that a model has a network for; `all` for a shared one."""
        shared = self.models[model]["scope"] == "shared"
        return ["all"] if shared else self.layers_of(recording)

    def starts_from_lds(self, model: str) -> bool:
        """Whether a model's networks start from the LDS: those of residual classes from which
        activity is hidden in training."""
        return starts_from_lds(self.models[model])

    def studied(self, recording: str, model: str) -> list[str]:
        """The networks that a model has a study for: one that stands for all, or each."""
        networks = self.networks_of(recording, model)
        return networks if self.config["tune"]["layers"] == "each" else networks[:1]

    def seeds_of(self, source: str) -> list[int]:
        """The seeds of a source: of networks those of the config, of others 0."""
        return self.seeds if source in self.models else [0]

    def colour_of(self, source: str) -> str:
        """The colour that PCA or a model has in every figure."""
        palette = self.config["figures"]["source_colours"]
        return palette[[*self.pca_dims, *self.models].index(source) % len(palette)]

    def split_shown(self, recording: str) -> str:
        """The held-out split of figures and report: test, or validation where there is no test."""
        share = self.config_of(recording)["tensors"]["split"]["test"]
        return "test" if share or self.kind_of(recording) == KINDS["trials"] else "validation"

    def by_layers(self, rule: str) -> list[tuple[str, list[str], list[str]]]:
        """(name, layers, recordings) of the rules that one with an output a layer is made of.

        Outputs cannot be functions, so there is a rule for each number of layers that recordings
        have; that of the config keeps the plain name.
        """
        recordings = {}
        for name, layers in self.layers.items():
            recordings.setdefault(tuple(layers), []).append(name)
        usual = self.config["layers"]["count"]
        return [
            (rule if len(layers) == usual else f"{rule}_of_{len(layers)}", list(layers), names)
            for layers, names in recordings.items()
        ]

    def map_settings(self, source: str) -> Config:
        """The settings of a map, which differ between neurons and latent units."""
        kind = self.maps[source][1]
        return self.config["umap"]["latents" if kind == "latents" else "neurons"]

    def permuted(self, source: str) -> Config | None:
        """How permuted labels make the null of a source; None where random groups do."""
        null = {"repeats": self.config["scores"]["permutations"]}
        if source == "pca":
            null["dims"] = self.pca_dims["pca"]
        return null if source in ("raw", "pca") else None

    def transfer_sources(self, recording: str) -> list[str]:
        """The sources that predict neurons of other layers; none where there is one layer."""
        several = len(self.layers_of(recording)) > 1
        return [*LINEAR_TRANSFER, *self.of_layers] if several else []

    def null_sources(self, recording: str) -> list[str]:
        """The maps that random groups in the place of layers are made for."""
        several = len(self.layers_of(recording)) > 1
        return self.retrained if several and self.repetitions else []

    def network(self, model: str) -> Config:
        """Class and settings of a model's networks."""
        settings = self.models[model]
        kept = {key: settings[key] for key in ("dims", "options", "training")}
        return {"class": settings["class"], "settings": kept}

    def simulation(self, recording: str) -> Config:
        """The settings of a simulated recording, of time the seconds of a bin among them."""
        item = self.recordings[recording]
        settings = {key: value for key, value in item["simulate"].items() if key != "kind"}
        if "bin_seconds" in item:
            settings["bin_seconds"] = item["bin_seconds"]
        return dict(sorted(settings.items()))

    def trial_split(self, recording: str) -> str:
        """Which trials of a recording of trials test: every_fourth or last_quarter."""
        return self.config_of(recording)["tensors"]["split"].get("trials", "every_fourth")

    def spontaneous(self, recording: str) -> str:
        """What spontaneous activity is used for in tensors of trials: scale or project_out."""
        return self.config_of(recording)["tensors"].get("spontaneous", "scale")

    def config_text(self, recording: str) -> str:
        """The config as a report shows it: of this recording alone, and without a password.

        Keys are sorted, since their order in the file changes nothing.
        """
        storage = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", self.config["tune"]["storage"])
        mine = {
            "recordings": [self.recordings[recording]],
            "tune": self.config["tune"] | {"storage": storage},
        }
        return json.dumps(self.config_of(recording) | mine, indent=2, sort_keys=True)


def base(recording: str) -> str:
    """The name in the config of a recording, or of a repetition of its null."""
    return recording.split("/")[0]


def of_recording(config: Config, recording: Config) -> Config:
    """The config with the layers and tensors that an item of `recordings` has of its own."""
    own = recording.get("tensors", {})
    tensors = config["tensors"] | own
    tensors["split"] = config["tensors"]["split"] | own.get("split", {})
    layers = config["layers"] | recording.get("layers", {})
    return {**config, "layers": layers, "tensors": tensors}


def layer_names(config: Config) -> list[str]:
    """The names of a recording's layers; config: its own."""
    return [f"L{number}" for number in range(1, config["layers"]["count"] + 1)]
