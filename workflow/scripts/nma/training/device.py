"""Where networks run, the same way every time."""

import os

import torch


def prepare_device(device: str, threads: int) -> torch.device:
    """The torch device of this job, made deterministic.

    device: `cpu`, `cuda`, or `auto` for a GPU where there is one; threads: of the processor, fixed
    for each job because their number changes the last digits of sums.
    """
    torch.set_num_threads(threads)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        # The processor's kernels are deterministic as they are, and this costs two seconds.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    return torch.device(device)
