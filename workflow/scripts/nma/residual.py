"""A linear autoencoder that starts as PCA, and what a recurrent network adds to its scores."""

import numpy as np
import torch
from torch import nn

from nma.pca import fit_pca
from nma.recurrence import bidirectional


class ResidualAutoencoder(nn.Module):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    Latents are the scores of a linear encoder plus a correction that a bidirectional recurrent
    network finds on them; the decoder is linear. `start` sets the linear part to PCA, whitened,
    and the correction begins at zero: before its first step the network is PCA.
    cell: nn.RNN, nn.GRU or nn.LSTM; units: hidden units of each direction; dropout: of its outputs.
    """

    def __init__(self, neurons, dims, cell, *, units=64, dropout=0.25):
        super().__init__()
        self.neurons, self.dims = neurons, dims
        self.encoder = nn.Linear(neurons, dims)
        self.decoder = nn.Linear(dims, neurons)
        self.network = cell(dims, units, bidirectional=True, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.correction = nn.Linear(2 * units, dims)
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)

    @torch.no_grad()
    def start(self, train):
        """Set the linear part to PCA of train (layers, bins, neurons), all layers together."""
        pca = fit_pca(train.flatten(0, 1).cpu().numpy())
        deviation = np.sqrt(pca.explained_variance_[: self.dims]).clip(1e-6)[:, None]
        components = pca.components_[: self.dims]
        values = {
            self.encoder.weight: components / deviation,
            self.encoder.bias: -(components @ pca.mean_) / deviation[:, 0],
            self.decoder.weight: (components * deviation).T,
            self.decoder.bias: pca.mean_,
        }
        for weight, value in values.items():
            weight.copy_(torch.from_numpy(value))

    def linear_weights(self):
        """The weights that start from a solution and learn at a lower rate."""
        return [*self.encoder.parameters(), *self.decoder.parameters()]

    def encode(self, activity):
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        scores = self.encoder(activity)
        return scores + self.correction(self.dropout(bidirectional(self.network, scores)))

    def decode(self, latents):
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return self.decoder(latents)

    def forward(self, activity):
        return self.decode(self.encode(activity))
