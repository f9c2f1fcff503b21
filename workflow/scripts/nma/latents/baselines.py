"""The linear opponents, sources like any model: fitted to train, dims chosen on validation."""

import numpy as np

from nma.baselines.interpolation import fit_interpolation
from nma.baselines.pca import read_pca
from nma.baselines.ppca import fit_ppca
from nma.baselines.smooth_ppca import fit_smooth_ppca
from nma.io.hdf5 import open_h5
from nma.latents.cosmoothing import KINDS, PARTS, cosmooth_errors, fold_estimates, masked_errors
from nma.latents.likelihoods import hidden_log_likelihoods
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_hidden
from nma.preprocessing.splits import GAP, SPLITS, segments
from nma.preprocessing.tensors import read_tensor
from nma.preprocessing.units import observed
from nma.statistics.r2 import r2

CANDIDATES = (3, 5, 10, 20, 40, 75, 113)  # as far as a layer has neurons for them


def encode_linear(tensor, pca, hidden, out, *, source, layer, seed):
    """Write latents/{source}/{layer}/0.h5 of `ppca`, `smooth_ppca` or `interpolation`.

    Of the first two each score has the dims that did best at it on validation; latents and
    reconstruction are those of the best at hidden neurons. Attributes say which dims were tried and
    with what r2 on validation; cosmooth_error_of_dims (bins, tried) has what each makes of hidden
    neurons. Interpolation has no latents: its dataset has a width of 0. seed: of the entries
    that fitting hides.
    """
    activity, split_index = read_tensor(tensor)
    folds, entries = read_hidden(hidden)
    mean, components = read_pca(pca)
    with open_h5(pca) as file:
        variances = file["explained_variance_ratio"][:] * float(file.attrs["total_variance"])
    centred = activity - mean
    train = centred[split_index == SPLITS.index("train")]
    attributes, of_dims = {}, {}
    if source == "interpolation":
        best = dict.fromkeys(KINDS, fit_interpolation(train, seed))
    else:
        tried = [dims for dims in CANDIDATES if dims < min(train.shape)] or [1]
        if source == "ppca":
            models = [fit_ppca(components, variances, dims) for dims in tried]
        else:
            widest = fit_smooth_ppca(components, train, max(tried), seed)
            models = [widest.narrowed(dims) for dims in tried]
        errors = [errors_of(model, activity, mean, split_index, folds, entries) for model in models]
        best, attributes = {}, {"dims_tried": tried}
        for kind in KINDS:
            error, deviation = (np.stack([e[f"{kind}_{p}"] for e in errors]) for p in PARTS)
            part = split_index == SPLITS.index("validation")
            scores = r2(error[:, part].sum(1), deviation[:, part].sum(1))
            best[kind] = models[int(np.argmax(scores))]
            attributes[f"{kind}_r2_validation"] = scores
        of_dims["cosmooth_error_of_dims"] = np.stack([e["cosmooth_error"] for e in errors], axis=1)

    model, latents, reconstructions = best["cosmooth"], [], []
    for _, bins in segments(split_index):
        visible = np.broadcast_to(np.True_, centred[bins].shape)
        latents.append(model.latents(centred[bins], visible))
        reconstructions.append(model.predict(centred[bins], visible) + mean)
    estimate = fold_estimates(model.predict, activity, mean, split_index, folds)
    found = cosmooth_errors(estimate, activity, mean, split_index)
    found |= masked_errors(best["masked"].predict, activity, mean, split_index, entries)
    found |= hidden_log_likelihoods(estimate, observed(tensor), activity, mean, split_index)
    write_latents(
        out,
        [tensor],
        [np.concatenate(latents)],
        [np.concatenate(reconstructions)],
        hidden=[found | of_dims],
        source=source,
        layer=layer,
        seed=0,
        **attributes,
    )


def errors_of(model, activity, mean, split_index, folds, entries):
    """Errors of a linear model by which its dims are chosen: of hidden neurons on held-out time, of
    hidden entries, which take longer, on validation alone."""
    later = split_index > SPLITS.index("train")
    known = activity[later], mean, split_index[later]
    estimate = np.zeros_like(activity)
    estimate[later] = fold_estimates(model.predict, *known, folds)
    only_validation = np.where(split_index == SPLITS.index("validation"), split_index, GAP)
    found = cosmooth_errors(estimate, activity, mean, split_index)
    return found | masked_errors(model.predict, activity, mean, only_validation, entries)
