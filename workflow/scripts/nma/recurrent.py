"""The study's autoencoder around a bidirectional recurrent network (METHODS 1.5)."""

from torch import nn
from torch.autograd import Function

from nma.dropout import Dropout
from nma.pca_start import start_from_pca
from nma.recurrence import bidirectional


class RecurrentAutoencoder(nn.Module):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    A model implements `hidden`: the recurrent part, (batch, bins, neurons) to (batch, bins, dims).
    What follows is the same for all: an MLP of three Mish layers gives the latents, one linear
    layer reads the neurons out. neurons, dims: sizes; dropout: before the last layer of the MLP;
    start: `random` weights as in the study, or `pca`, PCA as nma.pca_start has it.
    """

    def __init__(self, neurons, dims, *, dropout=0.25, start="random"):
        if start not in ("random", "pca"):
            raise ValueError(f"start {start}, not random or pca")
        super().__init__()
        self.neurons, self.dims, self.starts_from = neurons, dims, start
        self.bottleneck = nn.Sequential(
            nn.Linear(dims, 2 * dims),
            Mish(),
            nn.Linear(2 * dims, 2 * dims),
            Mish(),
            Dropout(dropout),
            nn.Linear(2 * dims, dims),
            Mish(),
        )
        self.readout = nn.Linear(dims, neurons)

    def start(self, train, objective):
        """Set the weights that training begins from. train: (layers, bins, neurons)."""
        if self.starts_from == "pca":
            start_from_pca(self, self.last().network, train, objective)

    def last(self):
        """The Bidirectional whose output enters the bottleneck."""
        return self.hidden

    def encode(self, activity):
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        return self.bottleneck(self.hidden(activity))

    def decode(self, latents):
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return self.readout(latents)

    def forward(self, activity):
        return self.decode(self.encode(activity))


class Mish(nn.Module):
    """x tanh(log(1 + e^x)) (Misra 2019)."""

    def forward(self, x):
        return MishFunction.apply(x)


class MishFunction(Function):
    """x n / (n + 2) with n = e^x (e^x + 2): torch's values in a form that processors do by vector,
    many times faster."""

    @staticmethod
    def forward(ctx, x):
        power = x.clamp(max=20).exp_()  # from there on it is x itself in float32
        more = (power + 2).mul_(power).add_(2)
        gate = (more - 2).div_(more)
        if ctx.needs_input_grad[0]:
            # d gate / dx = 4 e^x (e^x + 1) / (n + 2)^2
            bend = (power + 1).mul_(power).mul_(4).div_(more).div_(more)
            ctx.save_for_backward(bend.mul_(x).add_(gate))
        return gate.mul_(x)

    @staticmethod
    def backward(ctx, gradient):
        (slope,) = ctx.saved_tensors
        return gradient * slope


class Bidirectional(nn.Module):
    """A recurrent network run both ways through time, the two directions averaged.

    cell: nn.RNN, nn.GRU or nn.LSTM; (batch, bins, inputs) to (batch, bins, dims).
    """

    def __init__(self, cell, inputs, dims, *, layers=1):
        super().__init__()
        self.network = cell(inputs, dims, num_layers=layers, bidirectional=True, batch_first=True)

    def forward(self, activity):
        forwards, backwards = bidirectional(self.network, activity).chunk(2, dim=2)
        return (forwards + backwards) / 2
