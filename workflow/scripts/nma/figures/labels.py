"""How sources are named in figures and tables."""


def label(source):
    """How a source is named in figures and tables."""
    known = {
        "pca": "PCA",
        "rnn": "RNN",
        "gru": "GRU",
        "lstm": "LSTM",
        "feedback_lstm": "feedback LSTM",
        "ppca": "PPCA",
        "smooth_ppca": "smooth PPCA",
        "residual_rnn": "residual RNN",
        "residual_gru": "residual GRU",
        "residual_lstm": "residual LSTM",
    }
    if source.startswith("pca_"):
        return f"PCA ({source[4:]})"
    return known.get(source, source)


def source_label(name):
    """How a source of points is named: neurons as a source has them, or its latent units."""
    if name.endswith("_latents"):
        return f"{label(name.removesuffix('_latents'))} units"
    return label(name)
