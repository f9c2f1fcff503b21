"""SVCA against closed forms, numpy's SVD, and activity that shares nothing."""

import h5py
import numpy as np
import pytest
from edited import edited_h5
from scipy.signal import lfilter

from nma.scores import svca
from nma.scores.covarying import covarying, variance_of_activity, variance_of_products
from nma.scores.dimensionality import svca_scores
from nma.scores.svca import (
    block_bins,
    count_above,
    reliable_variance,
    split_neurons,
    svca_metrics,
    write_svca,
)

VARIANCES = np.geomspace(100, 10, 10)  # of ten latents, in units of the noise of a neuron


def noise(neurons, bins, seed=0):
    return np.random.default_rng(seed).standard_normal((neurons, bins))


def slow(neurons, bins, tau=10):
    """Independent AR(1) neurons of variance 1 with a time constant of tau bins."""
    decay = np.exp(-1 / tau)
    gain = np.sqrt(1 - decay**2)
    return lfilter([gain], [1, -decay], noise(neurons, bins + 200))[:, 200:]


def rank_10(neurons, bins, seed=0):
    """Ten white latents, of the same VARIANCES and orthogonal in either set, and unit noise.

    The true components then carry s = VARIANCES and v = VARIANCES + 1 a bin.
    """
    rng = np.random.default_rng(seed)
    loadings = np.empty((neurons, 10))
    for chosen in split_neurons(None, neurons, seed):
        axes, _ = np.linalg.qr(rng.standard_normal((np.sum(chosen), 10)))
        loadings[chosen] = axes * np.sqrt(VARIANCES)
    return loadings @ rng.standard_normal((10, bins)) + rng.standard_normal((neurons, bins))


def measure(activity, bin_seconds=1.2, positions=None, seed=0, **settings):
    return reliable_variance(activity, positions, bin_seconds, seed=seed, **settings)


def fraction(shared, total, first=128):
    """Shared over total variance of the first components, one value a draw."""
    return shared[:, :first].sum(axis=1) / total[:, :first].sum(axis=1)


class Watched:
    """Activity that remembers how many neurons were read at once."""

    def __init__(self, activity):
        self.activity, self.shape, self.most = activity, activity.shape, 0

    def __getitem__(self, rows):
        found = self.activity[rows]
        self.most = max(self.most, len(found))
        return found


# known answers


def test_white_noise_has_no_reliable_variance():
    found = measure(noise(1000, 4000), components=128)
    scores = svca_metrics(found)
    assert scores["svca_reliable_fraction"][0] == pytest.approx(0, abs=0.005)
    assert np.abs((found["shared"] / found["total"]).mean(axis=0)).max() < 0.06
    assert scores["svca_reliable_components"][0] <= 0.5


def test_ten_latents_have_their_closed_form_and_nothing_follows():
    found = measure(rank_10(1000, 4000), components=128)
    ratios = (found["shared"] / found["total"]).mean(axis=0)
    np.testing.assert_allclose(ratios[:10], VARIANCES / (VARIANCES + 1), atol=0.015)
    ten = fraction(found["shared"], found["total"], first=10).mean()
    assert ten == pytest.approx(VARIANCES.sum() / (VARIANCES + 1).sum(), abs=0.005)
    assert ten == pytest.approx(0.97, abs=0.01)
    assert np.abs(ratios[10:]).max() < 0.06
    assert ratios[10:].mean() == pytest.approx(0, abs=0.005)
    # a bin of test has these variances, not only their ratio
    bins = block_bins(1.2) * 33
    np.testing.assert_allclose(found["shared"].mean(axis=0)[:10] / bins, VARIANCES, rtol=0.1)
    np.testing.assert_allclose(found["total"].mean(axis=0)[:10] / bins, VARIANCES + 1, rtol=0.1)


def test_reliable_components_are_the_rank():
    found = measure(rank_10(1000, 4000), components=200)
    scores = svca_metrics(found)
    value, low, high, draws = scores["svca_reliable_components"]
    assert value == pytest.approx(10, abs=0.5)
    assert low <= 10 <= high
    assert draws == 4
    first = fraction(found["shared"], found["total"], first=128)
    assert scores["svca_reliable_fraction"][0] == pytest.approx(first.mean())


def test_blocks_keep_slow_independent_neurons_from_looking_reliable():
    activity = slow(1000, 7018)
    found = measure(activity, components=128)
    block = fraction(found["shared"], found["total"]).mean()
    null = fraction(found["null_shared"], found["null_total"]).mean()
    assert block == pytest.approx(0.09, abs=0.03)
    assert null == pytest.approx(block, abs=0.02)
    assert svca_metrics(found)["svca_reliable_components"][0] <= 0.5
    found = measure(activity, bin_seconds=72, components=128, draws=1, null_draws=0)
    assert fraction(found["shared"], found["total"])[0] == pytest.approx(0.67, abs=0.03)


def test_the_null_leaves_nothing_of_fast_signals():
    found = measure(rank_10(1000, 4000), components=128, draws=1)
    null = fraction(found["null_shared"], found["null_total"])
    assert len(null) == 2
    assert np.abs(null).max() < 0.02


def test_components_are_those_of_the_full_svd():
    """All of them, against the definition in METHODS 4 with numpy, in float64."""
    activity = rank_10(60, 300) + np.arange(60)[:, None]
    found = measure(activity, bin_seconds=7.2, draws=1, null_draws=1)
    a, b = (activity[found[name]] for name in ("in_a", "in_b"))
    order = np.random.default_rng(0).permutation(30)
    train, test = (
        np.concatenate([np.arange(10 * i, 10 * i + 10) for i in half])
        for half in (order[:15], order[15:])
    )
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    for kind, rolled in {"": b, "null_": np.roll(b, -150, axis=1)}.items():
        u, _, vt = np.linalg.svd(a[:, train] @ rolled[:, train].T)
        left, right = u.T @ a[:, test], vt @ rolled[:, test]
        shared = found[f"{kind}shared"][0]
        np.testing.assert_allclose(shared, np.sum(left * right, axis=1), rtol=1e-3, atol=1e-2)
        total = np.sum(left**2 + right**2, axis=1) / 2
        np.testing.assert_allclose(found[f"{kind}total"][0], total, rtol=1e-3)


def test_fewer_components_are_the_first_of_all():
    activity = rank_10(300, 2000)
    every, few = (measure(activity, components=n, draws=1)["shared"][0] for n in (1024, 10))
    np.testing.assert_allclose(few, every[:10], rtol=1e-3)
    assert len(every) == 150


def test_no_more_components_than_bins_in_a_half():
    found = measure(noise(100, 60), bin_seconds=7.2)
    assert found["shared"].shape == (4, 30)
    assert found["null_total"].shape == (2, 30)


# sets of neurons, blocks of bins


def test_stripes_are_even_and_odd_with_a_gap():
    y = np.array([0, 50, 94, 96, 104, 106, 150, 250, 1497, 1506, 1600])
    in_a, in_b = split_neurons(np.stack([y * 0, y, y * 0]), len(y), 0)
    assert y[in_a].tolist() == [0, 50, 94, 250]
    assert y[in_b].tolist() == [106, 150, 1506, 1600]


@pytest.mark.parametrize(
    "extent", [None, 0, 150, np.nan], ids=["no positions", "one y", "small field", "no y"]
)
def test_where_stripes_are_impossible_sets_are_random_halves(extent):
    positions = None if extent is None else np.full((3, 101), np.linspace(0, extent, 101))
    in_a, in_b = split_neurons(positions, 101, 3)
    assert (in_a ^ in_b).all()
    assert abs(in_a.sum() - in_b.sum()) == 1
    np.testing.assert_array_equal(in_a, split_neurons(positions, 101, 3)[0])
    assert 30 < np.sum(in_a ^ split_neurons(positions, 101, 4)[0]) < 70


def test_stripes_are_used_where_there_are_positions():
    positions = np.random.default_rng(0).uniform(0, 1000, (3, 200))
    found = measure(noise(200, 300), positions=positions, components=5)
    for name, expected in zip(("in_a", "in_b"), split_neurons(positions, 200, 0), strict=True):
        np.testing.assert_array_equal(found[name], expected)


def test_a_block_is_72_seconds_and_at_least_a_bin():
    assert [block_bins(seconds) for seconds in (1.2, 2.4, 0.5, 72, 200)] == [60, 30, 144, 1, 1]


def test_halves_are_whole_blocks_in_random_order():
    halves = svca.random_halves(65, 6, np.random.default_rng(0))
    assert sorted(np.concatenate(halves)) == list(range(60))
    for half in halves:
        assert len(half) == 30
        blocks = half.reshape(-1, 6)
        np.testing.assert_array_equal(blocks, blocks[:, :1] + np.arange(6))
        assert (blocks[:, 0] % 6 == 0).all()
    assert (np.diff(halves[0]) > 1).sum() >= 1  # not the first half of the recording


# streaming and files


@pytest.fixture
def layer(tmp_path):
    """The file of a layer with stripes that are wide enough."""
    activity = rank_10(90, 700).astype(np.float32)
    with h5py.File(tmp_path / "L1.h5", "w") as file:
        file["activity"] = activity
        file["positions"] = np.random.default_rng(1).uniform(0, 1000, (3, 90))
        file.attrs["bin_seconds"] = 1.2
    return tmp_path / "L1.h5"


def test_a_file_is_read_a_few_neurons_at_a_time(layer, monkeypatch):
    with h5py.File(layer) as file:
        activity, positions = file["activity"], file["positions"][:]
        at_once = measure(activity[:], positions=positions)
        monkeypatch.setattr(svca, "BYTES_AT_ONCE", 7 * 4 * 700)
        watched = Watched(activity)
        streamed = measure(watched, positions=positions)
    assert watched.most == 7
    for name, values in at_once.items():
        np.testing.assert_array_equal(streamed[name], values)


def test_the_file_holds_what_was_measured(layer, tmp_path):
    write_svca(layer, tmp_path / "svca.h5", seed=2)
    with h5py.File(layer) as file:
        known = {"positions": file["positions"][:], "seed": 2}
        found, of_zscored = (
            measure(file["activity"], **known, standardise=choice) for choice in (False, True)
        )
    with h5py.File(tmp_path / "svca.h5") as file:
        zscored = dict(file["zscored"])
        assert set(file) == {*found, "zscored"}
        assert set(zscored) == set(found) - {"in_a", "in_b"}
        for name in found:
            dataset = file[name]
            np.testing.assert_array_equal(dataset[:], found[name])
            if name in zscored:
                np.testing.assert_array_equal(zscored[name][:], of_zscored[name])
            assert len(dataset.attrs["axes"]) == dataset.ndim
            assert dataset.attrs["units"]
        attributes = dict(file.attrs)
    assert [attributes[name] for name in ("seed", "draws", "block_bins")] == [2, 4, 60]
    metrics = {f"{name}_zscored": values for name, values in svca_metrics(of_zscored).items()}
    for metric, (value, low, high, _) in (metrics | svca_metrics(found)).items():
        stored = [attributes[f"{metric}{end}"] for end in ("", "_ci_low", "_ci_high")]
        assert stored == [value, low, high]


def test_noise_of_copies_is_not_shared_activity(tmp_path):
    """Neurons of their own, each of them there twice: all that is reliable is their noise."""
    activity = noise(40, 700)
    for name, values in (("own", activity), ("twice", np.concatenate([activity, 2 * activity]))):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["activity"] = values
            file.attrs["bin_seconds"] = 1.2
        write_svca(tmp_path / f"{name}.h5", tmp_path / f"{name}_svca.h5", seed=0)
    metric = "svca_reliable_components"
    with h5py.File(tmp_path / "twice_svca.h5") as file:
        found = dict(file.attrs)
    assert found[metric] > 5 and found[f"{metric}_without_copies"] < 1
    scores = {score.metric: score.value for score in svca_scores("L1", tmp_path / "twice_svca.h5")}
    assert scores[f"{metric}_without_copies"] == found[f"{metric}_without_copies"]
    with h5py.File(tmp_path / "own_svca.h5") as file:
        assert not [name for name in file.attrs if "without" in name]


def test_a_recording_without_positions_has_random_halves(layer, tmp_path):
    with edited_h5(layer) as file:
        del file["positions"]
    write_svca(layer, tmp_path / "svca.h5", seed=2)
    with h5py.File(tmp_path / "svca.h5") as file:
        np.testing.assert_array_equal(file["in_a"], split_neurons(None, 90, 2)[0])


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(layer, tmp_path):
    written = []
    for seed in (0, 0, 1):
        write_svca(layer, tmp_path / "svca.h5", seed=seed)
        written.append((tmp_path / "svca.h5").read_bytes())
    assert written[0] == written[1]
    assert written[0] != written[2]


@pytest.mark.parametrize(
    ("neurons", "bins", "found"),
    [(90, 119, "90 neurons and 143 s"), (1, 700, "1 neurons and 840 s")],
)
def test_what_cannot_be_measured_leaves_its_place_empty_with_a_sentence(
    tmp_path, neurons, bins, found
):
    with h5py.File(tmp_path / "L1.h5", "w") as file:
        file["activity"] = noise(neurons, bins)
        file.attrs["bin_seconds"] = 1.2
    write_svca(tmp_path / "L1.h5", tmp_path / "svca.h5", seed=0)
    with h5py.File(tmp_path / "svca.h5") as file:
        needed = "SVCA needs at least 2 neurons and 2 blocks of 72 s"
        assert file.attrs["unmeasured"] == f"{needed}: there are {found}."
        assert set(file) == {"in_a", "in_b"} and not file["in_a"][:].any()
    (score,) = svca_scores("L1", tmp_path / "svca.h5")
    assert (score.metric, score.value) == ("neurons", neurons)


def test_two_blocks_are_enough(tmp_path):
    found = reliable_variance(noise(12, 120), None, 1.2, seed=0)
    assert found["shared"].shape == (4, 6)


def test_a_few_neurons_are_cut_into_random_halves_where_stripes_would_hold_none():
    positions = np.stack([np.zeros(6), [0, 1, 2, 3, 4, 400], np.zeros(6)])
    in_a, in_b = split_neurons(positions, 6, seed=0)
    assert in_a.sum() == in_b.sum() == 3 and not (in_a & in_b).any()


# summary


@pytest.mark.parametrize(
    ("above", "count"),
    [
        ("", 0),
        ("11", 2),
        ("1101", 2),  # two more above would not outweigh one that is not
        ("11011", 2),
        ("1101111", 7),  # four do
        ("01111", 5),
        ("0111", 0),
        ("0000010000", 0),
        ("1110100100010000", 3),
    ],
)
def test_a_component_that_fails_by_chance_ends_no_count(above, count):
    assert count_above(np.array([float(one) for one in above]), 0.5) == count


def latent_activity(rank, seed, *, bright=0):
    """80 neurons that share so many latents of five bins; the first ones 100 times brighter."""
    rng = np.random.default_rng(seed)
    decay = np.exp(-1 / 5)
    latents = lfilter([np.sqrt(1 - decay**2)], [1, -decay], rng.standard_normal((rank, 1500)))
    activity = rng.standard_normal((80, rank)) @ latents / np.sqrt(max(rank, 1))
    activity += rng.standard_normal((80, 1500))
    activity[:bright] *= 100
    return activity


@pytest.mark.parametrize(
    ("rank", "bright", "standardise"),
    [(0, 0, False), (5, 0, False), (12, 0, False), (12, 1, False), (12, 2, True), (20, 0, True)],
)
def test_the_count_is_the_rank_that_was_simulated(rank, bright, standardise):
    counts = [
        svca_metrics(
            measure(
                latent_activity(rank, seed, bright=bright), 2.4, seed=seed, standardise=standardise
            )
        )["svca_reliable_components"][0]
        for seed in range(4)
    ]
    assert np.mean(counts) == pytest.approx(rank, abs=0.5)


def test_what_loud_noise_leaves_of_latents_is_no_component():
    """24 white latents behind noise of twice their size; loudness differs from neuron to neuron."""
    counts = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        latents = rng.standard_normal((300, 24)) @ rng.standard_normal((24, 3000)) / np.sqrt(24)
        activity = latents + 2 * rng.standard_normal((300, 3000))
        activity *= np.exp(rng.standard_normal((300, 1)))
        counts.append(svca_metrics(measure(activity, seed=seed))["svca_reliable_components"][0])
    assert 22 < np.mean(counts) < 24.5


def test_standardised_neurons_have_no_unit():
    activity = latent_activity(5, 0)
    scaled = activity * np.geomspace(1e-3, 1e3, 80)[:, None] + 10
    one, other = (measure(a, 2.4, standardise=True, draws=1)["shared"] for a in (activity, scaled))
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-2)


def test_constant_neurons_share_nothing():
    activity = np.ones((20, 300))
    for standardise in (False, True):
        scores = svca_metrics(measure(activity, 7.2, standardise=standardise))
        assert [value for value, *_ in scores.values()] == [0, 0]


def test_the_summary_by_hand(monkeypatch):
    """Two draws of three components, two of which count; a null whose 99th percentile is 0.2."""
    monkeypatch.setattr(svca, "FIRST", 2)
    found = {
        "shared": np.array([[6.0, 1, 1], [8, 4, 0]]),
        "total": np.array([[10.0, 10, 4], [10, 10, 10]]),
        "null_shared": np.array([[0, 0.2, 0.1], [0, 0, 0]]),
        "null_total": np.array([[1, 1, 0.5], [1, 1, 1]]),
    }
    scores = svca_metrics(found)
    value, *interval, draws = scores["svca_reliable_fraction"]
    half = 12.7062 * np.std([7 / 20, 12 / 20], ddof=1) / np.sqrt(2)  # Student's t, 1 degree
    assert value == pytest.approx((7 / 20 + 12 / 20) / 2)
    assert interval == pytest.approx([value - half, value + half], rel=1e-4)
    assert draws == 2
    # the draws have 1 and 2 components above 0.2
    value, *interval, draws = scores["svca_reliable_components"]
    half = 12.7062 * np.std([1, 2], ddof=1) / np.sqrt(2)
    assert (value, draws) == (1.5, 2)
    assert interval == pytest.approx([1.5 - half, 1.5 + half], rel=1e-4)


def test_one_draw_has_no_interval():
    scores = svca_metrics(measure(rank_10(90, 700), draws=1))
    for value, low, high, draws in scores.values():
        assert draws == 1
        assert np.isfinite(value)
        assert np.isnan([low, high]).all()


@pytest.mark.parametrize("bins", [60, 400])
@pytest.mark.parametrize("sizes", [(120, 90), (90, 120)])
@pytest.mark.parametrize("components", [20, 60])
def test_components_are_those_of_numpys_svd(bins, sizes, components):
    """With fewer bins than neurons and with more, and of either set the larger."""
    courses = np.geomspace(10, 0.1, 60)[:, None] * noise(60, bins)
    a, b = (noise(size, 60, seed) @ courses for seed, size in enumerate(sizes, 1))
    u, v = covarying(a, b, components, seed=0)
    found = (u.T @ a) @ (v @ b).T
    expected = np.linalg.svd(a @ b.T)[1][:components]
    np.testing.assert_allclose(np.diag(found), expected, rtol=1e-3, atol=1e-6 * expected[0])
    assert np.abs(found - np.diag(np.diag(found))).max() < 1e-3 * expected[0]


def of_both(a, b, components, shift=0):
    """Shared and total variance of the components from activity, and from products of bins."""
    halves = np.arange(60), np.arange(60, 120)
    settings = *halves, shift, components, 0
    found = variance_of_activity(a, b, *settings)
    products = (x.astype(np.float32) for x in (a.T @ a, b.T @ b))
    return np.array(found), np.array(variance_of_products(*products, *settings))


@pytest.mark.parametrize("shift", [0, 60])
@pytest.mark.parametrize("sizes", [(120, 90), (90, 120)])
def test_products_of_bins_have_the_components_of_numpys_svd(sizes, shift):
    """30 latents, of which the last have a hundredth of the noise of the first's variance."""
    courses = np.geomspace(10, 0.1, 30)[:, None] * noise(30, 120)
    a, b = (noise(n, 30, seed) @ courses + noise(n, 120, seed) for seed, n in enumerate(sizes, 1))
    _, found = of_both(a, b, 20, shift)
    rolled = np.roll(b, -shift, axis=1)
    u, _, vt = np.linalg.svd(a[:, :60] @ rolled[:, :60].T)
    left, right = (u.T @ a[:, 60:])[:20], (vt @ rolled[:, 60:])[:20]
    total = np.sum(left**2 + right**2, axis=1) / 2
    np.testing.assert_allclose(found[0], np.sum(left * right, axis=1), atol=1e-3 * total.max())
    np.testing.assert_allclose(found[1], total, rtol=1e-2)


def test_products_of_bins_have_the_components_of_the_activity():
    courses = np.geomspace(10, 0.1, 60)[:, None] * noise(60, 120)
    a, b = (noise(size, 60, seed) @ courses for seed, size in enumerate((300, 200)))
    expected, found = of_both(a, b, 40)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6 * expected.max())


def test_components_beyond_the_rank_of_the_activity_are_0():
    a, b = (noise(size, 5, size) @ noise(5, 120) for size in (300, 200))
    expected, found = of_both(a, b, 20)
    np.testing.assert_allclose(found[:, :5], expected[:, :5], rtol=1e-3)
    assert (found[:, 5:] == 0).all()
    assert (of_both(0 * a, b, 20)[1] == 0).all()


def test_few_bins_of_many_neurons_are_measured_as_many_bins_are(monkeypatch):
    """300 neurons and 240 bins, as they are, and as if products of bins were of no use."""
    activity = rank_10(300, 240)
    by_bins = measure(activity, bin_seconds=7.2, components=40)
    monkeypatch.setattr(svca, "bin_products", svca.together)
    monkeypatch.setattr(svca, "variance_of_products", svca.variance_of_activity)
    by_neurons = measure(activity, bin_seconds=7.2, components=40)
    for name, values in by_bins.items():
        largest = 1e-3 * np.max(values)
        np.testing.assert_allclose(values[..., :20], by_neurons[name][..., :20], atol=largest)
