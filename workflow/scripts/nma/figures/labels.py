"""How sources are named in figures and tables."""

CAPITALS = ("RNN", "GRU", "LSTM", "PCA", "PPCA", "LDS", "LFADS")


def label(source: str) -> str:
    """The name of a source as a reader sees it: `residual_gru` is "residual GRU".

    PCA with dims of its own has them in brackets: `pca_20` is "PCA (20)".
    """
    if source.startswith("pca_"):
        return f"PCA ({source.removeprefix('pca_')})"
    words = source.split("_")
    return " ".join(word.upper() if word.upper() in CAPITALS else word for word in words)


def source_label(name: str) -> str:
    """The name of a source of points: its neurons, or its latent units (`gru_latents`)."""
    if name.endswith("_latents"):
        return f"{label(name.removesuffix('_latents'))} units"
    return label(name)
