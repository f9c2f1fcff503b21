"""Where networks run, and that they run there the same way every time."""

import os

import torch


def prepare_device(device, threads):
    """The torch device of this job (`auto`: a GPU where there is one), made deterministic.

    threads: of the processor; more or fewer change the last digits of sums, so a job has a fixed
    number of them.
    """
    torch.set_num_threads(threads)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        # The processor's kernels are deterministic as they are, and this costs two seconds.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    return torch.device(device)
