"""Ridge regression with a penalty chosen inside train: what a linear readout knows (METHODS 3)."""

import numpy as np

ALPHAS = np.logspace(-4, 4, 9)
FOLDS = 5


def ridge_predict(features, targets, train):
    """Targets (bins, targets) of all bins predicted from features (bins, features), less their
    train mean.

    Fitted on train (bool, bins) with features standardised there. The penalty, one for all targets,
    is that of ALPHAS with the smallest squared error over FOLDS runs of consecutive train bins,
    each predicted from the others: bins drawn at random would have neighbours among them.
    """
    x = features - features[train].mean(axis=0)
    deviation = x[train].std(axis=0)
    x = (x / np.where(deviation > 1e-12, deviation, 1)).astype(np.float64)
    y = (targets - targets[train].mean(axis=0)).astype(np.float64)
    x_train, y_train = x[train], y[train]
    inner, cross = x_train.T @ x_train, x_train.T @ y_train
    errors = np.zeros(len(ALPHAS))
    for fold in np.array_split(np.arange(len(x_train)), FOLDS):
        x_out, y_out = x_train[fold], y_train[fold]
        weights = _weights(inner - x_out.T @ x_out, cross - x_out.T @ y_out, ALPHAS)
        errors += [np.square(y_out - x_out @ w).sum() for w in weights]
    (best,) = _weights(inner, cross, ALPHAS[[int(np.argmin(errors))]])
    return x @ best


def _weights(inner, cross, alphas):
    """Yield the weights (features, targets) of each penalty from one eigendecomposition."""
    values, vectors = np.linalg.eigh(inner)
    rotated = vectors.T @ cross
    for alpha in alphas:
        yield vectors @ (rotated / (np.maximum(values, 0) + alpha)[:, None])
