"""PCA plus the correction of a bidirectional RNN."""

from torch import nn

from nma.blocks.residual_autoencoder import ResidualAutoencoder


class ResidualRNN(ResidualAutoencoder):
    """units: hidden units of each direction; dropout: of their outputs."""

    def __init__(self, neurons, dims, *, units=64, dropout=0.25):
        super().__init__(neurons, dims, nn.RNN, units=units, dropout=dropout)
