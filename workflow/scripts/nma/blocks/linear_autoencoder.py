"""The linear autoencoder that networks start from."""

from collections.abc import Iterable

import torch
from torch.nn.functional import pad

NOISE = 1.5  # times the variance of a neuron, less the part that its loadings explain


def linear_autoencoder(
    layers: Iterable[torch.Tensor], shape: tuple[int, int], dims: int, objective: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Encoder (dims, neurons) and decoder (neurons, dims), float32, for centred activity.

    For `reconstruct` it is PCA with whitened scores. For other objectives latents are the posterior
    means of factor analysis, with the loadings of probabilistic PCA and more noise for each neuron
    than maximum likelihood gives: loadings are estimates, and their errors are noise too.
    layers: (bins, neurons) each; shape: (bins, neurons) of all layers together.
    """
    kept, components, power = principal_components(layers, shape, dims)
    if objective == "reconstruct":
        deviation = kept.clamp(min=1e-12).sqrt()
        encoder = (components / deviation).T
    else:
        lost = (power.sum() - kept.sum()) / max(shape[1] - dims, 1)
        deviation = (kept - lost).clamp(min=1e-6).sqrt()
        loadings = components * deviation
        noise = NOISE * power - loadings.square().sum(1)
        weighted = loadings.T / noise.clamp(min=0.05 * power.mean())
        precision = torch.eye(dims).to(weighted) + weighted @ loadings
        encoder = torch.linalg.solve(precision, weighted)
    return encoder.float(), (components * deviation).float()


def principal_components(
    layers: Iterable[torch.Tensor], shape: tuple[int, int], dims: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Variances (dims,), principal components (neurons, dims) and the variance of each neuron
    (neurons,), in double precision.

    The arguments are those of `linear_autoencoder`. By torch and a layer at a time, so that it runs
    on the device of training in bounded memory.
    """
    samples, neurons = shape
    layers = (layer.double() for layer in layers)
    if samples < neurons:  # the same from the smaller matrix of products of bins
        x = torch.cat(list(layers))
        variances, vectors = _largest(x @ x.T / (samples - 1), dims)
        vectors = x.T @ vectors
        norms = torch.linalg.vector_norm(vectors, dim=0)
        vectors = torch.where(norms > 1e-9 * norms[0], vectors / norms.clamp(min=1e-300), 0)
        missing = dims - len(variances)  # dims that no bin is left for
        power = x.square().sum(0) / (samples - 1)
        return pad(variances, (0, missing)), pad(vectors, (0, missing)), power
    covariance = sum(layer.T @ layer for layer in layers) / (samples - 1)
    return *_largest(covariance, dims), covariance.diagonal()


def _largest(matrix: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest eigenvalues (count,) of a symmetric matrix and their vectors (rows, count)."""
    values, vectors = (part.flip(-1) for part in torch.linalg.eigh(matrix))
    return values[:count], vectors[:, :count]
