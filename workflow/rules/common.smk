"""What every topic needs: the checked config, names, and paths that follow from them."""

import gc
import json
import os
import re
import shlex
import sys
from functools import cache
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

# A DAG of many recordings is millions of objects that stay: looking for garbage among them as often
# as Python does takes a tenth of the time.
gc.set_threshold(50_000)

SCRIPTS = Path(workflow.current_basedir, "..", "scripts").resolve()
sys.path.append(str(SCRIPTS))
# Snakemake puts this path into shell commands as it is, and a space would cut it in two.
sys.executable = shlex.quote(sys.executable.strip("'"))

from nma.experiment import checks as settings
from nma.experiment import models, resources as costs, studies
from nma.experiment.buckets import bucket_object
from nma.jobs.code_digest import code_digest
from nma.io.errors import InputError
from nma.jobs.job import error_in

try:
    config["tune"] = studies.tune_section(config.get("tune", {}))
    SCHEMA = Path(workflow.current_basedir, "..", "schemas", "config.schema.yaml")
    PLACES = settings.read_table(config, yaml.safe_load(SCHEMA.read_text()))
    validate(config, "../schemas/config.schema.yaml")
    settings.check(config, PLACES)
    settings.check_files(config, PLACES)
    # Objects in S3 buckets, which Snakemake fetches for the job that reads them. No storage is
    # declared without one, so that nobody else needs the plugin; jobs need no second look.
    OBJECTS = {
        address: bucket_object(storage, field, address, check=workflow.is_main_process)
        for address, field in settings.addresses(config).items()
    }
except WorkflowError as error:
    raise WorkflowError(str(settings.schema_sentence(error.__context__))) from None
except InputError as error:
    raise WorkflowError(str(error)) from None

# The digest of a job's code, worked out once a rule.
code_of = cache(code_digest)
RECORDINGS = {recording["name"]: recording for recording in config["recordings"]}
# The config of each recording, with the layers and tensors that it has of its own.
CONFIGS = {name: settings.of_recording(config, item) for name, item in RECORDINGS.items()}
LAYERS = {name: settings.layer_names(own) for name, own in CONFIGS.items()}
MODELS = {model["name"]: models.model_settings(config, model) for model in config["models"]}
PCA_DIMS = models.pca_dims(config)
LINEAR = list(settings.LINEAR)
SEEDS = config["seeds"]
# The maps and example figures show one network of each model: that of the first seed.
SEED = SEEDS[0]

# Each map: the source behind it, and what its points are.
UMAPS = {"raw": ("raw", "raw")}
for _source in ["pca", *MODELS]:
    UMAPS[_source] = (_source, "neurons")
    UMAPS[f"{_source}_latents"] = (_source, "latents")

SOURCES = [*PCA_DIMS, *MODELS]
# What each summary compares: sources of reconstruction, or of what is hidden.
SUMMARIES = {
    "r2": SOURCES,
    "cosmooth_r2": ["ppca", "smooth_ppca", *SOURCES],
    "masked_r2": [*LINEAR, *SOURCES],
}
# Sources with latents, and the neurons themselves; interpolation has none.
WITH_LATENTS = ["raw", *PCA_DIMS, "ppca", "smooth_ppca", *MODELS]
# Models with a network a layer, which can meet other layers where there are any.
OF_LAYERS = [model for model in MODELS if MODELS[model]["scope"] == "layer"]
LINEAR_TRANSFER = ["raw", "pca"]
# The null of networks is that of the first model which has a network a layer, and of its latents.
REPETITIONS = range(1, config["scores"]["retrainings"] + 1)
RETRAINED = [f"{model}{kind}" for model in OF_LAYERS[:1] for kind in ("", "_latents")]
# Models whose settings are searched; networks are trained with the best where `tune` is on.
TUNED = studies.tuned(config)


def any_of(names):
    """A regular expression of these names, and of none where there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def with_nulls(recordings):
    """A regular expression of these recordings, and of repetitions of their null."""
    return rf"(?:{any_of(recordings)})(?:/null/\d+)?"


wildcard_constraints:
    recording=with_nulls(RECORDINGS),
    layer=r"L\d+|all",
    model=any_of(MODELS),
    seed=r"\d+",


def config_of(wildcards):
    """The config of a recording, or of a repetition of its null."""
    return CONFIGS[wildcards.recording.split("/")[0]]


def own(section, *keys):
    """A setting of layers or tensors, which may be the recording's own."""

    def value(wildcards):
        found = config_of(wildcards)[section]
        for key in keys:
            found = found[key]
        return found

    return value


def held_out(wildcards):
    """The split of a recording that is shown."""
    return settings.held_out(config_of(wildcards))


def layers_of(wildcards):
    """The layers of a recording, or of a repetition of its null."""
    return LAYERS[wildcards.recording.split("/")[0]]


def of_layers(template):
    """For `input:`: a path for each layer of the recording; {layer} stands for it."""
    return lambda wildcards: [template.replace("{layer}", name) for name in layers_of(wildcards)]


def by_layers(rule):
    """(name, layers, recordings) of what a rule with a file a layer is made for. Outputs are no
    functions, so there is one for each number of layers, with the plain name for the config's."""
    recordings = {}
    for name, layers in LAYERS.items():
        recordings.setdefault(tuple(layers), []).append(name)
    usual = config["layers"]["count"]
    return [
        (rule if len(layers) == usual else f"{rule}_of_{len(layers)}", list(layers), names)
        for layers, names in recordings.items()
    ]


def svca_layers(wildcards):
    """The layers, and all neurons of the recording where that is not the one layer there is."""
    layers = layers_of(wildcards)
    return layers if config_of(wildcards)["layers"]["by"] == "whole" else [*layers, "all"]


def svca_files(wildcards):
    """The shared variance components of all of these."""
    return expand("results/{{recording}}/svca/{layer}.h5", layer=svca_layers(wildcards))


def networks_of(model, layers):
    """Which of the layers a model has networks for: every one, or `all` for a shared network."""
    return ["all"] if MODELS[model]["scope"] == "shared" else layers


def studied(model, layers):
    """Which of the layers a model has a study for: one that stands for all, or each."""
    networks = networks_of(model, layers)
    return networks if config["tune"]["layers"] == "each" else networks[:1]


def studied_of(wildcards):
    """The layers that the wildcards' model has a study for."""
    return studied(wildcards.model, layers_of(wildcards))


def confirmed(layers):
    """Whether the best settings are better, a table a study."""
    return [f"tune/{m}/{layer}/retrained.tsv" for m in TUNED for layer in studied(m, layers)]


def best_settings(wildcards):
    """What a study found for a network, or nothing; networks of the null have those of layers."""
    if not config["tune"]["enabled"] or wildcards.model not in TUNED:
        return []
    layers = studied_of(wildcards)
    layer = wildcards.layer if wildcards.layer in layers else layers[0]
    recording = wildcards.recording.split("/")[0]
    return f"results/{recording}/tune/{wildcards.model}/{layer}/best.yaml"


@cache
def recording_size(name):
    """Neurons and bins of a recording, as far as they are known before it is imported."""
    recording = RECORDINGS[name]
    simulated = "simulate" in recording and settings.simulation(recording)
    return costs.recording_size(simulated, recording.get("path"))


def size_of(wildcards):
    """Neurons and bins that a job reads: of a layer, or of all."""
    neurons, bins = recording_size(wildcards.recording.split("/")[0])
    if wildcards.get("layer", "all") == "all":
        return neurons, bins
    sampled = config_of(wildcards)["layers"]["neurons"]
    return -(-neurons // len(layers_of(wildcards))) if sampled == "smallest" else sampled, bins


def dims_of(wildcards):
    """Latent dims of a job's source, those of all others where it has none of its own."""
    model = MODELS.get(wildcards.get("model"), config)
    neurons, _ = size_of(wildcards)
    return costs.network_dims(model["dims"], neurons)


def needs(rule, trainings=None):
    """What a rule's jobs need, for `resources:`: MB and minutes, more at each attempt.

    trainings: of rules that train, how many networks of the wildcards' model each job does.
    """

    def memory(wildcards, attempt):
        return costs.memory_mb(rule, *size_of(wildcards), attempt)

    def minutes(wildcards, attempt):
        neurons, bins = size_of(wildcards)
        if trainings:
            bins = trainings * costs.steps_bins(MODELS[wildcards.model]["training"], bins)
        return costs.minutes(rule, neurons, bins, dims_of(wildcards), attempt)

    return {"mem_mb": memory, "runtime": minutes}


def tensors_of(wildcards):
    """The tensors that a network sees: of its layer, or of all layers if it is shared."""
    layers = layers_of(wildcards) if wildcards.layer == "all" else [wildcards.layer]
    return [f"results/{wildcards.recording}/tensors/{layer}.h5" for layer in layers]


def latents_of(source, layers, seeds):
    """The latents of a source for these layers and seeds (linear ones have one seed, 0)."""
    if source in MODELS:
        layers = networks_of(source, layers)
    else:
        seeds = [0]
    return expand(
        "results/{{recording}}/latents/{source}/{layer}/{seed}.h5",
        source=source,
        layer=layers,
        seed=seeds,
    )


def all_latents(wildcards):
    """The latents of all sources, linear ones first."""
    layers, sources = layers_of(wildcards), [*PCA_DIMS, *LINEAR, *MODELS]
    return [path for source in sources for path in latents_of(source, layers, SEEDS)]


def scored_latents(wildcards):
    """The latents of a source for all layers and seeds; none of the neurons themselves."""
    if wildcards.source == "raw":
        return []
    return latents_of(wildcards.source, layers_of(wildcards), SEEDS)


def permuted_source(wildcards):
    """How the null of a source is made of permuted labels; nothing where that takes training."""
    null = {"repeats": config["scores"]["permutations"]}
    if wildcards.source == "pca":
        null["dims"] = PCA_DIMS["pca"]
    return null if wildcards.source in ("raw", "pca") else None


def truth_of(wildcards):
    """The truth of a simulated recording, or nothing."""
    simulated = "simulate" in RECORDINGS[wildcards.recording]
    return "results/{recording}/truth.h5" if simulated else []


def score_files(wildcards):
    """The score tables of a recording; only a simulated one has a truth."""
    names = [f"latents/{source}" for source in WITH_LATENTS] + ["dimensionality"]
    names += [f"layers/{source}" for source in UMAPS]
    names += [f"time_scales/{source}" for source in WITH_LATENTS]
    layers = layers_of(wildcards)
    if len(layers) > 1:
        names += [f"transfer/{source}" for source in [*LINEAR_TRANSFER, *OF_LAYERS]]
        names += [f"null/{source}" for source in RETRAINED if REPETITIONS]
    names += ["truth"] if truth_of(wildcards) else []
    tables = [f"scores/{name}.tsv" for name in names]
    tables += confirmed(layers) if config["tune"]["enabled"] else []
    return expand("results/{{recording}}/{table}", table=tables)


def raw_of(wildcards):
    """The raw .npy of a recording: simulated, downloaded, or the user's own file."""
    recording = RECORDINGS[wildcards.recording]
    for kind, path in settings.RAW_FILES.items():
        if kind in recording:
            return path
    return file_of(wildcards, "path")


def address_of(wildcards):
    """The address of a raw .npy in a bucket; None of any other."""
    path = RECORDINGS[wildcards.recording].get("path")
    return path if path in OBJECTS else None


def file_of(wildcards, key):
    """A file of a recording that the config names, on disk or in a bucket, or nothing."""
    path = RECORDINGS[wildcards.recording].get(key, "")
    return OBJECTS.get(path, path) or []


def model_code(script):
    """The digest of a script together with the file of the model's class, and of no other model."""
    return lambda wildcards: code_of(script, f"nma/models/{MODELS[wildcards.model]['class']}.py")


def network_of(wildcards):
    """Class and settings of a model's networks."""
    model = MODELS[wildcards.model]
    return {
        "class": model["class"],
        "settings": {k: model[k] for k in ("dims", "options", "training")},
    }


def umap_files(wildcards):
    """The tensors for raw neurons, the latents files for everything else."""
    source, kind = UMAPS[wildcards.source]
    if kind == "raw":
        return of_layers("results/{recording}/tensors/{layer}.h5")(wildcards)
    return latents_of(source, layers_of(wildcards), [SEED])


def umap_setting(key):
    """A parameter of the map, which differs between neurons and latent units."""
    return lambda wildcards: config["umap"][
        "latents" if UMAPS[wildcards.source][1] == "latents" else "neurons"
    ][key]


def config_text(wildcards):
    """The config as the report shows it, with sorted keys: their order in the file is no change."""
    return json.dumps(settings.shown(config, wildcards.recording), indent=2, sort_keys=True)


def of_networks(template):
    """For `input:`: a path for every network of every model; {network} is {model}/{layer}/{seed}."""
    return lambda wildcards: [
        template.replace("{network}", f"{model}/{layer}/{seed}")
        for model in MODELS
        for layer in networks_of(model, layers_of(wildcards))
        for seed in SEEDS
    ]


def timings(wildcards):
    """{rule: its benchmark files} of a recording, which its report sums up.

    No inputs, which would be as many again as there are networks: each is written by a job whose
    output is one.
    """
    folder = f"results/{wildcards.recording}/benchmarks"
    names = {
        "import_recording": ["import_recording"],
        "slice_layers": ["slice_layers"],
        "make_tensor": of_layers("make_tensor/{layer}")(wildcards),
        "fit_pca": of_layers("fit_pca/{layer}")(wildcards),
        "train_model": of_networks("train_model/{network}")(wildcards),
        "encode_latents": expand("encode_latents/{model}/{seed}", model=MODELS, seed=SEEDS),
        "embed_umap": expand("embed_umap/{source}", source=UMAPS),
    }
    return {rule: [f"{folder}/{name}.tsv" for name in found] for rule, found in names.items()}


def unfinished(dag):
    """{recording: errors in the logs of its jobs} of all with jobs that are still to be done."""
    found = {}
    for job in dag.needrun_jobs():
        if "recording" not in job.wildcards_dict:
            continue
        errors = found.setdefault(job.wildcards_dict["recording"].split("/")[0], set())
        # Of others the log is an older one.
        if all(dag.finished(other) or not dag.needrun(other) for other in dag.dependencies[job]):
            errors.update(error for path in job.log if (error := error_in(path)))
    return {name: sorted(errors) for name, errors in found.items()}
