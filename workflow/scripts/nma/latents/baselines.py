"""Baselines as sources like any model: fitted to train, dims chosen on validation."""

from collections.abc import Mapping

import numpy as np

from nma.baselines.fitting import Fit, FittedTo, Settings
from nma.baselines.pca import read_pca, read_variances
from nma.latents.cosmoothing import cosmooth_errors, fold_estimates, masked_errors
from nma.latents.describe import describe
from nma.latents.encoding import encode
from nma.latents.writing import write_latents
from nma.preprocessing.masks import KINDS, PARTS, Masks, read_masks
from nma.preprocessing.splits import GAP, SPLITS, in_split
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.registry import member
from nma.sources import BASELINES
from nma.statistics.r2 import r2
from nma.types import Array, FilePath


def encode_baseline(
    tensor: FilePath,
    pca: FilePath,
    hidden: FilePath,
    out: FilePath,
    *,
    source: str,
    seed: int,
    settings: Mapping[str, Settings] | None = None,
) -> None:
    """Write latents/{source}/{layer}/0.h5 of the baseline of nma/baselines/{source}.py.

    Of one with dims each score has the dims that did best at it on validation; latents and
    reconstruction are those of the best at hidden neurons. Attributes say which dims were tried,
    and with what r2 on validation; cosmooth_error_of_dims (bins, tried) has what each makes of
    hidden neurons. One without latents has neither these nor a reconstruction. seed: of what
    fitting hides; settings: of regressions, where they are chosen already.
    """
    layer, masks = read_tensor(tensor), read_masks(hidden)
    parts = [in_split(layer.split, name) for name in SPLITS[:2]]
    train, validation = (layer.centred[part] for part in parts)
    of_pca = read_pca(pca)[1], read_variances(pca)
    own = (settings or {}).get(source)
    data = FittedTo(train, validation, seed, layer.present[parts[1]], *of_pca, own)
    fits = member("baselines", source).fit(data)
    best = dict.fromkeys(KINDS, next(iter(fits.values())))
    attributes, of_dims = {}, {}
    if set(fits) != {0}:
        best, attributes, of_dims = chosen(fits, layer, masks)
    fit = best["cosmooth"]
    described = describe(
        layer,
        masks,
        *(encode(fit, layer) if BASELINES[source].latents else (None, None)),
        fit.predict,
        entries="masked" in BASELINES[source].predicts,
        predict_entries=best["masked"].predict,
        # Of regressions, which are closer to the bins that they are fitted to than to any others.
        predict_train=getattr(fit, "predict_train", None),
    )
    described.sums.update(of_dims)
    write_latents(out, [described], source=source, layer=layer.layer, seed=0, **attributes)


def chosen(
    fits: dict[int, Fit], tensor: Tensor, masks: Masks
) -> tuple[dict[str, Fit], dict[str, Array], dict[str, Array]]:
    """Choose among {dims: fit} by validation: {kind: the best}, attributes and datasets of it."""
    errors = [errors_of(fit, tensor, masks) for fit in fits.values()]
    best, attributes = {}, {"dims_tried": list(fits)}
    validation = in_split(tensor.split, "validation")
    for kind in KINDS:
        error, deviation = (np.stack([e[f"{kind}_{p}"] for e in errors]) for p in PARTS)
        scores = r2(error[:, validation].sum(1), deviation[:, validation].sum(1))
        best[kind] = list(fits.values())[int(np.argmax(scores))]
        attributes[f"{kind}_r2_validation"] = scores
    of_dims = np.stack([e["cosmooth_error"] for e in errors], axis=1)
    return best, attributes, {"cosmooth_error_of_dims": of_dims}


def errors_of(fit: Fit, tensor: Tensor, masks: Masks) -> dict[str, Array]:
    """Errors by which dims are chosen.

    Of hidden neurons on held-out bins; of hidden entries, which take longer, on validation alone.
    """
    centred, split, scored = tensor.centred, tensor.split, tensor.held_out
    estimate = np.zeros_like(centred)
    present = tensor.present
    estimate[scored] = fold_estimates(
        fit.predict, centred[scored], split[scored], masks.folds, present=present[scored]
    )
    only_validation = np.where(in_split(split, "validation"), split, GAP)
    found = cosmooth_errors(estimate, centred, split, present)
    return found | masked_errors(fit.predict, centred, only_validation, masks.entries, present)
