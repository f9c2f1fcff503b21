"""How many latent dimensions a source gets."""

from nma.errors import InputError


def latent_dims(dims, neurons):
    """dims, or for `auto` the study's 75 where there are enough neurons and N // 3 where not.

    A tenth of the neurons, as of the study's PCA, is too few for layers of about a hundred: the
    linear opponents, which choose their dims, then win by having more.

    Raises InputError where more dims than neurons are asked for.
    """
    if dims == "auto":
        return max(1, min(75, neurons // 3))
    if dims > neurons:
        raise InputError("config", "dims", found=dims, expected=f"at most the {neurons} neurons")
    return dims
