"""The interactive UMAP of report.html: all maps of a recording in one self-contained fragment."""

import base64
import gzip
import json
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined
from plotly.offline import get_plotlyjs

from nma.figures.labels import label
from nma.figures.style import colours
from nma.io.hdf5 import open_h5

MODES = ("unsupervised", "supervised")
# Coordinates are written in 65,534 steps of their range: finer than a screen, 4 bytes a point.
LARGEST = 2**16 - 2
NOWHERE = 2**16 - 1

FRAGMENT = """\
<div id="maps">
<style>
  #maps .controls { display: flex; flex-wrap: wrap; gap: .6rem 1.4rem; align-items: center; margin: 0 0 .6rem; }
  #maps select { font: inherit; max-width: 100%; padding: .2rem; }
  #maps fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap; gap: .2rem .9rem; align-items: center; }
  #maps legend { float: left; padding: 0; }
  #maps label { white-space: nowrap; max-width: 100%; }
  #maps label.choice { display: flex; flex-wrap: wrap; gap: .2rem .5rem; align-items: center; }
  #maps .swatch { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin: 0 .3em 0 .1em; }
  #maps .ring { border: 2px solid #1d2328; }
  #maps button { font: inherit; font-size: .85rem; padding: .1rem .6rem; }
  #maps .status { min-height: 1.5em; margin: .4rem 0; }
  #maps .plot { height: min(38rem, 100vw); min-height: 22rem; }
  #maps .plot[hidden] { display: none; }
</style>
<p class="note">Point at a neuron or latent unit to see which it is. A supervised map is fitted with the layer labels of
its train points and separates them even where activity is pure noise: its train points prove nothing. Held-out points
were placed without their labels; they are the ones that count. Axes have no unit.</p>
<div class="controls">
<label class="choice">Map of <select name="source">
{% for name in names %}
<option value="{{ name.source }}">{{ name.text }}</option>
{% endfor %}
</select></label>
<label class="choice">Fitted <select name="mode">
<option value="unsupervised">without layer labels (unsupervised)</option>
<option value="supervised">with layer labels (supervised)</option>
</select></label>
<fieldset><legend>Points</legend>
<label><input type="checkbox" name="train" checked> <span class="swatch" style="background: #999"></span>train</label>
<label><input type="checkbox" name="held_out" checked> <span class="swatch ring" style="background: #999"></span>held out</label>
</fieldset>
<fieldset><legend>Layers</legend>
{% for layer, colour in palette.items() %}
<label><input type="checkbox" name="layer" value="{{ layer }}" checked> <span class="swatch" style="background: {{ colour }}"></span>{{ layer }}</label>
{% endfor %}
<button type="button" name="all">all</button><button type="button" name="none">none</button>
</fieldset>
</div>
<p class="status soft" role="status"></p>
<div class="plot" role="figure" aria-label="UMAP of the points chosen above"></div>
<noscript><p>The map needs JavaScript; the figures show the same.</p></noscript>
<script type="application/json">{{ data | safe }}</script>
<script type="text/plain">{{ plotly }}</script>
<script>{{ script | safe }}</script>
</div>
"""  # noqa: E501


def interactive_maps(maps, layer_files, *, layer_colours, script):
    """A fragment of HTML that draws any of the maps, and needs no network.

    maps: {source: path of umap/{source}.h5}, in the order in which they are offered; layer_files:
    {layer: path of layers/{layer}.h5} in order, for the depths (z, um) of neurons; layer_colours:
    the palette of all figures; script: path of interactive.js.
    """
    depths = depths_of(layer_files.values())
    tables, entries, names = [], {}, []
    for source, path in maps.items():
        with open_h5(path) as file:
            kind = file.attrs["kind"]
            # Shuffled, so that no layer covers the others.
            order = np.random.default_rng(0).permutation(len(file["id"]))
            points = point_table(file, order, depths if kind == "neurons" else {})
            modes = {mode: encode(file[mode][:][order]) for mode in MODES}
        # Maps of neurons show the same ones: one table does for all of them.
        if points not in tables:
            tables.append(points)
        entries[source] = {"points": tables.index(points), "kind": kind, **modes}
        names.append({"source": source, "text": map_name(source, kind)})
    palette = colours(layer_colours, layer_files)
    data = {"layers": list(palette.items()), "tables": tables, "maps": entries}
    template = Environment(
        undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).from_string(FRAGMENT)
    return template.render(
        names=names,
        palette=palette,
        # `</script>` in a text would end the element.
        data=json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        # Packed, plotly.js takes 1.9 MB of the page instead of 4.8; the browser unpacks it.
        plotly=base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode(),
        script=Path(script).read_text(encoding="utf-8"),
    )


def depths_of(paths):
    """{(layer number, neuron id): depth in um} of the layers that have positions."""
    depths = {}
    for number, path in enumerate(paths, 1):
        with open_h5(path) as file:
            if "positions" in file:
                ids, z = file["neuron_ids"][:], file["positions"][2]
                depths |= {(number, i): d for i, d in zip(ids.tolist(), z.tolist(), strict=True)}
    return depths


def point_table(file, order, depths):
    """What a map's points are, in this order: columns id, layer (number), held_out and depth.

    depths: see `depths_of`; none for latent units. A depth that is not known is null.
    """
    columns = {name: file[name][:][order].astype(int).tolist() for name in ("id", "layer")}
    columns["held_out"] = file["held_out"][:][order].astype(int).tolist()
    columns["depth"] = [None] * len(order)
    if depths:
        z = [depths[key] for key in zip(columns["layer"], columns["id"], strict=True)]
        columns["depth"] = [round(depth, 1) if np.isfinite(depth) else None for depth in z]
    return columns


def encode(coordinates):
    """Coordinates (points, 2) as {low, high, steps}, or None where no point has a place.

    low, high: the corners (2,) of the map; steps: 16-bit whole numbers, x and y of each point in
    turn, from 0 at `low` to LARGEST at `high`, NOWHERE for NaN; little-endian, as base64.
    """
    placed = np.isfinite(coordinates).all(axis=1)
    if not placed.any():
        return None
    coordinates = coordinates.astype(float)
    low, high = coordinates[placed].min(axis=0), coordinates[placed].max(axis=0)
    steps = np.full(coordinates.shape, NOWHERE, "<u2")
    span = np.where(high > low, high - low, 1)
    steps[placed] = np.rint((coordinates[placed] - low) / span * LARGEST)
    return {
        "low": low.tolist(),
        "high": high.tolist(),
        "steps": base64.b64encode(steps.tobytes()).decode(),
    }


def map_name(source, kind):
    """How the list of maps names one, as the headings of the figures do."""
    if kind == "latent units":
        return f"latent units: {label(source.removesuffix('_latents'))}"
    return "neurons: raw" if source == "raw" else f"neurons: reconstructed by {label(source)}"
