"""A source on one layer: latents, reconstruction, and every sum that its scores are made of."""

from dataclasses import dataclass

from nma.latents.cosmoothing import cosmooth_errors, fold_estimates, masked_errors
from nma.latents.likelihoods import log_likelihoods
from nma.preprocessing.masks import Masks
from nma.preprocessing.splits import SPLITS, in_split
from nma.preprocessing.tensors import Tensor
from nma.statistics.r2 import r2, squared_errors
from nma.types import Array, Bins, BinsDims, BinsNeurons, Predict


@dataclass(frozen=True)
class Description:
    """The source on the layer of `tensor`; sums: {dataset of the latents file: values}.

    latents, reconstruction: None of a source without latents.
    """

    tensor: Tensor
    latents: BinsDims | None
    reconstruction: BinsNeurons | None
    sums: dict[str, Array]


def describe(
    tensor: Tensor,
    masks: Masks,
    latents: BinsDims | None,
    reconstruction: BinsNeurons | None,
    predict: Predict,
    *,
    entries: bool = True,
    predict_entries: Predict | None = None,
    predict_train: Predict | None = None,
    estimate: BinsNeurons | None = None,
) -> Description:
    """Score a source on one layer.

    latents, reconstruction: of the whole recording, with nothing hidden, or None; predict: of what
    is hidden; entries: whether it predicts single entries too; predict_entries, predict_train: of
    these, and of hidden neurons in train, where other predictors are meant for them; estimate: of
    hidden neurons, less the train mean, where it is known already.
    """
    centred, split, present = tensor.centred, tensor.split, tensor.present
    if estimate is None:
        estimate = fold_estimates(predict, centred, split, masks.folds, predict_train, present)
    if reconstruction is None:
        sums = sums_of_mean(tensor)
    else:
        sums = reconstruction_sums(tensor, reconstruction)
    sums |= cosmooth_errors(estimate, centred, split, present, masks.neurons_alone)
    if entries:
        of_entries, hidden = predict_entries or predict, (masks.entries, present)
        sums |= masked_errors(of_entries, centred, split, *hidden, masks.entries_alone)
    # The estimate of train is made in the same way: the scatter is that around such predictions.
    found = log_likelihoods(tensor, estimate + tensor.train_mean)
    sums |= {f"cosmooth_{family}_log_likelihood": nats for family, nats in found.items()}
    return Description(tensor, latents, reconstruction, sums)


def reconstruction_sums(tensor: Tensor, reconstruction: BinsNeurons) -> dict[str, Array]:
    """r2 of each neuron on each split, and by bin the squared errors and log-likelihoods.

    Errors and log-likelihoods are summed over neurons: those of the reconstruction, and those of
    the train mean in its place.
    """
    error, deviation = squared_errors(tensor.activity, reconstruction, tensor.train_mean)
    if tensor.missing is not None:
        error, deviation = error * tensor.present, deviation * tensor.present
    sums = {}
    for name in SPLITS:
        bins = in_split(tensor.split, name)
        if bins.any():
            sums[f"r2_{name}"] = r2(error[bins].sum(0), deviation[bins].sum(0))
    found = log_likelihoods(tensor, reconstruction)
    sums |= {f"{family}_log_likelihood": nats for family, nats in found.items()}
    sums |= sums_of_mean(tensor)
    return sums | {"squared_error": error.sum(1), "squared_deviation": deviation.sum(1)}


def sums_of_mean(tensor: Tensor) -> dict[str, Bins]:
    """Log-likelihoods of the train mean by bin, summed over neurons."""
    found = log_likelihoods(tensor, tensor.train_mean[None])
    return {f"{family}_log_likelihood_of_mean": nats for family, nats in found.items()}
