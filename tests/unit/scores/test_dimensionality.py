"""Numbers of dimensions whose answer is known."""

import h5py
import numpy as np
import pytest

from nma.scores.dimensionality import (
    layer_scores,
    participation_ratio,
    predicts,
    svca_scores,
    within_one_error,
)


@pytest.mark.parametrize("count", [1, 4, 30])
def test_participation_ratio_of_equal_variances_is_their_number(count):
    assert participation_ratio(np.full(count, 0.3)) == pytest.approx(count)
    assert participation_ratio(np.array([5.0] * count + [0] * 7)) == pytest.approx(count)


def test_participation_ratio_by_hand():
    assert participation_ratio(np.array([3.0, 1.0])) == pytest.approx(16 / 10)


def interval(value, error, n=10):
    half = 2.262157 * error  # Student's t of nine degrees of freedom
    return value, value - half, value + half, n


@pytest.mark.parametrize(
    ("values", "error", "expected"),
    [
        ([0.1, 0.2, 0.3], 0.01, (20, 20)),
        ([0.1, 0.295, 0.3], 0.01, (10, 20)),
        ([0.295, 0.2, 0.3], 0.01, (20, 20)),  # 5 dims are as good by chance, as 10 are not
        ([0.3, 0.2, 0.295], 0.01, (5, 5)),
        ([0.1, 0.28, 0.3], 0.01, (20, 20)),
        ([0.1, 0.3, 0.2], 0.01, (10, 10)),
        ([0.1, 0.2, 0.3], 0.3, (5, 20)),
        ([0.1, np.nan, 0.3], 0.3, (20, 20)),
    ],
)
def test_dims_within_one_standard_error(values, error, expected):
    curve = [interval(value, error) for value in values]
    assert within_one_error([5, 10, 20], curve) == expected


def test_one_block_has_no_error():
    curve = [(0.1, np.nan, np.nan, 1), (0.3, np.nan, np.nan, 1)]
    assert within_one_error([5, 10], curve) == (10, 10)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        ([interval(-0.1, 0.01), interval(0.3, 0.01)], True),
        ([interval(-0.1, 0.01), interval(0.3, 0.2)], False),
        ([interval(-0.1, 0.01), interval(-0.3, 0.01)], False),
        ([(0.1, np.nan, np.nan, 1), (0.3, np.nan, np.nan, 1)], True),
        ([(np.nan, np.nan, np.nan, 1), (-0.3, np.nan, np.nan, 1)], False),
        ([(np.nan, np.nan, np.nan, 1)], False),
    ],
)
def test_whether_hidden_neurons_are_predicted(curve, expected):
    assert predicts(curve) == expected


def test_rows_of_a_layer(tmp_path):
    with h5py.File(tmp_path / "pca.h5", "w") as file:
        file["explained_variance_ratio"] = [0.25] * 4
    split = np.repeat([0, 1, 2], 20)
    deviation = np.where(split, 10.0, np.nan)
    with h5py.File(tmp_path / "ppca.h5", "w") as file:
        file["split"] = split
        file["cosmooth_deviation"] = deviation
        file["cosmooth_error_of_dims"] = deviation[:, None] * [0.9, 0.6, 0.8]
        file.attrs["dims_tried"] = [3, 5, 10]
    rows = layer_scores("L2", tmp_path / "pca.h5", {"ppca": tmp_path / "ppca.h5"})
    values = {(source, metric, split): value for _, source, metric, split, _, value, *_ in rows}
    assert values["pca", "participation_ratio", "train"] == pytest.approx(4)
    for name in ("validation", "test"):
        found = [values["ppca", f"cosmooth_r2_at_{k}_dims", name] for k in (3, 5, 10)]
        assert found == pytest.approx([0.1, 0.4, 0.2])
        assert values["ppca", "dims_within_one_error", name] == 5
        assert values["ppca", "dims_within_one_error_at_most", name] == 5
    with h5py.File(tmp_path / "ppca.h5", "r+") as file:
        file["cosmooth_error_of_dims"][:] *= 3
    rows += layer_scores("L2", tmp_path / "pca.h5", {"ppca": tmp_path / "ppca.h5"})
    assert sum(row.metric.startswith("dims_within_one_error") for row in rows) == 4
    assert {row[0] for row in rows} == {"L2"}


def test_rows_of_svca(tmp_path):
    published = ("svca_reliable_fraction", "svca_reliable_components")
    names = (*published, *(f"{name}_zscored" for name in published))
    with h5py.File(tmp_path / "svca.h5", "w") as file:
        file.attrs["draws"] = 4
        file["in_a"] = np.ones(30, bool)
        for number, name in enumerate(names):
            file.attrs.update({name: number, f"{name}_ci_low": -1, f"{name}_ci_high": 2})
    neurons, *rows = svca_scores("all", tmp_path / "svca.h5")
    assert (neurons.metric, neurons.value) == ("neurons", 30)
    assert rows == [("all", "raw", n, "all", 0, v, -1, 2, 4) for v, n in enumerate(names)]
