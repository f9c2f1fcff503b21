"""Figure: the leading latents of the LDS over time, with behaviour."""

from collections.abc import Mapping

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from nma.figures.style import WIDTH, save
from nma.latents.shared_components import read_components
from nma.preprocessing.splits import segments
from nma.preprocessing.tensors import read_tensor
from nma.scores.readouts import behaviours
from nma.types import Array, FilePath

SHOWN = 6  # latents
APART = 5.0  # standard deviations between two lines
INK, BEHAVIOUR = "#332288", "#6e5338"


def draw(
    *,
    tensor: FilePath,
    fit: FilePath,
    latents: FilePath,
    recording: FilePath,
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    seconds: float,
    dpi: int,
) -> None:
    """Draw the first `seconds` of held-out test data of the first layer.

    fit: state_space/{layer}.h5; latents: of its LDS. Behaviours are drawn where there are any.
    """
    layer = read_tensor(tensor)
    part = next(bins for code, bins in segments(layer.split) if code == layer.split[-1])
    shown = slice(
        part.start, min(part.stop, part.start + max(2, round(seconds / layer.bin_seconds)))
    )
    found = read_components([fit], [latents], SHOWN)
    behaviour = behaviours(recording, layer.bin_width, len(layer.split))
    lines = {
        f"latent {number} ({100 * share:.0f} %)": (course, INK)
        for number, (course, share) in enumerate(zip(found.courses.T, found.shares, strict=True), 1)
    } | {name: (values[:, 0], BEHAVIOUR) for name, values in behaviour.items()}
    time = np.arange(shown.start, shown.stop) * layer.bin_seconds
    height = 0.9 + 0.42 * len(lines)
    figure, panel = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    stack(panel, time, {name: (course[shown], ink) for name, (course, ink) in lines.items()})
    panel.set(xlabel="time (s)", xlim=(time[0], time[-1]))
    panel.set_title(f"{next(iter(layers.values()))}, held-out data", loc="left")
    save(figure, svg, png, dpi)


def stack(panel: Axes, time: Array, lines: Mapping[str, tuple[Array, str]]) -> None:
    """Draw courses one below the other, each in its own standard deviations, with their names."""
    for number, (course, ink) in enumerate(lines.values()):
        spread = np.nanstd(course)
        level = (course - np.nanmean(course)) / (spread if spread > 0 else 1)
        panel.plot(time, level - number * APART, color=ink, linewidth=0.9)
    panel.set_yticks([-number * APART for number in range(len(lines))], list(lines))
    panel.set_ylim(-(len(lines) - 1) * APART - 0.7 * APART, APART)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
