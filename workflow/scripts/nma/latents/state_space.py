"""The LDS as a source: fitted and chosen without test, which is scored once."""

import numpy as np

from nma.latents.describe import describe
from nma.latents.encoding import encode
from nma.latents.lds_choice import Choice, choose_lds
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_masks
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.state_space.em import ROUNDS
from nma.state_space.files import write_fits
from nma.types import Array, FilePath


def encode_lds(tensor: FilePath, hidden: FilePath, out: FilePath, latents: FilePath) -> None:
    """Fit linear dynamical systems to a layer: write state_space/{layer}.h5 and its latents file.

    Each neuron of train is predicted from others in the folds of the masks, for the readout. Dims
    are those with the best cosmooth_r2 on validation; predictions of what is hidden are a sum over
    all dims tried, with weights that fit validation, not negative. Where validation is short,
    predictions of halves of train by one another count too (lds_choice).
    """
    layer, masks = read_tensor(tensor), read_masks(hidden)
    choice = choose_lds(layer, masks)
    write_fits(
        out,
        choice.fits,
        choice.dims,
        bin_seconds=layer.bin_seconds,
        validation={
            "cosmooth_r2_validation": choice.scores,
            "cosmooth_weights": choice.cosmooth,
            "masked_weights": choice.masked,
        },
        judged=choice.judged,
        transforms_tried=list(choice.transforms),
        transforms_cosmooth_r2_validation=list(choice.transforms.values()),
        rounds=ROUNDS,
        layer=layer.layer,
    )
    errors = _errors_of_dims(layer, choice)
    estimate = sum(
        w * e for w, e in zip(choice.cosmooth.astype("f4"), choice.estimates, strict=True)
    )
    choice.estimates.clear()  # the largest arrays
    main, masked = choice.fits[choice.dims], choice.weighted("masked")
    described = describe(layer, masks, *encode(main, layer), masked.predict, estimate=estimate)
    described.sums["cosmooth_error_of_dims"] = errors
    write_latents(
        latents,
        [described],
        source="lds",
        layer=layer.layer,
        seed=0,
        dims_tried=list(choice.fits),
        cosmooth_r2_validation=choice.scores,
        predictions="weighted over dims_tried",
    )


def _errors_of_dims(tensor: Tensor, choice: Choice) -> Array:
    """Squared errors (bins, dims) summed over neurons, NaN in bins that are not held out."""
    scored, present = tensor.held_out, tensor.present[tensor.held_out]
    errors = np.full((len(scored), len(choice.estimates)), np.nan)
    for column, estimate in enumerate(choice.estimates):
        wrong = tensor.centred[scored] - estimate[scored]
        errors[scored, column] = (np.square(wrong) * present).sum(axis=1)
    return errors
