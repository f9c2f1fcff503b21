"""Paths of the files that rules read, for a recording of a plan."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from nma.experiment.plan import Plan, base
from nma.recordings.raw import (
    files_of,
    format_names,
    format_names_of_download,
    is_web,
    options,
)

# Where a recording's raw file is, if the workflow makes it. A download may be of any format: its
# content says of which, as addresses often do not.
RAW_FILES = {
    "simulate": "results/{recording}/simulated.npy",
    "url": "results/{recording}/downloaded",
}


def raw_of(plan: Plan, recording: str) -> Any:
    """The raw file or files of a recording: simulated, downloaded, or the user's own; none where it
    is read on the web."""
    origins = [path for kind, path in RAW_FILES.items() if kind in plan.recordings[recording]]
    if origins:
        return origins[0]
    if folder := folder_of(plan, recording):
        return [str(path) for path in files_of(folder, **options_of(plan, recording))]
    if is_web(plan.recordings[recording].get("path", "")):
        return []
    return file_of(plan, recording, "path")


def folder_of(plan: Plan, recording: str) -> str | None:
    """The folder that is the raw recording; None where it is a file."""
    path = plan.recordings[recording].get("path", "")
    return path if Path(path).is_dir() else None


def options_of(plan: Plan, recording: str) -> dict[str, Any]:
    """The keys of a recording that are meant for the format of its raw file."""
    item = plan.recordings[recording]
    return {key: item[key] for key in sorted(options()) if key in item}


def formats_of(plan: Plan, recording: str) -> list[str]:
    """The names of the formats that may read the raw file of a recording."""
    return formats_of_item(plan.recordings[recording])


def formats_of_item(item: Mapping[str, Any]) -> list[str]:
    """The same of a recording as the config has it; those of a download by its address."""
    if "path" in item:
        return format_names(item["path"])
    if "url" in item:
        return format_names_of_download(item["url"])
    return ["npy"]


def file_of(plan: Plan, recording: str, key: str) -> Any:
    """A file of a recording that the config names, on disk or in a bucket, or nothing."""
    path = plan.recordings[recording].get(key, "")
    return plan.objects.get(path, path) or []


def address_of(plan: Plan, recording: str) -> str | None:
    """The address of a raw file in a bucket or on the web; None of any other."""
    path = plan.recordings[recording].get("path", "")
    return path if path in plan.objects or is_web(path) else None


def nwb_source(plan: Plan, recording: str) -> str | list[str]:
    """The NWB file on disk that a recording is from; none of another."""
    path = plan.recordings[recording].get("path", "")
    is_nwb = path and formats_of(plan, recording) == ["nwb"]
    return path if is_nwb and Path(path).is_file() else []


def of_layers(plan: Plan, recording: str, template: str) -> list[str]:
    """A path for each layer of a recording; template: with {recording} and {layer}."""
    path = template.replace("{recording}", recording)
    return [path.replace("{layer}", layer) for layer in plan.layers_of(recording)]


def of_networks(plan: Plan, recording: str, template: str) -> list[str]:
    """A path for each network of each model.

    template: with {recording}, and with {network}, which stands for {model}/{layer}/{seed}.
    """
    path = template.replace("{recording}", recording)
    return [
        path.replace("{network}", f"{model}/{layer}/{seed}")
        for model in plan.models_of(recording)
        for layer in plan.networks_of(recording, model)
        for seed in plan.seeds
    ]


def tensors_of(plan: Plan, recording: str, layer: str) -> list[str]:
    """The tensors that a network sees: of its layer, or of `all` layers if it is shared."""
    tensor = "results/{recording}/tensors/{layer}.h5"
    if layer == "all":
        return of_layers(plan, recording, tensor)
    return [tensor.format(recording=recording, layer=layer)]


def start_of(plan: Plan, recording: str, model: str, layer: str) -> list[str]:
    """The files of the LDS that a network starts from; none where it starts from no LDS."""
    folder = f"results/{recording}"
    kinds = ("state_space", "corrections") if plan.starts_from_lds(model) else ()
    return [f"{folder}/{kind}/{layer}.h5" for kind in kinds]


def starts_of(plan: Plan, recording: str, kind: str, model: str) -> list[str]:
    """Those files of all layers; kind: `state_space` or `corrections`."""
    path = f"results/{{recording}}/{kind}/{{layer}}.h5"
    return of_layers(plan, recording, path) if plan.starts_from_lds(model) else []


def latents_of(
    plan: Plan, recording: str, source: str, seeds: list[int] | None = None
) -> list[str]:
    """The latents of a source by layer, then by seed; seeds: all unless given."""
    networks = source in plan.models
    layers = plan.networks_of(recording, source) if networks else plan.layers_of(recording)
    seeds = seeds if networks and seeds else plan.seeds_of(source)
    folder = f"results/{recording}/latents/{source}"
    return [f"{folder}/{layer}/{seed}.h5" for layer in layers for seed in seeds]


def weights_of(plan: Plan, recording: str, model: str, seed: str) -> list[str]:
    """The weights of a model's networks: one a layer, or one for all."""
    folder = f"results/{recording}/models/{model}"
    return [f"{folder}/{net}/{seed}.safetensors" for net in plan.networks_of(recording, model)]


def forecasts_of(plan: Plan, recording: str) -> list[str]:
    """The forecasts of all sources by layer and seed; those of shared networks too."""
    return [
        f"results/{recording}/forecasts/{source}/{layer}/{seed}.h5"
        for source in plan.forecast_sources(recording)
        for layer in plan.layers_of(recording)
        for seed in plan.seeds_of(source)
    ]


def all_latents(plan: Plan, recording: str) -> list[str]:
    """The latents of all sources: PCA, baselines, LDSs with the dims of models, models."""
    baselines, others = plan.kind_of(recording).baselines, plan.sources_of(recording)
    first = [source for source in others if source in plan.pca_dims]
    sources = [*first, *baselines, *others[len(first) :]]
    return [path for source in sources for path in latents_of(plan, recording, source)]


def network_latents(plan: Plan, recording: str) -> list[str]:
    """The latents of one network of each model, of each layer."""
    return [
        path
        for model in plan.models_of(recording)
        for path in latents_of(plan, recording, model, [plan.seed])
    ]


def scored_latents(plan: Plan, recording: str, source: str) -> list[str]:
    """The latents of a source; none of the neurons themselves."""
    return [] if source == "raw" else latents_of(plan, recording, source)


def svca_files(plan: Plan, recording: str) -> list[str]:
    """The shared variance components of the layers, and of all neurons."""
    return [f"results/{recording}/svca/{layer}.h5" for layer in plan.svca_layers(recording)]


def map_files(plan: Plan, recording: str, source: str) -> list[str]:
    """The files that hold the points of a map: tensors of raw neurons, else latents files."""
    name, kind = plan.maps[source]
    if kind == "raw":
        return tensors_of(plan, recording, "all")
    return latents_of(plan, recording, name, [plan.seed])


def truth_of(plan: Plan, recording: str) -> str | list[str]:
    """The truth of a simulated recording; none of others."""
    return f"results/{recording}/truth.h5" if plan.is_simulated(recording) else []


def best_settings(plan: Plan, recording: str, model: str, layer: str) -> str | list[str]:
    """The file of settings that a study found for a network; none where `tune` is off.

    Networks of the null have those of layers.
    """
    if not plan.config["tune"]["enabled"] or model not in plan.tuned:
        return []
    layers = plan.studied(recording, model)
    layer = layer if layer in layers else layers[0]
    return f"results/{base(recording)}/tune/{model}/{layer}/best.yaml"


def confirmations(plan: Plan, recording: str) -> list[str]:
    """The tables, one a study, of best settings and defaults trained again."""
    folder = f"results/{recording}/tune"
    return [
        f"{folder}/{model}/{layer}/retrained.tsv"
        for model in plan.tuned_of(recording)
        for layer in plan.studied(recording, model)
    ]


def baseline_latents(plan: Plan, recording: str, source: str) -> list[str]:
    """The latents of a baseline, one a layer; none where a recording of its kind has none."""
    known = source in plan.kind_of(recording).baselines
    return latents_of(plan, recording, source) if known else []


def decoded_latents(plan: Plan, recording: str, layer: str) -> list[str]:
    """The latents that angles are decoded from, next to neurons; none of `all` neurons."""
    sources = plan.decoded_of(recording, layer)
    return [f"results/{recording}/latents/{source}/{layer}/0.h5" for source in sources]


def predicting_latents(plan: Plan, recording: str, layer: str) -> list[str]:
    """The latents files of a layer, for predictions of hidden neurons from other neurons."""
    sources = plan.predicting_of(recording)
    return [f"results/{recording}/latents/{source}/{layer}/0.h5" for source in sources]


def score_tables(
    plan: Plan, recording: str, tables: Mapping[str, Callable[[str], Iterable[str]]]
) -> list[str]:
    """The score tables that metrics.tsv gathers, those of studies included where there are any.

    tables: {path: function of a recording to the names that its {source} stands for}; those that
    recordings of its kind do not have are left out.
    """
    kind = plan.kind_of(recording)
    found = [
        path.format(recording=recording, source=source)
        for path, sources in tables.items()
        if kind.has_scores(table_name(path))
        for source in sources(recording)
    ]
    return found + (confirmations(plan, recording) if plan.config["tune"]["enabled"] else [])


def table_name(path: str) -> str:
    """The name of a score table: the file or folder below scores/."""
    return path.split("/scores/")[-1].split("/")[0].removesuffix(".tsv")


def timings(plan: Plan, recording: str) -> dict[str, list[str]]:
    """{rule: its benchmark files}, which the report sums up.

    No inputs, which would be as many again as there are networks: each is written by a job whose
    output is one.
    """
    folder = f"results/{recording}/benchmarks"
    networks = [f"{model}/{seed}" for model in plan.models_of(recording) for seed in plan.seeds]
    kind = plan.kind_of(recording)
    return {
        kind.imported_by: [f"{folder}/{kind.imported_by}.tsv"],
        "slice_layers": [f"{folder}/slice_layers.tsv"],
        kind.tensors_by: of_layers(plan, recording, f"{folder}/{kind.tensors_by}/{{layer}}.tsv"),
        "fit_pca": of_layers(plan, recording, f"{folder}/fit_pca/{{layer}}.tsv"),
        "train_model": of_networks(plan, recording, f"{folder}/train_model/{{network}}.tsv"),
        "encode_latents": [f"{folder}/encode_latents/{network}.tsv" for network in networks],
        "embed_umap": [f"{folder}/embed_umap/{source}.tsv" for source in plan.maps_of(recording)],
    }
