"""What a killed training goes on from."""

import hashlib
import io

import torch

from nma.io.files import atomic_path


def _read_state(path):
    """The state of a killed job, or None where there is none that can be read."""
    if path is None or not path.is_file():
        return None
    try:
        digest, written = path.read_bytes().split(b"\n", 1)
        if digest != _digest(written):
            raise ValueError("another sha256 than was written down")
        state = torch.load(io.BytesIO(written), weights_only=True)
    except Exception as error:
        print(f"{path}: cannot be read, training starts anew ({error})", flush=True)
        return None
    print(f"going on from step {state['step']} of attempt {state['attempt']}", flush=True)
    return state


def _write_state(path, state):
    if path is not None:
        written = io.BytesIO()  # torch would not say that a disk is full
        torch.save(state, written)
        with atomic_path(path) as temporary:
            temporary.write_bytes(_digest(written.getvalue()) + b"\n" + written.getvalue())


def _digest(written):
    """What stands in front of a state: torch reads one with flipped bits as if nothing were."""
    return hashlib.sha256(written).hexdigest().encode()
