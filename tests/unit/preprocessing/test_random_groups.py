"""Random groups hold the neurons of all layers once."""

import h5py
import numpy as np
import pytest
from edited import edited_h5

from nma.preprocessing.random_groups import write_random_groups

SIZES = (5, 5, 4)


@pytest.fixture
def layers(tmp_path):
    """Files of three layers, each neuron's activity and position made of its id."""
    paths, first = [], 0
    for number, size in enumerate(SIZES, 1):
        ids = np.arange(first, first + size)
        first += size
        paths.append(tmp_path / f"L{number}.h5")
        with h5py.File(paths[-1], "w") as file:
            file.attrs.update({"layer": f"L{number}", "grouping": "depth", "bin_seconds": 1.2})
            file["neuron_ids"] = ids
            file["activity"] = np.outer(ids, np.ones(6, "f4"))
            file["positions"] = np.outer(np.ones(3), ids)
            file["positions"].attrs["units"] = "pixels"
    return paths


def shuffled(layers, folder, seed):
    outs = [folder / f"{seed}" / path.name for path in layers]
    write_random_groups(layers, outs, seed=seed)
    return [h5py.File(path) for path in outs]


def test_every_neuron_is_in_one_group_with_its_activity_and_place(layers, tmp_path):
    groups = shuffled(layers, tmp_path, [1, 1])
    assert [len(group["neuron_ids"]) for group in groups] == list(SIZES)
    assert sorted(i for group in groups for i in group["neuron_ids"]) == list(range(14))
    for number, group in enumerate(groups, 1):
        ids = group["neuron_ids"][:]
        np.testing.assert_array_equal(group["activity"][:], np.outer(ids, np.ones(6)))
        np.testing.assert_array_equal(group["positions"][:], np.outer(np.ones(3), ids))
        assert group["positions"].attrs["units"] == "pixels"
        assert dict(group.attrs) == {
            "layer": f"L{number}",
            "grouping": "random",
            "layer_name": f"L{number}",
            "bin_seconds": 1.2,
        }
        assert {"units", "axes"} <= set(group["activity"].attrs)


def test_groups_mix_layers_and_differ_by_seed(layers, tmp_path):
    one, other, again = (shuffled(layers, tmp_path / n, [1, int(n)]) for n in "121")
    ids = [[set(group["neuron_ids"]) for group in groups] for groups in (one, other, again)]
    assert ids[0] == ids[2] != ids[1]
    assert any(len(group & set(range(5))) not in (0, 5) for group in ids[0])


def test_without_positions(layers, tmp_path):
    with edited_h5(layers[1]) as file:
        del file["positions"]
    assert not any("positions" in group for group in shuffled(layers, tmp_path, 0))
