"""Results in an NWB file read back as they were, and the inspector has no complaint."""

import json

import numpy as np
import nwb_files as files
import pytest
from nwbinspector import Importance, inspect_nwbfile
from pynwb import NWBHDF5IO

from nma.export.nwb import write_nwb
from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.recordings.import_recording import import_recording
from nma.scores.frame import read_table
from nma.scores.table import COLUMNS, Score, write_table

WIDTH = 2  # bins of the recording in one of the latents
LAYERS = {"L1": [1, 4, 7], "L2": [6, 9, 11]}  # ids in the recording
DRAWS = np.random.default_rng(3)
LATENTS = {
    ("pca", "L1", 0): DRAWS.normal(size=(30, 2)).astype("f4"),
    ("pca", "L2", 0): DRAWS.normal(size=(30, 2)).astype("f4"),
    ("lds", "L1", 0): DRAWS.normal(size=(30, 3)).astype("f4"),
    ("lds", "L2", 0): DRAWS.normal(size=(30, 3)).astype("f4"),
    ("gru", "L1", 5): DRAWS.normal(size=(30, 2)).astype("f4"),
    ("lstm", "all", 5): DRAWS.normal(size=(2, 30, 2)).astype("f4"),
    ("ridge", "L1", 0): None,
}
LOADINGS = {
    ("pca", "L1"): DRAWS.normal(size=(3, 3)).astype("f4"),
    ("pca", "L2"): DRAWS.normal(size=(3, 3)).astype("f4"),
    ("lds", "L1"): DRAWS.normal(size=(3, 3)),
    ("lds", "L2"): DRAWS.normal(size=(3, 3)),
}
SCORES = [
    ("mouse", *Score("L1", "pca", "r2", "test", 0, 0.25, 0.125, 0.5, 12)),
    ("mouse", *Score("all", "gru", "probe", "validation", 5, 0.75)),
]


def put_plain(file, name, data, axes):
    put(file, name, data, units="1", axes=axes)


@pytest.fixture
def results(tmp_path):
    """results(raw, **options of import): the arguments of write_nwb of a recording."""

    def make(raw, series=None, **options):
        found = {"recording": tmp_path / "recording.h5", "latents": [], "series": series}
        found |= {"layer_table": tmp_path / "layers.json", "metrics": tmp_path / "metrics.tsv"}
        options["options"] = {"series": series} if series else {}
        import_recording(raw, found["recording"], name="mouse", **options)
        rows = [{"layer": layer, "name": f"plane {layer}"} for layer in LAYERS]
        found["layer_table"].write_text(json.dumps({"layers": rows}))
        write_table(found["metrics"], COLUMNS, SCORES)
        for (source, layer, seed), values in LATENTS.items():
            path = tmp_path / f"{source}_{layer}.h5"
            found["latents"].append(path)
            facts = {"source": source, "layer": layer, "seed": seed, "bin_seconds": 0.25 * WIDTH}
            with new_h5(path, **facts) as file:
                if values is not None:
                    axes = ("layer", "bin", "dim")[-values.ndim :]
                    put_plain(file, "latents", values, axes)
                ids = list(LAYERS.values()) if layer == "all" else LAYERS[layer]
                put_plain(file, "neuron_ids", ids, ("layer", "neuron")[-np.ndim(ids) :])
                put_plain(file, "split", np.repeat([0, 1, 2], 10), ("bin",))
        for argument, source, name in (("pca", "pca", "components"), ("fits", "lds", "C")):
            found[argument] = [tmp_path / f"{name}_{layer}.h5" for layer in LAYERS]
            for path, layer in zip(found[argument], LAYERS, strict=True):
                with new_h5(path) as file:
                    values = LOADINGS[source, layer]
                    put_plain(file, name, values.T if source == "pca" else values, ("a", "b"))
        return found

    return make


def found_in(path):
    """{name: values} of the series of the module, its tables of loadings, and the scores."""
    with NWBHDF5IO(path, "r") as io:
        nwb = io.read()
        module = nwb.processing["nma"].data_interfaces
        series = {n: item.data[:] for n, item in module.items() if hasattr(item, "timestamps")}
        loadings = {
            name: (item["loadings"].data[:], item["roi"].data[:], item["roi"].table.name)
            for name, item in module.items()
            if name.startswith("loadings")
        }
        when = module["latents_pca_L1"]
        times = (when.starting_time, when.rate, when.timestamps and when.timestamps[:])
        return series, loadings, module["metrics"].to_dataframe(), times


def complaints(path, least=Importance.BEST_PRACTICE_VIOLATION):
    return [
        message.check_function_name
        for message in inspect_nwbfile(nwbfile_path=str(path), importance_threshold=least)
    ]


def source(path, **options):
    made = files.new_nwb()
    masks = [files.pixels(x, y) for x, y in files.CENTRES]
    table = files.add_plane(made, masks, **files.GEOMETRY)
    rows = list(range(11, -1, -1))  # the first ROI of the series is the last of the table
    files.add_series(
        made, files.activity(), table, rows=rows, starting_time=12.5, description="spikes"
    )
    return files.write(made, path)


def test_a_copy_of_the_source_has_the_results_as_they_were(results, tmp_path):
    raw = source(tmp_path / "mouse.nwb")
    before = raw.read_bytes()
    made = results(raw)
    write_nwb(tmp_path / "nma.nwb", **made, source=raw)
    assert raw.read_bytes() == before
    series, loadings, scores, times = found_in(tmp_path / "nma.nwb")
    expected = {
        f"latents_{name}_{layer}": values
        for (name, layer, _), values in LATENTS.items()
        if name in ("pca", "lds")
    }
    expected["latents_gru_L1_5"] = LATENTS["gru", "L1", 5]
    shared = zip(LAYERS, LATENTS["lstm", "all", 5], strict=True)
    expected |= {f"latents_lstm_{layer}_5": values for layer, values in shared}
    expected["split"] = np.repeat([0, 1, 2], 10)
    assert set(series) == set(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(series[name], values)
    assert times == (12.5, 2.0, None)
    for (name, layer), values in LOADINGS.items():
        values = values[:, :2] if name == "pca" else values  # as many as its latents have dims
        found, rows, table = loadings[f"loadings_{name}_{layer}"]
        np.testing.assert_array_equal(found, values)
        assert rows.tolist() == [11 - neuron for neuron in LAYERS[layer]]
        assert table == "PlaneSegmentation"
    expected = read_table(made["metrics"])
    for column in COLUMNS:
        np.testing.assert_array_equal(scores[column], expected[column])
    assert complaints(tmp_path / "nma.nwb") == []
    with NWBHDF5IO(tmp_path / "nma.nwb", "r") as io:
        activity = io.read().processing["ophys"]["Fluorescence"]["RoiResponseSeries"].data
        np.testing.assert_array_equal(activity, files.activity())


def test_a_copy_is_imported_as_its_source_is(results, tmp_path):
    raw = source(tmp_path / "mouse.nwb")
    write_nwb(tmp_path / "nma.nwb", **results(raw), source=raw)
    with open_h5(results(tmp_path / "nma.nwb")["recording"]) as file:
        np.testing.assert_array_equal(file["activity"], files.activity().T)
        assert "behaviour" not in file


def test_the_same_results_give_the_same_bytes(results, tmp_path):
    raw = source(tmp_path / "mouse.nwb")
    made = results(raw)
    for used in (raw, None):
        for name in ("a.nwb", "b.nwb"):
            write_nwb(tmp_path / name, **made, source=used)
        assert (tmp_path / "a.nwb").read_bytes() == (tmp_path / "b.nwb").read_bytes()


def test_without_a_source_a_table_of_neurons_stands_for_rois(results, tmp_path):
    raw = {"sresp": files.activity().T, "xyz": np.arange(36.0).reshape(3, 12), "bin_seconds": 0.25}
    raw["sresp"][2] = 1  # constant, so left out
    np.save(tmp_path / "mouse.npy", raw, allow_pickle=True)
    write_nwb(tmp_path / "nma.nwb", **results(tmp_path / "mouse.npy"))
    _, loadings, _, times = found_in(tmp_path / "nma.nwb")
    assert times == (0.0, 2.0, None)
    kept = [neuron for neuron in range(12) if neuron != 2]
    for layer, ids in LAYERS.items():
        _, rows, table = loadings[f"loadings_lds_{layer}"]
        assert [kept[row] for row in rows] == ids and table == "neurons"
    with NWBHDF5IO(tmp_path / "nma.nwb", "r") as io:
        neurons = io.read().processing["nma"]["neurons"]
        assert neurons.id[:].tolist() == kept
        np.testing.assert_array_equal(neurons["y"].data[:], raw["xyz"][1, kept])
    # Who was recorded, a raw array does not say.
    assert complaints(tmp_path / "nma.nwb") == ["check_subject_exists"]


def test_bins_that_were_left_out_are_no_part_of_time(results, tmp_path):
    data = files.activity(bins=64)
    data[20:24] = np.nan
    raw = files.plain(tmp_path / "mouse.nwb", data=data, starting_time=1.0)
    write_nwb(tmp_path / "nma.nwb", **results(raw, nan="drop_bins"), source=raw)
    starts = np.delete(1 + np.arange(64) / 4, range(20, 24))[::2]
    *_, times = found_in(tmp_path / "nma.nwb")
    np.testing.assert_allclose(times[2], starts)


def test_a_region_is_one_of_the_plane_that_has_the_layer(results, tmp_path):
    """The first layer is in both planes, so in no one table; the second is in the second plane."""
    made = files.new_nwb()
    for number, rois in enumerate((range(6), range(6, 12))):
        masks = [files.pixels(*files.CENTRES[roi]) for roi in rois]
        table = files.add_plane(made, masks, name=str(number), **files.GEOMETRY)
        data = files.activity()[:, list(rois)]
        files.add_series(made, data, table, name=f"plane{number}", container="Deconvolved")
    raw = files.write(made, tmp_path / "mouse.nwb")
    write_nwb(tmp_path / "nma.nwb", **results(raw), source=raw)
    _, loadings, *_ = found_in(tmp_path / "nma.nwb")
    assert [loadings[f"loadings_pca_{layer}"][2] for layer in LAYERS] == [
        "neurons",
        "PlaneSegmentation1",
    ]
    assert loadings["loadings_pca_L2"][1].tolist() == [0, 3, 5]


def test_a_source_that_is_a_result_already_is_refused(results, tmp_path):
    raw = source(tmp_path / "mouse.nwb")
    made = results(raw)
    write_nwb(tmp_path / "a.nwb", **made, source=raw)
    with pytest.raises(InputError, match="a.nwb: processing modules: found one called nma already"):
        write_nwb(tmp_path / "b.nwb", **made, source=tmp_path / "a.nwb")
    assert not (tmp_path / "b.nwb").exists()
