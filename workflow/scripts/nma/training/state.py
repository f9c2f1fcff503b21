"""The state from which a killed training resumes."""

import hashlib
import io
from pathlib import Path
from typing import Any

import torch

from nma.io.files import atomic_path


def read_state(path: Path | None) -> dict[str, Any] | None:
    """The state of a killed job; None if there is no file, or none that can be read."""
    if path is None or not path.is_file():
        return None
    try:
        digest, written = path.read_bytes().split(b"\n", 1)
        if digest != _digest(written):
            raise ValueError("its sha256 is not the one written with it")
        state = torch.load(io.BytesIO(written), weights_only=True)
    except Exception as error:
        print(f"{path}: cannot be read, training starts from the beginning ({error})", flush=True)
        return None
    print(f"going on from step {state['step']} of attempt {state['attempt']}", flush=True)
    return state


def write_state(path: Path | None, state: dict[str, Any]) -> None:
    """Write a state for `read_state`; nothing where path is None."""
    if path is not None:
        written = io.BytesIO()  # torch.save to a path would not say that a disk is full
        torch.save(state, written)
        with atomic_path(path) as temporary:
            temporary.write_bytes(_digest(written.getvalue()) + b"\n" + written.getvalue())


def _digest(written: bytes) -> bytes:
    """The sha256 in front of a state: torch reads a state with flipped bits without complaint."""
    return hashlib.sha256(written).hexdigest().encode()
