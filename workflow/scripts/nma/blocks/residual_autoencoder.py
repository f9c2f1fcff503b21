"""A linear model whose latents a recurrent network corrects."""

import torch
from torch import nn

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.bidirectional import bidirectional
from nma.blocks.dropout import Dropout
from nma.blocks.linear_autoencoder import linear_autoencoder
from nma.preprocessing.masks import EVER_HIDDEN

TAPS = 25  # bins of each latent's filter


class ResidualAutoencoder(Autoencoder):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    Latents are those of a linear model, plus a correction that starts at zero: a filter of each
    latent in time, and what a bidirectional recurrent network finds on all of them. The linear
    model stays as it is; training learns the correction. It is a linear dynamical system, `lds`,
    where activity is hidden in training, and PCA where none is. Where neurons are hidden
    throughout, another correction takes the place of the first: only other neurons can help there.
    cell: nn.RNN, nn.GRU or nn.LSTM; units: hidden units of each direction; dropout: of their
    outputs.
    """

    def __init__(
        self,
        neurons: int,
        dims: int,
        cell: type[nn.RNNBase],
        *,
        units: int = 64,
        dropout: float = 0.25,
    ) -> None:
        super().__init__(neurons, dims)
        self.encoder = nn.Linear(neurons, dims).requires_grad_(False)  # of PCA
        self.decoder = nn.Linear(dims, neurons).requires_grad_(False)
        # How much of a trained correction counts: where neurons are seen, and where some never are.
        # Fitted on validation (training.validation), 0 where the correction does not help.
        self.register_buffer("gains", torch.ones(2))
        self.filters = nn.Parameter(torch.zeros(TAPS, dims))
        self.network = cell(dims, units, bidirectional=True, batch_first=True)
        self.dropout = Dropout(dropout)
        self.seen, self.unseen = nn.Linear(2 * units, dims), nn.Linear(2 * units, dims)
        for weight in (*self.seen.parameters(), *self.unseen.parameters()):
            nn.init.zeros_(weight)

    @property
    def takes_visible(self) -> bool:
        """Whether hidden entries are handled by the model itself: by the smoother of its LDS."""
        return self.lds is not None

    @torch.no_grad()
    def start(self, train: torch.Tensor, objective: str) -> None:
        """Set the linear model: PCA of train (layers, bins, neurons), all layers together, unless
        there is an LDS.

        Raises ValueError where activity will be hidden and there is none.
        """
        if self.lds:
            self.lds.remember()
            weight, bias = (torch.from_numpy(part).to(train) for part in self.lds.decoder())
            self.decoder.weight.copy_(weight)
            self.decoder.bias.copy_(bias)
            self.encoder.weight.zero_()
            self.encoder.bias.zero_()
            return
        if objective != "reconstruct":
            raise ValueError(f"a residual network needs an LDS for the objective {objective}")
        self.unseen.requires_grad_(False)  # nothing is ever hidden
        bins = train.flatten(0, 1)
        mean = bins.mean(0)
        # A layer at a time, which bounds the memory of a shared network.
        layers = (layer - mean for layer in train)
        encoder, decoder = linear_autoencoder(layers, bins.shape, self.dims, objective)
        self.encoder.weight.copy_(encoder)
        self.encoder.bias.copy_(-encoder @ mean)
        self.decoder.weight.copy_(decoder)
        self.decoder.bias.copy_(mean)

    def _filtered(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents (batch, bins, dims), each convolved with its filter, whose middle tap is now.

        By Fourier transforms, three times faster here than torch's convolutions one by one.
        """
        bins = latents.shape[1]
        length = bins + TAPS - 1  # so that the end does not wrap round to the beginning
        spectra = (torch.fft.rfft(x, length, dim=-2) for x in (latents, self.filters))
        product = torch.fft.irfft(torch.mul(*spectra), length, dim=-2)
        return product[:, TAPS // 2 : TAPS // 2 + bins]

    def correction(self, latents: torch.Tensor, visible: torch.Tensor | None) -> torch.Tensor:
        """The correction (batch, bins, dims) of the linear model's latents."""
        found = self.dropout(bidirectional(self.network, latents))
        gains = (1, 1) if self.training else self.gains
        correction = gains[0] * (self._filtered(latents) + self.seen(found))
        if visible is not None:
            never = 1 - visible.view(torch.uint8).amax(dim=1)  # as bytes, which vectorise
            # More than are missing: see hides_neurons.
            unseen = never.float().mean(dim=1)[:, None, None] > EVER_HIDDEN
            correction = torch.where(unseen, gains[1] * self.unseen(found), correction)
        return correction

    def linear_latents(self, activity: torch.Tensor, visible: torch.Tensor | None) -> torch.Tensor:
        """Latents (batch, bins, dims) of the linear model."""
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        return self.lds.latents(activity, visible) if self.lds else self.encoder(activity)

    def encode(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        """Latents (batch, bins, dims). visible: bool like activity, by default all True; hidden
        entries may have any finite value."""
        latents = self.linear_latents(activity, visible)
        return latents + self.correction(latents, visible)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return self.lds.decode(latents) if self.lds else self.decoder(latents)

    def estimate(
        self, estimates: torch.Tensor, latents: torch.Tensor, visible: torch.Tensor
    ) -> torch.Tensor:
        """The LDS's estimates of hidden activity and its latents, to those of the network."""
        return estimates + self.correction(latents, visible) @ self.decoder.weight.T

    def forward(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        if visible is None:
            return self.decode(self.encode(activity))
        latents = self.linear_latents(activity, visible)
        return self.estimate(self.lds.estimates(activity, visible), latents, visible)
