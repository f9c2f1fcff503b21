"""How many latent dimensions a source gets."""

from nma.io.errors import InputError


def latent_dims(dims: int | str, neurons: int) -> int:
    """dims, or for `auto` a third of the neurons and 113 at most, as many as baselines may have.

    A tenth of the neurons, as of the study's PCA, is too few for layers of about a hundred: the
    baselines, which choose their dims, then win by having more.

    Raises InputError where more dims than neurons are asked for.
    """
    if dims == "auto":
        return max(1, min(113, neurons // 3))
    if dims > neurons:
        raise InputError("config", "dims", found=dims, expected=f"at most the {neurons} neurons")
    return dims
