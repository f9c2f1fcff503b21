"""LFADS: latent factors as a dynamical system that a recurrent network learns (METHODS 9).

Pandarinath et al. 2018, Nature Methods 15: 805; sizes and constants of the reference code.
"""

import torch
from torch import nn

from nma.blocks.activity_scale import SCALES
from nma.blocks.autoencoder import Autoencoder
from nma.blocks.gaussian_latents import AutoregressivePrior, NormalPrior, draw
from nma.blocks.lfads_encoders import InitialStateEncoder, InputEncoder
from nma.blocks.lfads_generator import Generator, Run
from nma.blocks.linear_autoencoder import linear_autoencoder
from nma.blocks.overlapping_windows import cut, merged
from nma.blocks.scaled_start import scaled_start

PRIOR_VARIANCE, PRIOR_TAU = 0.1, 10.0  # of the first state and of inputs; tau in bins
PENALTY = 1e-4  # of the mean square of recurrent weights


class LFADS(Autoencoder):
    """Activity (batch, bins, neurons) to factors (batch, bins, dims) and back.

    generator: hidden units of the generator and of the encoder of its first state; controller: of
    the controller and of the encoder of what it sees; inputs: inferred inputs, 0 for none; lag:
    bins between a bin and the activity by which its inputs are inferred, 0 for that of the bin too;
    kl: weight of the divergence of posteriors from priors, 1 for the evidence lower bound; ramp:
    steps over which that weight rises from 0; dropout: of states; scale: `log`, log rates are
    linear in the factors, or `linear`, activity is.

    In training all bins given are one window. In evaluation mode a sequence is cut into windows of
    the length of training, and posteriors are replaced by their means.
    """

    takes_visible = True
    forecasts = True

    def __init__(
        self,
        neurons: int,
        dims: int,
        *,
        generator: int = 100,
        controller: int = 80,
        inputs: int = 4,
        lag: int = 1,
        kl: float = 1.0,
        ramp: int = 400,
        dropout: float = 0.3,
        scale: str = "log",
    ) -> None:
        super().__init__(neurons, dims)
        if scale not in SCALES:
            raise ValueError(f"a scale of {scale}, expected one of {', '.join(SCALES)}")
        self.kl, self.ramp, self.inputs = kl, ramp, inputs
        self.scale = SCALES[scale](neurons)
        self.read_in = nn.Linear(neurons, dims)
        self.encoder = InitialStateEncoder(dims, generator, generator, dropout)
        self.initial_prior = NormalPrior(generator, PRIOR_VARIANCE)
        self.generator = Generator(
            dims, generator, inputs=inputs, controller=controller, dropout=dropout
        )
        if inputs:
            self.input_encoder = InputEncoder(dims, controller, lag)
            self.input_prior = AutoregressivePrior(inputs, PRIOR_TAU, PRIOR_VARIANCE)
        self.readout = nn.Linear(dims, neurons)
        self.register_buffer("window", torch.tensor(32))  # bins of a window in training
        self.divergence = None  # nats a window of the last forward in training
        scaled_start(self)

    @property
    def context(self) -> int:
        """Bins that a forecast begins from, at most."""
        return int(self.window)

    @torch.no_grad()
    def start(self, train: torch.Tensor, objective: str) -> None:
        """Fit the scale to train (layers, bins, neurons), all layers together, and begin with the
        read-in and the readout of factor analysis."""
        bins = train.flatten(0, 1)
        self.scale.fit(bins)
        seen = (self.scale(layer) for layer in train)
        read_in, readout = linear_autoencoder(seen, bins.shape, self.dims, "masked")
        self.read_in.weight.copy_(read_in)
        self.readout.weight.copy_(self.scale.slope[:, None] * readout)

    def run(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> Run:
        """Run the generator on windows (batch, bins, neurons)."""
        seen = self.read_in(self._seen(activity, visible))
        mean, log_variance = self.encoder(seen)
        first = draw(mean, log_variance) if self.training else mean
        of_inputs = self.input_encoder(seen) if self.inputs else None
        run = self.generator(first, of_inputs, seen.shape[1])
        if self.training:
            self.window.fill_(seen.shape[1])
            nats = self.initial_prior.divergence(mean, log_variance)
            if self.inputs:
                nats = nats + self.input_prior.divergence(run.mean, run.log_variance, run.drawn)
            self.divergence = nats.mean() / activity[0].numel()
        return run

    def _seen(self, activity: torch.Tensor, visible: torch.Tensor | None) -> torch.Tensor:
        """Activity on the network's scale, 0 where it is hidden; the visible entries of a bin are
        scaled up by the share that is missing."""
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        scaled = self.scale(activity)
        if visible is None:
            return scaled
        count = visible.sum(dim=2, keepdim=True).clamp(min=1)
        return torch.where(visible, scaled, 0) * (self.neurons / count)

    def _over_windows(
        self, activity: torch.Tensor, visible: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Factors and means of inferred inputs (batch, bins, ...) of sequences of any length."""
        bins, window = activity.shape[1], self.context
        given = (x if x is None else cut(x, window) for x in (activity, visible))
        run = self.run(*given)
        return merged(run.factors, bins), merged(run.mean, bins)

    def encode(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        """Factors (batch, bins, dims). visible: bool like activity, by default all True; hidden
        entries may have any value."""
        if self.training:
            return self.run(activity, visible).factors
        return self._over_windows(activity, visible)[0]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return self.scale.activity(self.readout(latents))

    def forward(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        return self.decode(self.encode(activity, visible))

    def inferred_inputs(
        self, activity: torch.Tensor, visible: torch.Tensor | None = None
    ) -> torch.Tensor | None:
        """Inputs (batch, bins, inputs) that the generator needs to follow activity."""
        return self._over_windows(activity, visible)[1] if self.inputs else None

    def forecast(self, activity: torch.Tensor, visible: torch.Tensor, bins: int) -> torch.Tensor:
        """The bins that follow activity (batch, context, neurons): the generator runs on without
        inputs."""
        state = self.run(activity[:, -self.context :], visible[:, -self.context :]).state
        return self.decode(self.generator(state, None, bins).factors)

    def auxiliary_loss(self, activity: torch.Tensor, step: int) -> torch.Tensor:
        """The divergence of the posteriors of the last forward, and the penalty of weights."""
        ramp = min(1.0, (step + 1) / max(self.ramp, 1))
        recurrent = [w for name, w in self.named_parameters() if "weight_hh" in name]
        squares = sum(w.square().sum() for w in recurrent) / sum(w.numel() for w in recurrent)
        return ramp * (self.kl * self.divergence + 0.5 * PENALTY * squares)
