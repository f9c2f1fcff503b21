"""How many latent dimensions a source gets."""

from nma.errors import InputError


def latent_dims(dims, neurons):
    """dims, or for `auto` the study's 75 where there are enough neurons and N // 10 where not.

    Raises InputError where more dims than neurons are asked for.
    """
    if dims == "auto":
        return max(1, min(75, neurons // 10))
    if dims > neurons:
        raise InputError("config", "dims", found=dims, expected=f"at most the {neurons} neurons")
    return dims
