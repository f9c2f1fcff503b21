"""UMAP maps: which points are held out, what they are reduced to, and that maps repeat."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
import umap
from sklearn.decomposition import PCA

from nma.io.hdf5 import put
from nma.maps.neighbours import ExactNeighbours
from nma.maps.points import points_of
from nma.maps.umap import MapSettings, fit_maps, hold_out, reduce_width, write_umap

LABELS = np.repeat([0, 1, 2], 20)


def blobs(features=8, spread=1.0, distance=4.0):
    """Points of three layers around three centres (60, features), and no cleaner than need be."""
    rng = np.random.default_rng(0)
    centres = distance * np.eye(3, features)
    return (centres[LABELS] + spread * rng.normal(size=(60, features))).astype("f4")


# held-out points


@pytest.mark.parametrize(
    ("sizes", "fraction", "expected"),
    [([20, 40, 60], 0.1, [2, 4, 6]), ([7, 10], 0.25, [2, 2]), ([3, 4, 5], 0.1, [1, 1, 1])],
)
def test_the_share_of_each_layer_is_held_out_and_at_least_one(sizes, fraction, expected):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    held_out = hold_out(labels, fraction, seed=0)
    assert held_out.dtype == bool
    assert [held_out[labels == layer].sum() for layer in range(len(sizes))] == expected


def test_held_out_points_follow_the_seed():
    assert np.array_equal(hold_out(LABELS, 0.2, 1), hold_out(LABELS, 0.2, 1))
    assert not np.array_equal(hold_out(LABELS, 0.2, 1), hold_out(LABELS, 0.2, 2))


def test_every_point_is_as_likely_to_be_held_out():
    times = sum(hold_out(LABELS, 0.25, seed).astype(int) for seed in range(400))
    assert np.abs(times / 400 - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 400)


# width


def test_wide_points_are_projected_on_components_of_train():
    rng = np.random.default_rng(0)
    points = (blobs(30, spread=0.01) + rng.normal(0, 1e-3, (60, 30))).astype("f4")
    train = np.arange(60) < 45
    points[~train] += 5 * rng.normal(size=(15, 30)).astype("f4")
    reduced = reduce_width(points, train, 2, seed=0)
    expected = PCA(2, svd_solver="full").fit(points[train].astype(float)).transform(points)
    signs = np.sign((reduced * expected).sum(axis=0))
    np.testing.assert_allclose(reduced * signs, expected, atol=1e-2)
    assert reduced.dtype == np.float32


@pytest.mark.parametrize("dims", [0, 8, 100])
def test_narrow_points_stay_as_they_are(dims):
    assert np.array_equal(reduce_width(blobs(), LABELS < 3, dims, seed=0), blobs())


def test_fewer_train_points_than_dims_stay_as_they_are():
    train = np.arange(60) < 5
    assert np.array_equal(reduce_width(blobs(30), train, 10, seed=0), blobs(30))


# maps

SETTINGS = MapSettings(n_neighbors=10, min_dist=0.1, seed=1)
HELD_OUT = hold_out(LABELS, 0.2, 0)


@pytest.fixture(scope="module")
def maps():
    return fit_maps(blobs(), LABELS, HELD_OUT, SETTINGS)


def test_every_point_has_a_place_on_both_maps(maps):
    assert set(maps) == {"supervised", "unsupervised"}
    for coordinates in maps.values():
        assert coordinates.shape == (60, 2)
        assert np.isfinite(coordinates).all()
    assert not np.array_equal(maps["supervised"], maps["unsupervised"])


def test_a_wild_value_leaves_every_point_its_place():
    """As large as tensors can hold, in wide points, which are reduced first."""
    points = blobs(60, spread=2.0)
    points[7, 3], points[HELD_OUT.argmax(), 5] = 1e15, -1e15
    reduced = reduce_width(points, ~HELD_OUT, 20, seed=0)
    for coordinates in fit_maps(reduced, LABELS, HELD_OUT, SETTINGS).values():
        assert np.isfinite(coordinates).all()


def test_neighbours_are_those_of_all_distances():
    points, new = blobs()[:50], blobs()[50:]
    index = ExactNeighbours(points)
    for indices, distances, of in ((*index.of_fitted(7), points), (*index.query(new, 7), new)):
        all_distances = np.linalg.norm(of[:, None].astype(float) - points, axis=2)
        assert np.array_equal(indices, all_distances.argsort(axis=1)[:, :7])
        np.testing.assert_allclose(distances, np.sort(all_distances)[:, :7], atol=1e-5)
    assert (index.of_fitted(7)[1][:, 0] == 0).all()


@pytest.mark.filterwarnings("ignore:.*n_jobs")
def test_graphs_are_those_of_umap_which_takes_all_distances_of_few_points():
    """Of fitted points and of new ones."""
    points, new = blobs()[~HELD_OUT], blobs()[HELD_OUT]
    settings = {"n_neighbors": 10, "random_state": 1, "transform_mode": "graph"}
    index = ExactNeighbours(points)
    ours = umap.UMAP(**settings, precomputed_knn=(*index.of_fitted(10), index)).fit(points)
    own = umap.UMAP(**settings).fit(points)
    of_new = ours.transform(new), own.transform(new)
    for found, expected in ((ours.graph_, own.graph_), of_new):
        np.testing.assert_allclose(found.toarray(), expected.toarray(), atol=1e-4)


def test_maps_are_the_same_every_time(maps):
    again = fit_maps(blobs(), LABELS, HELD_OUT, SETTINGS)
    for mode, coordinates in maps.items():
        assert np.array_equal(again[mode], coordinates)


def own_neighbour(coordinates, of, among):
    """The share of points `of` whose nearest neighbour `among` the others is of their layer."""
    distance = np.linalg.norm(coordinates[of][:, None] - coordinates[among], axis=2)
    distance[distance == 0] = np.inf
    return (LABELS[among][distance.argmin(axis=1)] == LABELS[of]).mean()


def test_blobs_are_apart_on_the_maps(maps):
    """Held-out points fall among those of their own layer."""
    for coordinates in maps.values():
        assert own_neighbour(coordinates, HELD_OUT, ~HELD_OUT) > 0.9


def test_labels_pull_noise_apart_on_the_supervised_map_alone():
    noise = np.random.default_rng(0).normal(size=(60, 8)).astype("f4")
    maps = fit_maps(noise, LABELS, HELD_OUT, SETTINGS)
    train = ~HELD_OUT
    assert own_neighbour(maps["supervised"], train, train) > 0.85
    assert own_neighbour(maps["unsupervised"], train, train) < 0.6


def test_held_out_points_do_not_shape_the_maps(maps):
    """Nor do their labels."""
    points, labels = blobs(), LABELS.copy()
    points[HELD_OUT] += 3
    labels[HELD_OUT] = 0
    other = fit_maps(points, labels, HELD_OUT, SETTINGS)
    for mode, coordinates in maps.items():
        assert np.array_equal(other[mode][~HELD_OUT], coordinates[~HELD_OUT])


def test_too_few_points_have_no_map():
    held_out = np.array([False, False, False, True])
    maps = fit_maps(blobs()[:4], LABELS[:4], held_out, SETTINGS)
    for coordinates in maps.values():
        assert coordinates.shape == (4, 2)
        assert np.isnan(coordinates).all()


def test_few_points_have_one():
    held_out = np.array([False] * 5 + [True])
    maps = fit_maps(blobs()[:6], np.array([0, 0, 1, 1, 1, 0]), held_out, SETTINGS)
    assert all(np.isfinite(coordinates).all() for coordinates in maps.values())


# the file


def test_the_file_of_a_map(tmp_path, maps):
    out = tmp_path / "umap" / "gru.h5"
    points, settings = blobs(), replace(SETTINGS, seed=0, test_fraction=0.2, epochs=50)
    write_umap(
        out,
        np.split(points, 3),
        [1000 * layer + np.arange(20) for layer in range(3)],
        source="gru",
        kind="neurons",
        settings=settings,
    )
    with h5py.File(out) as file:
        assert set(file) == {"supervised", "unsupervised", "layer", "held_out", "id"}
        for dataset in file.values():
            assert isinstance(dataset.attrs["units"], str) and dataset.attrs["units"]
            assert len(dataset.attrs["axes"]) == dataset.ndim
        assert np.array_equal(file["layer"], LABELS + 1)
        assert np.array_equal(file["held_out"], HELD_OUT)
        assert np.array_equal(file["id"], 1000 * LABELS + np.tile(np.arange(20), 3))
        attributes = dict(file.attrs)
        found = {mode: file[mode][:] for mode in maps}
    expected = fit_maps(points, LABELS, HELD_OUT, settings)
    assert all(np.array_equal(found[mode], expected[mode]) for mode in maps)
    assert attributes == {
        "source": "gru", "kind": "neurons", "n_neighbors": 10, "min_dist": 0.1, "epochs": 50,
        "seed": 0, "features": 8, "features_after_pca": 8,
    }  # fmt: skip


def test_points_are_columns_of_the_bins_asked_for(tmp_path):
    """From one file a layer, or from one that holds all layers."""
    data = np.random.default_rng(0).normal(size=(3, 12, 5)).astype("f4")
    split = np.repeat([0, 2], [8, 4])
    with h5py.File(tmp_path / "all.h5", "w") as file:
        put(file, "latents", data, units="", axes=("layer", "bin", "dim"))
        put(file, "split", split, units="", axes=("bin",))
    paths = [tmp_path / f"{layer}.h5" for layer in range(3)]
    for path, layer in zip(paths, data, strict=True):
        with h5py.File(path, "w") as file:
            put(file, "latents", layer, units="", axes=("bin", "dim"))
            put(file, "split", split, units="", axes=("bin",))
    for files in ([tmp_path / "all.h5"], paths):
        for time, first in (("test", 8), ("all", 0)):
            arrays = points_of(files, "latents", time, 3)
            assert len(arrays) == 3
            for layer, points in enumerate(arrays):
                assert np.array_equal(points, data[layer, first:].T)
