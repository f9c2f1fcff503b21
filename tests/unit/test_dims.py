import pytest

from nma.dims import latent_dims
from nma.io.errors import InputError


@pytest.mark.parametrize(
    ("neurons", "dims"), [(2, 1), (114, 38), (338, 112), (339, 113), (1131, 113)]
)
def test_auto_is_a_third_of_the_neurons_and_at_most_what_linear_opponents_have(neurons, dims):
    assert latent_dims("auto", neurons) == dims


def test_dims_are_at_most_the_neurons():
    assert latent_dims(5, 5) == 5
    with pytest.raises(InputError, match="dims: found 6, expected at most the 5 neurons"):
        latent_dims(6, 5)
