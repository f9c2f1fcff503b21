"""A linear autoencoder that starts as PCA, and what a recurrent network adds to its scores."""

import torch
from torch import nn

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
        bins = train.flatten(0, 1).double()
        mean = bins.mean(0)
        variances, vectors = torch.linalg.eigh(torch.cov(bins.T))  # in rising order
        deviation = variances[-self.dims :].clamp(min=1e-12).sqrt()
        components = vectors[:, -self.dims :]
        self.encoder.weight.copy_((components / deviation).T)
        self.encoder.bias.copy_(-(mean @ components) / deviation)
        self.decoder.weight.copy_(components * deviation)
        self.decoder.bias.copy_(mean)

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
