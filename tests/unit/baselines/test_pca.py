"""PCA against numpy's SVD and scikit-learn's full solver."""

import h5py
import numpy as np
import pytest
from sklearn.decomposition import PCA

from nma.baselines.pca import dims_needed, encode_pca, fit_pca, write_pca

# bins and neurons: more of the one, and more of the other
SHAPES = {"more bins": (200, 30), "more neurons": (40, 90), "as many": (50, 50)}


def activity(bins, neurons, seed=0):
    """Low-rank signal and noise around means that are not 0, (bins, neurons)."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(bins, 5)) @ rng.normal(size=(5, neurons))
    return (signal + rng.normal(size=(bins, neurons)) + rng.uniform(0, 5, neurons)).astype("f4")


@pytest.fixture(params=SHAPES, ids=SHAPES)
def train(request):
    return activity(*SHAPES[request.param])


@pytest.fixture
def written(train, tmp_path):
    """The PCA of a tensor whose test block is nothing like train."""
    test = 100 * activity(20, train.shape[1], seed=1)
    with h5py.File(tmp_path / "tensor.h5", "w") as file:
        file["train"] = train
        file["activity"] = np.concatenate([train, test])
        file["neuron_ids"] = np.arange(train.shape[1]) * 3
        file.attrs.update({"layer": "L1", "bin_seconds": 2.4})
    write_pca(tmp_path / "tensor.h5", tmp_path / "pca.h5")
    return tmp_path / "pca.h5"


def read(path):
    with h5py.File(path) as file:
        return {name: file[name][:] for name in file}, dict(file.attrs)


def aligned(components, like):
    """The components with the signs of others, up to which they are defined."""
    return components * np.sign((components * like).sum(axis=1, keepdims=True))


def test_the_curve_is_that_of_the_singular_values(train, written):
    centred = train.astype(float) - train.astype(float).mean(axis=0)
    squares = np.linalg.svd(centred, compute_uv=False) ** 2
    datasets, _ = read(written)
    ratio = datasets["explained_variance_ratio"]
    np.testing.assert_allclose(ratio, squares / squares.sum(), atol=1e-5)
    assert (np.diff(ratio) <= 1e-12).all()
    assert len(ratio) == min(train.shape)
    np.testing.assert_allclose(datasets["cumulative_explained_variance"], np.cumsum(ratio))
    assert datasets["cumulative_explained_variance"][-1] == pytest.approx(1, abs=1e-9)


def test_components_are_those_of_scikit_learn(train, written):
    expected = PCA(svd_solver="full").fit(train.astype(float))
    datasets, _ = read(written)
    np.testing.assert_allclose(datasets["mean"], expected.mean_, atol=1e-5)
    ratio = datasets["explained_variance_ratio"]
    np.testing.assert_allclose(ratio, expected.explained_variance_ratio_, atol=1e-5)
    defined = ratio > 1e-9  # the last component of few bins explains nothing
    np.testing.assert_allclose(
        aligned(datasets["components"], expected.components_)[defined],
        expected.components_[defined],
        atol=1e-5,
    )


def test_components_are_orthonormal_right_singular_vectors(train, written):
    datasets, _ = read(written)
    components = datasets["components"]
    np.testing.assert_allclose(components @ components.T, np.eye(len(components)), atol=1e-5)
    centred = train.astype(float) - train.astype(float).mean(axis=0)
    right = np.linalg.svd(centred, full_matrices=False)[2]
    np.testing.assert_allclose(aligned(components, right)[:5], right[:5], atol=1e-5)


def test_the_file_says_how_many_dims_explain_how_much(train, written):
    datasets, attributes = read(written)
    cumulative = datasets["cumulative_explained_variance"]
    n10 = train.shape[1] // 10
    assert attributes["n10"] == n10
    assert attributes["explained_at_n10"] == pytest.approx(cumulative[n10 - 1])
    for percent in (50, 80, 90):
        dims = attributes[f"dims_{percent}"]
        assert cumulative[dims - 1] >= percent / 100
        assert dims == 1 or cumulative[dims - 2] < percent / 100
    assert (attributes["layer"], attributes["bin_seconds"]) == ("L1", 2.4)
    assert np.array_equal(datasets["neuron_ids"], np.arange(train.shape[1]) * 3)


def test_every_dataset_says_its_units_and_axes(written):
    with h5py.File(written) as file:
        for dataset in file.values():
            assert isinstance(dataset.attrs["units"], str) and dataset.attrs["units"]
            assert len(dataset.attrs["axes"]) == dataset.ndim


def test_more_tenths_of_neurons_than_bins(tmp_path):
    """n10 beyond the last component explains all."""
    with h5py.File(tmp_path / "tensor.h5", "w") as file:
        file["train"] = activity(6, 90)
        file["neuron_ids"] = np.arange(90)
    write_pca(tmp_path / "tensor.h5", tmp_path / "pca.h5")
    _, attributes = read(tmp_path / "pca.h5")
    assert attributes["n10"] == 9
    assert attributes["explained_at_n10"] == pytest.approx(1)


def test_the_fit_is_in_double_precision():
    """A mean of 1e4 leaves single precision nothing of a variance of 1e-2."""
    quiet = (1e4 + 0.1 * activity(300, 10)).astype("f4")
    ratio = np.linalg.svd(quiet.astype(float) - quiet.astype(float).mean(axis=0))[1] ** 2
    np.testing.assert_allclose(
        fit_pca(quiet).explained_variance_ratio_, ratio / ratio.sum(), atol=1e-5
    )


@pytest.mark.parametrize(
    ("fraction", "dims"),
    [(0.1, 1), (0.5, 1), (0.50001, 2), (0.75, 2), (0.8, 3), (0.875, 3), (0.9, 4), (1, 4)],
)
def test_dims_needed_on_a_known_curve(fraction, dims):
    assert dims_needed(np.array([0.5, 0.75, 0.875, 1]), fraction) == dims


def test_dims_needed_at_a_boundary_that_rounding_misses():
    """Ten tenths: the sum of eight is 0.7999999999999999."""
    assert dims_needed(np.cumsum(np.full(10, 0.1)), 0.8) == 8


@pytest.mark.parametrize("dims", [1, 7, 25])
def test_encoding_is_scikit_learns_transform_and_back(train, written, dims):
    expected = PCA(dims, svd_solver="full").fit(train.astype(float))
    new = activity(60, train.shape[1], seed=2)
    latents, reconstruction = encode_pca(new, written, dims)
    assert latents.shape == (60, dims)
    assert latents.dtype == reconstruction.dtype == np.float32
    back = expected.inverse_transform(expected.transform(new.astype(float)))
    np.testing.assert_allclose(reconstruction, back, atol=5e-5)
    np.testing.assert_allclose(np.abs(latents), np.abs(expected.transform(new)), atol=2e-4)


def test_all_components_rebuild_train_exactly(train, written):
    _, reconstruction = encode_pca(train, written, min(train.shape))
    np.testing.assert_allclose(reconstruction, train, atol=1e-4)
