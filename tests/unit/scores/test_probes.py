"""Probes of layers on cases whose answer is known: blobs, Gaussians, noise, leaks and twins."""

import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_mutual_info_score

from nma.maps.umap import hold_out
from nma.preprocessing.normalisation import neuron_statistics, population_normalise
from nma.scores.probes import (
    clusters,
    depth_confusion,
    folds,
    judge,
    map_trustworthiness,
    nuisance,
    null_accuracies,
    pca_points,
    probe,
    probe_folds,
)
from nma.statistics.intervals import permutation_p, wilson

PROBES = ("knn", "linear")
TEST = 240  # the first bin of test, of 300


def blobs(layers, size, features=2, distance=20.0, seed=0):
    """Unit Gaussians around centres in a row, (points, features), their labels, and a third of
    them held out."""
    labels = np.repeat(np.arange(layers), size)
    points = np.random.default_rng(seed).normal(size=(len(labels), features))
    points[:, 0] += distance * labels
    return points, labels, hold_out(labels, 1 / 3, seed)


def noise(layers, size, seed):
    """Activity (neurons, bins) of neurons that have nothing in common, and their labels."""
    rng = np.random.default_rng(seed)
    return rng.gamma(1.7, 1, (layers * size, 300)).astype("f4"), np.repeat(np.arange(layers), size)


def zscored(activity):
    """The default protocol: each neuron by its mean and deviation in train, the first 200 bins."""
    offset, scale = neuron_statistics(activity[:, :200], "zscore")
    return (activity - offset[:, None]) / scale[:, None]


def by_population(activity, labels):
    """The paper's: each bin of a layer by the mean of that layer in it."""
    out = activity.copy()
    for layer in np.unique(labels):
        out[labels == layer] = population_normalise(activity[labels == layer])
    return out


# probes


def test_blobs_are_told_without_error():
    scores = probe(*blobs(3, 30, features=5))
    assert set(scores) == set(PROBES)
    for score in scores.values():
        assert (score["accuracy"], score["high"], score["n"]) == (1, 1, 30)
        assert score["confusion"].tolist() == np.diag([10, 10, 10]).tolist()


def test_two_gaussians_are_told_as_well_as_can_be():
    """At a distance of 2 the best possible accuracy is the normal distribution at 1: 0.841."""
    best = stats.norm.cdf(1)
    scores = probe(*blobs(2, 4500, features=3, distance=2))
    assert scores["linear"]["low"] < best < scores["linear"]["high"]
    assert best - 0.05 < scores["knn"]["accuracy"] < scores["linear"]["high"]


def test_layers_in_a_row_do_not_hide_one_another():
    """Best possible: 0.841 at both ends, 0.683 between them."""
    best = (2 * stats.norm.cdf(1) + 7 * (2 * stats.norm.cdf(1) - 1)) / 9
    scores = probe(*blobs(9, 600, distance=2))
    assert scores["linear"]["low"] < best < scores["linear"]["high"]
    assert best - 0.06 < scores["knn"]["accuracy"] < scores["linear"]["high"]


def test_more_features_than_points():
    """36 fitted points in 100 dimensions, from centres sqrt(72) apart, which nothing hides."""
    rng = np.random.default_rng(0)
    labels = np.arange(180) % 3
    points = 0.6 * rng.normal(size=(3, 100))[labels] + rng.normal(size=(180, 100))
    scores = probe(points, labels, np.arange(180) >= 36)
    assert all(score["accuracy"] > 0.97 for score in scores.values())


def test_scores_count_held_out_points():
    """3 of 5 right by hand, and the largest layer among the held-out has 3 of 5."""
    labels, said = np.array([0, 0, 0, 2, 2, 1, 1, 1, 1]), np.array([0, 0, 2, 2, 1, 0, 0, 0, 0])
    scores = judge(labels, said, np.arange(9) < 5)
    assert scores["confusion"].tolist() == [[2, 0, 1], [0, 0, 0], [0, 1, 1]]
    assert (scores["accuracy"], scores["chance"], scores["n"]) == (0.6, 0.6, 5)


def test_held_out_points_and_their_labels_shape_nothing():
    points, labels, held_out = blobs(3, 30, distance=1)
    scores = probe(points, labels, held_out)
    other, moved = labels.copy(), points.copy()
    one = np.flatnonzero(held_out)[0]
    other[held_out] = np.roll(labels[held_out], 1)
    moved[one] = 1e4
    for name, score in probe(points, other, held_out).items():
        assert (score["confusion"].sum(0) == scores[name]["confusion"].sum(0)).all()
    for name, score in probe(moved, labels, held_out).items():
        assert np.abs(score["confusion"] - scores[name]["confusion"]).sum() <= 2


def test_units_are_no_matter():
    """Of all features together; to the linear probe, of each alone."""
    points, labels, held_out = blobs(3, 60, features=4, distance=2)
    expected = probe(points, labels, held_out)
    together = probe(1e3 * points + 1e7, labels, held_out)
    alone = probe(points * [1e-3, 1, 1e3, 10] + [0, 9, -9, 0], labels, held_out)
    for name, scores in (("knn", together), ("linear", together), ("linear", alone)):
        assert (scores[name]["confusion"] == expected[name]["confusion"]).all()
        assert scores[name]["accuracy"] > 0.6


def test_a_tie_goes_to_the_nearer_neighbour():
    """Two fitted points a layer, so two neighbours: the nearer is of the last layer."""
    points = np.array([[0.0], [10.0], [1.6], [12.0], [1.0]])
    labels, held_out = np.array([0, 0, 1, 1, 1]), np.arange(5) == 4
    assert probe(points, labels, held_out)["knn"]["accuracy"] == 1


def test_noise_of_unequal_layers_is_told_by_the_larger():
    labels = np.repeat([0, 1], [800, 200])
    points = np.random.default_rng(0).normal(size=(1000, 3))
    score = probe(points, labels, hold_out(labels, 0.5, 0))["linear"]
    assert score["low"] < 0.8 == score["chance"] < score["high"]


# noise


@pytest.fixture(scope="module")
def draws():
    """{what: {probe: scores of 60 draws of noise}} of three layers of 40, default protocol."""
    found = {"raw": {name: [] for name in PROBES}, "nuisance": {name: [] for name in PROBES}}
    for seed in range(60):
        activity, labels = noise(3, 40, seed)
        points, held_out = zscored(activity)[:, TEST:], hold_out(labels, 0.5, seed)
        for what, features in {"raw": points, "nuisance": nuisance(points)}.items():
            for name, score in probe(features, labels, held_out).items():
                found[what][name].append(score)
    return found


@pytest.mark.parametrize("what", ["raw", "nuisance"])
@pytest.mark.parametrize("name", PROBES)
def test_noise_is_at_chance_under_the_default_protocol(draws, what, name):
    """As often as a 95 % interval should be, and on average."""
    scores = draws[what][name]
    assert {score["chance"] for score in scores} == {1 / 3}
    covered = sum(score["low"] < 1 / 3 < score["high"] for score in scores)
    assert stats.binom.cdf(covered, 60, 0.95) > 0.005
    accuracy = np.mean([score["accuracy"] for score in scores])
    assert abs(accuracy - 1 / 3) < 4 * np.sqrt(2 / 9 / (60 * 60))


def test_the_papers_normalisation_leaks_and_so_does_its_null():
    """Held-out neurons are in the mean that divides all: the layer's bins add up to a constant, so
    the probe finds in the fitted neurons of a layer the reverse of the others, and does far worse
    than chance. A null that divides again has the same leak; one that keeps the points has not."""
    activity, labels = noise(4, 60, seed=0)
    held_out = hold_out(labels, 0.25, 0)

    def make_points(labels):
        return by_population(activity, labels)[:, TEST:]

    scores = probe(make_points(labels), labels, held_out)["linear"]
    assert scores["high"] < 0.15 < scores["chance"] == 0.25
    leaking = null_accuracies(make_points, labels, held_out, 20, seed=1)["linear"]
    points = make_points(labels)
    naive = null_accuracies(lambda _: points, labels, held_out, 20, seed=1)["linear"]
    assert leaking.mean() < 0.1
    assert leaking.min() <= scores["accuracy"] <= leaking.max()
    assert permutation_p(scores["accuracy"], leaking) > 0.1
    assert naive.mean() > 0.2
    assert naive.min() > scores["accuracy"]


def test_pca_of_each_layer_marks_its_neurons_and_so_does_its_null():
    """All neurons of a layer are made of the same few components, of noise too."""
    activity, labels = noise(4, 60, seed=0)
    scaled, held_out = zscored(activity).T, hold_out(labels, 0.25, 0)

    def make_points(labels):
        return pca_points(scaled[:200], scaled[TEST:], labels, dims=4)

    points = make_points(labels)
    accuracy = probe(points, labels, held_out)["knn"]["accuracy"]
    assert accuracy > 0.9
    null = null_accuracies(make_points, labels, held_out, 10, seed=1)["knn"]
    assert null.min() > 0.9
    assert permutation_p(accuracy, null) > 0.1
    naive = null_accuracies(lambda _: points, labels, held_out, 10, seed=1)["knn"]
    assert permutation_p(accuracy, naive) == pytest.approx(1 / 11)


@pytest.mark.parametrize("dims", [1, 4, 99])
@pytest.mark.parametrize("bins", [200, 15])
def test_pca_points_are_scikit_learns_reconstructions(bins, dims):
    activity, labels = noise(2, 20, seed=0)
    labels = labels[::-1] * np.array([3, 1] * 20)
    train, test = activity[:, :bins].T, activity[:, TEST:].T
    points = pca_points(train, test, labels, dims)
    assert points.dtype == np.float32
    for layer in np.unique(labels):
        members = labels == layer
        pca = PCA(min(dims, bins - 1, members.sum())).fit(train[:, members])
        expected = pca.inverse_transform(pca.transform(test[:, members])).T
        np.testing.assert_allclose(points[members], expected, atol=2e-2 if dims == 99 else 1e-3)


# nulls


def test_labels_are_permuted_before_points_are_made():
    points, labels, held_out = blobs(3, 12)
    seen = []

    def make_points(permuted):
        seen.append(permuted)
        return points + 1e3 * permuted[:, None]

    null = null_accuracies(make_points, labels, held_out, 5, seed=0)
    assert labels.tolist() == sorted(labels)
    assert len(seen) == 5
    assert len({tuple(permuted) for permuted in [*seen, labels]}) == 6
    for permuted in seen:
        assert np.bincount(permuted[held_out]).tolist() == [4, 4, 4]
        assert np.bincount(permuted[~held_out]).tolist() == [8, 8, 8]
    for name in PROBES:
        assert null[name].tolist() == [1] * 5


def test_labels_are_permuted_within_folds_and_each_fold_is_decoded():
    points, labels, _ = blobs(3, 20)
    fold = folds(labels, None, 0)["random"]

    def make_points(permuted):
        for number in range(5):
            assert np.bincount(permuted[fold == number]).tolist() == [4, 4, 4]
        return points + 1e3 * permuted[:, None]

    null = null_accuracies(make_points, labels, fold, 3, seed=0)
    assert [null[name].tolist() for name in PROBES] == [[1] * 3] * 2
    assert null_accuracies(lambda _: points, labels, fold, 3, seed=0)["knn"].max() < 0.7


def test_nulls_follow_the_seed():
    points, labels, held_out = blobs(3, 30)
    nulls = [null_accuracies(lambda _: points, labels, held_out, 4, seed) for seed in (0, 0, 1)]
    assert (nulls[0]["knn"] == nulls[1]["knn"]).all()
    assert (nulls[0]["knn"] != nulls[2]["knn"]).any()


@pytest.mark.parametrize(
    ("observed", "null", "p"),
    [(0.5, [0.1, 0.2, 0.3], 1 / 4), (0.2, [0.1, 0.2, 0.3], 3 / 4), (0, [0.1] * 19, 1), (1, [], 1)],
)
def test_permutation_p_counts_the_observed_value_too(observed, null, p):
    assert permutation_p(observed, null) == pytest.approx(p)


def test_nuisance_is_mean_variance_and_skew_in_units_of_their_spread():
    activity = noise(1, 7, seed=0)[0] + np.arange(7, dtype="f4")[:, None]
    expected = [activity.mean(1), activity.var(1), stats.skew(activity.astype(float), axis=1)]
    np.testing.assert_allclose(nuisance(activity).T, stats.zscore(expected, axis=1), atol=1e-4)


def test_nuisance_of_constant_points():
    assert nuisance(np.full((2, 9), 0.1)).tolist() == [[0, 0, 0]] * 2
    steps = nuisance(np.array([[1.0, 1, 1], [3, 3, 3]])).tolist()
    assert steps == [[-1, 0, 0], [1, 0, 0]]


# folds


def test_random_folds_share_out_each_layer():
    labels = np.repeat([0, 1, 2], [50, 23, 4])
    fold = folds(labels, None, seed=0)
    assert set(fold) == {"random"}
    for layer in range(3):
        counts = np.bincount(fold["random"][labels == layer], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert (fold["random"] == folds(labels, None, seed=0)["random"]).all()
    assert (fold["random"] != folds(labels, None, seed=1)["random"]).any()


def test_folds_in_xy_are_one_block_of_every_row_and_column():
    """In both of two planes; not even at a corner do two blocks of a fold meet."""
    x, y, z = np.meshgrid(np.arange(10), np.arange(10), np.arange(2))
    positions = np.array([x.ravel(), y.ravel(), z.ravel()]) * 100.0
    blocks = folds(z.ravel(), positions, seed=0)["xy"].reshape(5, 2, 5, 2, 2)
    assert (blocks == blocks[:, :1, :, :1, :1]).all()
    grid = blocks[:, 0, :, 0, 0]
    for lines in (grid, grid.T):
        assert (np.sort(lines, axis=1) == np.arange(5)).all()
    assert (grid[1:, 1:] != grid[:-1, :-1]).all()
    assert (grid[1:, :-1] != grid[:-1, 1:]).all()


def twins(seed, layers=3, cells=80):
    """Each cell twice, in two neighbouring planes of one layer, at the same x-y within 2 um."""
    rng = np.random.default_rng(seed)
    cell = np.tile(np.arange(layers * cells), 2)
    labels = cell // cells
    xy = rng.uniform(0, 1000, (2, layers * cells))[:, cell] + rng.normal(0, 2, (2, len(cell)))
    z = 70.0 * labels + np.repeat([0, 35], layers * cells)
    activity = rng.normal(size=(layers * cells, 60))[cell] + 0.5 * rng.normal(size=(len(cell), 60))
    return activity, labels, np.array([*xy, z]), cell


def test_a_cell_that_is_seen_twice_fools_random_folds_alone():
    covered = dict.fromkeys(PROBES, 0)
    for seed in range(10):
        activity, labels, positions, cell = twins(seed)
        fold = folds(labels, positions, seed)
        together = {name: np.mean(f[cell < 240][:240] == f[240:]) for name, f in fold.items()}
        assert together["random"] < 0.35
        assert together["xy"] > 0.94
        assert np.bincount(fold["xy"]).min() > 60
        random, blocked = (probe_folds(activity, labels, fold[name]) for name in ("random", "xy"))
        for name in PROBES:
            assert random[name]["n"] == blocked[name]["n"] == 480
            assert random[name]["low"] > 1 / 3
            covered[name] += blocked[name]["low"] < 1 / 3 < blocked[name]["high"]
    assert min(covered.values()) >= 7


def test_folds_that_hold_layers_unevenly_tell_noise_no_worse_than_chance():
    """Each of three folds holds 20 points of one layer and 5 of the others."""
    labels, fold = np.repeat(np.arange(3), 30), np.tile(np.repeat(np.arange(3), 10), 3)
    fold[::2] = labels[::2]
    rng = np.random.default_rng(0)
    scores = [probe_folds(rng.normal(size=(90, 2)), labels, fold)["linear"] for _ in range(40)]
    accuracy = np.mean([score["accuracy"] for score in scores])
    assert abs(accuracy - 1 / 3) < 4 * np.sqrt(2 / 9 / (40 * 90))


def test_folds_are_probes_one_by_one():
    points, labels, _ = blobs(3, 30, distance=1)
    fold = folds(labels, None, seed=0)["random"]
    pooled = probe_folds(points, labels, fold)
    alone = [probe(points, labels, fold == number) for number in range(5)]
    for name in PROBES:
        confusion = sum(scores[name]["confusion"] for scores in alone)
        assert (pooled[name]["confusion"] == confusion).all()
        assert pooled[name]["n"] == 90
        assert pooled[name]["accuracy"] == pytest.approx(np.trace(confusion) / 90)
        interval = {bound: pooled[name][bound] for bound in ("low", "high")}
        assert tuple(interval.values()) == wilson(np.trace(confusion), 90)[1:3]


# maps


def test_clusters_that_are_layers_agree_with_them():
    points, labels, held_out = blobs(4, 60)
    points[~held_out] = 0  # where HDBSCAN would see one cluster more
    found = clusters(points, labels, held_out, repeats=50, seed=0)
    assert found["ami"] == pytest.approx(1)
    assert (found["clusters"], found["noise"], found["n"]) == (4, 0, 80)
    assert found["p"] == pytest.approx(1 / 51)
    assert abs(found["null"].mean()) < 0.03


def test_clusters_that_are_not_layers_do_not():
    """Adjusted mutual information is 0 on average, and p is spread out."""
    found = []
    for seed in range(20):
        points, labels, held_out = blobs(4, 60, seed=seed)
        labels = np.random.default_rng(seed).permutation(labels)
        found.append(clusters(points, labels, held_out, repeats=20, seed=0))
    assert abs(np.mean([f["ami"] for f in found])) < 0.02
    assert all(f["clusters"] == 4 for f in found)
    assert 0.25 < np.mean([f["p"] for f in found]) < 0.8


def test_points_in_no_cluster_are_a_cluster_of_their_own():
    """A third of either layer is scattered far off: the rest alone would agree without error."""
    points, labels, held_out = blobs(2, 90)
    far = np.arange(180) % 3 == 0
    points[far] = np.random.default_rng(1).uniform(-1, 1, (60, 2)) * 1e5
    points[~far] *= 1e-2
    found = clusters(points, labels, held_out, repeats=5, seed=0)
    assert (found["clusters"], found["noise"]) == (2, pytest.approx(far[held_out].mean()))
    expected = np.where(far, -1, labels)[held_out]
    assert found["ami"] == pytest.approx(adjusted_mutual_info_score(expected, labels[held_out]))


def test_trustworthiness_of_the_same_points_and_of_others():
    points, _, _ = blobs(1, 200)
    assert map_trustworthiness(points, points) == 1
    assert map_trustworthiness(points, 3 * points[:, ::-1] + 1) == 1
    other = np.random.default_rng(1).permutation(points)
    assert 0.4 < map_trustworthiness(points, other) < 0.6
    blurred = points + np.random.default_rng(1).normal(size=points.shape)
    expected = trustworthiness(points, blurred, n_neighbors=15)
    assert map_trustworthiness(points, blurred) == pytest.approx(expected)
    assert map_trustworthiness(points[:3], points[:3]) == 1


# depth


def test_confusion_by_depth_is_what_a_hand_counts():
    """Depths 10, 30, 20 um: of 12 points 6 stay, 5 go one layer off and 1 goes two."""
    confusion = np.array([[3, 1, 2], [0, 1, 2], [1, 0, 2]])
    rows = depth_confusion(confusion, np.array([10.0, 30, 20]))
    assert [row["distance"] for row in rows] == [0, 1, 2]
    assert [row["rate"] * 12 for row in rows] == pytest.approx([6, 5, 1])
    # True 6, 3, 3 and said 4, 2, 6 of 12: on the diagonal 24 + 6 + 18 of 144, and so on.
    assert [row["chance"] * 144 for row in rows] == pytest.approx([48, 72, 24])
    for row, count in zip(rows, (6, 5, 1), strict=True):
        assert (row["rate"], row["low"], row["high"]) == wilson(count, 12)[:3]
        assert row["n"] == 12


def test_layers_side_by_side_are_mistaken_for_one_another():
    scores = probe(*blobs(5, 300, distance=1.5))["linear"]
    rows = depth_confusion(scores["confusion"], np.arange(5) * 35.0)
    lift = [row["rate"] / row["chance"] for row in rows]
    assert lift[0] > 2
    assert lift[1] > 2 * lift[2] > 20 * lift[4]


# nothing to tell

FEW = {  # name: points, labels, held out
    "one layer": (np.ones((6, 2)), np.zeros(6, int), np.arange(6) < 2),
    "one layer fitted": (np.ones((6, 2)), np.array([0, 0, 1, 1, 1, 1]), np.arange(6) < 2),
    "a point a layer": (np.ones((4, 2)), np.array([0, 1, 0, 1]), np.arange(4) < 2),
    "none held out": (np.ones((6, 2)), np.arange(6) % 2, np.zeros(6, bool)),
    "all held out": (np.ones((6, 2)), np.arange(6) % 2, np.ones(6, bool)),
    "no map": (np.full((6, 2), np.nan), np.arange(6) % 2, np.arange(6) < 2),
}


@pytest.mark.parametrize("case", FEW)
def test_where_there_is_nothing_to_tell_the_answer_is_empty(case):
    points, labels, held_out = FEW[case]
    assert probe(points, labels, held_out) == {}
    assert null_accuracies(lambda _: points, labels, held_out, 2, seed=0) == {}
    assert probe_folds(points, labels, held_out.astype(int)) == {}


def test_a_fold_that_holds_one_of_two_layers_leaves_nothing_to_tell():
    labels, fold = np.repeat([0, 1], 4), np.array([0, 0, 0, 0, 1, 1, 2, 2])
    points = np.random.default_rng(0).normal(size=(8, 2))
    assert probe(points, labels, fold == 1) != {}
    assert probe_folds(points, labels, fold) == {}


def test_a_map_of_one_layer_or_of_nothing_has_no_clusters():
    for case in ("one layer", "none held out", "no map"):
        assert clusters(*FEW[case], repeats=2, seed=0) == {}
    assert np.isnan(map_trustworthiness(np.ones((6, 2)), FEW["no map"][0]))
    assert np.isnan(map_trustworthiness(np.ones((2, 2)), np.ones((2, 2))))
    assert depth_confusion(np.eye(2), np.array([np.nan, 1])) == []
    assert depth_confusion(np.eye(2), np.array([35.0, 35.0])) == []


@pytest.mark.parametrize("features", [np.zeros((12, 3)), np.full((12, 1), 0.1)])
def test_constant_features_tell_nothing(features):
    labels, held_out = np.repeat([0, 1, 2], 4), np.arange(12) % 4 == 0
    for score in probe(features, labels, held_out).values():
        assert score["accuracy"] == score["chance"] == pytest.approx(1 / 3)


def test_a_constant_feature_does_no_harm():
    points, labels, held_out = blobs(3, 30, features=3)
    points[:, 1] = 0.1
    assert all(s["accuracy"] == 1 for s in probe(points, labels, held_out).values())


def test_few_points_in_no_more_places_than_layers_have_clusters():
    labels, held_out = np.array([0, 1, 0, 1]), np.arange(4) < 2
    found = clusters(np.ones((4, 2)), labels, held_out, repeats=3, seed=0)
    assert found["n"] == 2
    assert np.isfinite(found["ami"])


@pytest.mark.parametrize("same", [True, False])
def test_neighbours_are_found_again_where_points_are_made_again(same):
    """Each accuracy of the null is that of its own points and labels."""
    generator = np.random.default_rng(0)
    labels, held_out = np.arange(200) % 4, np.arange(200) % 5 == 0
    points, made = generator.standard_normal((200, 3)), []

    def make(permuted):
        made.append((points if same else generator.standard_normal((200, 3)), permuted.copy()))
        return made[-1][0]

    found = null_accuracies(make, labels, held_out, 4, seed=0)
    for name in ("knn", "linear"):
        expected = [probe(x, permuted, held_out)[name]["accuracy"] for x, permuted in made]
        assert list(found[name]) == expected
