"""The base class of every model: the contract with training, scores and latents."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from nma.blocks.lds_start import LDSStart
from nma.types import Array


class TimeConstants(NamedTuple):
    """How fast the parts of a model's latents decay and turn, each (parts,).

    seconds: time constants; hertz: frequencies; weights: shares of predicted activity, of sum 1.
    """

    seconds: Array
    hertz: Array
    weights: Array


class Autoencoder(nn.Module):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    A model has `encode` and `decode`, methods or modules; everything else has defaults here.
    neurons, dims: sizes. docs/models.md lists the whole contract.
    """

    encode: Callable[[torch.Tensor], torch.Tensor]  # activity to latents
    decode: Callable[[torch.Tensor], torch.Tensor]  # latents to activity

    # The LDS that the model starts from: see ResidualAutoencoder.
    lds: LDSStart | None = None

    # Whether `forward` takes `visible`, bool like activity, as a second argument. Other models are
    # given activity whose hidden entries are filled in: see training.coordinated_dropout.
    takes_visible = False

    # Whether there is `forecast(activity, visible, bins)`: estimates (batch, bins, neurons) of the
    # bins that follow activity (batch, context, neurons), where visible is bool like activity. At
    # most `context` bins are given.
    forecasts = False
    context = 64

    def __init__(self, neurons: int, dims: int) -> None:
        super().__init__()
        self.neurons, self.dims = neurons, dims
        # How much a trained correction counts (2,): see `fit_gains` in training.validation.
        self.register_buffer("gains", None)

    def start(self, train: torch.Tensor, objective: str) -> None:
        """Set the weights that training begins from; by default they stay random.

        train: (layers, bins, neurons); objective: `reconstruct`, `masked` or `mixed`.
        """

    def forward(self, activity: torch.Tensor) -> torch.Tensor:
        return self.decode(self.encode(activity))

    def inferred_inputs(
        self, activity: torch.Tensor, visible: torch.Tensor | None = None
    ) -> torch.Tensor | None:
        """Inputs (batch, bins, inputs) of the model's dynamics, found in activity (batch, bins,
        neurons); None of a model without. visible: bool like activity, of one that `takes_visible`.
        """
        return None

    def auxiliary_loss(self, activity: torch.Tensor, step: int) -> torch.Tensor | None:
        """What a training step adds to the error of the last `forward`; None for nothing.

        activity: (batch, bins, neurons), what `forward` saw with nothing hidden; step: from 0 on.
        """
        return None

    def time_constants(self, bin_seconds: float, bin_width: int) -> TimeConstants | None:
        """Time constants of the latents, where a model has any; bin_seconds: of a bin of activity,
        the mean of bin_width bins of the recording."""
        return None
