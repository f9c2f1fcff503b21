"""A diagonal linear recurrence with many time scales, mixed by a gated MLP (METHODS 9)."""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import pad

from nma.blocks.autoencoder import Autoencoder, TimeConstants
from nma.blocks.diagonal_recurrence import DiagonalRecurrence
from nma.blocks.diagonal_start import diagonalise, drive_by, put, read_real, set_eigenvalues
from nma.blocks.gated_mlp import GatedMLP
from nma.blocks.smoother_start import fit_start, neuron_groups
from nma.preprocessing.masks import EVER_HIDDEN
from nma.state_space.em import LinearDynamics
from nma.state_space.modes import before_averaging
from nma.state_space.readout import EXPONENTIAL, fit_exponential, read_out
from nma.state_space.stationary import stationary_smoother

ZEROS_AND_ONES = {"mean": 0, "lowest": 0, "deviation": 1, "level": 0, "spread": 1}
KINDS = ("identity", "asinh", "log")  # of transforms
HORIZONS = (1, 2, 4, 8)  # bins ahead that training forecasts, in turn
FORECAST_WEIGHT = 1.0
BEYOND = 8  # hidden bins before and after a run: its ends are no zeros, but unknown
BENT = 2.0  # the furthest that a surprise is bent


class S5(Autoencoder):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    Transformed activity y is read into `dims` inputs u. They drive a smoother, diagonal recurrences
    of `dims` states forwards and backwards in time, whose output is linear in its states. It runs
    in `rounds`: each but the first predicts its own input, m, from the output of the round before.
    Hidden entries get m in place of y, and the others m + bent(y - m): noise is skewed, and
    bent as its density asks for. All of this is set by `start` from linear dynamics of train, and
    stays: without the bend, the rounds together are their Kalman smoother in steady state, whatever
    is hidden.

    Training learns what they lack. Inputs drive `states` further states in each direction, whose
    time constants start on a log grid. Latents are the output of the smoother and a correction, by
    a gated MLP of `units` units with `dropout` that sees all states; it starts at 0, and counts by
    `gains` that validation fits. Estimates are nearly linear in these, as corrections are small.

    `forecast` corrects the filtered latents, from forward states alone, in the same way, and lets
    them run on without input in modes of their own: `dynamics`, whose time constants are those of
    the latents.
    """

    takes_visible = True
    forecasts = True

    def __init__(
        self,
        neurons: int,
        dims: int,
        *,
        states: int = 32,
        units: int = 64,
        dropout: float = 0.25,
        rounds: int = 4,
    ) -> None:
        if rounds < 2:
            raise ValueError(f"{rounds} rounds, not 2 or more")
        super().__init__(neurons, dims)
        self.rounds = rounds
        self.register_buffer("gains", torch.ones(2))
        self.register_buffer("kind", torch.tensor(0))  # of KINDS
        self.register_buffer("constant", torch.tensor(1.0))
        for name, value in ZEROS_AND_ONES.items():
            self.register_buffer(name, torch.full((neurons,), float(value)))
        self.register_buffer("bend", torch.tensor(0.0))
        self.register_buffer("link", torch.stack([torch.zeros(neurons), *torch.ones(2, neurons)]))
        self.register_buffer("links_ahead", self.link.repeat(len(HORIZONS), 1, 1))
        self.register_buffer("moments", torch.eye(dims))  # of filtered latents in train
        self.read_in = nn.Linear(neurons, dims, bias=False)
        self.past = DiagonalRecurrence(dims, dims)
        self.future = DiagonalRecurrence(dims, dims, backwards=True)
        self.smoothed = nn.Linear(5 * dims, dims, bias=False)
        self.filtered = nn.Linear(2 * dims, dims, bias=False)
        self.loadings = nn.Linear(dims, neurons, bias=False)
        self.dynamics = DiagonalRecurrence(dims, dims)
        self.modes = nn.Linear(2 * dims, dims, bias=False)
        self.requires_grad_(False)
        for eigenvalues in (self.dynamics.log_rate, self.dynamics.angle):
            eigenvalues.requires_grad_(True)
        self.earlier = DiagonalRecurrence(dims, states)
        self.later = DiagonalRecurrence(dims, states, backwards=True)
        self.correction = GatedMLP(5 * dims + 4 * states, units, dims, dropout=dropout)
        self.further = GatedMLP(3 * dims + 2 * states, units, dims, dropout=dropout)

    # The start.

    @torch.no_grad()
    def start(self, train: torch.Tensor, objective: str) -> None:
        """Set all weights by linear dynamics of train (layers, bins, neurons), all layers one after
        another."""
        bins = train.flatten(0, 1)
        self.mean.copy_(bins.mean(dim=0))
        found = fit_start((bins - self.mean).cpu().numpy(), self.dims)
        transform = found.transform
        self.kind.fill_(KINDS.index(transform.kind))
        self.constant.fill_(transform.constant)
        for name in ("lowest", "deviation", "level", "spread"):
            put(getattr(self, name), getattr(transform, name))
        self.bend.fill_(found.bend)
        put(self.loadings.weight, found.dynamics.loadings)
        self._start_smoother(found.dynamics, self.transform(bins)[None])
        filtered = self._smoother(bins[None], None, causal=True)[1]
        self.moments.copy_(filtered[0].T @ filtered[0] / len(bins))
        hidden = torch.empty_like(bins)
        for group in torch.from_numpy(neuron_groups(self.neurons)).to(bins.device):
            visible = (~group).expand(1, *bins.shape)
            latents = self._smoother(bins[None], visible, causal=False)[1]
            hidden[:, group] = self.loadings(latents)[0][:, group]
        put(self.link, fit_exponential(hidden.cpu().numpy(), bins.cpu().numpy(), transform.spread))
        for link, horizon in zip(self.links_ahead, HORIZONS, strict=True):
            ahead = self._run_on(filtered[:, :-horizon], horizon)[0].cpu().numpy()
            put(link, fit_exponential(ahead, bins[horizon:].cpu().numpy(), transform.spread))

    def _start_smoother(self, dynamics: LinearDynamics, y: torch.Tensor) -> None:
        """Set both recurrences and the maps of their states; y: (1, bins, neurons), transformed.

        Inputs and states are scaled to a mean square of about 1 in train.
        """
        smoother, dims = stationary_smoother(dynamics), self.dims
        weight = dynamics.weighted().T
        scale = (y @ torch.from_numpy(weight.T).to(y)).std(dim=(0, 1)).clamp(min=1e-6)
        scale = scale.double().cpu().numpy()
        put(self.read_in.weight, weight / scale[:, None])
        u, later = self.read_in(y), smoother.of_filtered @ smoother.gain * scale
        vectors = diagonalise(self.past, smoother.forwards, smoother.gain * scale, u)
        read_real(self.smoothed.weight, smoother.of_filtered @ vectors, 0)
        read_real(self.filtered.weight, vectors, 0)
        vectors = diagonalise(self.future, smoother.backwards, later, u)
        read_real(self.smoothed.weight, vectors, 2 * dims)
        put(self.smoothed.weight[:, -dims:], -later)
        values, vectors = np.linalg.eig(dynamics.transition)
        set_eigenvalues(self.dynamics, values)
        drive_by(self.dynamics, np.linalg.inv(vectors))
        read_real(self.modes.weight, vectors, 0)

    # Latents and activity.

    def transform(self, activity: torch.Tensor) -> torch.Tensor:
        """Transformed activity, of the same shape: see state_space.transform."""
        kind, x = KINDS[int(self.kind)], activity - self.mean
        if kind == "asinh":
            x = (x / (self.constant * self.deviation)).asinh()
        elif kind == "log":
            x = ((x - self.lowest).clamp(min=0) / self.deviation + self.constant).log()
        return (x - self.level) / self.spread

    def _bent(self, surprise: torch.Tensor) -> torch.Tensor:
        """(exp(b r) - 1) / b of surprises r, with the bend b: r itself where b is 0."""
        bend = torch.where(self.bend.abs() < 1e-3, 1e-3, self.bend)
        return torch.expm1((bend * surprise).clamp(-20, BENT)) / bend

    @torch.no_grad()
    def _smoother(
        self, activity: torch.Tensor, visible: torch.Tensor | None, *, causal: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """States and inputs of the smoother (batch, bins, features), and its output (batch, bins,
        dims); causal: of the filter, whose states know nothing of later bins."""
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        y = self.transform(activity)
        seen = torch.ones_like(y) if visible is None else visible.to(y.dtype)
        run = slice(BEYOND, BEYOND + y.shape[1])
        around = (0, 0, BEYOND, 0 if causal else BEYOND)
        y, seen = pad(y, around), pad(seen, around)
        states, latents = self._round(y * seen, causal)
        for _ in range(self.rounds - 1):
            predicted = self.loadings(latents)
            states, latents = self._round(predicted + self._bent(y - predicted) * seen, causal)
        return states[:, run], latents[:, run]

    def _round(self, y: torch.Tensor, causal: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """The same, of transformed activity none of which is hidden."""
        u = self.read_in(y)
        past = self.past(u)
        if causal:
            return torch.cat([past, u], dim=2), self.filtered(past)
        states = torch.cat([past, self.future(u), u], dim=2)
        return states, self.smoothed(states)

    def _filter(self, activity: torch.Tensor, visible: torch.Tensor | None) -> torch.Tensor:
        """Filtered latents (batch, bins, dims), corrected."""
        states, latents = self._smoother(activity, visible, causal=True)
        earlier = self.earlier(states[:, :, -self.dims :])
        return latents + self.further(torch.cat([states, earlier], dim=2))

    def encode(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        """Latents (batch, bins, dims). visible: bool like activity, by default all True; hidden
        entries may have any finite value."""
        states, latents = self._smoother(activity, visible, causal=False)
        u = states[:, :, -self.dims :]
        correction = self.correction(torch.cat([states, self.earlier(u), self.later(u)], dim=2))
        return latents + self._gain(visible) * correction

    def _gain(self, visible: torch.Tensor | None) -> torch.Tensor | float:
        """How much the correction counts, (batch, 1, 1) or for all: see ResidualAutoencoder."""
        if self.training:
            return 1.0
        if visible is None:
            return self.gains[0]
        never = ~visible.any(dim=1)
        unseen = never.float().mean(dim=1)[:, None, None] > EVER_HIDDEN
        return torch.where(unseen, self.gains[1], self.gains[0])

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return read_out(EXPONENTIAL, self.link, self.loadings(latents), torch.exp)

    def forward(self, activity: torch.Tensor, visible: torch.Tensor | None = None) -> torch.Tensor:
        return self.decode(self.encode(activity, visible))

    # Forecasts.

    def forecast(
        self, activity: torch.Tensor, visible: torch.Tensor | None, bins: int
    ) -> torch.Tensor:
        """Estimates (batch, bins, neurons) of what follows activity (batch, context, neurons)."""
        latents = self._filter(activity, visible)[:, -1:]
        return torch.cat([self._ahead(latents, h) for h in range(1, bins + 1)], dim=1)

    def _ahead(self, latents: torch.Tensor, horizon: int) -> torch.Tensor:
        """Activity (batch, bins, neurons) `horizon` bins after each bin of filtered latents, by the
        link of the nearest horizon below that has one."""
        number = sum(fitted <= horizon for fitted in HORIZONS) - 1
        return read_out(
            EXPONENTIAL, self.links_ahead[number], self._run_on(latents, horizon), torch.exp
        )

    def _run_on(self, latents: torch.Tensor, horizon: int) -> torch.Tensor:
        """Transformed activity that follows filtered latents (batch, bins, dims)."""
        modes = torch.complex(*self.dynamics.drive(latents).chunk(2, dim=-1))
        modes = modes * self.dynamics.eigenvalues**horizon
        return self.loadings(self.modes(torch.cat([modes.real, modes.imag], dim=-1)))

    def auxiliary_loss(self, activity: torch.Tensor, step: int) -> torch.Tensor:
        """The error of forecasts of every other window, at one horizon a step.

        It trains the filter's correction and the time constants of what runs on.
        """
        activity = activity[::2]
        horizon = min(HORIZONS[step % len(HORIZONS)], activity.shape[1] - 1)
        latents = self._filter(activity, None)[:, : activity.shape[1] - horizon]
        ahead = self._ahead(latents, horizon)
        return FORECAST_WEIGHT * (ahead - activity[:, horizon:]).square().mean()

    @torch.no_grad()
    def time_constants(self, bin_seconds: float, bin_width: int = 1) -> TimeConstants:
        """Of the modes of the latents, as state_space.modes has them for a linear system."""
        values = self.dynamics.eigenvalues.cpu().numpy().astype(np.complex128)
        rates = -np.log(before_averaging(np.abs(values), bin_width).clip(1e-12))
        vectors, inverse = (
            torch.complex(*part).cpu().numpy()
            for part in (
                (self.modes.weight[:, : self.dims], -self.modes.weight[:, self.dims :]),
                self.dynamics.drive.weight.chunk(2),
            )
        )
        loadings, moments = self.loadings.weight.cpu().numpy(), self.moments.cpu().numpy()
        parts = (inverse @ moments) * ((loadings @ vectors).T @ loadings)
        weights = parts.real.sum(axis=1).clip(0)
        hertz = np.abs(np.angle(values)) / (2 * np.pi * bin_seconds)
        return TimeConstants(bin_seconds / bin_width / rates, hertz, weights / weights.sum())
