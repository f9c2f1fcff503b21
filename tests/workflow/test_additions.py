"""A model, a baseline, a figure, an input format and a score, each added at the cost that
docs/architecture.md names, are found in the results."""

import re

import h5py
import numpy as np
import pytest
from project import REDUCED

from nma.scores.frame import read_table

NMA = "workflow/scripts/nma"
CAPTION = "Bins of train, validation and test."
# {added file: its text}
FILES = {
    f"{NMA}/models/linear.py": '''"""A linear autoencoder."""

from torch import nn

from nma.blocks.autoencoder import Autoencoder


class Linear(Autoencoder):
    """No options. Forecasts what it saw last."""

    forecasts = True

    def __init__(self, neurons: int, dims: int) -> None:
        super().__init__(neurons, dims)
        self.encode = nn.Linear(neurons, dims)
        self.decode = nn.Linear(dims, neurons)

    def forecast(self, activity, visible, bins):
        return activity[:, -1:].repeat(1, bins, 1)
''',
    f"{NMA}/baselines/train_mean.py": '''"""The train mean, which has an r2 of 0."""

import numpy as np

from nma.baselines.fitting import FittedTo


class TrainMean:
    def predict(self, centred, visible):
        return np.zeros_like(centred)


def fit(data: FittedTo) -> dict[int, TrainMean]:
    return {0: TrainMean()}
''',
    f"{NMA}/figures/added.py": '''"""Figure: the bins of each split."""

from matplotlib import pyplot as plt

from nma.figures.style import save
from nma.preprocessing.tensors import read_tensor


def draw(*, tensors, svg, png, layers, dpi):
    figure, panel = plt.subplots()
    panel.plot(read_tensor(tensors[0]).split)
    panel.set_title(f"{len(layers)} layers")
    save(figure, svg, png, dpi)
''',
    "workflow/report/captions/added.rst": CAPTION + "\n",
    f"{NMA}/recordings/formats/text.py": '''"""Recordings in text files: a row a neuron."""

import numpy as np

from nma.recordings.raw import Raw

SUFFIXES = (".txt",)
OPTIONS = ()


def read(path):
    return Raw(np.loadtxt(path))


def size(path):
    return None
''',
    f"{NMA}/scores/bins.py": '''"""Numbers of bins."""

from nma.preprocessing.splits import evaluated
from nma.scores.table import Score


def bin_scores(tensor):
    return [
        Score(tensor.layer, "raw", "bins", name, 0, int(bins.sum()))
        for name, bins in evaluated(tensor.split)
    ]
''',
    "workflow/scripts/score_bins.py": '''"""Numbers of bins, to scores/bins.tsv."""

from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.bins import bin_scores
from nma.scores.table import write_scores

if __name__ == "__main__":
    with job(snakemake.log[0]):
        tensors = map(read_tensor, snakemake.input)
        write_scores(snakemake.output[0], [s for t in tensors for s in bin_scores(t)])
''',
}
# {file: {text: what is put in front of it}}: an entry each, or a rule with its table.
ENTRIES = {
    f"{NMA}/sources.py": {
        '    "interpolation": Baseline(': '    "train_mean": Baseline(latents=False),\n',
        '"lfads", "s5")': '"linear", ',
    },
    "workflow/rules/figures.smk": {
        '    "umap": {': '    "added": {"title": "An added figure", '
        '"params": {"layers": planned(Plan.layers_of)},\n'
        '        "input": {"tensors": of_layers("results/{recording}/tensors/{layer}.h5")}},\n',
    },
    "workflow/rules/scores.smk": {
        "rule collect_metrics:": '''
TABLES["results/{recording}/scores/bins.tsv"] = lambda recording: ["all"]


rule score_bins:
    """Count bins."""
    input:
        of_layers("results/{recording}/tensors/{layer}.h5"),
    output:
        "results/{recording}/scores/bins.tsv",
    log:
        "results/{recording}/logs/score_bins.log",
    resources:
        **needs("score_bins"),
    params:
        code=code_of("score_bins.py"),
    script:
        "../scripts/score_bins.py"


''',
    },
}
MINE = {
    "name": "mine",
    "path": "mine.txt",
    "bin_seconds": 0.5,
    "layers": {"by": "whole", "count": 1},
}
ACTIVITY = np.random.default_rng(0).gamma(1, size=(8, 300)).round(4)


@pytest.fixture(scope="module")
def project(local_reduced_run, tmp_path_factory):
    """The finished reduced demo with one of each added; what that made necessary; and run."""
    project = local_reduced_run.copied(tmp_path_factory.mktemp("additions") / "p")
    for name, text in FILES.items():
        (project.folder / name).write_text(text)
    for name, entries in ENTRIES.items():
        path = project.folder / name
        for text, added in entries.items():
            before, after = path.read_text().split(text)
            path.write_text(f"{before}{added}{text}{after}")
    np.savetxt(project.folder / "mine.txt", ACTIVITY, fmt="%.4f")
    models = [*REDUCED["models"], {"name": "linear"}]
    recordings = [*REDUCED["recordings"], MINE]
    project.configure({**REDUCED, "models": models, "recordings": recordings})
    targets = ("results/reduced/report.html", "results/mine/recording.h5")
    project.needed = project.pending(*targets)
    project.snakemake(*targets)
    project.table = read_table(project.folder / "results/reduced/metrics.tsv")
    return project


def scores(project, source, metric):
    table = project.table
    rows = table[(table.source == source) & (table.metric == metric) & (table.split == "test")]
    return rows.set_index("layer").value


def test_nothing_else_is_trained_or_prepared_again(project):
    needed = project.needed
    assert (needed["train_model"], needed["encode_latents"], needed["embed_umap"]) == (2, 1, 2)
    assert needed["forecast_networks"] == 1
    untouched = {
        "forecast_simply_with_ceiling",
        "make_tensor",
        "fit_pca",
        "fit_lds",
        "fit_lds_at_dims",
        "choose_regressions",
        "fit_corrections",
        "hide_entries",
        "encode_pca",
    }
    assert not (untouched | {"score_svca"}) & set(needed)


def test_a_model_is_one_file_and_one_entry(project):
    for metric in ("r2", "cosmooth_r2", "masked_r2", "behavior_r2", "latent_recovery_r2"):
        assert len(scores(project, "linear", metric)) == 2
    names = {path.name for path in (project.folder / "results/reduced/figures").iterdir()}
    assert {"umap_linear.png", "umap_linear_latents.svg"} <= names


def test_a_model_that_forecasts_is_named_among_those_that_do(project):
    """It repeats its last bin, which is scaled on validation by one number a horizon."""
    own = scores(project, "linear", "forecast_r2_at_1")
    assert len(own) == 2 and len(scores(project, "linear", "forecast_skill_at_16")) == 2
    np.testing.assert_allclose(own, scores(project, "last_bin", "forecast_r2_at_1"), atol=0.02)
    assert "linear" in (project.folder / "results/reduced/figures/forecasts.svg").read_text()


def test_a_baseline_is_one_file_and_one_entry(project):
    for metric in ("cosmooth_r2", "masked_r2"):
        np.testing.assert_allclose(scores(project, "train_mean", metric), 0, atol=1e-5)
    # Models are compared with it, and gain over it what they have.
    gain = scores(project, "linear", "cosmooth_r2_above_train_mean")
    np.testing.assert_allclose(gain, scores(project, "linear", "cosmooth_r2"), atol=1e-4)
    assert "train mean" in (project.folder / "results/reduced/report.html").read_text()


def test_a_figure_is_a_module_a_caption_and_an_entry(project):
    page = (project.folder / "results/reduced/report.html").read_text()
    assert "An added figure" in page and CAPTION in page
    assert (project.folder / "results/reduced/figures/added.svg").is_file()


def test_an_input_format_is_one_file(project):
    with h5py.File(project.folder / "results/mine/recording.h5") as file:
        np.testing.assert_array_equal(file["activity"][:], ACTIVITY.astype("f4"))
        assert file.attrs["source_file"] == "mine.txt"


def test_a_score_is_a_module_a_script_and_a_rule(project):
    bins = 300  # 600 raw bins, two averaged into one
    found = scores(project, "raw", "bins")
    assert list(found.index) == ["L1", "L2"] and (found == round(0.2 * bins) - 5).all()


def test_an_unknown_format_names_those_there_are(project):
    (project.folder / "mine.xyz").write_text("1 2\n")
    recordings = [{**MINE, "path": "mine.xyz"}]
    project.configure({**REDUCED, "recordings": recordings})
    result = project.snakemake("--dry-run", check=False)
    assert result.returncode != 0
    found = r"config: recordings: mine: path: found a table in text .* mine\.xyz"
    assert re.search(found + r", expected a file that ends in .*\.npy, .*\.txt", result.stdout)
