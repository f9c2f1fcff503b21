"""Fit times of tools that pip installs, and their scores where they predict hidden activity.

Usage: python benchmarks/peers.py

CEBRA (time-contrastive), the GPFA of elephant and of ladys, and scikit-learn's FactorAnalysis,
which make bench installs, beside NMA's LDS, its regressions and the residual GRU. They run on the
simulated layer of Stringer size and on each real recording, with two threads. Where a peer lacks a
score, its row says why. benchmarks/state_space.py compares the LDS with dynamax.
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
from nma.latents.lds_choice import choose_lds

CEBRA_ITERATIONS = 200
GPFA_DIMS, GPFA_ITERATIONS, TRIAL = 20, 20, 100  # TRIAL: bins, whose cube GPFA takes
OF_NEURONS = "patterns of hidden entries differ from bin to bin, each with a system of its own"


def residual_gru(data, dims):
    """The LDS, its corrections, and a residual GRU with the dims of the LDS, the default."""
    predict, _, _ = trained(data, "residual_gru", corrected(data.name)[0].dims)
    return {"cosmooth": predict, "masked": predict}, ""


def linear_dynamics(data, dims):
    """Linear dynamical systems of all dims tried."""
    choice = choose_lds(data.tensor, data.masks)
    return {kind: choice.weighted(kind).predict for kind in ("cosmooth", "masked")}, ""


def ridge_regression(data, dims):
    """Ridge regressions of hidden activity on visible activity of the same bin."""
    fit = ridge.fit(fitted(data))[0]
    return {"cosmooth": fit.predict, "masked": fit.predict}, ""


def kernel_ridge_regression(data, dims):
    """Kernel ridge regressions."""
    return {"cosmooth": kernel_ridge.fit(fitted(data))[0].predict}, OF_NEURONS


def factor_analysis(data, dims):
    """x = W z + noise of each neuron's own variance, and its posterior mean."""
    model = FactorAnalysis(dims).fit(data.tensor.train - data.tensor.train_mean)
    loadings, noise = model.components_, model.noise_variance_

    def predict(activity, visible):
        estimate = np.empty_like(activity)
        for row, seen, out in zip(activity, visible, estimate, strict=True):
            weighted = loadings[:, seen] / noise[seen]
            system = weighted @ loadings[:, seen].T + np.eye(dims)
            out[:] = solve(system, weighted @ row[seen], assume_a="pos") @ loadings
        return estimate

    return {"cosmooth": predict, "masked": predict}, ""


def cebra_time(data, dims):
    """CEBRA by time."""
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
    return {}, f"{CEBRA_ITERATIONS} iterations; no decoder: an embedding predicts no activity"


def trials(bins):
    """Runs of TRIAL bins, of which the last may be shorter."""
    return [slice(start, start + TRIAL) for start in range(0, bins, TRIAL)]


def elephant_gpfa(data, dims):
    """The core of elephant's GPFA, which takes spike trains, on trials cut from the recording."""
    from elephant.gpfa import gpfa_core

    def sequences(activity):
        rows = [(activity[trial].shape[0], activity[trial].T) for trial in trials(len(activity))]
        return np.array(rows, dtype=[("T", int), ("y", object)])

    train = data.tensor.train.astype(np.float64) - data.tensor.train_mean
    train = train[: len(train) // TRIAL * TRIAL]
    found, _ = gpfa_core.fit(
        sequences(train), x_dim=GPFA_DIMS, bin_width=20.0, em_max_iters=GPFA_ITERATIONS
    )

    def predict(activity, visible):
        seen = visible[0]
        own = {"C": found["C"][seen], "d": found["d"][seen], "R": found["R"][np.ix_(seen, seen)]}
        known = sequences(activity[:, seen].astype(np.float64))
        latents, _ = gpfa_core.exact_inference_with_ll(known, found | own, get_ll=False)
        courses = np.concatenate([z.T for z in latents["latent_variable"]])
        return courses @ found["C"].T + found["d"]

    return {"cosmooth": predict}, OF_NEURONS


def ladys_gpfa(data, dims):
    """The GPFA of ladys, by EM in torch, on the same trials."""
    from ladys.models.gpfa import GPFA

    train = torch.from_numpy(data.tensor.train - data.tensor.train_mean)
    count = len(train) // TRIAL
    batch = train[: count * TRIAL].reshape(count, TRIAL, -1)
    model = GPFA(batch.shape[2], TRIAL, GPFA_DIMS)
    for _ in range(GPFA_ITERATIONS):
        model.fit_em_epoch(batch)

    def predict(activity, visible):
        seen = torch.from_numpy(visible[0].copy())
        own = GPFA(int(seen.sum()), TRIAL, GPFA_DIMS)
        of_neurons = {name: getattr(model, name)[seen] for name in ("C", "d", "R_diag")}
        own.load_state_dict(model.state_dict() | of_neurons)
        known = torch.from_numpy(activity)[:, seen]
        with torch.no_grad():
            courses = [own(known[None, trial]).latents[0] for trial in trials(len(known))]
        return (torch.cat(courses) @ model.C.T + model.d).numpy()

    return {"cosmooth": predict}, OF_NEURONS


PEERS = {
    "residual GRU": residual_gru,
    "LDS": linear_dynamics,
    "ridge": ridge_regression,
    "kernel ridge": kernel_ridge_regression,
    "elephant GPFA": elephant_gpfa,
    "ladys GPFA": ladys_gpfa,
    "scikit-learn FactorAnalysis": factor_analysis,
    "CEBRA": cebra_time,
}


def measure(fit, data, dims):
    """A row: seconds of the fit, scores of test by what it predicts, and a remark."""
    start = perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            predictors, remark = fit(data, dims)
            row = {"seconds": perf_counter() - start}
            for kind, predict in predictors.items():
                row |= data.scores(predict, kinds=(kind,))
    except Exception as error:
        return {"remark": f"cannot run: {type(error).__name__}: {str(error)[:150]}"}
    return row | {"remark": remark}


def main():
    """Measure all peers on all recordings and report a row each."""
    torch.set_num_threads(2)
    rows = []
    for name in recordings():
        data = layer(name)
        dims = latent_dims("auto", data.tensor.activity.shape[1])
        for peer, fit in PEERS.items():
            row = {"name": f"{name}, {peer}", "seconds": None, "cosmooth_r2": None}
            rows.append(row | {"masked_r2": None} | measure(fit, data, dims))
            print(rows[-1], flush=True)
    report("peers", rows)


if __name__ == "__main__":
    main()
