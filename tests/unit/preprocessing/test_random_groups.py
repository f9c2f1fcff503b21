"""Random groups hold the neurons of all layers once; their scores stand beside those of layers."""

import h5py
import numpy as np
import pytest
from edited import edited_h5

from nma.preprocessing.random_groups import write_random_groups
from nma.scores.null import retrained_rows

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
        assert dict(group.attrs) == {
            "layer": f"L{number}",
            "grouping": "random",
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


def table(**values):
    return [
        {"layer": "all", "source": "gru", "split": "test", "seed": "0", "metric": m, "value": v}
        for m, v in values.items()
    ]


def test_scores_stand_beside_those_of_random_groups():
    observed = table(layer_accuracy_input_knn="0.8", layer_ami_supervised="0.1", layer_chance="0.3")
    nulls = [
        table(layer_accuracy_input_knn=value, layer_ami_supervised="0.2", layer_chance="0.3")
        for value in ("0.5", "0.9", "0.4")
    ]
    rows = {row[2]: row for row in retrained_rows(observed, nulls)}
    assert set(rows) == {
        f"{metric}_retrained{end}"
        for metric in ("layer_accuracy_input_knn", "layer_ami_supervised")
        for end in ("", "_p")
    }
    found = rows["layer_accuracy_input_knn_retrained"]
    assert found[:2] + found[3:5] == ("all", "gru", "test", "0")
    assert found[5:] == (pytest.approx(0.6), 0.4, 0.9, 3)
    assert rows["layer_accuracy_input_knn_retrained_p"][5] == pytest.approx(2 / 4)
    assert rows["layer_ami_supervised_retrained_p"][5] == pytest.approx(4 / 4)


def test_a_score_that_a_repetition_lacks_is_left_out():
    """As the map of too few points."""
    observed = table(layer_ami_supervised="0.1")
    assert retrained_rows(observed, [table(layer_ami_supervised="0"), table()]) == []


def test_nulls_of_permuted_labels_are_not_tested_again():
    observed = table(layer_ami_supervised_null="0.1", layer_ami_supervised_p="0.5")
    assert retrained_rows(observed, [observed]) == []
