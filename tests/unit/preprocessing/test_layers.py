"""Which neuron is in which layer: groupings with a known answer, and samples of equal size."""

import numpy as np
import pytest

from nma.io.errors import InputError
from nma.preprocessing.grouping import Grouping, Layers
from nma.preprocessing.layer_files import sample_layers
from nma.preprocessing.layers import assign_layers
from nma.preprocessing.text_layers import UNLABELLED


def positions(z, x=None, y=None):
    zeros = np.zeros(len(z))
    return np.array([zeros if x is None else x, zeros if y is None else y, z], float)


def grouped(
    by, count, *, positions=None, labels=None, planes=None, unit="um", neurons=None, **settings
):
    """The layers of a recording with these positions, labels or planes."""
    if neurons is None:
        texts = planes if labels is None else labels
        neurons = len(texts) if positions is None else positions.shape[1]
    grouping = Grouping(by, count, **settings)
    return assign_layers(
        "recording.h5",
        grouping,
        neurons=neurons,
        positions=positions,
        unit=unit,
        labels=labels,
        planes=planes,
    )


def assigned(by, count, **settings):
    """The layer of each neuron and the names of the layers, where no neuron is left out."""
    found = grouped(by, count, **settings)
    assert found.layer_of.min() == 0 and not found.left_out
    assert len(found.names) == count
    return found.layer_of, found.names


# depth


def test_planes_are_layers_from_the_lowest_z_up():
    z = np.array([30, 10, 20, 10, 30, 30])
    layers, names = assigned("depth", 3, positions=positions(z), min_neurons=1)
    assert layers.tolist() == [2, 0, 1, 0, 2, 2]
    assert names == ["z 10 um", "z 20 um", "z 30 um"]


def test_planes_may_differ_in_size_as_much_as_they_like():
    z = np.repeat([5.5, -20, 40], [2, 90, 9])
    layers, names = assigned("depth", 3, positions=positions(z))
    assert np.bincount(layers).tolist() == [90, 2, 9]
    assert names[0] == "z -20 um"


def test_the_nine_planes_of_the_study():
    sizes = [1386, 1440, 1418, 1471, 1415, 1321, 1218, 1183, 1131]
    plane = np.repeat(np.arange(9), sizes)
    shuffled = np.random.default_rng(0).permutation(plane)
    layers, _ = assigned("depth", 9, positions=positions(35 * shuffled))
    assert np.array_equal(layers, shuffled)
    whole = Layers(layers, [f"{n}" for n in range(9)], {})
    samples = sample_layers("recording.h5", whole, neurons="smallest", seed=1)
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
    layers, names = assigned("xy_blocks", 9, positions=positions(z, x, y), min_neurons=1)
    assert layers[: len(known)].tolist() == list(known.values())
    assert (names[0], names[2], names[5]) == ("block x1 y1", "block x3 y1", "block x3 y2")


@pytest.mark.parametrize(("count", "columns"), [(7, 7), (2, 2), (1, 1), (6, 3), (12, 4), (16, 4)])
def test_blocks_are_as_square_as_the_count_allows(count, columns):
    rows = count // columns
    x, y = (np.ravel(a) for a in np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5))
    x, y = np.append(x, [0, columns]), np.append(y, [0, rows])
    layers, names = assigned("xy_blocks", count, positions=positions(0 * x, x, y), min_neurons=1)
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
    with pytest.raises(InputError, match=r"clusters: found 3 neurons, expected 4 with at least 2"):
        assigned("kmeans", 4, positions=np.eye(3))


# labels and the whole


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["V1", "LM", "AL"], ["AL", "LM", "V1"]),
        (["DG", "CA3", "CA1"], ["CA1", "CA3", "DG"]),
        (["10", "2", "1"], ["1", "2", "10"]),
        (["layer 10", "layer 9", "Layer 2/3"], ["Layer 2/3", "layer 9", "layer 10"]),
        (["root", "7", "-3", "12"], ["-3", "7", "12", "root"]),
        (["a10b2", "a2b10", "a2b9"], ["a2b9", "a2b10", "a10b2"]),
        (["Ü2", "Ü10", "Z"], ["Z", "Ü2", "Ü10"]),
    ],
)
def test_labels_are_layers_in_natural_order(labels, order):
    layers, names = assigned("labels", len(order), labels=np.array([*labels, *labels], object))
    assert names == order
    assert [names[layer] for layer in layers] == [*labels, *labels]


def test_imaging_planes_are_layers_in_the_order_of_their_numbers():
    names = [f"plane{n}" for n in (10, 2, 0)]
    found = grouped("planes", 2, planes=np.repeat(names, [4, 3, 1]))
    assert found.names == ["plane2", "plane10"]
    assert found.layer_of.tolist() == [1] * 4 + [0] * 3 + [-1]
    assert found.left_out == {"plane0": 1}
    assert grouped("planes", 1, planes=np.repeat(["plane0"], 4)).names == ["plane0"]


def test_layers_of_depth_have_the_unit_of_positions():
    z = positions(np.repeat([1, 2, 40], [4, 4, 1]))
    found = grouped("depth", 2, positions=z, unit="pixels")
    assert found.names == ["z 1 pixels", "z 2 pixels"]
    assert found.left_out == {"z 40 pixels": 1}


@pytest.mark.parametrize("by", ["labels", "planes", "depth", "xy_blocks", "kmeans"])
def test_what_a_grouping_needs_must_be_in_the_recording(by):
    field = by if by in ("labels", "planes") else "positions"
    with pytest.raises(InputError, match=rf"recording\.h5: {field}: found none"):
        grouped(by, 2, neurons=10)


def test_the_whole_is_one_layer():
    layers, names = assigned("whole", 1, neurons=7)
    assert layers.tolist() == [0] * 7
    with pytest.raises(InputError, match="expected 2 layers"):
        grouped("whole", 2, neurons=7)


# what is left out, and errors that say what to write instead

REGIONS = np.repeat(np.array(["CA1", "CA3", "root", "DG", ""], object), [30, 20, 2, 1, 7])


@pytest.mark.parametrize(
    ("settings", "names", "left_out"),
    [
        ({}, ["CA1", "CA3", "root"], {"DG": 1}),
        ({"left_out": ("root", "void")}, ["CA1", "CA3"], {"DG": 1, "root": 2}),
        ({"min_neurons": 1, "left_out": ("root",)}, ["CA1", "CA3", "DG"], {"root": 2}),
        ({"min_neurons": 21}, ["CA1"], {"CA3": 20, "DG": 1, "root": 2}),
    ],
)
def test_labels_are_left_out_by_name_and_by_size(settings, names, left_out):
    found = grouped("labels", len(names), labels=REGIONS, unlabelled="leave_out", **settings)
    assert found.names == names
    assert found.left_out == left_out | {UNLABELLED: 7}
    for label, layer in zip(REGIONS, found.layer_of, strict=True):
        assert layer == (names.index(label) if label in names else -1)
    assert found.sizes.tolist() == [int(np.sum(name == REGIONS)) for name in names]


CROSS = np.concatenate([np.linspace(0, 150, 40), np.linspace(250, 400, 40)])
FAR = np.append(np.linspace(0, 300, 59), 50_000.0)
FLAT = positions(np.zeros(80), np.linspace(0, 300, 80), np.linspace(0, 300, 80)[::-1])
UNKNOWN_Z = FLAT + np.array([[0], [0], [np.nan]])
UNKNOWN_Y = FLAT + np.array([[0], [np.nan], [0]])
SOME_UNKNOWN = np.where(np.arange(80) == 7, np.nan, FLAT)
LONE = np.append(np.repeat([0.0, 30, 60], 20), 500)


@pytest.mark.parametrize(
    ("by", "count", "settings", "said", "way_out"),
    [
        (
            "labels", 3, {"labels": REGIONS[:53], "left_out": ("root",)},
            "labels: found 2: CA1 (30), CA3 (20) neurons, without DG (1), root (2) (layers: "
            "except, min_neurons), expected 3 layers (layers: count); write `count: 2`.",
            {"count": 2},
        ),
        (
            "labels", 2, {"labels": REGIONS[:52]},
            "labels: found 3: CA1 (30), CA3 (20), root (2) neurons, expected 2 layers (layers: "
            "count); write `count: 3`, or leave labels out with `except` or `min_neurons`.",
            {"count": 3},
        ),
        (
            "labels", 3, {"labels": REGIONS},
            "labels: found none for 7 of 60 neurons, expected a label for each neuron; `layers: "
            "{unlabelled: leave_out}` leaves these neurons out.",
            {"unlabelled": "leave_out"},
        ),
        (
            "planes", 2, {"planes": np.repeat(["plane0", "plane1", "plane2"], 3)},
            "planes: found 3: plane0 (3), plane1 (3), plane2 (3) neurons, expected 2 layers "
            "(layers: count); write `count: 3`, or leave planes out with `except` or ",
            {"count": 3},
        ),
        (
            "planes", 2, {"neurons": 9},
            "planes: found none, expected the imaging plane of each neuron; `layers: {by: depth}` "
            "finds planes in z, and `layers: {by: whole, count: 1}` needs none.",
            {"by": "whole", "count": 1},
        ),
        (
            "depth", 9, {"positions": UNKNOWN_Z, "planes": np.repeat(["a", "b"], 40)},
            "depths (z): found none, expected z of each neuron; `layers: {by: planes, count: 2}` "
            "takes the imaging planes by their names.",
            {"by": "planes", "count": 2},
        ),
        (
            "depth", 9, {"positions": FLAT},
            "depths (z): found the same z (0 um) of all 80 neurons, expected 9 layers (layers: "
            "count); for one plane write `layers: {by: whole, count: 1}`, and for groups in x-y "
            "`by: kmeans` or `by: xy_blocks`.",
            {"by": "whole", "count": 1},
        ),
        ("depth", 9, {"positions": UNKNOWN_Z}, "depths (z): found none, ", {"by": "kmeans"}),
        (
            "depth", 3, {"positions": SOME_UNKNOWN},
            "positions: found no z of 1 of 80 neurons, the first of them number 7, expected z of "
            "each neuron; `nan: drop_neurons` of the recording leaves them out.",
            {"by": "whole", "count": 1},
        ),
        (
            "depth", 9, {"positions": positions(np.repeat([0, 30, 60], [50, 40, 30]))},
            "depths (z): found 3: 0 (50), 30 (40), 60 (30) neurons, expected 9 layers (layers: "
            "count); write `count: 3`.",
            {"count": 3},
        ),
        (
            "depth", 2, {"positions": positions(LONE)},
            "depths (z): found 3: 0 (20), 30 (20), 60 (20) neurons, without 500 (1) (layers: "
            "min_neurons), expected 2 layers (layers: count); write `count: 3`.",
            {"count": 3},
        ),
        (
            "depth", 3, {"positions": positions(np.repeat([0, 30, 60], [60, 40, 1]))},
            "depths (z): found 2: 0 (60), 30 (40) neurons, without 60 (1) (layers: min_neurons), ",
            {"count": 2},
        ),
        (
            "labels", 2, {"labels": np.array(["", "a", "b"], object), "unlabelled": "leave_out"},
            "labels: found none, without a (1), b (1) (layers: except, min_neurons), expected 2 ",
            {"by": "whole", "count": 1},
        ),
        (
            "xy_blocks", 4, {"positions": positions(0 * CROSS, CROSS, CROSS)},
            "blocks: found 40, 0, 0, 40 neurons, expected 4 with at least 2 each (layers: count, "
            "min_neurons); `layers: {by: kmeans, count: 4}` groups neurons where they lie.",
            {"by": "kmeans"},
        ),
        (
            "xy_blocks", 4, {"positions": UNKNOWN_Y},
            "positions: found no x and y of 80 of 80 neurons, ",
            {"by": "whole", "count": 1},
        ),
        ("kmeans", 50, {"positions": FLAT}, "clusters: found 80 neurons, ", {"count": 8}),
        (
            "kmeans", 4, {"positions": FLAT, "min_neurons": 30},
            "clusters: found 80 neurons, expected 4 with at least 30 each",
            {"min_neurons": 10},
        ),
    ],
)  # fmt: skip
def test_an_error_says_what_to_write_instead_and_that_works(by, count, settings, said, way_out):
    with pytest.raises(InputError) as error:
        grouped(by, count, **settings)
    assert str(error.value).startswith(f"recording.h5: {said}")
    changed = {"by": by, "count": count} | settings | way_out
    assert grouped(changed.pop("by"), changed.pop("count"), **changed).sizes.min() >= 2


@pytest.mark.parametrize("by", ["xy_blocks", "kmeans"])
def test_layers_in_x_y_need_no_z(by):
    flat = np.random.default_rng(0).uniform(0, 300, (3, 60)) * [[1], [1], [0]]
    of_all, _ = assigned(by, 4, positions=flat)
    layers, _ = assigned(by, 4, positions=np.where([[False], [False], [True]], np.nan, flat))
    assert np.array_equal(layers, of_all)


@pytest.mark.parametrize(("by", "count"), [("kmeans", 3), ("xy_blocks", 2)])
def test_a_neuron_far_from_all_others_is_no_layer(by, count):
    found = grouped(by, count, positions=positions(0 * FAR, FAR, FAR))
    assert np.flatnonzero(found.layer_of < 0).tolist() == [59]
    assert found.sizes.min() > 15
    kind = "clusters" if by == "kmeans" else "blocks"
    assert found.left_out == {f"{kind} of fewer than 2 neurons": 1}


# planes by gaps


def planes(sizes, sd, apart=30.0, seed=1):
    """Depths of planes with a jitter, shuffled, and the plane of each."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return positions(apart * truth + rng.normal(0, sd, len(truth))), truth


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("sizes", "sd"),
    [
        ((60, 40, 20), 0.5),
        ((60, 40, 20), 2.5),
        ((60, 40, 3), 1),
        ((400, 30), 2.0),
        ((300,) * 9, 1.5),
        ((5, 9, 7, 6), 1.0),
    ],
)
def test_planes_with_jitter_are_found_by_gaps(sizes, sd, seed):
    xyz, truth = planes(sizes, sd, seed=seed)
    layers, _ = assigned("depth", len(sizes), positions=xyz)
    assert np.array_equal(layers, truth)


def test_planes_with_jitter_are_merged_and_never_cut():
    xyz, truth = planes([50, 44, 58] * 3, 0.5)
    layers, _ = assigned("depth", 3, positions=xyz)
    assert np.array_equal(layers, truth // 3)
    with pytest.raises(InputError, match=r"depths \(z\): found 9: .* `count: 9`"):
        assigned("depth", 8, positions=xyz)


def test_groups_of_planes_that_lie_apart_are_layers():
    depths = np.repeat([0, 10, 20, 100, 110, 120, 200.0], [50, 40, 30, 20, 10, 10, 90])
    layers, names = assigned("depth", 3, positions=positions(depths))
    assert np.array_equal(layers, depths // 100)
    assert names == ["z 0 to 20 um", "z 100 to 120 um", "z 200 um"]


def test_a_neuron_below_all_planes_is_left_out():
    found = grouped("depth", 3, positions=positions(LONE))
    assert found.left_out == {"z 500 um": 1}
    assert np.array_equal(found.layer_of, [*np.repeat([0, 1, 2], 20), -1])


def test_slabs_are_cut_where_they_are_no_planes():
    """Two slabs of 100 um, 150 um apart, are as deep as no plane is."""
    z = np.append(np.linspace(0, 100, 100), np.linspace(250, 350, 100))
    layers, _ = assigned("depth", 4, positions=positions(z))
    assert layers.tolist() == np.repeat(range(4), 50).tolist()


def test_a_neuron_far_below_makes_no_plane_of_the_others():
    z = np.append(np.random.default_rng(0).uniform(0, 300, 199), 2000)
    layers, _ = assigned("depth", 4, positions=positions(z))
    assert np.bincount(layers).tolist() == [50] * 4


# samples

ASSIGNMENT = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [60, 40, 50]))
NAMES = ["one", "two", "three"]


def sampled(neurons="smallest", seed=0):
    layers = Layers(ASSIGNMENT, NAMES, {})
    return sample_layers("recording.h5", layers, neurons=neurons, seed=seed)


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
