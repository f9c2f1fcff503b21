"""The linear opponents, sources like any model: fitted to train, dims chosen on validation."""

import h5py
import numpy as np

from nma.hidden import hidden_errors, predict_folds, read_hidden
from nma.interpolation import fit_interpolation
from nma.latents import write_latents
from nma.ppca import fit_ppca
from nma.scores import r2
from nma.smooth_ppca import fit_smooth_ppca
from nma.tensors import SPLITS, read_tensor, segments

CANDIDATES = (3, 5, 10, 20, 40, 75, 113)  # as far as a layer has neurons for them


def encode_linear(tensor, pca, hidden, out, *, source, layer, seed):
    """Write latents/{source}/{layer}/0.h5 of `ppca`, `smooth_ppca` or `interpolation`.

    The dims of the first two are those of the best cosmooth_r2 on validation; attributes say which
    were tried (`dims_tried`) and with what score (`cosmooth_r2_validation`). Interpolation has no
    latents: its dataset has a width of 0. seed: of the entries that fitting hides.
    """
    activity, split_index = read_tensor(tensor)
    folds, entries = read_hidden(hidden)
    with h5py.File(pca) as file:
        mean, components = file["mean"][:].astype(np.float32), file["components"][:]
        variances = file["explained_variance_ratio"][:] * float(file.attrs["total_variance"])
    centred = activity - mean
    train = centred[split_index == SPLITS.index("train")]
    attributes = {}
    if source == "interpolation":
        model = fit_interpolation(train, seed)
    else:
        tried = [dims for dims in CANDIDATES if dims < min(train.shape)] or [1]
        models = [
            fit_ppca(components, variances, dims)
            if source == "ppca"
            else fit_smooth_ppca(components, train, dims, seed)
            for dims in tried
        ]
        validation = centred[split_index == SPLITS.index("validation")]
        scores = [_cosmooth_r2(model, validation, folds) for model in models]
        model = models[int(np.argmax(scores))]
        attributes = {"dims_tried": tried, "cosmooth_r2_validation": scores}

    latents, reconstructions = [], []
    for _, bins in segments(split_index):
        visible = np.broadcast_to(np.True_, centred[bins].shape)
        latents.append(model.latents(centred[bins], visible))
        reconstructions.append(model.predict(centred[bins], visible) + mean)
    errors = hidden_errors(model.predict, activity, mean, split_index, folds, entries)
    write_latents(
        out,
        [tensor],
        [np.concatenate(latents)],
        [np.concatenate(reconstructions)],
        hidden=[errors],
        source=source,
        layer=layer,
        seed=0,
        **attributes,
    )


def _cosmooth_r2(model, centred, folds):
    error = np.square(centred - predict_folds(model.predict, centred, folds), dtype=np.float64)
    return float(r2(error.sum(), np.square(centred, dtype=np.float64).sum()))
