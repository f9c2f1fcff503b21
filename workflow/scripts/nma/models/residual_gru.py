"""A linear model plus the correction of a bidirectional GRU."""

from torch import nn

from nma.blocks.residual_autoencoder import ResidualAutoencoder


class ResidualGRU(ResidualAutoencoder):
    """units: hidden units of each direction; dropout: of their outputs."""

    def __init__(self, neurons: int, dims: int, *, units: int = 64, dropout: float = 0.25) -> None:
        super().__init__(neurons, dims, nn.GRU, units=units, dropout=dropout)
