"""Which jobs an edit reruns: exactly those whose results it may change."""

import copy

import h5py
import numpy as np
import pytest
import yaml
from project import SMALL, Project

# Jobs of the small workflow: 3 layers, 3 models (one shared), 11 maps; and one repetition of the
# null, which trains the networks of the first model again, fits LDSs again, and maps both and their
# latents.
NETWORKS = 3 + 3 + 1 + 3
ENCODINGS = {"encode_latents": 2 + 1, "encode_shared_latents": 1}
AFTER_METRICS = {
    "collect_metrics": 1,
    "plot_headline": 1,
    "plot_summary": 3,
    "plot_dimensionality": 1,
    "plot_dims_by_neurons": 1,
    "plot_knowledge": 1,
    "plot_layers": 1,
    "plot_time_scales": 1,
    "plot_decay_times": 1,
    "plot_poles": 1,
    "plot_forecasts": 1,
    "render_report": 1,
}
ALL_MAPS = {
    "embed_umap": 11 + 4,
    "plot_umap": 11,
    "probe_layers": 11 + 4,
    "score_null": 4,
    **AFTER_METRICS,
}
ONE_MODEL = {
    "plot_reconstructions": 1,
    "plot_learning_curves": 1,
    "embed_umap": 2,
    "plot_umap": 2,
    "probe_layers": 2,
    "score_latents": 1,
    "score_time_scales": 1,
    **AFTER_METRICS,
}
OF_A_LAYER = {"score_transfer": 1, "plot_transfer": 1, **ONE_MODEL}
ALL_MODELS = {
    "embed_umap": 6 + 2,
    "plot_umap": 6,
    "probe_layers": 6 + 2,
    "score_null": 2,
    "score_latents": 3,
    "score_time_scales": 3,
    "score_transfer": 2,
}
# Scores of every source.
SCORED = {
    "score_latents": 10,
    "score_time_scales": 10,
    "score_transfer": 2,
    "score_raw_transfer": 1,
    "score_linear_transfer": 1,
    "plot_transfer": 1,
    "score_truth": 1,
    "score_attainable": 1,
    "score_dims": 1,
    "score_dims_by_neurons": 1,
    "score_decay_times": 3,
    "score_forecasts": 1,
}
FROM_TENSORS = {
    "make_tensor": 3 + 3,
    "fit_pca": 3,
    "encode_pca": 6,
    "hide_entries": 3 + 3,
    "encode_baselines": 3,
    "forecast_simply_with_ceiling": 3,
    "fit_lds": 3 + 3,
    "fit_lds_at_dims": 2 * 3,
    "choose_regressions": 3 + 3,
    "fit_corrections": 3 + 3,
    "train_model": NETWORKS,
    **ENCODINGS,
    "plot_learning_curves": 1,
    "plot_pca_curves": 1,
    "plot_preprocessing": 1,
    "plot_raster": 1,
    "plot_latents": 1,
    "plot_loadings": 1,
    "plot_reconstructions": 1,
    **SCORED,
    **ALL_MAPS,
}


def setting(*keys, value):
    """An edit of the config: the value of a key path."""

    def edit(project):
        config = copy.deepcopy(SMALL)
        section = config
        for key in keys[:-1]:
            section = section[key] if isinstance(section, list) else section.setdefault(key, {})
        section[keys[-1]] = value
        project.configure(config)

    return edit


def reordered(project):
    """The same config with every key in another order."""

    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return value

    project.configure(turned(SMALL))


def replaced(file, old, new):
    """An edit of one file of the project: one text for another."""

    def edit(project):
        path = project.folder / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1))

    return edit


def touched(*files):
    def edit(project):
        for file in files:
            (project.folder / file).touch()

    return edit


# Scores with an interval, but no training, latents or maps.
OF_INTERVALS = {
    "score_svca": 3 + 1,
    **SCORED,
    "probe_layers": 11 + 4,
    "score_null": 4,
    "plot_latents": 1,  # which has behaviours from readouts
    **AFTER_METRICS,
}
# Figures that name sources, and the report.
OF_LABELS = {
    "plot_learning_curves": 1,
    "plot_reconstructions": 1,
    "plot_headline": 1,
    "plot_summary": 3,
    "plot_dimensionality": 1,
    "plot_knowledge": 1,
    "plot_layers": 1,
    "plot_time_scales": 1,
    "plot_decay_times": 1,
    "plot_forecasts": 1,
    "plot_transfer": 1,
    "render_report": 1,
}
NMA = "workflow/scripts/nma/"
CASES = {
    "nothing": (lambda project: None, {}),
    "order of keys": (reordered, {}),
    "comment": (
        replaced(
            NMA + "preprocessing/tensors.py",
            "    neurons, bins",
            "    # a comment\n    neurons, bins",
        ),
        {},
    ),
    "docstring": (
        replaced(NMA + "training/loop.py", '"""Train the model in place', '"""Train it'),
        {},
    ),
    "layout": (
        replaced(
            NMA + "preprocessing/tensors.py",
            "= neurons, bins // width, width",
            "= (neurons, bins // width, width)",
        ),
        {},
    ),
    "type hint": (
        replaced(
            NMA + "preprocessing/tensors.py", "def of(self, split: str)", "def of(self, split)"
        ),
        {},
    ),
    "run lock": (replaced(NMA + "jobs/runs.py", "STEP_NS = 10**6", "STEP_NS = 10**7"), {}),
    "Wilson's interval": (
        replaced(NMA + "statistics/intervals.py", "def wilson(", "WIDE = 1\n\n\ndef wilson("),
        OF_INTERVALS,
    ),
    "label of a figure": (
        replaced(NMA + "figures/labels.py", '"S5")', '"S5", "ICA")'),
        OF_LABELS,
    ),
    "touch of code": (
        touched(
            NMA + "preprocessing/tensors.py",
            "workflow/scripts/make_tensor.py",
            "Snakefile",
            "config.yaml",
        ),
        {},
    ),
    "UMAP parameter of neurons": (
        setting("umap", "neurons", value={"min_dist": 0.5}),
        {
            "embed_umap": 6 + 2,
            "plot_umap": 6,
            "probe_layers": 6 + 2,
            "score_null": 2,
            **AFTER_METRICS,
        },
    ),
    "UMAP parameter of latents": (
        setting("umap", "latents", value={"n_neighbors": 9}),
        {
            "embed_umap": 5 + 2,
            "plot_umap": 5,
            "probe_layers": 5 + 2,
            "score_null": 2,
            **AFTER_METRICS,
        },
    ),
    "training of one model": (
        setting("models", 1, value={"name": "gru", "training": {"clip": 0.5}}),
        {"train_model": 3, "encode_latents": 1, **OF_A_LAYER},
    ),
    "training of the shared model": (
        setting("models", 2, "training", value={"learning_rate": 0.001}),
        {"train_model": 1, "encode_shared_latents": 1, **ONE_MODEL},
    ),
    "training of all models": (
        setting("training", "windows", value={"steps": 40, "evaluate_every": 10}),
        {
            "train_model": NETWORKS,
            **ENCODINGS,
            **OF_A_LAYER,
            **ALL_MODELS,
        },
    ),
    "the recipe that is not used": (
        setting("training", "sequence", value={"rho": 0.1}),
        {"render_report": 1},  # which shows the config
    ),
    "event files of training": (
        setting("training", value={**SMALL["training"], "tensorboard": True}),
        {"render_report": 1},
    ),
    "a search that is off": (setting("tune", value={"trials": 9}), {"render_report": 1}),
    "bin width": (setting("tensors", value={"bin_width": 3}), FROM_TENSORS),
    "layer seed": (
        setting("layers", value={"count": 3, "seed": 9}),
        {
            "slice_layers": 1,
            "plot_neurons": 1,
            "score_svca": 3,
            "permute_layers": 1,
            **FROM_TENSORS,
        },
    ),
    "colour of a layer": (
        setting("figures", value={"dpi": 80, "layer_colours": ["#000000", "#E69F00", "#56B4E9"]}),
        {
            "plot_neurons": 1,
            "plot_raster": 1,
            "plot_loadings": 1,
            "plot_preprocessing": 1,
            "plot_pca_curves": 1,
            "plot_learning_curves": 1,
            "plot_dimensionality": 1,
            "plot_knowledge": 1,
            "plot_time_scales": 1,
            "plot_decay_times": 1,
            "plot_poles": 1,
            "plot_umap": 11,
            "render_report": 1,
        },
    ),
    "baselines": (
        replaced(NMA + "baselines/ppca.py", "CHUNK = 256", "CHUNK = 128"),
        {
            "encode_baselines": 3,
            "score_latents": 1,
            "score_time_scales": 10,
            "score_dims": 1,
            **AFTER_METRICS,
        },
    ),
    "linear dynamical systems": (
        replaced(NMA + "state_space/em.py", "ROUNDS = 12", "ROUNDS = 13"),
        {
            "fit_lds": 3 + 3,
            "fit_lds_at_dims": 2 * 3,
            "fit_corrections": 3 + 3,
            "train_model": NETWORKS,
            **ENCODINGS,
            **ALL_MODELS,
            "embed_umap": 8 + 4,
            "plot_umap": 8,
            "probe_layers": 8 + 4,
            "score_null": 4,
            "score_latents": 6,
            "score_time_scales": 6,
            "score_dims": 1,
            "score_dims_by_neurons": 1,
            "score_decay_times": 3,
            "forecast_simply_with_ceiling": 3,
            "score_forecasts": 1,
            "score_linear_transfer": 1,
            "plot_transfer": 1,
            "plot_reconstructions": 1,
            "plot_learning_curves": 1,
            "plot_raster": 1,
            "plot_latents": 1,
            "plot_loadings": 1,
            **AFTER_METRICS,
        },
    ),
    "UMAP code": (
        replaced(NMA + "maps/umap.py", "FEWEST = 4", "FEWEST = 5"),
        ALL_MAPS,
    ),
    "class of one model": (
        replaced(NMA + "models/gru.py", "layers: int = 1", "layers: int = 2"),
        {"train_model": 3, "encode_latents": 1, **OF_A_LAYER},
    ),
    "class of a model that is not used": (
        replaced(NMA + "models/feedback_lstm.py", "layers: int = 1", "layers: int = 2"),
        {},
    ),
    "training code": (
        replaced(
            NMA + "training/coordinated_dropout.py", "random(batch) < 0.5", "random(batch) < 0.4"
        ),
        {
            "train_model": NETWORKS,
            **ENCODINGS,
            **OF_A_LAYER,
            **ALL_MODELS,
        },
    ),
    "tensors": (
        replaced(
            NMA + "preprocessing/normalisation.py",
            "scale[scale < 1e-12] = 1",
            "scale[scale < 1e-9] = 1",
        ),
        FROM_TENSORS,
    ),
    "one figure": (
        replaced(NMA + "figures/raster.py", "vmax=4", "vmax=3"),
        {"plot_raster": 1, "render_report": 1},
    ),
    "caption": (
        replaced("workflow/report/captions/raster.rst", "A stretch", "Part"),
        {"render_report": 1},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_edit_reruns_exactly(small_run, name):
    edit, expected = CASES[name]
    before = {
        path: (path.read_bytes(), path.stat())
        for path in small_run.folder.rglob("*")
        if path.is_file() and not {"results", ".snakemake"} & set(path.parts)
    }
    edit(small_run)
    try:
        assert small_run.pending() == expected
    finally:
        for path, (content, _) in before.items():
            if path.read_bytes() != content:
                path.write_bytes(content)


@pytest.mark.parametrize("checksum", ["1000000", "0"], ids=["by content", "by time"])
def test_changed_input_recording_reruns_all_that_follows(tmp_path, checksum):
    generator = np.random.default_rng(0)
    raw = {
        "sresp": generator.gamma(1, size=(30, 300)).astype(np.float32),
        "xyz": np.repeat([[0.0], [0.0], [1.0]], 30, axis=1) * np.repeat([1, 2, 3], 10),
    }
    config = {**SMALL, "recordings": [{"name": "mine", "path": "raw.npy", "bin_seconds": 1}]}
    project = Project(tmp_path / "p", config)
    np.save(project.folder / "raw.npy", raw, allow_pickle=True)
    target = ("results/mine/tensors/L1.h5", "--max-checksum-file-size", checksum)
    project.snakemake(*target)
    assert project.pending(*target) == {}
    raw["sresp"][0] += 1
    np.save(project.folder / "raw.npy", raw, allow_pickle=True)
    assert project.pending(*target) == {
        "import_recording": 1,
        "slice_layers": 1,
        "make_tensor": 1,
    }


TABLE = (
    "name\tbin_seconds\tsimulate.neurons\tsimulate.bins\tsimulate.planes\tsimulate.latents\t"
    "simulate.seed\tlayers.neurons\ttensors.bin_width\n"
    "a\t1.2\t90\t400\t3\t40\t1\t\t\n"
    "b\t1.2\t90\t400\t3\t40\t2\t20\t\n"
)


def test_an_edited_row_of_a_table_reruns_its_recording_alone(tmp_path):
    project = Project(tmp_path / "p", {**SMALL, "recordings": "mice.tsv"})
    mice = project.folder / "mice.tsv"
    mice.write_text(TABLE)
    targets = [f"results/{name}/tensors/L{number}.h5" for name in "ab" for number in (1, 2, 3)]
    project.snakemake(*targets)
    with h5py.File(project.folder / "results/b/tensors/L1.h5") as file:
        assert len(file["neuron_ids"]) == 20

    def edited(old, new):
        mice.write_text(TABLE.replace(old, new))
        return project.pending(*targets)

    _, one, two = TABLE.splitlines(keepends=True)
    as_all_have = one.replace("1\t\t\n", "1\t\t2\n")
    assert edited(one + two, f"# mice\n\n{two}{as_all_have}") == {}
    assert edited("2\t20\t\n", "2\t20\t3\n") == {"make_tensor": 3}
    assert edited("2\t20\t\n", "2\t19\t\n") == {"slice_layers": 1, "make_tensor": 3}
    # The list says the same as the table.
    of_b = yaml.safe_load(
        "{name: b, bin_seconds: 1.2, layers: {neurons: 20}, "
        "simulate: {neurons: 90, bins: 400, planes: 3, latents: 40, seed: 2}}"
    )
    project.configure({**SMALL, "recordings": [of_b]})
    assert project.pending(*targets[3:]) == {}
