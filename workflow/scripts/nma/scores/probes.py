"""Do points know their layer? Probes of held-out points, their folds and nulls (METHODS 5).

A point is a neuron (raw, or as a source reconstructs it) or a latent unit; its features are
held-out time bins, or the two coordinates of a map. labels (points,) int say which layer a point is
of, held_out (points,) bool which points nothing is fitted on. Where there is nothing to tell (no
two layers to choose from, no more fitted points than layers, none held out, coordinates that are
NaN) the answer is empty.
"""

import numpy as np
from scipy.linalg import eigh
from sklearn.cluster import HDBSCAN
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_mutual_info_score, confusion_matrix
from sklearn.neighbors import KNeighborsClassifier

from nma.statistics.intervals import permutation_p, wilson

NEIGHBOURS = 15
FOLDS = 5


def probe(points, labels, held_out):
    """How well the layers of held-out points are told, of points (points, features).

    {"knn": scores, "linear": scores}, the scores being `accuracy`, its 95 % Wilson interval `low`
    and `high`, `n` held-out points, `chance` (the share of the largest layer among them) and
    `confusion` (layers, layers), counts of true x said.
    """
    answers = answer(points, labels, held_out)
    return {name: judge(labels, said, held_out) for name, said in answers.items()}


def probe_folds(points, labels, fold):
    """As `probe`, of all points: each is held out once, with its fold (points,).

    Empty where one fold has nothing to tell, as where it holds one of two layers whole.
    """
    pooled = {}
    for number in np.unique(fold):
        answers = answer(points, labels, fold == number)
        if not answers:
            return {}
        for name, said in answers.items():
            pooled.setdefault(name, labels.copy())[fold == number] = said[fold == number]
    return {name: judge(labels, said, fold >= 0) for name, said in pooled.items()}


def answer(points, labels, held_out):
    """{probe: labels (points,) in which held-out points have the layer that it says they are of}.

    `knn`: 15 neighbours by Euclidean distance, or as many as there are points a layer; a tie goes
    to the nearer ones, not to the first layer. `linear`: discriminant analysis, the covariance of
    standardised features shrunk by the rule of Ledoit and Wolf (2004). It takes more time than
    ridge regression on indicators, which loses sight of a layer between two others (nine layers in
    a row on a map: accuracy 0.26 where this has 0.71).
    """
    fitted, layers = ~held_out, len(np.unique(labels[~held_out]))
    if layers < 2 or fitted.sum() <= layers or not held_out.any() or not np.isfinite(points).all():
        return {}
    x = np.asarray(points, np.float32)
    k = min(NEIGHBOURS, int(fitted.sum()) // layers)
    votes = 1 + np.linspace(1e-3, 0, k)
    knn = KNeighborsClassifier(k, weights=lambda near: np.tile(votes, (len(near), 1)))
    # Blocks in x-y hold layers unevenly, and what a fold has less of, the fitted points have more
    # of. With their shares as priors, noise would be told worse than by chance.
    shares = np.unique(labels[np.isin(labels, labels[fitted])], return_counts=True)[1]
    priors = shares / shares.sum()
    linear = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=priors)
    answers = {}
    for name, model in (("knn", knn), ("linear", linear)):
        answers[name] = labels.copy()
        answers[name][held_out] = model.fit(x[fitted], labels[fitted]).predict(x[held_out])
    return answers


def judge(labels, said, held_out):
    """The scores that `probe` describes, of what is said of held-out points."""
    confusion = confusion_matrix(labels[held_out], said[held_out], labels=np.unique(labels))
    n, right = int(confusion.sum()), int(np.trace(confusion))
    scores = {"accuracy": right / n, **_interval(right, n), "n": n}
    return scores | {"chance": confusion.sum(axis=1).max() / n, "confusion": confusion}


def _interval(count, n):
    """The 95 % Wilson interval of the share `count` of `n`, as `low` and `high`."""
    return dict(zip(("low", "high"), wilson(count, n)[1:], strict=True))


def folds(labels, positions, seed):
    """{"random": the fold of each point (points,), 0 to 4, "xy": the same, in blocks}.

    positions: (3, points) in um, or None, and then there are random folds alone. These share out
    each layer evenly. Folds in x-y are made of whole blocks of a 5 x 5 grid, all layers together,
    so that a cell seen in two planes is in one fold (but for the few astride an edge). Edges are
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


def nuisance(activity):
    """Mean, variance and skew of each point over its bins: (points, bins) to (points, 3).

    What these alone give away needs no knowledge of when a neuron is active. Each is standardised
    over all points, whatever their layer, so that none outweighs the others. The skew of a point
    that is constant counts as 0.
    """
    mean = activity.mean(axis=1, dtype=np.float64)
    centred = activity - mean[:, None]
    variance = np.mean(centred**2, axis=1)
    varies = variance > 1e-12
    skew = np.mean(centred**3, axis=1) / np.where(varies, variance, np.inf) ** 1.5
    features = np.stack([mean, variance, skew], axis=1)
    features -= features.mean(axis=0)
    scale = features.std(axis=0)
    return features / np.where(scale > 1e-12, scale, 1)


def null_accuracies(make_points, labels, held_out, repeats, seed):
    """{probe: its accuracy (repeats,) with permuted labels}, the points made anew each time.

    make_points: from permuted labels to points (points, features), with all that is done to a
    layer on its own, since that marks its points. Labels are permuted among held-out points and
    among the others, so that each layer keeps its number of both.
    """
    generator = np.random.default_rng(seed)
    null = {}
    for _ in range(repeats):
        permuted = labels.copy()
        for part in (held_out, ~held_out):
            permuted[part] = generator.permutation(labels[part])
        for name, scores in probe(make_points(permuted), permuted, held_out).items():
            null.setdefault(name, []).append(scores["accuracy"])
    return {name: np.array(accuracies) for name, accuracies in null.items()}


def pca_points(train, activity, labels, dims):
    """Points (points, bins) of activity (bins, points) as PCA of each layer reconstructs them.

    PCA as in baselines.pca, fitted to train (bins, points); of the components only the `dims` in
    use and in single precision, to be quick enough for a null.
    """
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


def clusters(coordinates, labels, held_out, repeats, seed):
    """HDBSCAN of the held-out points of a map (points, 2), against their layers.

    `ami`: adjusted mutual information of cluster and layer, 1 where they agree, 0 by chance;
    `null` (repeats,) the same with permuted labels, and `p`; `clusters`, their number; `noise`, the
    share of points in none; `n`. Points in none count as one more cluster: leaving out what is hard
    to tell wins nothing. Held-out points alone, since labels pull the others of a supervised map
    apart. The null says that layer and place are related, not why: marks that points got before the
    map are no part of it.
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


def map_trustworthiness(points, coordinates, n_neighbors=15):
    """How far neighbours on a map (points, 2) are neighbours among points (points, features).

    1 if all are (Venna and Kaski 2001); NaN without a map and for fewer than three points.
    """
    k = min(n_neighbors, (len(points) - 1) // 2)
    if k < 1 or not np.isfinite(coordinates).all():
        return np.nan
    return float(trustworthiness(points, coordinates, n_neighbors=k))


def depth_confusion(confusion, depths):
    """Which layers are mistaken for which: a row for each distance, counted in layers.

    confusion: (layers, layers), counts of true x said; depths (layers,) in um, of which the order
    counts. A row: `distance`, `rate` (the share of points taken for a layer so far away) with its
    95 % Wilson interval `low` and `high`, `chance` (the share if what is said were said as often
    but had nothing to do with the truth) and `n` points. No rows where depths are NaN or all alike.
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
        rate = {"distance": distance, "rate": count / n, **_interval(count, n)}
        rows.append(rate | {"chance": expected[distances == distance].sum(), "n": n})
    return rows
