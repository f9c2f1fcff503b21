"""How sources and layers are named, and numbers written, in figures, tables and sentences."""

from nma.io.parsing import read_json, reading
from nma.types import FilePath

LETTERS = 24  # of the name of a layer in a figure
CAPITALS = ("RNN", "GRU", "LSTM", "PCA", "PPCA", "LDS", "LFADS")


def label(source: str) -> str:
    """The name of a source as a reader sees it: `residual_gru` is "residual GRU".

    PCA and LDS with dims of a model have them in brackets: `pca_20` is "PCA (20)".
    """
    kind, _, dims = source.partition("_")
    if kind in ("pca", "lds") and dims:
        return f"{kind.upper()} ({dims})"
    words = source.split("_")
    return " ".join(word.upper() if word.upper() in CAPITALS else word for word in words)


def source_label(name: str) -> str:
    """The name of a source of points: its neurons, or its latent units (`gru_latents`)."""
    if name.endswith("_latents"):
        return f"{label(name.removesuffix('_latents'))} units"
    return label(name)


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


def number(value: float, form: str = ".3f") -> str:
    """A number as text. What rounds to zero has no sign: 0.00, never -0.00."""
    return format(float(value), f"z{form}")
