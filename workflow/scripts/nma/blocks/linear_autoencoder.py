"""The linear autoencoder that networks start from."""

import torch
from torch.nn.functional import pad

NOISE = 1.5  # times the variance of a neuron, less what its loadings explain


def linear_autoencoder(layers, shape, dims, objective):
    """Encoder (dims, neurons) and decoder (neurons, dims) for centred activity.

    `reconstruct`: PCA, its scores whitened. Otherwise the posterior means of factor analysis with
    the loadings of probabilistic PCA and for each neuron more noise than maximum likelihood says:
    loadings are estimates, and what they are wrong by is noise too. layers: an iterable of (bins,
    neurons), `shape` that of all of them together.
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


def principal_components(layers, shape, dims):
    """Variances (dims,) and principal components (neurons, dims) in double precision, and the
    variance of each neuron, of what linear_autoencoder takes."""
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


def _largest(matrix, count):
    """The largest eigenvalues of a symmetric matrix and their vectors (columns)."""
    values, vectors = (part.flip(-1) for part in torch.linalg.eigh(matrix))
    return values[:count], vectors[:, :count]
