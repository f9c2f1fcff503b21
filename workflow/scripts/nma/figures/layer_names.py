"""How layers are named in figures and tables."""

from nma.io.parsing import read_json, reading
from nma.types import FilePath

LETTERS = 24  # of the name of a layer in a figure


def layer_names(path: FilePath) -> dict[str, str]:
    """{layer: its name} of layers.json, in order: a label, or L1, L2, ... where there are none.

    Raises InputError where the file is damaged.
    """
    table = read_json(path)
    with reading(path):
        return {row["layer"]: row["name"] for row in table["layers"]}


def in_figure(name: str) -> str:
    """A text as Matplotlib draws it as it is, not as a formula, and cut where it is long."""
    short = name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"
    # A legend leaves out what starts with an underscore.
    return short.replace("$", r"\$").replace("_", " _", 1 if short.startswith("_") else 0)
