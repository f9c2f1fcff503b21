"""Figure: the modes of each layer's LDS, as poles and by how fast they decay and turn."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from nma.figures.style import colours, layer_legend, save, side_by_side_panels
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import read_tensor
from nma.scores.frame import read_table, unpredicted
from nma.state_space.files import read_fit
from nma.state_space.modes import Modes, modes_of
from nma.types import Array, FilePath

LARGEST = 260.0  # pt squared, of a mode that carries all
LEAST = 0.005  # of the weight of a layer, below which a mode is not drawn
GREY = "#bbbbbb"


def draw(
    *,
    tensors: Sequence[FilePath],
    fits: Sequence[FilePath],
    metrics: FilePath,
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    **files: object,
) -> None:
    """Draw the eigenvalues of A in the complex plane, and decay times against frequencies.

    tensors, fits: tensors/{layer}.h5 and state_space/{layer}.h5. Areas are shares of the predicted
    activity. A layer whose hidden neurons the LDS is not shown to predict is left out.
    """
    without = unpredicted(read_table(metrics), "lds")
    palette = colours(layer_colours, layers)
    figure, (plane, times) = side_by_side_panels(4.2, (1, 1.2))
    circle = np.linspace(0, np.pi, 200)
    plane.plot(np.cos(circle), np.sin(circle), color=GREY, linewidth=0.8)
    plane.axhline(0, color=GREY, linewidth=0.8)
    reach = [0.0 + 0.3j]
    for layer, tensor, fit in zip(layers, tensors, fits, strict=True):
        if layer not in without:
            reach += list(draw_modes(plane, times, layer_modes(tensor, fit), palette[layer]))
    plane.set(xlabel="real part", ylabel="imaginary part (positive half)", aspect="equal")
    plane.set_xlim(np.min(np.real(reach)) - 0.05, 1.05)
    plane.set_ylim(-0.05, np.max(np.imag(reach)) + 0.05)
    times.set_yscale("log")
    times.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    times.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    times.yaxis.set_minor_locator(NullLocator())
    times.set(xlabel="frequency (Hz)", ylabel="decay time (s)")
    layer_legend(figure, palette, layers)
    save(figure, **files)


def layer_modes(tensor: FilePath, fit: FilePath) -> Modes:
    """The modes of a layer's LDS, weighted by the activity of train."""
    layer, lds = read_tensor(tensor), read_fit(fit)
    present = layer.present[in_split(layer.split, "train")]
    y = lds.transform(layer.train - layer.train_mean)
    return modes_of(lds.dynamics, y, layer.bin_seconds, layer.bin_width, present)


def draw_modes(plane: Axes, times: Axes, modes: Modes, colour: str) -> Array:
    """Draw the modes of a layer in both panels; of a complex pair once, with the weight of both.
    Return the eigenvalues that are drawn."""
    shown = (modes.eigenvalues.imag >= 0) & (modes.weights >= LEAST)
    paired = np.where(modes.eigenvalues.imag > 0, 2, 1)

    def of(values: Array) -> Array:
        return values[shown]

    style = {"s": LARGEST * of(modes.weights * paired), "color": colour, "alpha": 0.55}
    plane.scatter(of(modes.eigenvalues.real), of(modes.eigenvalues.imag), linewidth=0, **style)
    times.scatter(of(modes.hertz), of(modes.seconds), linewidth=0, **style)
    return of(modes.eigenvalues)
