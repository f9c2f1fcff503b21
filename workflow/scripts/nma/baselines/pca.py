"""The linear baseline: principal components of a layer, time bins as samples (METHODS 1.4)."""

from typing import Any

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.types import Array, BinsDims, BinsNeurons, FilePath, Neurons

FRACTIONS = (0.5, 0.8, 0.9)


def fit_pca(train: BinsNeurons) -> Any:
    """scikit-learn's PCA of train, all components, in float64.

    The covariance solver gives the same curve as the full SVD several times faster where there are
    more bins than neurons.
    """
    from sklearn.decomposition import PCA  # two seconds that users of the files need not wait

    bins, neurons = train.shape
    solver = "covariance_eigh" if bins > neurons else "full"
    return PCA(svd_solver=solver).fit(train.astype(np.float64))


def dims_needed(cumulative: Array, fraction: float) -> int:
    """The fewest components that explain `fraction` of the variance, from the cumulative curve."""
    return int(np.searchsorted(cumulative, fraction - 1e-12) + 1)


def write_pca(tensor: FilePath, out: FilePath) -> None:
    """Write pca/{layer}.h5: the components and the whole curve, fitted to train alone."""
    with open_h5(tensor) as file:
        train, ids, attributes = file["train"][:], file["neuron_ids"][:], dict(file.attrs)
    pca = fit_pca(train)
    ratio = pca.explained_variance_ratio_
    cumulative = np.cumsum(ratio)
    n10 = max(train.shape[1] // 10, 1)
    attributes |= {
        "total_variance": pca.explained_variance_.sum(),
        "n10": n10,
        "explained_at_n10": cumulative[min(n10, len(ratio)) - 1],
    }
    attributes |= {f"dims_{f * 100:.0f}": dims_needed(cumulative, f) for f in FRACTIONS}
    share = {"units": "share of the variance of train", "axes": ("component",)}
    with new_h5(out, **attributes) as file:
        put(file, "mean", pca.mean_, units="normalised activity", axes=("neuron",))
        put(
            file,
            "components",
            pca.components_.astype(np.float32),
            units="unit-length loading",
            axes=("component", "neuron"),
        )
        put(file, "explained_variance_ratio", ratio, **share)
        put(file, "cumulative_explained_variance", cumulative, **share)
        put(file, "neuron_ids", ids, units="id in the recording", axes=("neuron",))


def read_pca(path: FilePath, dims: int | None = None) -> tuple[Neurons, Array]:
    """The mean and the first `dims` components (dims, neurons), or all, as float32."""
    with open_h5(path) as file:
        return file["mean"][:].astype(np.float32), file["components"][:dims]


def read_variances(path: FilePath) -> Array:
    """The variances (components,) along all components."""
    with open_h5(path) as file:
        return file["explained_variance_ratio"][:] * float(file.attrs["total_variance"])


def encode_pca(activity: BinsNeurons, path: FilePath, dims: int) -> tuple[BinsDims, BinsNeurons]:
    """Latents and reconstruction of activity by the first `dims` components of pca/{layer}.h5."""
    mean, components = read_pca(path, dims)
    latents = (activity - mean) @ components.T
    return latents, latents @ components + mean
