"""How sources are named, and numbers written, in figures, tables and sentences."""

CAPITALS = ("RNN", "GRU", "LSTM", "PCA", "PPCA", "LDS", "LFADS", "S5")


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


def number(value: float, form: str = ".3f") -> str:
    """A number as text. What rounds to zero has no sign: 0.00, never -0.00."""
    return format(float(value), f"z{form}")
