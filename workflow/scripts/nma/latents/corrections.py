"""Fitting what a layer's LDS misses of hidden activity: on train, its weight on validation."""

from collections.abc import Callable, Mapping

import numpy as np

from nma.baselines.fitting import Fit, Settings
from nma.latents.cosmoothing import predict_entries, predict_folds
from nma.latents.lds_choice import Trial, blend, r2_of, trials_of
from nma.latents.regressions import choose_regressions, read_choice
from nma.preprocessing.masks import Masks, hidden_entries, read_masks
from nma.preprocessing.splits import in_split, segments
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.state_space.corrected import (
    FITS,
    CorrectedLDS,
    Stack,
    WeightedFit,
    gain,
    write_corrections,
)
from nma.state_space.files import (
    read_dims_tried,
    read_fit,
    read_judged,
    read_weighted,
    read_weights,
)
from nma.state_space.lds import LDS, Weighted
from nma.state_space.private_activity import PrivateActivity, fit_private_activity
from nma.types import Array, BinsNeurons, FilePath

SEED = 11  # of the entries of train that are hidden, others than by the masks
LEAST = 0.001  # of r2 on validation, that baselines must add to the LDS


def fit_corrections(
    tensor: FilePath,
    hidden: FilePath,
    fits: FilePath,
    out: FilePath,
    regressions: FilePath | None = None,
) -> None:
    """Write corrections/{layer}.h5. fits: state_space/{layer}.h5; regressions: their settings,
    which are chosen here where None."""
    layer, masks = read_tensor(tensor), read_masks(hidden)
    every = {dims: read_fit(fits, dims) for dims in read_dims_tried(fits)}
    masked = read_weighted(fits, read_weights(fits, "masked"))
    settings = regressions and read_choice(regressions)
    found = corrected_lds(layer, masks, every, masked, read_judged(fits), settings)
    write_corrections(out, found, estimates_of(found, layer, masks), layer=layer.layer)


def estimates_of(corrected: CorrectedLDS, layer: Tensor, masks: Masks) -> dict[str, BinsNeurons]:
    """{cosmooth, masked}: estimates of hidden neurons in all bins, and of hidden entries in those
    held out, 0 elsewhere. Each segment of time on its own.

    All networks of a layer start from them.
    """
    centred, present = layer.centred, layer.present
    runs = [bins for _, bins in segments(layer.split)]
    neurons = corrected.cosmooth.predict_folds(centred, masks.folds, present, runs)
    entries = np.zeros_like(centred)
    for bins in runs:
        of_lds = neurons[bins].copy()

        def stacked(x: BinsNeurons, visible: BinsNeurons, of_lds: BinsNeurons = of_lds) -> Array:
            return corrected.neurons(of_lds, x, visible)

        neurons[bins] = predict_folds(stacked, centred[bins], masks.folds, present[bins])
        if layer.held_out[bins.start]:
            hidden = masks.entries[bins] & present[bins]
            found = predict_entries(corrected.predict, centred[bins], hidden, present[bins])
            entries[bins] = np.where(hidden, found, 0)
    return {"cosmooth": neurons, "masked": entries}


def corrected_lds(
    layer: Tensor,
    masks: Masks,
    fits: Mapping[int, LDS],
    masked: Weighted,
    judged: Array,
    settings: Mapping[str, Settings] | None = None,
) -> CorrectedLDS:
    """The LDS with what baselines and private activity add to it.

    fits: {dims tried: LDS}; judged (dims tried, bins, neurons): what each of them makes of hidden
    neurons in the bins by which it was chosen (lds_choice.Choice); settings: of the regressions,
    which are chosen here where None.
    """
    settings = settings or choose_regressions(layer, SEED)
    weights, neurons = stack_of_neurons(layer, masks, judged, settings)
    cosmooth = Weighted.of(fits.values(), weights)
    private = fit_private(layer, masked)
    private_gain, entries = stack_of_entries(layer, masks, masked, private)
    for name, weight, stack in (
        ("neurons", weights.sum(), neurons),
        ("entries", entries.weight, entries),
    ):
        others = "".join(f" + {o.weight:.2f} {other}" for other, o in stack.fits.items())
        print(f"hidden {name}: {weight:.2f} lds{others}")
    print(f"private activity at hidden entries: {private_gain:.2f}")
    return CorrectedLDS(cosmooth, masked, neurons, entries, weights, private, private_gain)


def stack_of_neurons(
    layer: Tensor, masks: Masks, judged: Array, settings: Mapping[str, Settings]
) -> tuple[Array, Stack]:
    """The weights of LDSs (dims tried,), and the regressions that help to predict hidden neurons.

    Weights are those of the bins by which the LDS was chosen: validation, and where it is short
    halves of train too, which regressions of the other half predict then.
    """
    centred, present, trials = layer.centred, layer.present, trials_of(layer.split)

    def estimate(fit: Fit, trial: Trial) -> Array:
        bins = trial.judged
        return predict_folds(fit.predict, centred[bins], masks.folds, present[bins])[present[bins]]

    counted = np.concatenate([present[trial.judged] for trial in trials])
    truth = np.concatenate([centred[trial.judged] for trial in trials])[counted]
    of_lds = [of_dims[counted] for of_dims in judged]
    weights, fits = _stacked(centred, trials, settings, estimate, of_lds, truth)
    return weights, Stack(1.0, fits)


def fit_private(layer: Tensor, masked: Weighted) -> PrivateActivity:
    """What the LDS misses of the same neuron in train, other entries of which are hidden."""
    part = in_split(layer.split, "train")
    centred, present = layer.centred[part], layer.present[part]
    entries = hidden_entries(*centred.shape, SEED) & present
    missed = (centred - predict_entries(masked.predict, centred, entries, present)) * present
    return fit_private_activity(missed, entries)


def stack_of_entries(
    layer: Tensor, masks: Masks, masked: Weighted, private: PrivateActivity
) -> tuple[float, Stack]:
    """How much of private activity helps on validation, and interpolation where it helps still."""
    trial = trials_of(layer.split)[0]
    centred, present = layer.centred[trial.judged], layer.present[trial.judged]
    entries = masks.entries[trial.judged] & present
    of_lds = predict_entries(masked.predict, centred, entries, present)
    correction = private(np.where(present & ~entries, centred - of_lds, 0))[entries]
    truth, of_lds = centred[entries], of_lds[entries]
    private_gain = gain(truth - of_lds, correction)

    def estimate(fit: Fit, trial: Trial) -> Array:
        return predict_entries(fit.predict, centred, entries, present)[entries]

    settings = {"interpolation": {"seed": SEED}}
    corrected = [of_lds + private_gain * correction]
    weights, fits = _stacked(layer.centred, [trial], settings, estimate, corrected, truth)
    return private_gain, Stack(float(weights[0]), fits)


def _stacked(
    centred: BinsNeurons,
    trials: list[Trial],
    settings: Mapping[str, Settings],
    estimate: Callable[[Fit, Trial], Array],
    of_lds: list[Array],
    truth: Array,
) -> tuple[Array, dict[str, WeightedFit]]:
    """Weights of estimates of the LDS and of baselines, by least squares and not negative.

    There are no baselines where they add less than LEAST. settings: {baseline: its settings};
    estimate: of a baseline that was fitted to a trial; truth: what is estimated.
    """
    fits = [
        {name: FITS[name](centred[trial.fitted], **own) for name, own in settings.items()}
        for trial in trials
    ]
    others = []
    for name in settings:
        of_trials = zip(fits, trials, strict=True)
        others.append(np.concatenate([estimate(found[name], trial) for found, trial in of_trials]))
    alone, together = blend(of_lds, truth), blend([*of_lds, *others], truth)
    if _r2(truth, [*of_lds, *others], together) < _r2(truth, of_lds, alone) + LEAST:
        return alone, {}
    weights, of_others = np.split(together, [len(of_lds)])
    return weights, {
        name: WeightedFit(float(weight), dict(settings[name]), fits[0][name])
        for name, weight in zip(settings, of_others, strict=True)
        if weight
    }


def _r2(truth: Array, estimates: list[Array], weights: Array) -> float:
    return r2_of(truth, sum(w * e for w, e in zip(weights, estimates, strict=True)))
