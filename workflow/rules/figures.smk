"""The figures of a recording: each has a module nma/figures/{name}.py, a caption and an entry here.

Needs: layers, tensors, pca, models, latents, maps, studies and their scores; see each entry.
Makes: results/{recording}/figures/*.svg and .png, which `snakemake --report` shows too; and, if asked
for, results/{recording}/paper/*.svg and .pdf at the widths of journals, with their numbers as .tsv.
"""

from types import SimpleNamespace

from nma.experiment.plan import LINEAR_TRANSFER
from nma.figures import labels


def networks_drawn(wildcards):
    """(model, layer or `all`, seed) of each network of a recording."""
    return [
        (model, layer, seed)
        for model in PLAN.models_of(wildcards.recording)
        for layer in PLAN.networks_of(wildcards.recording, model)
        for seed in PLAN.seeds
    ]


def latents_drawn(wildcards):
    """(source, latents file) of one network of each source, or of a layer."""
    return [
        (source, path)
        for source in PLAN.sources_of(wildcards.recording)
        for path in paths.latents_of(PLAN, wildcards.recording, source, [PLAN.seed])
    ]


def decoded(wildcards):
    """The sources that angles are decoded from."""
    return ["raw", *PLAN.decoded_of(wildcards.recording, "L1")]


def several_layers(wildcards):
    """Whether there is another layer to compare one with."""
    return len(PLAN.layers_of(wildcards.recording)) > 1


def map_title(source):
    """The heading of a map."""
    if source.endswith("_latents"):
        return f"UMAP of latent units: {labels.label(source.removesuffix('_latents'))}"
    made = "raw" if source == "raw" else f"reconstructed by {labels.label(source)}"
    return f"UMAP of neurons: {made}"


LAYER_TABLE = "results/{recording}/layers.json"
LAYER_COLOURS = config["figures"]["layer_colours"]
SOURCE_COLOURS = config["figures"]["source_colours"]
PAPER_WIDTHS = (89, 183)  # mm, one and two columns
# The LDSs of all layers, as validation chose them.
LDSS = {
    "fits": of_layers("results/{recording}/state_space/{layer}.h5"),
    "latents": of_layers("results/{recording}/latents/lds/{layer}/0.h5"),
}
HIDDEN = {"cosmooth_r2": "Hidden neurons: ", "masked_r2": "Hidden entries: "}

# In the order of the report; a recording has those of its kind (experiment/kinds.py). Every entry has
#   title     the heading in the report, or {value of the wildcard: heading};
#   input     files, and
#   params    settings, both passed to `draw` as arguments of these names; `layers` with their names.
# Where needed:
#   wildcard  its name, of a figure that is drawn for each of its values, and
#   file      the name of the file, which contains it;
#   values    a function of wildcards: those of its wildcard that a recording has, all by default;
#   drawn     a function of wildcards: whether a recording's report shows the figure;
#   paper     whether `figures_paper` draws it too;
#   group     of jobs that are submitted together on a cluster, `report` by default.
FIGURES = {
    "headline": {
        "title": "The recording at a glance",
        "paper": True,
        "input": {"metrics": "results/{recording}/metrics.tsv"},
        "params": {
            "sources": lambda wildcards: PLAN.compared_of(wildcards.recording, "cosmooth_r2"),
            "models": lambda wildcards: list(PLAN.models_of(wildcards.recording)),
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "source_colours": SOURCE_COLOURS,
        },
    },
    "neurons": {
        "title": "Neurons in space",
        "input": {"layer_files": of_layers("results/{recording}/layers/{layer}.h5")},
        "params": {"layers": planned(Plan.layers_of), "layer_colours": LAYER_COLOURS},
    },
    "raster": {
        "title": "Raster",
        "input": {"tensors": of_layers("results/{recording}/tensors/{layer}.h5")} | LDSS,
        "params": {
            "layers": planned(Plan.layers_of),
            "neurons": config["figures"]["raster_neurons"],
            "seconds": config["figures"]["seconds"],
            "layer_colours": LAYER_COLOURS,
        },
    },
    "latents": {
        "title": "Latents and behaviour",
        "input": {
            "tensor": "results/{recording}/tensors/L1.h5",
            "fit": "results/{recording}/state_space/L1.h5",
            "latents": "results/{recording}/latents/lds/L1/0.h5",
            "recording": "results/{recording}/recording.h5",
        },
        "params": {"layers": planned(Plan.layers_of), "seconds": config["figures"]["seconds"]},
    },
    "loadings": {
        "title": "Loadings in space",
        "input": {"layer_files": of_layers("results/{recording}/layers/{layer}.h5")} | LDSS,
        "params": {"layers": planned(Plan.layers_of), "layer_colours": LAYER_COLOURS},
    },
    "preprocessing": {
        "title": "Preprocessing of one neuron",
        "input": {
            "layer_file": "results/{recording}/layers/L1.h5",
            "tensor": "results/{recording}/tensors/L1.h5",
        },
        "params": {
            "layers": planned(Plan.layers_of),
            "bin_width": own("tensors", "bin_width"),
            "seconds": config["figures"]["seconds"],
            "layer_colours": LAYER_COLOURS,
        },
    },
    "pca_curves": {
        "title": "Explained variance of PCA",
        "input": {"pca": of_layers("results/{recording}/pca/{layer}.h5")},
        "params": {"layers": planned(Plan.layers_of), "layer_colours": LAYER_COLOURS},
    },
    "learning_curves": {
        "title": "Learning curves",
        "drawn": lambda wildcards: bool(PLAN.models),
        "input": {
            "histories": lambda wildcards: [
                f"results/{wildcards.recording}/models/{model}/{layer}/{seed}.history.csv"
                for model, layer, seed in networks_drawn(wildcards)
            ],
        },
        "params": {
            "networks": lambda wildcards: [
                (model, layer) for model, layer, _ in networks_drawn(wildcards)
            ],
            "layers": planned(Plan.layers_of),
            "layer_colours": LAYER_COLOURS,
        },
    },
    "reconstructions": {
        "title": "Signal and reconstruction",
        "input": {
            "tensors": of_layers("results/{recording}/tensors/{layer}.h5"),
            "latents": lambda wildcards: [path for _, path in latents_drawn(wildcards)],
        },
        "params": {
            "layers": planned(Plan.layers_of),
            "sources": lambda wildcards: [source for source, _ in latents_drawn(wildcards)],
            "split": planned(Plan.split_shown),
            "seconds": config["figures"]["seconds"],
            "source_colours": SOURCE_COLOURS,
        },
    },
    "inferred_inputs": {
        "title": {model: f"Inferred inputs of {labels.label(model)}" for model in PLAN.with_inputs},
        "wildcard": "model",
        "file": "inferred_inputs_{model}",
        "input": {
            "latents": lambda wildcards: paths.latents_of(
                PLAN, wildcards.recording, wildcards.model, [PLAN.seed]
            ),
            "recording": "results/{recording}/recording.h5",
        },
        "params": {
            "layers": planned(Plan.layers_of),
            "bin_width": own("tensors", "bin_width"),
            "split": planned(Plan.split_shown),
            "seconds": config["figures"]["seconds"],
            "layer_colours": LAYER_COLOURS,
        },
    },
    "summary": {
        "title": {
            metric: f"{HIDDEN.get(metric, '')}{metric} by layer and source"
            for metric in PLAN.compared
        },
        "wildcard": "metric",
        "file": "{metric}_summary",
        "paper": True,
        "input": {"metrics": "results/{recording}/metrics.tsv"},
        "params": {
            "metric": "{metric}",
            "layers": planned(Plan.layers_of),
            "sources": planned(Plan.compared_of, "metric"),
            "split": planned(Plan.split_shown),
            "source_colours": SOURCE_COLOURS,
        },
    },
    "decoding": {
        "title": "Decoding of the angle",
        "input": {"metrics": "results/{recording}/metrics.tsv"},
        "params": {
            "sources": decoded,
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "source_colours": SOURCE_COLOURS,
        },
    },
    "psychometric": {
        "title": "Discrimination of angles",
        "input": {
            "choices": lambda wildcards: [
                f"results/{wildcards.recording}/decoding/{layer}.h5"
                for layer in PLAN.layers_and_all(wildcards.recording)
            ],
        },
        "params": {
            "sources": decoded,
            "split": planned(Plan.split_shown),
            "source_colours": SOURCE_COLOURS,
        },
    },
    "tuning_and_noise": {
        "title": "Hidden neurons from the angle and from other neurons",
        "input": {"metrics": "results/{recording}/metrics.tsv"},
        "params": {
            "sources": lambda wildcards: PLAN.compared_of(wildcards.recording, "cosmooth_r2"),
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "source_colours": SOURCE_COLOURS,
        },
    },
    "signal": {
        "title": "Signal and noise",
        "input": {
            "signal": of_layers("results/{recording}/signal/{layer}.h5"),
            "metrics": "results/{recording}/metrics.tsv",
        },
        "params": {
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "layer_colours": LAYER_COLOURS,
        },
    },
    "dimensionality": {
        "title": "Number of dimensions",
        "paper": True,
        "input": {"svca": planned(paths.svca_files), "metrics": "results/{recording}/metrics.tsv"},
        "params": {
            "svca_layers": planned(Plan.svca_layers),
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "layer_colours": LAYER_COLOURS,
        },
    },
    "dims_by_neurons": {
        "title": "Dimensions against the number of neurons",
        "paper": True,
        "input": {"metrics": "results/{recording}/metrics.tsv"},
        "params": {},
    },
    "knowledge": {
        "title": "Information in latents",
        "input": {"metrics": "results/{recording}/metrics.tsv"},
        "params": {
            "sources": PLAN.with_latents,
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "layer_colours": LAYER_COLOURS,
        },
    },
    "time_scales": {
        "title": "Time scales",
        "paper": True,
        "input": {
            "raw": "results/{recording}/time_scales/raw.h5",
            "metrics": "results/{recording}/metrics.tsv",
        },
        "params": {
            "sources": PLAN.with_latents,
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "layer_colours": LAYER_COLOURS,
            "source_colours": SOURCE_COLOURS,
        },
    },
    "decay_times": {
        "title": "Decay times of the LDS",
        "paper": True,
        "input": {
            "metrics": "results/{recording}/metrics.tsv",
            "networks": planned(paths.network_latents),
        },
        "params": {
            "layers": planned(Plan.layers_of),
            "split": planned(Plan.split_shown),
            "layer_colours": LAYER_COLOURS,
        },
    },
    "poles": {
        "title": "Modes of the LDS",
        "input": {
            "tensors": of_layers("results/{recording}/tensors/{layer}.h5"),
            "fits": of_layers("results/{recording}/state_space/{layer}.h5"),
            "metrics": "results/{recording}/metrics.tsv",
        },
        "params": {"layers": planned(Plan.layers_of), "layer_colours": LAYER_COLOURS},
    },
    "forecasts": {
        "title": "Forecasts",
        "paper": True,
        "input": {"metrics": "results/{recording}/metrics.tsv"},
        "params": {
            "sources": planned(Plan.forecast_sources),
            "compared": planned(Plan.sources_of),
            "split": planned(Plan.split_shown),
            "source_colours": SOURCE_COLOURS,
        },
    },
    "layers": {
        "title": "Decoding of layers",
        "drawn": several_layers,
        "input": {
            "metrics": "results/{recording}/metrics.tsv",
            "probes": "results/{recording}/probes/raw.h5",
        },
        "params": {
            "sources": planned(Plan.maps_of),
            "layers": planned(Plan.layers_of),
            "confused": "raw",
        },
    },
    "transfer": {
        "title": "Networks on other layers",
        "drawn": several_layers,
        "input": {
            "transfer": expand(
                "results/{{recording}}/transfer/{source}.h5",
                source=[*LINEAR_TRANSFER, *PLAN.of_layers],
            ),
        },
        "params": {
            "sources": [*LINEAR_TRANSFER, *PLAN.of_layers],
            "layers": planned(Plan.layers_of),
        },
    },
    "umap": {
        "title": {source: map_title(source) for source in PLAN.maps},
        "wildcard": "source",
        "file": "umap_{source}",
        "group": "map",
        "values": planned(Plan.maps_of),
        "input": {"points": "results/{recording}/umap/{source}.h5"},
        "params": {"layers": planned(Plan.layers_of), "layer_colours": LAYER_COLOURS},
    },
    "tuning": {
        "title": {model: f"Hyper-parameters of {labels.label(model)}" for model in PLAN.tuned},
        "wildcard": "model",
        "file": "tuning_{model}",
        "drawn": lambda wildcards: config["tune"]["enabled"],
        "input": {
            "tables": lambda wildcards: expand(
                "results/{{recording}}/tune/{{model}}/{layer}/{name}",
                layer=PLAN.studied(wildcards.recording, wildcards.model),
                name=["trials.tsv", "curves.tsv", "importance.tsv", "space.json"],
            ),
        },
        "params": {
            "model": "{model}",
            "layers": planned(Plan.layers_of),
            "layer_colours": LAYER_COLOURS,
            "source_colour": lambda wildcards: PLAN.colour_of(wildcards.model),
        },
    },
}


def files_of(name):
    """{file name: {"title": heading, "wildcards": {...}}} of all figures of an entry."""
    figure = FIGURES[name]
    if "wildcard" not in figure:
        return {name: {"title": figure["title"], "wildcards": {}}}
    return {
        figure["file"].format(**{figure["wildcard"]: value}): {
            "title": title,
            "wildcards": {figure["wildcard"]: value},
        }
        for value, title in figure["title"].items()
    }


def figures_of(wildcards):
    """The same of all figures that a recording's report shows, in its order."""
    found = {}
    for name, figure in FIGURES.items():
        drawn = "drawn" not in figure or figure["drawn"](wildcards)
        if drawn and PLAN.kind_of(wildcards.recording).has_figure(name):
            values = figure["values"](wildcards) if "values" in figure else None
            found |= {
                file: texts
                for file, texts in files_of(name).items()
                if values is None or set(texts["wildcards"].values()) <= set(values)
            }
    return found


def entry_of(figure):
    """The name of the entry that a figure's file name belongs to."""
    (name,) = (name for name in FIGURES if figure in files_of(name))
    return name


def paper_files(recording):
    """The numbers of each figure for a paper; the job that writes them draws it at all widths."""
    figures = figures_of(SimpleNamespace(recording=recording))
    drawn = [figure for figure in figures if "paper" in FIGURES[entry_of(figure)]]
    return expand("results/{recording}/paper/{figure}.tsv", recording=recording, figure=drawn)


def caption_of(figure):
    """The caption file of a figure; all maps share one, and so do all summaries."""
    return f"{REPORT}/captions/{entry_of(figure)}.rst"


for _name, _figure in FIGURES.items():
    _file = f"results/{{recording}}/figures/{_figure.get('file', _name)}"
    _wildcard = _figure.get("wildcard")
    _job = f"plot_{_name}/{{{_wildcard}}}" if _wildcard else f"plot_{_name}"
    _input = {
        **_figure["input"],
        # Where a figure shows layers, it names them.
        **({"layer_table": LAYER_TABLE} if "layers" in _figure["params"] else {}),
    }

    rule:
        """One figure of a recording."""
        name:
            f"plot_{_name}"
        input:
            **_input,
        output:
            svg=report(
                f"{_file}.svg",
                caption=f"../report/captions/{_name}.rst",
                category="{recording}",
            ),
            png=f"{_file}.png",
        log:
            f"results/{{recording}}/logs/{_job}.log",
        benchmark:
            f"results/{{recording}}/benchmarks/{_job}.tsv"
        wildcard_constraints:
            **({_wildcard: any_of(_figure["title"])} if _wildcard else {}),
        group:
            _figure.get("group", "report")
        conda:
            "../../envs/report.yaml"
        resources:
            **needs(f"plot_{_name}"),
        params:
            **_figure["params"],
            code=code_of_members("plot.py", "figures", _name),
            figure=_name,
            dpi=config["figures"]["dpi"],
        script:
            "../scripts/plot.py"

    if not _figure.get("paper"):
        continue
    _paper = f"results/{{recording}}/paper/{_figure.get('file', _name)}"
    _job = _job.replace(f"plot_{_name}", f"plot_{_name}_for_paper")

    rule:
        """The same for a paper, at the widths of journals, with the numbers drawn."""
        name:
            f"plot_{_name}_for_paper"
        input:
            **_input,
        output:
            **{
                f"{kind}_{width}mm": f"{_paper}_{width}mm.{kind}"
                for width in PAPER_WIDTHS
                for kind in ("svg", "pdf")
            },
            tsv=f"{_paper}.tsv",
        log:
            f"results/{{recording}}/logs/{_job}.log",
        benchmark:
            f"results/{{recording}}/benchmarks/{_job}.tsv"
        wildcard_constraints:
            **({_wildcard: any_of(_figure["title"])} if _wildcard else {}),
        group:
            "report"
        conda:
            "../../envs/report.yaml"
        resources:
            **needs(f"plot_{_name}"),
        params:
            **_figure["params"],
            code=code_of_members("plot.py", "figures", _name),
            figure=_name,
            widths=PAPER_WIDTHS,
        script:
            "../scripts/plot.py"
