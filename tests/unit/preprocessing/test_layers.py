"""Which neuron is in which layer: groupings with a known answer, and samples of equal size."""

import numpy as np
import pytest

from nma.io.errors import InputError
from nma.preprocessing.layers import assign_layers, sample_layers


def positions(z, x=None, y=None):
    zeros = np.zeros(len(z))
    return np.array([zeros if x is None else x, zeros if y is None else y, z], float)


def assigned(by, count, **settings):
    """The layers of a recording with these positions or labels, and their names."""
    array = settings.get("positions")
    neurons = len(settings["labels"]) if array is None else array.shape[1]
    layers, names = assign_layers("recording.h5", by, count, neurons=neurons, **settings)
    assert layers.shape == (neurons,)
    assert len(names) == count
    return layers, names


# depth


def test_planes_are_layers_from_the_lowest_z_up():
    z = np.array([30, 10, 20, 10, 30, 30])
    layers, names = assigned("depth", 3, positions=positions(z))
    assert layers.tolist() == [2, 0, 1, 0, 2, 2]
    assert names == ["z 10 um", "z 20 um", "z 30 um"]


def test_planes_may_differ_in_size_as_much_as_they_like():
    z = np.repeat([5.5, -20, 40], [1, 90, 9])
    layers, names = assigned("depth", 3, positions=positions(z))
    assert np.bincount(layers).tolist() == [90, 1, 9]
    assert names[0] == "z -20 um"


def test_the_nine_planes_of_the_study():
    sizes = [1386, 1440, 1418, 1471, 1415, 1321, 1218, 1183, 1131]
    plane = np.repeat(np.arange(9), sizes)
    shuffled = np.random.default_rng(0).permutation(plane)
    layers, _ = assigned("depth", 9, positions=positions(35 * shuffled))
    assert np.array_equal(layers, shuffled)
    samples = sample_layers("recording.h5", layers, range(9), neurons="smallest", seed=1)
    assert {len(sample) for sample in samples} == {1131}


@pytest.mark.parametrize(("neurons", "count"), [(900, 9), (1000, 7), (101, 2), (50, 1)])
def test_continuous_z_is_cut_into_equal_counts(neurons, count):
    z = np.random.default_rng(0).gamma(1, 100, neurons)
    layers, _ = assigned("depth", count, positions=positions(z))
    sizes = np.bincount(layers, minlength=count)
    assert sizes.max() - sizes.min() <= 1
    in_order = layers[np.argsort(z)]
    assert (np.diff(in_order) >= 0).all()
    assert in_order[0] == 0 and in_order[-1] == count - 1


def test_names_of_slices_are_their_range():
    z = np.array([4.0, 1, 3, 2, 8, 7, 6, 5])
    layers, names = assigned("depth", 2, positions=positions(z))
    assert layers.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert names == ["z 1 to 4 um", "z 5 to 8 um"]


def test_a_depth_is_never_cut_in_two():
    depths = np.random.default_rng(0).integers(0, 60, 5000)
    layers, _ = assigned("depth", 4, positions=positions(depths))
    for depth in np.unique(depths):
        assert len(np.unique(layers[depths == depth])) == 1
    assert np.abs(np.bincount(layers) / 1250 - 1).max() < 0.25


def test_whole_planes_make_equal_slices_where_they_can():
    z = np.repeat(np.arange(9), 50)
    layers, names = assigned("depth", 3, positions=positions(z))
    assert np.array_equal(layers, z // 3)
    assert names == ["z 0 to 2 um", "z 3 to 5 um", "z 6 to 8 um"]


def test_a_depth_joins_the_slice_of_its_middle_neuron():
    """Of twenty neurons the tenth is the last of the first half; 5 um holds numbers 10 to 13."""
    layers, _ = assigned("depth", 2, positions=positions(np.repeat([0, 5, 9], [9, 4, 7])))
    assert layers.tolist() == [0] * 9 + [1] * 11


@pytest.mark.parametrize("count", [8, 10])
def test_nine_planes_are_no_eight_or_ten_layers(count):
    z = np.repeat(10 * np.arange(1, 10), np.arange(101, 110))
    with pytest.raises(InputError) as error:
        assigned("depth", count, positions=positions(z))
    sentence = str(error.value)
    assert sentence.startswith("recording.h5: depths (z): found 9: ")
    assert f"expected {count} layers (layers: count)" in sentence
    for depth, size in zip(range(10, 100, 10), range(101, 110), strict=True):
        assert f"{depth} ({size})" in sentence.replace(".0", "")


def test_many_depths_are_not_all_listed():
    z = np.repeat(np.arange(40), 5)
    z = np.concatenate([z, np.full(400, 50)])
    with pytest.raises(InputError, match=r"depths \(z\): found 41: .*, \.\.\. neurons"):
        assigned("depth", 5, positions=positions(z))


# blocks in x-y

CORNERS = ([0, 900, 0, 900], [0, 0, 600, 600])


def test_a_grid_of_three_by_three():
    known = {
        (0, 0): 0, (299, 199): 0, (450, 10): 1, (899, 199): 2,
        (10, 300): 3, (450, 300): 4, (800, 300): 5,
        (0, 600): 6, (450, 599): 7, (900, 600): 8, (301, 201): 4, (300, 400): 7,
    }  # fmt: skip
    x, y = (np.concatenate([a, b]) for a, b in zip(zip(*known, strict=True), CORNERS, strict=True))
    z = np.random.default_rng(0).normal(size=len(x))
    layers, names = assigned("xy_blocks", 9, positions=positions(z, x, y))
    assert layers[: len(known)].tolist() == list(known.values())
    assert (names[0], names[2], names[5]) == ("block x1 y1", "block x3 y1", "block x3 y2")


@pytest.mark.parametrize(("count", "columns"), [(7, 7), (2, 2), (1, 1), (6, 3), (12, 4), (16, 4)])
def test_blocks_are_as_square_as_the_count_allows(count, columns):
    rows = count // columns
    x, y = (np.ravel(a) for a in np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5))
    x, y = np.append(x, [0, columns]), np.append(y, [0, rows])
    layers, names = assigned("xy_blocks", count, positions=positions(0 * x, x, y))
    assert layers[:-2].tolist() == list(range(count))
    assert len(set(names)) == count


# k-means


def blobs(centres, each=40, sd=3.0):
    """Neurons around centres (x, y, z) in um, shuffled; and the index of the centre of each."""
    rng = np.random.default_rng(0)
    truth = rng.permutation(np.repeat(np.arange(len(centres)), each))
    return (np.array(centres)[truth] + rng.normal(0, sd, (len(truth), 3))).T, truth


def test_kmeans_finds_blobs_and_sorts_them_by_depth():
    # Blobs are listed by depth; in x and y they are in another order.
    xyz, truth = blobs([(500, 0, 0), (0, 500, 100), (250, 900, 200), (900, 100, 300)])
    layers, names = assigned("kmeans", 4, positions=xyz, seed=3)
    assert np.array_equal(layers, truth)
    assert names == ["cluster 1", "cluster 2", "cluster 3", "cluster 4"]


@pytest.mark.parametrize("seed", range(5))
def test_kmeans_orders_by_depth_whatever_the_seed(seed):
    xyz, _ = blobs([(0, 0, 40), (30, 0, 30), (0, 30, 20), (30, 30, 10), (15, 15, 0)], sd=12)
    layers, _ = assigned("kmeans", 5, positions=xyz, seed=seed)
    depths = [xyz[2, layers == layer].mean() for layer in range(5)]
    assert depths == sorted(depths)


def test_kmeans_is_the_same_every_time():
    xyz = np.random.default_rng(0).uniform(0, 1000, (3, 400))
    first, second = (assigned("kmeans", 6, positions=xyz, seed=5)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_kmeans_with_more_clusters_than_neurons():
    with pytest.raises(InputError, match=r"neurons: found 3: .*expected 4 layers"):
        assigned("kmeans", 4, positions=np.eye(3))


# labels and the whole


def test_labels_are_layers_in_the_order_of_text():
    labels = np.array(["V1", "LM", "AL", "V1", "LM"])
    layers, names = assigned("labels", 3, labels=labels)
    assert layers.tolist() == [2, 1, 0, 2, 1]
    assert names == ["AL", "LM", "V1"]


def test_labels_of_another_number_are_listed():
    with pytest.raises(InputError) as error:
        assigned("labels", 2, labels=np.array(["V1", "LM", "AL", "V1"]))
    assert "labels: found 3: AL (1), LM (1), V1 (2) neurons" in str(error.value)
    assert "expected 2 layers" in str(error.value)


@pytest.mark.parametrize("by", ["labels", "depth", "xy_blocks", "kmeans"])
def test_what_a_grouping_needs_must_be_in_the_recording(by):
    field = "labels" if by == "labels" else "positions"
    with pytest.raises(InputError, match=rf"recording\.h5: {field}: found none"):
        assign_layers("recording.h5", by, 2, neurons=10)


def test_the_whole_is_one_layer():
    layers, names = assign_layers("recording.h5", "whole", 1, neurons=7)
    assert layers.tolist() == [0] * 7
    assert len(names) == 1
    with pytest.raises(InputError, match="expected 2 layers"):
        assign_layers("recording.h5", "whole", 2, neurons=7)


# samples

ASSIGNMENT = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [60, 40, 50]))
NAMES = ["one", "two", "three"]


def sampled(neurons="smallest", seed=0):
    return sample_layers("recording.h5", ASSIGNMENT, NAMES, neurons=neurons, seed=seed)


@pytest.mark.parametrize(("neurons", "size"), [("smallest", 40), (25, 25), (40, 40), (1, 1)])
def test_samples_are_balanced_sorted_and_without_replacement(neurons, size):
    for layer, sample in enumerate(sampled(neurons)):
        assert len(sample) == size
        assert (np.diff(sample) > 0).all()
        assert (ASSIGNMENT[sample] == layer).all()


def test_a_sample_of_the_smallest_layer_is_all_of_it():
    assert np.array_equal(sampled()[1], np.flatnonzero(ASSIGNMENT == 1))


def test_samples_follow_the_seed():
    assert all(map(np.array_equal, sampled(seed=3), sampled(seed=3)))
    assert not np.array_equal(sampled(seed=3)[0], sampled(seed=4)[0])


def test_every_neuron_is_as_likely_as_another():
    times = np.zeros(len(ASSIGNMENT))
    for seed in range(400):
        times[np.concatenate(sampled(20, seed))] += 1
    for layer, share in enumerate([20 / 60, 20 / 40, 20 / 50]):
        drawn = times[layer == ASSIGNMENT] / 400
        assert np.abs(drawn - share).max() < 5 * np.sqrt(share * (1 - share) / 400)


def test_too_few_neurons_name_the_layer_and_all_sizes():
    with pytest.raises(InputError) as error:
        sampled(41)
    sentence = str(error.value)
    assert sentence.startswith("recording.h5: layer two: found 40 neurons, expected at least 41")
    assert "60, 40, 50 neurons" in sentence


def test_an_empty_layer_is_an_error():
    with pytest.raises(InputError, match="layer b: found 0 neurons, expected at least 1"):
        sample_layers("recording.h5", np.array([0, 0]), ["a", "b"], neurons="smallest", seed=0)
