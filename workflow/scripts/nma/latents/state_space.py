"""The LDS as a source: transform, dims and weights chosen on validation, test scored once."""

import numpy as np
from scipy.optimize import nnls

from nma.latents.cosmoothing import predict_entries
from nma.latents.describe import describe
from nma.latents.encoding import encode
from nma.latents.writing import write_latents
from nma.preprocessing.masks import Masks, read_masks
from nma.preprocessing.splits import in_split, segments
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.state_space.em import ROUNDS, LinearDynamics, fit, principal_start, start
from nma.state_space.files import write_fits
from nma.state_space.lds import LDS, Weighted, calibrate, predict_folds, with_readouts
from nma.state_space.readout import read_out
from nma.state_space.transform import CANDIDATES as TRANSFORMS
from nma.state_space.transform import Transform, fit_transform
from nma.types import Array, Bins, BinsNeurons, FilePath, Neurons

DIMS = (3, 5, 10, 20, 30, 40, 50, 60, 75, 113, 150, 200, 250)
MASKED_DIMS = 113  # at most, where every bin has a covariance of its own
TRIAL_DIMS, TRIAL_ROUNDS = 40, 8  # with which transforms are compared: few dims say too little
CLOSE, CLOSE_DIMS = 0.01, 75  # of cosmooth_r2: kinds that are compared again, with more dims
FURTHER = 3  # times the dims that are best on validation: no more are tried


def candidates(bins: int, neurons: int) -> list[int]:
    """The dims to try: fewer than neurons, and at most a fifth of the bins of train."""
    return [dims for dims in DIMS if dims < neurons and dims <= bins // 5] or [1]


def encode_lds(tensor: FilePath, hidden: FilePath, out: FilePath, latents: FilePath) -> None:
    """Fit linear dynamical systems to a layer: write state_space/{layer}.h5 and its latents file.

    Each neuron of train is predicted from others in the folds of the masks, for the readout. Dims
    are those with the best cosmooth_r2 on validation; predictions of what is hidden are a sum over
    all dims tried, with weights that fit validation, not negative.
    """
    layer, masks = read_tensor(tensor), read_masks(hidden)
    transform, tried = choose_transform(layer, masks)
    fits, estimates, scores = fit_dims(layer, masks, transform)
    dims = list(fits)[int(np.argmax(scores))]
    validation = in_split(layer.split, "validation")
    of_cosmooth = blend([e[validation] for e in estimates], layer.centred[validation])
    small = [k for k in fits if k <= MASKED_DIMS]
    of_masked = masked_weights([fits[k] for k in small], layer, masks)
    main = fits[dims]
    masked = Weighted([fits[k] for k in small], of_masked)
    padded = np.zeros(len(fits))
    padded[: len(small)] = of_masked
    write_fits(
        out,
        fits,
        dims,
        bin_seconds=layer.bin_seconds,
        validation={
            "cosmooth_r2_validation": scores,
            "cosmooth_weights": of_cosmooth,
            "masked_weights": padded,
        },
        transforms_tried=list(tried),
        transforms_cosmooth_r2_validation=list(tried.values()),
        rounds=ROUNDS,
        layer=layer.layer,
    )
    errors = _errors_of_dims(layer, estimates)
    estimate = sum(w * e for w, e in zip(of_cosmooth.astype("f4"), estimates, strict=True))
    del estimates  # of all dims: the largest arrays
    described = describe(layer, masks, *encode(main, layer), masked.predict, estimate=estimate)
    described.sums["cosmooth_error_of_dims"] = errors
    write_latents(
        latents,
        [described],
        source="lds",
        layer=layer.layer,
        seed=0,
        dims_tried=list(fits),
        cosmooth_r2_validation=scores,
        predictions="weighted over dims_tried",
    )


def choose_transform(tensor: Tensor, masks: Masks) -> tuple[Transform, dict[str, float]]:
    """The transform that is best on validation, and {transform: cosmooth_r2} of all.

    All are compared with few dims; the best of each kind, where they are close, with more.
    """
    train = tensor.centred[in_split(tensor.split, "train")]
    most = max(candidates(*train.shape))
    transforms = [fit_transform(train, *kind) for kind in TRANSFORMS]
    scores = [_trial(tensor, masks, g, min(TRIAL_DIMS, most)) for g in transforms]
    best = {}
    for number in np.argsort(scores)[::-1]:
        if scores[number] > max(scores) - CLOSE:
            best.setdefault(transforms[number].kind, transforms[number])
    chosen = next(iter(best.values()))
    if len(best) > 1:
        dims = min(CLOSE_DIMS, most)
        chosen = max(best.values(), key=lambda g: _trial(tensor, masks, g, dims))
    names = [f"{transform.kind} {transform.constant:g}" for transform in transforms]
    return chosen, dict(zip(names, scores, strict=True))


def _trial(tensor: Tensor, masks: Masks, transform: Transform, dims: int) -> float:
    """cosmooth_r2 on validation of dynamics that few rounds have fitted."""
    train, part = (in_split(tensor.split, name) for name in ("train", "validation"))
    y = transform(tensor.centred[train])
    dynamics, _ = fit(y, start(y, *principal_start(y, dims)), TRIAL_ROUNDS)
    lds = calibrate(transform, dynamics, tensor.centred[train], masks.folds)
    centred = tensor.centred[part]
    predicted = _predict_segments(dynamics, transform(centred), tensor.split[part], masks.folds)
    return _r2(centred, read_out(lds.hidden, predicted))


def _predict_segments(
    dynamics: LinearDynamics, y: BinsNeurons, split: Bins, folds: Neurons
) -> BinsNeurons:
    """predict_folds of each segment of time on its own."""
    return np.concatenate([predict_folds(dynamics, y[bins], folds) for _, bins in segments(split)])


def fit_dims(
    tensor: Tensor, masks: Masks, transform: Transform
) -> tuple[dict[int, LDS], list[BinsNeurons], Array]:
    """{dims: LDS}, their estimates of hidden neurons in all bins, and r2 on validation."""
    train, validation = (in_split(tensor.split, name) for name in ("train", "validation"))
    centred = tensor.centred
    every = transform(centred)
    y, tried = every[train], candidates(*centred[train].shape)
    scores, loadings = principal_start(y, max(tried))
    fits, estimates, found = {}, [], []
    for dims in tried:
        dynamics, _ = fit(y, start(y, scores[:, :dims], loadings[:, :dims]))
        predicted = _predict_segments(dynamics, every, tensor.split, masks.folds)
        lds = with_readouts(transform, dynamics, centred[train], y, predicted[train])
        fits[dims] = lds
        estimates.append(read_out(lds.hidden, predicted).astype(np.float32))
        found.append(_r2(centred[validation], estimates[-1][validation]))
        if dims > FURTHER * tried[int(np.argmax(found))]:
            break
    return fits, estimates, np.array(found)


def _errors_of_dims(tensor: Tensor, estimates: list[BinsNeurons]) -> Array:
    """Squared errors (bins, dims) summed over neurons, NaN in bins that are not held out."""
    scored = tensor.held_out
    errors, centred = np.full((len(scored), len(estimates)), np.nan), tensor.centred[scored]
    for column, estimate in enumerate(estimates):
        errors[scored, column] = np.square(centred - estimate[scored]).sum(axis=1)
    return errors


def masked_weights(fits: list[LDS], tensor: Tensor, masks: Masks) -> Array:
    """Weights of the fits for hidden entries, from validation."""
    part = in_split(tensor.split, "validation")
    centred, entries = tensor.centred[part], masks.entries[part]
    estimates = [predict_entries(lds.predict, centred, entries)[entries] for lds in fits]
    return blend(estimates, centred[entries])


def blend(estimates: list[Array], activity: Array) -> Array:
    """Weights of estimates, not negative, by least squares on activity."""
    x = np.stack([estimate.ravel() for estimate in estimates], axis=1).astype(np.float64)
    return nnls(x.T @ x / len(x), x.T @ activity.ravel() / len(x))[0]


def _r2(centred: BinsNeurons, estimate: BinsNeurons) -> float:
    return 1 - float(np.square(centred - estimate).sum() / np.square(centred).sum())
