"""state_space/**/{layer}.h5: the linear dynamical systems of a layer."""

import h5py
import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.state_space.em import LinearDynamics
from nma.state_space.lds import LDS, Weighted
from nma.state_space.readout import EXPONENTIAL, QUADRATIC
from nma.state_space.transform import Transform
from nma.types import Array, FilePath

NEURONWISE = ("lowest", "deviation", "level", "spread")
# Of readouts; activity is base + gain exp(slope m) where the link is exponential.
COEFFICIENTS = {QUADRATIC: "1, m, m squared", EXPONENTIAL: "base, gain, slope"}


def write_fits(
    out: FilePath,
    fits: dict[int, LDS],
    chosen: int,
    *,
    bin_seconds: float,
    validation: dict[str, Array],
    judged: Array | None = None,
    **attributes: str | int | float | Array,
) -> None:
    """Write {dims: LDS}; those of the chosen dims are at the top, all of them below dims_{k}.

    validation: {name: value of each of the dims} of scores and weights; judged (dims tried, bins,
    neurons): predictions of hidden neurons in the bins by which these were chosen.
    """
    transform = next(iter(fits.values())).transform
    attributes |= {"transform": transform.kind, "transform_constant": transform.constant}
    attributes["link"] = transform.link
    attributes |= {"dims": chosen, "dims_tried": list(fits), "bin_seconds": bin_seconds}
    with new_h5(out, **attributes) as file:
        for name in NEURONWISE:
            values = getattr(transform, name)
            put(file, f"transform/{name}", values, units="normalised activity", axes=("neuron",))
        for name, values in validation.items():
            put(file, name, values, units="1", axes=("dims tried",))
        if judged is not None:
            axes = ("dims tried", "bin that the choice rests on", "neuron")
            put(file, "judged", judged, units="normalised activity", axes=axes, compression="lzf")
        _put_fit(file, fits[chosen], bin_seconds)
        for dims, fit in fits.items():
            _put_fit(file.create_group(f"dims_{dims}"), fit, bin_seconds)


def _put_fit(group: h5py.Group, fit: LDS, bin_seconds: float) -> None:
    found, latents = fit.dynamics, ("latent", "latent of the bin before")
    put(group, "A", found.transition, units="1", axes=latents)
    put(group, "Q", found.noise, units="1", axes=("latent", "latent"))
    loading = "transformed activity a latent"
    put(group, "C", found.loadings, units=loading, axes=("neuron", "latent"))
    put(group, "R", found.variances, units="squared transformed activity", axes=("neuron",))
    for name, values in (("readout_hidden", fit.hidden), ("readout_visible", fit.visible)):
        axes = (COEFFICIENTS[fit.transform.link], "neuron")
        put(group, name, values, units="normalised activity", axes=axes)
    seconds, hertz = time_constants(found, bin_seconds)
    put(group, "time_constants", seconds, units="s", axes=("eigenvalue",))
    put(group, "frequencies", hertz, units="Hz", axes=("eigenvalue",))


def time_constants(dynamics: LinearDynamics, bin_seconds: float) -> tuple[Array, Array]:
    """Decay times in s and frequencies in Hz (dims,) of the eigenvalues of A, the slowest first.

    NaN where an eigenvalue does not decay.
    """
    values = np.linalg.eigvals(dynamics.transition)
    values = values[np.argsort(-np.abs(values), kind="stable")]
    size = np.abs(values)
    decays = (size > 0) & (size < 1)
    seconds = np.full(len(values), np.nan)
    seconds[decays] = -bin_seconds / np.log(size[decays])
    return seconds, np.abs(np.angle(values)) / (2 * np.pi * bin_seconds)


def read_dims_tried(path: FilePath) -> list[int]:
    """The dims that the file has fits of."""
    with open_h5(path) as file:
        return [int(dims) for dims in file.attrs["dims_tried"]]


def read_judged(path: FilePath) -> Array:
    """What each of the dims tried makes of hidden neurons in the bins by which dims were chosen
    (dims tried, bins, neurons)."""
    with open_h5(path) as file:
        return file["judged"][:]


def read_transform(path: FilePath) -> Transform:
    """The transform of all fits of the file."""
    with open_h5(path) as file:
        values = (file[f"transform/{name}"][:] for name in NEURONWISE)
        constant = float(file.attrs["transform_constant"])
        return Transform(file.attrs["transform"], constant, *values, file.attrs["link"])


def read_fit(path: FilePath, dims: int | None = None) -> LDS:
    """The LDS of these dims, or of the chosen ones."""
    transform = read_transform(path)
    with open_h5(path) as file:
        group = file if dims is None else file[f"dims_{dims}"]
        dynamics = LinearDynamics(*(group[name][:] for name in "AQCR"))
        return LDS(transform, dynamics, group["readout_hidden"][:], group["readout_visible"][:])


def read_weighted(path: FilePath, weights: Array) -> Weighted:
    """The LDSs of the dims tried that have a weight; weights (dims tried,)."""
    tried = read_dims_tried(path)
    kept = {dims: float(w) for dims, w in zip(tried, weights, strict=True) if w}
    return Weighted([read_fit(path, dims) for dims in kept], np.array(list(kept.values())))


def read_weights(path: FilePath, kind: str) -> Array:
    """The weights of the dims tried; kind: `cosmooth` for hidden neurons, `masked` for entries."""
    with open_h5(path) as file:
        return file[f"{kind}_weights"][:]
