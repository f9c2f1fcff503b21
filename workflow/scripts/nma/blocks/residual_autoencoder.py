"""A linear model whose latents a recurrent network corrects."""

import torch
from torch import nn

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.bidirectional import bidirectional
from nma.blocks.dropout import Dropout
from nma.blocks.linear_autoencoder import linear_autoencoder

BEND = 4  # standard deviations beyond which activity is compressed
ROUNDS = 3  # of filling in hidden entries, after the first projection
TAPS = 25  # bins of each latent's filter


class ResidualAutoencoder(Autoencoder):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    Latents are those of a linear model, plus a correction that starts at zero: a filter of each
    latent in time, and what a bidirectional recurrent network finds on all of them. `start` fits
    the linear model, which stays as it is; training learns the correction. Where neurons are hidden
    throughout, another correction takes its place: only other neurons can help there, not the
    neurons' own past and future. cell: nn.RNN, nn.GRU or nn.LSTM; units: hidden units of each
    direction; dropout: of their outputs.
    """

    takes_visible = True

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
        self.encoder = nn.Linear(neurons, dims, bias=False).requires_grad_(False)
        self.decoder = nn.Linear(dims, neurons).requires_grad_(False)
        # How activity enters the encoder: see `standardised`.
        for name in ("mean", "bend", "centre"):
            self.register_buffer(name, torch.zeros(neurons))
        self.register_buffer("slope", torch.ones(neurons))
        # How much of a trained correction counts: where neurons are seen, and where some never are.
        # Fitted on validation (training.validation), 0 where the correction does not help.
        self.register_buffer("gains", torch.ones(2))
        self.filters = nn.Parameter(torch.zeros(TAPS, dims))
        self.network = cell(dims, units, bidirectional=True, batch_first=True)
        self.dropout = Dropout(dropout)
        self.seen, self.unseen = nn.Linear(2 * units, dims), nn.Linear(2 * units, dims)
        for weight in (*self.seen.parameters(), *self.unseen.parameters()):
            nn.init.zeros_(weight)

    @torch.no_grad()
    def start(self, train: torch.Tensor, objective: str) -> None:
        """Fit the linear model to train (layers, bins, neurons), all layers together.

        Where entries will be hidden, large events are compressed first: a few of them would
        otherwise dominate the loadings.
        """
        bins = train.flatten(0, 1)
        self.mean.copy_(bins.mean(0))
        if objective == "reconstruct":
            self.unseen.requires_grad_(False)  # nothing is ever hidden
        else:
            self._fit_compression(bins)
        # A layer at a time, which bounds the memory of a shared network.
        layers = (self.standardised(layer) for layer in train)
        encoder, decoder = linear_autoencoder(layers, bins.shape, self.dims, objective)
        self.encoder.weight.copy_(encoder)
        self.decoder.weight.copy_(decoder)
        self.decoder.bias.copy_(self.mean)

    def _fit_compression(self, bins: torch.Tensor) -> None:
        """Set `bend`, and the mean and slope of compressed train (bins, neurons)."""
        deviation = bins.std(0)
        self.bend.copy_(BEND * torch.where(deviation > 1e-6, deviation, 1))
        centred = bins - self.mean
        bent = self._bent(bins) * self.bend
        self.centre.copy_(bent.mean(0))
        power = centred.square().sum(0)
        slope = ((bent - self.centre) * centred).sum(0) / power.clamp(min=1e-6)
        self.slope.copy_(torch.where(slope > 1e-3, slope, 1))

    def _bent(self, activity: torch.Tensor) -> torch.Tensor:
        """asinh of centred activity over `bend`, in a form that processors vectorise."""
        scaled = torch.addcmul(-self.mean / self.bend, activity, 1 / self.bend)
        root = torch.addcmul(scaled.new_ones(()), scaled, scaled).sqrt_()
        return root.add_(scaled.abs()).log_().copysign_(scaled)

    def standardised(self, activity: torch.Tensor) -> torch.Tensor:
        """The linear model's input, of the shape of activity (..., neurons): activity less its
        mean; if entries are hidden in training, also compressed beyond `bend` and scaled back to a
        slope of 1."""
        if not self.bend.any():
            return activity - self.mean
        bent = self._bent(activity)
        return torch.addcmul(-self.centre / self.slope, bent, self.bend / self.slope, out=bent)

    @torch.no_grad()
    def linear_latents(self, activity: torch.Tensor, visible: torch.Tensor | None) -> torch.Tensor:
        """Latents (batch, bins, dims) of the linear model, hidden entries filled in by itself.

        Each round of filling comes closer to the posterior mean given the visible entries alone.
        """
        filled = self.standardised(activity)
        if visible is None:
            return self.encoder(filled)
        hidden = (~visible).to(filled.dtype)
        latents = of_visible = self.encoder(filled.addcmul_(filled, hidden, value=-1))
        for _ in range(ROUNDS):
            estimate = latents @ self.decoder.weight.T
            latents = of_visible + self.encoder(estimate.mul_(hidden))
        return latents

    def _filtered(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents (batch, bins, dims), each convolved with its filter, whose middle tap is now.

        By Fourier transforms, three times faster here than torch's convolutions one by one.
        """
        bins = latents.shape[1]
        length = bins + TAPS - 1  # so that the end does not wrap round to the beginning
        spectra = (torch.fft.rfft(x, length, dim=-2) for x in (latents, self.filters))
        product = torch.fft.irfft(torch.mul(*spectra), length, dim=-2)
        return product[:, TAPS // 2 : TAPS // 2 + bins]

    def encode(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        """Latents (batch, bins, dims). visible: bool like activity, by default all True; hidden
        entries may have any finite value."""
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        linear = self.linear_latents(activity, visible)
        found = self.dropout(bidirectional(self.network, linear))
        gains = (1, 1) if self.training else self.gains
        correction = gains[0] * (self._filtered(linear) + self.seen(found))
        if visible is not None:
            ever = visible.view(torch.uint8).amax(dim=1)  # as bytes, which vectorise
            unseen = ever.amin(dim=1)[:, None, None] == 0
            correction = torch.where(unseen, gains[1] * self.unseen(found), correction)
        return linear + correction

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return self.decoder(latents)

    def forward(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        return self.decode(self.encode(activity, visible))
