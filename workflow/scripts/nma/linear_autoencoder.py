"""The linear autoencoder that networks start from."""

import torch
from torch.nn.functional import pad


def linear_autoencoder(layers, shape, dims, objective):
    """Encoder (dims, neurons) and decoder (neurons, dims) for centred activity.

    `reconstruct`: PCA, its scores whitened. Otherwise the posterior means of probabilistic PCA,
    its noise the variance of a neuron rather than the much smaller residual variance: loadings are
    estimates, and what they are wrong by is noise too. layers: an iterable of (bins, neurons), of
    the sum of which `shape` is the shape.
    """
    kept, components, total = principal_components(layers, shape, dims)
    neurons = shape[1]
    if objective == "reconstruct":
        noise, kept = 0.0, kept.clamp(min=1e-12)
    else:
        noise = total / neurons
        lost = (total - kept.sum()) / max(neurons - dims, 1)
        kept = (kept - lost).clamp(min=1e-6)
    deviation = kept.sqrt()
    # Latents of unit variance, each with its own shrinkage towards zero.
    encoder, decoder = (components * deviation / (kept + noise)).T, components * deviation
    return encoder.float(), decoder.float()


def principal_components(layers, shape, dims):
    """Variances (dims,) and principal components (neurons, dims) in double precision, and the
    variance of all neurons together, of what linear_autoencoder takes."""
    samples, neurons = shape
    layers = (layer.double() for layer in layers)
    if samples < neurons:  # the same from the smaller matrix of products of bins
        x = torch.cat(list(layers))
        variances, vectors = _largest(x @ x.T / (samples - 1), dims)
        vectors = x.T @ vectors
        norms = torch.linalg.vector_norm(vectors, dim=0)
        vectors = torch.where(norms > 1e-9 * norms[0], vectors / norms.clamp(min=1e-300), 0)
        missing = dims - len(variances)  # dims that no bin is left for
        total = x.square().sum() / (samples - 1)
        return pad(variances, (0, missing)), pad(vectors, (0, missing)), total
    covariance = sum(layer.T @ layer for layer in layers) / (samples - 1)
    return *_largest(covariance, dims), covariance.trace()


def _largest(matrix, count):
    """The largest eigenvalues of a symmetric matrix and their vectors (columns)."""
    values, vectors = (part.flip(-1) for part in torch.linalg.eigh(matrix))
    return values[:count], vectors[:, :count]
