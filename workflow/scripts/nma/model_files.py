"""Networks on disk: weights as safetensors, with what is needed to build the network again."""

import hashlib
import json

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from nma.errors import InputError, damaged
from nma.files import atomic_path, reading
from nma.masking import estimate_hidden
from nma.models import model_class
from nma.tensors import segments

CHUNK = 4096  # bins that a network is given at once, beside a margin on each side
MARGIN = 512


def build_model(name, neurons, dims, options):
    """A new network of nma/models/{name}.py. Raises InputError for options it does not take."""
    try:
        return model_class(name)(neurons, dims, **options)
    except (TypeError, ValueError) as error:
        raise InputError(
            "config", f"models: {name}: options", found=str(error), expected="options of that class"
        ) from error


def save_model(path, model, *, name, options):
    """Write the weights, and in their metadata the class, sizes, options and a digest of all."""
    # One key alone: safetensors writes several in an order that differs between runs.
    made_of = {"class": name, "neurons": model.neurons, "dims": model.dims, "options": options}
    weights = {key: w.detach().cpu().contiguous() for key, w in model.state_dict().items()}
    made_of["sha256"] = _digest(made_of, weights)
    with atomic_path(path) as temporary:
        # Not save_file, which writes under a name of its own that SIGKILL would leave.
        temporary.write_bytes(save(weights, {"nma": json.dumps(made_of, sort_keys=True)}))


def load_model(path):
    """The network of a weights file, in evaluation mode (dropout off).

    Raises InputError where the file is not as save_model wrote it.
    """
    with reading(path, SafetensorError), safe_open(path, "pt") as file:
        made_of = json.loads(file.metadata()["nma"])
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        digest = made_of.pop("sha256")
    if digest != _digest(made_of, weights):
        raise damaged(path, "weights with another sha256 than was written down")
    model = build_model(made_of["class"], made_of["neurons"], made_of["dims"], made_of["options"])
    model.load_state_dict(weights)
    return model.eval()


def _digest(made_of, weights):
    """The sha256 of what a network is made of and of its weights."""
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode())
    for key in sorted(weights):
        values = weights[key].numpy()
        digest.update(f"{key} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values))
    return digest.hexdigest()


def chunks(bins):
    """Overlapping (what a network sees, what is kept of it) that cover `bins` bins, as slices.

    The second counts from the beginning of the first. A recording of any length takes bounded
    memory so; what lies MARGIN bins off has no influence on the latents of a network that forgets.
    """
    for start in range(0, bins, CHUNK):
        stop = min(start + CHUNK, bins)
        seen = slice(max(0, start - MARGIN), min(stop + MARGIN, bins))
        yield seen, slice(start - seen.start, stop - seen.start)


def predictor(model, train_mean):
    """A function of activity (bins, neurons) less the train mean, 0 where hidden, and of what is
    visible, to the network's estimates of all entries less the train mean."""

    @torch.no_grad()
    def predict(activity, visible):
        device = next(model.parameters()).device
        mean = torch.from_numpy(train_mean).to(device)
        found = []
        for seen, kept in chunks(len(activity)):
            x = torch.from_numpy(activity[seen]).to(device) + mean
            of_chunk = torch.from_numpy(visible[seen].copy()).to(device)
            estimate = estimate_hidden(model, x[None], of_chunk[None], mean)[0, kept] - mean
            found.append(estimate.cpu().numpy())
        return np.concatenate(found)

    return predict


@torch.no_grad()
def encode(model, activity, split_index):
    """Latents (bins, dims) and reconstruction (bins, neurons) of activity (bins, neurons) arrays.

    Train, validation, test and the gaps are encoded on their own: nothing of one reaches another.
    """
    latents, reconstructions = [], []
    device = next(model.parameters()).device
    for _, bins in segments(split_index):
        segment = activity[bins]
        for seen, kept in chunks(len(segment)):
            encoded = model.encode(torch.from_numpy(segment[None, seen]).to(device))[:, kept]
            latents.append(encoded[0].cpu().numpy())
            reconstructions.append(model.decode(encoded)[0].cpu().numpy())
    return np.concatenate(latents), np.concatenate(reconstructions)
