"""The LDS that a residual network starts from, for a network's tensors."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch

from nma.preprocessing.masks import neuron_folds
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor
from nma.state_space.at_dims import lds_at_dims
from nma.state_space.corrected import CorrectedLDS, read_corrected
from nma.state_space.lds import LDS
from nma.state_space.readout import near_zero, read_out
from nma.types import BinsDims, BinsNeurons, FilePath, Neurons


class LDSStart:
    """Latents and estimates of hidden activity, which training does not change.

    lds: whose smoothed latents the network corrects; corrected: predicts what is hidden; mean: of
    train (neurons,). In training both are asked for the same activity again and again: `remember`
    keeps what was found.
    """

    def __init__(self, lds: LDS, corrected: CorrectedLDS, mean: Neurons) -> None:
        self.lds, self.corrected, self.mean = lds, corrected, mean
        self.memory: dict[bytes, torch.Tensor] = {}
        self.remembered: set[str] = set()  # of which there is a memory

    def remember(self) -> None:
        """Keep latents and estimates from now on, as long as the object is there."""
        self.remembered = {"latents", "estimates"}

    def know(self, centred: BinsNeurons, visible: BinsNeurons, estimates: BinsNeurons) -> None:
        """Keep estimates (bins, neurons) of hidden activity that were found before, less the mean.

        centred: activity less the mean; what is estimated of visible entries (bool) may be
        anything.
        """
        again = np.where(visible, (centred + self.mean) - self.mean, 0)  # rounded as it will come
        self.remembered.add("estimates")
        self.memory[_key("estimates", again, visible)] = torch.from_numpy(estimates)

    def decoder(self) -> tuple[np.ndarray, Neurons]:
        """Weight (neurons, dims) and bias (neurons,) of the readout near latents of 0."""
        constant, slope = near_zero(self.lds.transform.link, self.lds.hidden)
        return self.lds.dynamics.loadings * slope[:, None], self.mean + constant

    def latents(self, activity: torch.Tensor, visible: torch.Tensor | None) -> torch.Tensor:
        """Smoothed latents (batch, bins, dims) of activity (batch, bins, neurons)."""
        return self._of_each("latents", self.lds.latents, activity, visible)

    def estimates(self, activity: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
        """Estimates of hidden entries, of the shape of activity."""
        mean = torch.from_numpy(self.mean).to(activity)
        return self._of_each("estimates", self.corrected.predict, activity, visible) + mean

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Activity (batch, bins, neurons) of latents, by the readout of visible neurons."""
        loadings = torch.from_numpy(self.lds.dynamics.loadings).to(latents)
        coefficients = torch.from_numpy(self.lds.visible).to(latents)
        mean = torch.from_numpy(self.mean).to(latents)
        link = self.lds.transform.link
        return mean + read_out(link, coefficients, latents @ loadings.T, torch.exp)

    def _of_each(
        self,
        name: str,
        function: Callable[[BinsNeurons, BinsNeurons], BinsDims],
        activity: torch.Tensor,
        visible: torch.Tensor | None,
    ) -> torch.Tensor:
        """A function of centred activity and visible entries, of each item of a batch."""
        found = []
        for number, x in enumerate(activity.cpu().numpy()):
            seen = np.ones(x.shape, bool) if visible is None else visible[number].cpu().numpy()
            centred = np.where(seen, x - self.mean, 0)
            found.append(self._found(name, function, centred, seen))
        return torch.stack(found).to(activity)

    def _found(
        self,
        name: str,
        function: Callable[[BinsNeurons, BinsNeurons], BinsDims],
        centred: BinsNeurons,
        seen: BinsNeurons,
    ) -> torch.Tensor:
        """The function of one item, or what is remembered of it."""
        if name not in self.remembered:
            return torch.from_numpy(function(centred, seen).astype(np.float32))
        key = _key(name, centred, seen)
        if key not in self.memory:
            self.memory[key] = torch.from_numpy(function(centred, seen).astype(np.float32))
        return self.memory[key]


def _key(name: str, centred: BinsNeurons, seen: BinsNeurons) -> bytes:
    """What tells the input of a function from any other."""
    digest = hashlib.sha256(f"{name} {centred.shape}".encode())
    digest.update(np.ascontiguousarray(seen))
    digest.update(np.ascontiguousarray(centred))
    return digest.digest()


def read_start(files: Sequence[FilePath], tensor: Tensor, dims: int) -> LDSStart:
    """The start with so many dims.

    files: state_space/{layer}.h5 and corrections/{layer}.h5. Raises InputError where one is
    damaged.
    """
    fits, corrections = files
    part = in_split(tensor.split, "train")
    folds, train = neuron_folds(tensor.activity.shape[1], 0), tensor.centred[part]
    lds = lds_at_dims(fits, train, folds, dims, tensor.present[part])
    return LDSStart(lds, read_corrected(fits, corrections, train), tensor.train_mean)


def start_files(
    fits: Sequence[FilePath], corrections: Sequence[FilePath], networks: Sequence[FilePath]
) -> list[Sequence[FilePath]]:
    """The files for `read_start` of each network; none where networks start from no LDS."""
    return list(zip(fits, corrections, strict=True)) if fits else [()] * len(networks)
