"""The interactive UMAP: the fragment holds every point where and as its files say, and no more."""

import base64
import gzip
import json
import re

import h5py
import numpy as np
import pytest
from edited import edited_h5
from plotly.offline import get_plotlyjs
from project import ROOT
from umap_files import PALETTE, write_layers, write_maps

from nma.report.interactive import LARGEST, NOWHERE, interactive_maps, map_name, packed_coordinates

TEMPLATE = ROOT / "workflow/report/interactive.html.j2"
SCRIPT = ROOT / "workflow/report/interactive.js"


def decode(code):
    """Coordinates (points, 2) of what `packed_coordinates` wrote."""
    steps = np.frombuffer(base64.b64decode(code["steps"]), "<u2").reshape(-1, 2).astype(float)
    steps[steps == NOWHERE] = np.nan
    low, high = np.array(code["low"]), np.array(code["high"])
    return low + (high - low) * steps / LARGEST


def fragment_of(folder, sources=("raw", "pca", "gru_latents"), *, layers=3, positions=True, **size):
    maps = write_maps(folder, sources, layers, **({"points": 40, "units": 8} | size))
    files = write_layers(folder, layers, size.get("points", 40), positions=positions)
    return maps, interactive_maps(TEMPLATE, maps, files, layer_colours=PALETTE, script=SCRIPT)


def data_of(fragment):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', fragment)[1])


# coordinates


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_coordinates_survive_to_a_ten_thousandth_of_the_map(scale):
    xy = (scale * np.random.default_rng(0).normal(5, 1, (500, 2))).astype("f4")
    found = decode(packed_coordinates(xy))
    assert np.abs(found - xy).max() < 1e-4 * np.ptp(xy, axis=0).min()


def test_points_without_a_place_stay_so():
    xy = np.random.default_rng(0).normal(size=(6, 2)).astype("f4")
    xy[2] = xy[4, 1] = np.nan
    found = decode(packed_coordinates(xy))
    assert np.isnan(found[[2, 4]]).all()
    np.testing.assert_allclose(found[[0, 1, 3, 5]], xy[[0, 1, 3, 5]], atol=1e-3)


def test_a_map_of_one_place_is_no_division_by_zero():
    np.testing.assert_allclose(decode(packed_coordinates(np.full((5, 2), 2.5, "f4"))), 2.5)


def test_no_place_at_all_is_no_map(tmp_path):
    assert packed_coordinates(np.full((3, 2), np.nan, "f4")) is None
    _, fragment = fragment_of(tmp_path, units=1)
    latents = data_of(fragment)["maps"]["gru_latents"]
    assert latents["supervised"] is None and latents["unsupervised"] is None


# points


def test_every_point_keeps_its_id_layer_split_depth_and_place(tmp_path):
    maps, fragment = fragment_of(tmp_path)
    data = data_of(fragment)
    assert list(data["maps"]) == list(maps)
    for source, path in maps.items():
        entry = data["maps"][source]
        table = data["tables"][entry["points"]]
        order = np.lexsort((table["id"], table["layer"]))
        with h5py.File(path) as file:
            for column in ("id", "layer", "held_out"):
                assert np.array_equal(np.array(table[column])[order], file[column][:])
            for mode in ("supervised", "unsupervised"):
                found = decode(entry[mode])[order]
                np.testing.assert_allclose(found, file[mode][:], atol=1e-3)
            assert entry["kind"] == file.attrs["kind"]
        depth = np.array(table["depth"], float)[order]
        if source.endswith("_latents"):
            assert np.isnan(depth).all()
        else:
            layer, ids = (np.array(table[column])[order] for column in ("layer", "id"))
            np.testing.assert_allclose(depth, 30 * layer + ids % 1000 / 100, atol=0.051)


def test_no_layer_covers_the_others(tmp_path):
    """Points are drawn in an order that has nothing to do with layers."""
    _, fragment = fragment_of(tmp_path, points=200)
    layer = np.array(data_of(fragment)["tables"][0]["layer"])
    assert abs(np.corrcoef(np.arange(len(layer)), layer)[0, 1]) < 0.15


def test_maps_of_the_same_neurons_share_their_table(tmp_path):
    data = data_of(fragment_of(tmp_path, ("raw", "pca", "gru", "pca_latents", "gru_latents"))[1])
    assert [entry["points"] for entry in data["maps"].values()] == [0, 0, 0, 1, 1]


def test_neurons_without_positions_have_no_depth(tmp_path):
    data = data_of(fragment_of(tmp_path, positions=False)[1])
    assert all(set(table["depth"]) == {None} for table in data["tables"])


def test_depths_have_the_unit_of_positions(tmp_path):
    maps, files = write_maps(tmp_path, ["raw"], 2, points=9, units=0), write_layers(tmp_path, 2, 9)
    for path in files.values():
        with edited_h5(path) as file:
            file["positions"].attrs["units"] = "pixels"
    fragment = interactive_maps(TEMPLATE, maps, files, layer_colours=PALETTE, script=SCRIPT)
    assert data_of(fragment)["unit"] == "pixels"
    assert data_of(fragment_of(tmp_path / "um")[1])["unit"] == "um"
    assert "`depth ${points.depth[i]} ${data.unit}`" in fragment


def test_a_depth_that_is_nan_is_none(tmp_path):
    maps, files = write_maps(tmp_path, ["raw"], 1, points=9, units=0), write_layers(tmp_path, 1, 9)
    with edited_h5(files["L1"]) as file:
        positions = file["positions"][:]
        positions[2, 4] = np.nan
        file["positions"][:] = positions
        without = file["neuron_ids"][4]
    fragment = interactive_maps(TEMPLATE, maps, files, layer_colours=PALETTE, script=SCRIPT)
    (table,) = data_of(fragment)["tables"]
    assert [i for i, z in zip(table["id"], table["depth"], strict=True) if z is None] == [without]


# the page


@pytest.mark.parametrize("layers", [3, 11])
def test_layers_have_the_colours_of_the_figures(tmp_path, layers):
    _, fragment = fragment_of(tmp_path, layers=layers)
    expected = [[f"L{n + 1}", PALETTE[n % len(PALETTE)]] for n in range(layers)]
    assert data_of(fragment)["layers"] == expected
    for layer, colour in expected:
        assert re.search(f'value="{layer}" checked> <span class="swatch" [^>]*{colour}', fragment)


def test_maps_are_named_as_their_figures():
    assert map_name("raw", "neurons") == "neurons: raw"
    assert map_name("pca", "neurons") == "neurons: reconstructed by PCA"
    assert map_name("residual_gru_latents", "latent units") == "latent units: residual GRU"


def test_the_text_says_what_train_points_prove(tmp_path):
    _, fragment = fragment_of(tmp_path)
    assert "train points prove nothing" in " ".join(fragment.split())


def test_nothing_is_loaded_from_elsewhere(tmp_path):
    _, fragment = fragment_of(tmp_path)
    packed = re.search(r'<script type="text/plain">(.*?)</script>', fragment)[1]
    assert gzip.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()
    own = fragment.replace(packed, "")
    assert not re.search(r"https?:|\bsrc=|\bhref=|@import|url\(", own)


def test_text_cannot_end_the_script_element(tmp_path):
    maps = write_maps(tmp_path, ["raw"], 1, points=9, units=0)
    files = {"</script><b>": write_layers(tmp_path, 1, 9)["L1"]}
    fragment = interactive_maps(TEMPLATE, maps, files, layer_colours=PALETTE, script=SCRIPT)
    assert "</script><b>" not in fragment
    assert data_of(fragment)["layers"][0][0] == "</script><b>"


def test_the_fragment_is_the_same_every_time(tmp_path):
    assert fragment_of(tmp_path)[1] == fragment_of(tmp_path)[1]


def test_size_of_the_largest_recording(tmp_path):
    """9 x 1131 neurons and 9 x 75 units of the Stringer recording, with plotly.js: 3 MB of the
    page's 15."""
    models = ("residual_rnn", "residual_gru", "residual_lstm")
    sources = ["raw", "pca", *models, *(f"{name}_latents" for name in ("pca", *models))]
    _, fragment = fragment_of(tmp_path, sources, layers=9, points=1131, units=75)
    assert len(fragment.encode()) < 3e6
