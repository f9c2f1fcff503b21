"""Finished results through nma.run: the values, units and axes of the files, and a sentence for
everything that is not there."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution, requires

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from packaging.requirements import Requirement
from project import ROOT

from nma.io.errors import InputError
from nma.run import Run


@pytest.fixture(scope="module")
def run(local_reduced_run):
    return Run(local_reduced_run.folder / "results/reduced")


@pytest.fixture(scope="module")
def small(small_run):
    """With three layers, and a network that they share."""
    return Run(small_run.folder / "results/small")


def of_file(run, path, name):
    """Values, axes and units of a dataset, as h5py reads them."""
    with h5py.File(run.folder / path) as file:
        return file[name][:], list(file[name].attrs["axes"]), file[name].attrs["units"]


def same(array, values, axes, units):
    np.testing.assert_array_equal(array.values, values)
    return list(array.dims) == axes and array.attrs["units"] == units


def test_what_there_is(run):
    assert run.layers == {"L1": "z 35 um", "L2": "z 70 um"}
    assert {"pca", "lds", "ridge", "residual_gru"} < set(run.sources)
    assert run.seeds("residual_gru") == run.seeds("pca") == [0]
    assert repr(run).endswith(f"2 layers, {len(run.sources)} sources")


def test_metrics_are_the_table(run):
    table = pd.read_csv(run.folder / "metrics.tsv", sep="\t")
    pd.testing.assert_frame_equal(run.metrics, table, check_dtype=False)
    assert run.metrics.value.dtype == float


def test_activity_is_that_of_the_tensor_with_bins_and_neurons_named(run):
    array = run.activity("L2")
    assert same(array, *of_file(run, "tensors/L2.h5", "activity"))
    np.testing.assert_array_equal(array.time, 2.4 * np.arange(300))
    assert array.time.units == "s"
    for name in ("train", "validation", "test"):
        part = array[array.split == name]
        np.testing.assert_array_equal(part, of_file(run, "tensors/L2.h5", name)[0])
    assert set(array.split.values) == {"train", "validation", "test", "gap"}
    np.testing.assert_array_equal(array.neuron, of_file(run, "tensors/L2.h5", "neuron_ids")[0])
    positions, _, unit = of_file(run, "layers/L2.h5", "positions")
    np.testing.assert_array_equal([array.x, array.y, array.z], positions)
    assert array.x.units == array.z.units == unit == "um"


def test_offset_and_scale_lead_back_to_the_recording(run):
    array = run.activity("L1")
    recorded, _, _ = of_file(run, "layers/L1.h5", "activity")
    binned = recorded.reshape(len(recorded), 300, 2).mean(axis=2).T
    np.testing.assert_allclose(array * array.scale + array.offset, binned, atol=1e-5)


@pytest.mark.parametrize("source", ["lds", "pca", "residual_gru"])
@pytest.mark.parametrize(
    ("dataset", "method"), [("latents", Run.latents), ("reconstruction", Run.reconstruct)]
)
def test_what_a_source_makes_of_it(run, source, dataset, method):
    array = method(run, source, "L2")
    assert same(array, *of_file(run, f"latents/{source}/L2/0.h5", dataset))
    xr.testing.assert_equal(array.split, run.activity("L2").split)
    assert array.name == dataset and array.time.units == "s"


@pytest.mark.parametrize(("layer", "number"), [("L1", 0), ("L3", 2)])
def test_a_shared_network_has_latents_in_every_layer(small, layer, number):
    values, axes, units = of_file(small, "latents/lstm/all/0.h5", "latents")
    assert same(small.latents("lstm", layer), values[number], axes[1:], units)
    network = small.model("lstm", layer)
    activity = small.activity(layer)
    test = activity[activity.split == "test"]
    expected = small.latents("lstm", layer).sel(bin=test.bin)
    np.testing.assert_allclose(network.encode(test), expected, atol=1e-5)


def test_behaviour_is_averaged_over_the_bins_of_activity(run):
    found = run.behavior()
    assert set(found) == {"run", "pupilArea", "pupilCOM", "beh_svd_time"}
    for name, array in found.items():
        values, axes, units = of_file(run, "recording.h5", f"behaviour/{name}")
        binned = values.reshape(300, 2, -1).mean(axis=1)
        np.testing.assert_allclose(array, binned, rtol=1e-5, atol=1e-6)
        assert list(array.dims) == axes and array.units == units
        xr.testing.assert_equal(array.time, run.activity("L1").time)


def test_the_lds_of_a_layer_is_that_of_its_file(run):
    lds, path = run.lds("L1"), "state_space/L1.h5"
    for name in ("A", "C", "time_constants", "frequencies"):
        assert same(getattr(lds, name), *of_file(run, path, name))
    ids = of_file(run, "tensors/L1.h5", "neuron_ids")[0]
    np.testing.assert_array_equal(lds.C.neuron, ids)


MODELS = {
    "lds": (lambda run: run.lds("L1"), "smooth"),
    "residual_gru": (lambda run: run.model("residual_gru", "L1"), "encode"),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_segment_of_the_recording_as_new_activity(run, name, split):
    """Its latents and its reconstruction are those of the files, whether it is normalised or as it
    was recorded."""
    find, encode = MODELS[name]
    model, activity = find(run), run.activity("L1")
    part = activity[activity.split == split]
    latents = run.latents(name, "L1").sel(bin=part.bin)
    again = getattr(model, encode)(part)
    np.testing.assert_allclose(again, latents, atol=1e-5)
    xr.testing.assert_equal(again.time, latents.time)
    assert again.units == latents.units and again.dims == latents.dims
    reconstruction = run.reconstruct(name, "L1").sel(bin=part.bin)
    np.testing.assert_allclose(model.reconstruct(part), reconstruction, atol=1e-5)
    np.testing.assert_array_equal(model.reconstruct(part).x, reconstruction.x)
    recorded, _, _ = of_file(run, "layers/L1.h5", "activity")
    rows = slice(2 * int(part.bin[0]), 2 * int(part.bin[-1]) + 2)
    np.testing.assert_allclose(getattr(model, encode)(recorded[:, rows].T), latents, atol=1e-5)


def test_a_forecast_starts_after_the_activity_and_uses_nothing_later(run):
    lds, activity = run.lds("L1"), run.activity("L1")
    past = activity[activity.split == "train"]
    found = lds.forecast(past, 3)
    np.testing.assert_allclose(found.time, past.time.values[-1] + 2.4 * np.array([1, 2, 3]))
    np.testing.assert_array_equal(found.bin, past.bin.values[-1] + [1, 2, 3])
    np.testing.assert_array_equal(found.neuron, activity.neuron)
    np.testing.assert_allclose(lds.forecast(past[-60:], 3), found, atol=1e-3)
    state = lds.smooth(past)[-1].values
    with h5py.File(run.folder / "state_space/L1.h5") as file:
        system = {name: file[name][:] for name in ("A", "C")}
        constant, slope, bend = file["readout_hidden"][:]
    for ahead in range(3):
        state = system["A"] @ state
        m = system["C"] @ state
        unsure = found[ahead] - lds.tensor.train_mean - (constant + slope * m + bend * m**2)
        share = (unsure / bend).values[np.abs(bend) > 0.05]  # a variance that is not negative
        assert len(share) and (share > 0).all()


# errors

NOT_THERE = {
    "a source": (
        lambda run: run.latents("cebra", "L1"),
        "source: found cebra, expected one of .*, lds",
    ),
    "a layer": (lambda run: run.activity("L3"), "layer: found L3, expected one of L1, L2"),
    "a layer of an LDS": (lambda run: run.lds("V1"), "found V1, expected one of L1, L2"),
    "a seed": (lambda run: run.reconstruct("pca", "L1", 4), "seed: found 4, expected 0"),
    "seeds of a source": (lambda run: run.seeds("x"), "source: found x, expected one of"),
    "a model": (lambda run: run.model("lds", "L1"), "found lds, expected residual_gru"),
    "latents": (
        lambda run: run.latents("ridge", "L1"),
        "found none, as ridge predicts without latents, expected a source with latents",
    ),
}


@pytest.mark.parametrize("case", NOT_THERE)
def test_what_is_not_there_is_said_with_what_is(run, case):
    ask, said = NOT_THERE[case]
    with pytest.raises(InputError, match=said) as error:
        ask(run)
    assert str(run.folder) in str(error.value) and str(error.value).endswith(".")


def test_another_folder_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="found no layers.json, expected the folder of a"):
        Run(tmp_path)
    with pytest.raises(InputError, match="found no folder"):
        Run(tmp_path / "none")
    with pytest.raises(InputError, match=f"this folder holds {re.escape(str(run.folder))}"):
        Run(run.folder.parent)


DAMAGED = {
    "metrics.tsv": lambda run: run.metrics,
    "layers.json": lambda run: run.layers,
    "tensors/L1.h5": lambda run: run.activity("L1"),
    "layers/L1.h5": lambda run: run.activity("L1"),
    "recording.h5": lambda run: run.behavior(),
    "latents/lds/L1/0.h5": lambda run: run.latents("lds", "L1"),
    "state_space/L1.h5": lambda run: run.lds("L1"),
    "corrections/L1.h5": lambda run: run.model("residual_gru", "L1"),
    "models/residual_gru/L1/0.safetensors": lambda run: run.model("residual_gru", "L1"),
    "models/residual_gru/L1/0.json": lambda run: run.model("residual_gru", "L1"),
}


@pytest.mark.parametrize("path", DAMAGED)
def test_a_damaged_file_is_named(run, path, tmp_path):
    shutil.copytree(run.folder, tmp_path / "reduced", ignore=shutil.ignore_patterns("*.npy"))
    damaged = tmp_path / "reduced" / path
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size * 2 // 3])
    with pytest.raises(InputError, match=f"{re.escape(str(damaged))}: content: found"):
        DAMAGED[path](Run(tmp_path / "reduced"))


@pytest.mark.parametrize("path", sorted(set(DAMAGED) - {"layers.json"}))
def test_a_missing_file_is_named(run, path, tmp_path):
    shutil.copytree(run.folder, tmp_path / "reduced", ignore=shutil.ignore_patterns("*.npy"))
    (tmp_path / "reduced" / path).unlink()
    with pytest.raises(InputError, match=r"found (none|0|L1), expected"):
        DAMAGED[path](Run(tmp_path / "reduced"))


# the library alone


def needed(package):
    """The names of a package and of all that it needs."""
    found, pending = set(), [package]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            asked = [Requirement(line) for line in requires(name) or []]
            pending += [r.name for r in asked if not r.marker or r.marker.evaluate({"extra": ""})]
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A folder as `pip install .` fills it: the library and what it says that it needs."""
    folder = tmp_path_factory.mktemp("alone")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--quiet", "--target", folder, ROOT], check=True)
    (own,) = (line for line in folder.glob("*.dist-info/METADATA"))
    wanted = re.findall(r"^Requires-Dist: ([\w-]+)$", own.read_text(), flags=re.MULTILINE)
    assert sorted(wanted) == ["h5py", "numpy", "pandas", "scipy", "xarray"]
    for package in set().union(*map(needed, wanted)):
        for path in distribution(package).files:
            top = path.parts[0]
            if top != ".." and not (folder / top).exists():
                (folder / top).symlink_to(distribution(package).locate_file(top))
    return folder


def in_python(folder, code, *arguments):
    """What code prints in a Python that sees the standard library and a folder of packages."""
    code = f"import sys; sys.path.append({str(folder)!r})\n{code}"
    command = [sys.executable, "-I", "-S", "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_finished_run_is_read_without_snakemake(alone, run):
    """In a Python that has neither it nor torch."""
    code = """
from importlib.util import find_spec
from nma.run import Run
import nma, numpy as np
assert nma.__file__.startswith(sys.path[-1])
assert not any(map(find_spec, ("snakemake", "torch", "sklearn", "matplotlib")))
run = Run(sys.argv[1])
activity = run.activity("L1")
lds = run.lds("L1")
lds.smooth(activity[activity.split == "test"])
lds.forecast(activity, 2)
run.behavior()
print(len(run.metrics), *run.latents("lds", "L1").shape, float(run.latents("pca", "L2").sum()))
try:
    run.model("residual_gru", "L1")
except ImportError as error:
    print(error)
"""
    first, second = in_python(alone, code, run.folder).splitlines()
    values = run.latents("pca", "L2")
    shape = run.latents("lds", "L1").shape
    assert first.split()[:3] == [str(n) for n in (len(run.metrics), *shape)]
    assert float(first.split()[3]) == pytest.approx(float(values.sum()))
    assert second == (
        "Networks need torch, which is not installed: in the folder of NMA, "
        "`pip install '.[models]'` installs it."
    )


def test_all_modules_of_the_library_are_installed(alone):
    library = ROOT / "workflow/scripts"
    expected = {path.relative_to(library) for path in library.glob("nma/**/*.py")}
    assert {path.relative_to(alone) for path in alone.glob("nma/**/*.py")} == expected


def test_an_installed_library_does_not_change_the_workflow(
    local_reduced_run, tmp_path, monkeypatch
):
    """Neither the plan nor a job imports it, old as it may be."""
    old = tmp_path / "installed/nma/__init__.py"
    old.parent.mkdir(parents=True)
    old.write_text("raise ImportError('an old library')\n")
    monkeypatch.setenv("PYTHONPATH", str(old.parent.parent))
    project = local_reduced_run.copied(tmp_path / "p")
    table = project.folder / "results/reduced/metrics.tsv"
    before = table.read_bytes()
    table.unlink()
    project.snakemake(str(table.relative_to(project.folder)))
    assert table.read_bytes() == before


# what the docs say


def test_the_lines_of_the_readme_work(run, tmp_path, monkeypatch):
    code = re.findall(r"```python\n(.+?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert len(code) == 2 and len(code[0].splitlines()) <= 10
    (tmp_path / "results").mkdir()
    (tmp_path / "results/demo").symlink_to(run.folder)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec("".join(code), names)
    assert names["run"].metrics.equals(run.metrics)
    assert names["ahead"].shape == (5, len(run.activity("L1").neuron))
