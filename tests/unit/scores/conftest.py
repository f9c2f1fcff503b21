"""A simulated layer for scores that need the truth."""

import pytest

from nma.preprocessing.grouping import Grouping
from nma.preprocessing.layer_files import slice_layers
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.masks import write_masks
from nma.recordings.import_recording import import_recording
from nma.recordings.simulation import simulate
from nma.recordings.simulation_settings import Simulation

SPLIT = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 5}


@pytest.fixture(scope="package")
def simulated_layer(tmp_path_factory):
    """make(normalise, bin_width): paths {truth, layer, tensor, hidden} of one simulated layer."""
    folder = tmp_path_factory.mktemp("simulated")
    paths = {n: folder / f"{n}.h5" for n in ("truth", "layer", "hidden")}
    settings = Simulation(seed=1, neurons=300, bins=3000, planes=1, latents=40, face_components=10)
    simulate(folder / "raw.npy", paths["truth"], settings)
    import_recording(
        folder / "raw.npy", folder / "recording.h5", name="r", bin_seconds=1.2, positions=None,
        labels=None, nan="error",
    )  # fmt: skip
    slice_layers(
        folder / "recording.h5", [paths["layer"]], folder / "layers.json",
        grouping=Grouping("whole", 1), neurons=200,
    )  # fmt: skip

    def make(normalise, bin_width=2):
        tensor = folder / f"{normalise}_{bin_width}.h5"
        make_tensor(paths["layer"], tensor, normalise=normalise, bin_width=bin_width, split=SPLIT)
        write_masks(tensor, paths["hidden"], seed=1)
        return paths | {"tensor": tensor}

    return make
