"""Can the layer be decoded? Probes of held-out points, their folds and nulls (METHODS 5).

A point is a neuron (raw, or as a source reconstructs it) or a latent unit; its features are time
bins of test, or its two coordinates on a map. In all functions labels (points,) int say which layer
a point is of, and held_out (points,) bool which points nothing is fitted to. The result is empty
where nothing can be decoded: fewer than two layers to choose from, no more fitted points than
layers, none held out, or coordinates that are NaN.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh
from sklearn.cluster import HDBSCAN
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_mutual_info_score, confusion_matrix
from sklearn.neighbors import NearestNeighbors

from nma.statistics.discriminant import discriminated
from nma.statistics.intervals import permutation_p, wilson
from nma.types import Array, BinsNeurons, Points, PointsFeatures, Positions

NEIGHBOURS = 15
FOLDS = 5
# {which points are held out, as bytes: the nearest of the others to each of them}
Known = dict[bytes, Array]


def probe(
    points: PointsFeatures, labels: Points, held_out: Points, known: Known | None = None
) -> dict[str, dict]:
    """Decode the layers of held-out points from points (points, features).

    Returns {"knn": scores, "linear": scores}, where scores are `accuracy`, its 95 % Wilson interval
    `low` and `high`, `n` held-out points, `chance` (the share of the largest layer among them) and
    `confusion` (layers, layers), counts of true x decoded. known: neighbours, kept for the next
    call with the same points.
    """
    answers = decode(points, labels, held_out, known)
    return {name: judge(labels, decoded, held_out) for name, decoded in answers.items()}


def probe_folds(
    points: PointsFeatures, labels: Points, fold: Points, known: Known | None = None
) -> dict[str, dict]:
    """As `probe`, of all points: each is held out once, with its fold (points,).

    Empty where nothing can be decoded in one fold, as where it holds one of two layers whole.
    """
    pooled = {}
    for number in np.unique(fold):
        answers = decode(points, labels, fold == number, known)
        if not answers:
            return {}
        for name, decoded in answers.items():
            pooled.setdefault(name, labels.copy())[fold == number] = decoded[fold == number]
    return {name: judge(labels, decoded, fold >= 0) for name, decoded in pooled.items()}


def decode(
    points: PointsFeatures, labels: Points, held_out: Points, known: Known | None = None
) -> dict[str, Points]:
    """{probe: labels (points,) with the decoded layer in place of the true one of held-out points}.

    `knn`: 15 neighbours by Euclidean distance, or as many as there are points in a layer; a tie
    goes to the nearer ones, not to the first layer. `linear`: discriminant analysis, the covariance
    of standardised features shrunk by the rule of Ledoit and Wolf (2004). Ridge regression on
    indicators would miss a layer between two others (of nine layers in a row on a map: accuracy
    0.26 instead of 0.71).
    """
    fitted, layers = ~held_out, len(np.unique(labels[~held_out]))
    if layers < 2 or fitted.sum() <= layers or not held_out.any() or not np.isfinite(points).all():
        return {}
    x = np.asarray(points, np.float32)
    k = min(NEIGHBOURS, int(fitted.sum()) // layers)
    known, key = {} if known is None else known, held_out.tobytes()
    if key not in known:
        known[key] = NearestNeighbors(n_neighbors=k).fit(x[fitted]).kneighbors(x[held_out])[1]
    # Blocks in x-y hold layers unevenly: a layer that is rare in a fold is common among the fitted
    # points. With their shares as priors, the accuracy on noise would be below chance.
    shares = np.unique(labels[np.isin(labels, labels[fitted])], return_counts=True)[1]
    decoded = {
        "knn": elected(labels[fitted][known[key]]),
        "linear": discriminated(x[fitted], labels[fitted], shares / shares.sum(), x[held_out]),
    }
    answers = {}
    for name, found in decoded.items():
        answers[name] = labels.copy()
        answers[name][held_out] = found
    return answers


def elected(labels: Array) -> Points:
    """The most frequent of the labels (points, neighbours) of each point, nearest first."""
    kinds, votes = np.unique(labels), 1 + np.linspace(1e-3, 0, labels.shape[1])
    return kinds[np.argmax([(labels == kind) @ votes for kind in kinds], axis=0)]


def judge(labels: Points, decoded: Points, held_out: Points) -> dict:
    """The scores that `probe` describes, of the decoded layers of held-out points."""
    confusion = confusion_matrix(labels[held_out], decoded[held_out], labels=np.unique(labels))
    n, right = int(confusion.sum()), int(np.trace(confusion))
    accuracy, low, high = wilson(right, n)[:3]
    chance = confusion.sum(axis=1).max() / n
    scores = {"accuracy": accuracy, "low": low, "high": high, "n": n}
    return scores | {"chance": chance, "confusion": confusion}


def folds(labels: Points, positions: Positions | None, seed: int) -> dict[str, Points]:
    """{"random": the fold of each point (points,), 0 to 4, "xy": the same, in blocks}.

    positions: (3, points); where None there are random folds alone. Random folds share out
    each layer evenly. Folds in x-y consist of whole blocks of a 5 x 5 grid, all layers together, so
    that a cell seen in two planes is in one fold (except for the few astride an edge). Edges are
    quantiles, and the step of a knight gives each fold one block of every row and column. Not for
    layers that are themselves blocks in x-y: one fold would hold a whole layer.
    """
    generator = np.random.default_rng(seed)
    random = np.empty(len(labels), int)
    for layer in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == layer))
        random[members] = (np.arange(len(members)) + generator.integers(FOLDS)) % FOLDS
    if positions is None:
        return {"random": random}
    shares = np.arange(1, FOLDS) / FOLDS
    x, y = (np.searchsorted(np.quantile(axis, shares), axis, "right") for axis in positions[:2])
    return {"random": random, "xy": (x + 2 * y) % FOLDS}


def nuisance(activity: PointsFeatures) -> PointsFeatures:
    """Mean, variance and skew of each point over its bins: (points, bins) to (points, 3).

    A layer that is decoded from these alone needs no knowledge of when a neuron is active. Each is
    standardised over all points, whatever their layer, so that none outweighs the others. The skew
    of a point that is constant counts as 0.
    """
    mean = activity.mean(axis=1, dtype=np.float64)
    centred = activity - mean[:, None]
    squares = np.square(centred)
    variance = np.mean(squares, axis=1)
    varies = variance > 1e-12
    skew = np.mean(squares * centred, axis=1) / np.where(varies, variance, np.inf) ** 1.5
    features = np.stack([mean, variance, skew], axis=1)
    features -= features.mean(axis=0)
    scale = features.std(axis=0)
    return features / np.where(scale > 1e-12, scale, 1)


def null_accuracies(
    make_points: Callable[[Points], PointsFeatures],
    labels: Points,
    held_out: Points,
    repeats: int,
    seed: int,
) -> dict[str, Array]:
    """{probe: its accuracy (repeats,) with permuted labels}; points are made again each time.

    make_points: from permuted labels to points (points, features), with every step that is done to
    a layer on its own, since that marks its points. held_out: or the fold of each point (int), so
    that each is held out once. Labels are permuted among the points held out at once and among the
    others, so that a layer keeps its number of both.
    """
    measure = probe if held_out.dtype == bool else probe_folds
    parts = np.unique(held_out)[::-1]
    generator = np.random.default_rng(seed)
    null, points, known = {}, None, {}
    for _ in range(repeats):
        permuted = labels.copy()
        for part in parts:
            members = held_out == part
            permuted[members] = generator.permutation(labels[members])
        before, points = points, make_points(permuted)
        if points is not before:
            known = {}
        for name, scores in measure(points, permuted, held_out, known).items():
            null.setdefault(name, []).append(scores["accuracy"])
    return {name: np.array(accuracies) for name, accuracies in null.items()}


def pca_points(
    train: BinsNeurons, activity: BinsNeurons, labels: Points, dims: int
) -> PointsFeatures:
    """Points (points, bins) of activity (bins, points) as PCA of each layer reconstructs them.

    PCA as in baselines.pca, fitted to train (bins, points).
    """
    # A null does this for each permutation, so in single precision and of `dims` components alone;
    # statistics.components works in double precision, which would change the results.
    points = np.empty(activity.shape[::-1], np.float32)
    for layer in np.unique(labels):
        members = np.flatnonzero(labels == layer)
        mean = train[:, members].mean(axis=0)
        centred = train[:, members] - mean
        n = len(members)
        kept = [n - min(dims, n, len(train) - 1), n - 1]
        components = eigh(centred.T @ centred, subset_by_index=kept, overwrite_a=True)[1]
        latents = (activity[:, members] - mean) @ components
        points[members] = components @ latents.T + mean[:, None]
    return points


def clusters(
    coordinates: PointsFeatures, labels: Points, held_out: Points, repeats: int, seed: int
) -> dict:
    """Cluster the held-out points of a map (points, 2) by HDBSCAN and compare them with layers.

    Returns `ami`, the adjusted mutual information of cluster and layer, 1 where they agree, 0 by
    chance; `null` (repeats,), the same with permuted labels, and `p`; `clusters`, their number;
    `noise`, the share of points in none; and `n` points. Points in none count as one more cluster,
    so that nothing is gained by leaving out hard ones. Held-out points alone, since labels pull the
    others of a supervised map apart. A small p says that layer and place on the map are related,
    not why: marks that points got before the map are not in the null.
    """
    place, truth = coordinates[held_out], labels[held_out]
    layers = len(np.unique(truth))
    if layers < 2 or not np.isfinite(place).all():
        return {}
    size = max(2, min(NEIGHBOURS, len(place) // layers))
    found = HDBSCAN(min_cluster_size=size, copy=True).fit_predict(place)
    generator = np.random.default_rng(seed)
    ami = adjusted_mutual_info_score(truth, found)
    null = [adjusted_mutual_info_score(generator.permutation(truth), found) for _ in range(repeats)]
    scores = {"ami": ami, "null": np.array(null), "p": permutation_p(ami, null)}
    noise = float(np.mean(found == -1))
    return scores | {"clusters": int(found.max() + 1), "noise": noise, "n": len(found)}


def map_trustworthiness(points: PointsFeatures, coordinates: PointsFeatures) -> float:
    """How far neighbours on a map (points, 2) are neighbours among points (points, features).

    1 if all are (Venna and Kaski 2001); NaN without a map and for fewer than three points.
    """
    k = min(NEIGHBOURS, (len(points) - 1) // 2)
    if k < 1 or not np.isfinite(coordinates).all():
        return np.nan
    return float(trustworthiness(points, coordinates, n_neighbors=k))


def depth_confusion(confusion: Array, depths: Array) -> list[dict[str, float]]:
    """Confusion between layers by their distance: a row for each, counted in layers.

    confusion: (layers, layers), counts of true x decoded; depths (layers,), of which only the order
    counts. A row: `distance`, `rate` (the share of points decoded as a layer at that
    distance) with its 95 % Wilson interval `low` and `high`, `chance` (the share if each layer were
    decoded as often, but independently of the truth) and `n` points. No rows where depths are NaN
    or all alike.
    """
    if np.isnan(depths).any() or np.ptp(depths) == 0:
        return []
    rank = np.unique(depths, return_inverse=True)[1]
    distances = np.abs(rank[:, None] - rank)
    n = int(np.sum(confusion))
    expected = np.outer(np.sum(confusion, axis=1), np.sum(confusion, axis=0)) / n**2
    rows = []
    for distance in range(distances.max() + 1):
        count = np.sum(confusion, where=distances == distance)
        rate, low, high = wilson(count, n)[:3]
        chance = expected[distances == distance].sum()
        row = {"distance": distance, "rate": rate, "low": low, "high": high}
        rows.append(row | {"chance": chance, "n": n})
    return rows
