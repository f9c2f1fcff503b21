"""Fit times of tools that pip installs, and their masked_r2 where they predict hidden entries.

Usage: python benchmarks/peers.py

CEBRA (time-contrastive), elephant's GPFA and scikit-learn's FactorAnalysis, which make bench
installs, are compared with the residual GRU, as are NMA's own LDS and regressions. They run on the
simulated layer of Stringer size and on each real recording, with two threads. If a peer cannot do
something, its row says why.
"""

import warnings
from time import perf_counter

import numpy as np
import torch
from common import corrected, fitted, layer, recordings, report, trained
from scipy.linalg import solve
from sklearn.decomposition import FactorAnalysis

from nma.baselines import kernel_ridge, ridge
from nma.dims import latent_dims
from nma.latents.cosmoothing import predict_entries
from nma.latents.lds_choice import choose_lds
from nma.preprocessing.splits import in_split

CEBRA_ITERATIONS = 200
GPFA_DIMS, GPFA_ITERATIONS, GPFA_BINS = 10, 20, 500


def residual_gru(data, dims):
    """Fit the LDS and its corrections, and train the residual GRU with the dims of the LDS, the
    default; return its predictor."""
    predict, _, _ = trained(data, "residual_gru", corrected(data.name)[0].dims)
    return predict


def linear_dynamics(data, dims):
    """Fit linear dynamical systems of all dims tried; return their predictor of entries."""
    return choose_lds(data.tensor, data.masks).weighted("masked").predict


def ridge_regression(data, dims):
    """Fit ridge regressions of hidden activity on visible activity of the same bin."""
    return ridge.fit(fitted(data))[0].predict


def kernel_ridge_regression(data, dims):
    """Fit kernel ridge regressions; return the reason why they have no score."""
    kernel_ridge.fit(fitted(data))
    return "not asked for hidden entries: each bin would be a regression of its own"


def factor_analysis(data, dims):
    """Fit x = W z + noise of each neuron's own variance; return its posterior-mean predictor."""
    model = FactorAnalysis(dims).fit(data.tensor.train - data.tensor.train_mean)
    loadings, noise = model.components_, model.noise_variance_

    def predict(activity, visible):
        estimate = np.empty_like(activity)
        for row, seen, out in zip(activity, visible, estimate, strict=True):
            weighted = loadings[:, seen] / noise[seen]
            system = weighted @ loadings[:, seen].T + np.eye(dims)
            out[:] = solve(system, weighted @ row[seen], assume_a="pos") @ loadings
        return estimate

    return predict


def cebra_time(data, dims):
    """Fit CEBRA by time; return the reason why it has no score."""
    from cebra import CEBRA

    model = CEBRA(
        model_architecture="offset10-model",
        output_dimension=min(dims, 32),
        max_iterations=CEBRA_ITERATIONS,
        batch_size=512,
        time_offsets=10,
        conditional="time",
        device="cpu",
    )
    model.fit(data.tensor.train)
    assert np.isfinite(model.transform(data.tensor.train)).all()
    return f"{CEBRA_ITERATIONS} iterations; no decoder: an embedding does not predict entries"


def gpfa(data, dims):
    """Fit the core of elephant's GPFA, which takes spike trains, to the first bins as one trial."""
    from elephant.gpfa import gpfa_core

    trial = (data.tensor.train - data.tensor.train_mean)[:GPFA_BINS].T.astype(np.float64)
    sequence = np.array([(trial.shape[1], trial)], dtype=[("T", int), ("y", object)])
    gpfa_core.fit(sequence, x_dim=GPFA_DIMS, bin_width=20.0, em_max_iters=GPFA_ITERATIONS)
    return f"fitted with {GPFA_DIMS} dims to {GPFA_BINS} bins; it does not predict hidden entries"


PEERS = {
    "lds": linear_dynamics,
    "ridge": ridge_regression,
    "kernel_ridge": kernel_ridge_regression,
    "CEBRA": cebra_time,
    "elephant GPFA": gpfa,
    "scikit-learn FactorAnalysis": factor_analysis,
}


def measure(fit, data, dims):
    """Seconds, masked_r2 (None without predictions) and a remark."""
    start = perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = fit(data, dims)
    except Exception as error:
        return None, None, f"cannot run: {type(error).__name__}: {str(error)[:150]}"
    seconds = perf_counter() - start
    if isinstance(result, str):
        return seconds, None, result
    test = in_split(data.tensor.split, "test")
    activity, hidden = data.tensor.centred[test], data.masks.entries[test]
    missing = activity - predict_entries(result, activity, hidden)
    return seconds, float(1 - (missing[hidden] ** 2).sum() / (activity[hidden] ** 2).sum()), ""


def main():
    """Measure all peers on all recordings and report a row each."""
    torch.set_num_threads(2)
    rows = []
    for name in recordings():
        data = layer(name)
        dims = latent_dims("auto", data.tensor.activity.shape[1])
        seconds, score, _ = measure(residual_gru, data, dims)
        for peer, fit in PEERS.items():
            of_peer, peer_score, remark = measure(fit, data, dims)
            row = {"name": f"seconds of the fit, {name}, {peer}", "ours": seconds}
            row |= {"reference": of_peer, "ratio": of_peer / seconds if of_peer else None}
            row |= {"our_masked_r2": score, "its_masked_r2": peer_score, "remark": remark}
            rows.append(row)
            print(row, flush=True)
    report("peers", rows)


if __name__ == "__main__":
    main()
