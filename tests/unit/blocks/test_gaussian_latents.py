"""Divergences and densities of Gaussian latents: torch's distributions, and dense matrices."""

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from nma.blocks.gaussian_latents import AutoregressivePrior, NormalPrior, divergence, draw
from nma.training.optimisers import Adam


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def distribution(mean, log_variance):
    return Normal(mean, (0.5 * log_variance).exp())


def test_divergence_of_two_gaussians_is_torchs():
    mean, log_variance, prior_mean, prior_log_variance = normal(4, 3, 7)
    expected = kl_divergence(
        distribution(mean, log_variance), distribution(prior_mean, prior_log_variance)
    )
    found = divergence(mean, log_variance, prior_mean, prior_log_variance)
    torch.testing.assert_close(found, expected)
    assert divergence(mean, log_variance, mean, log_variance).abs().max() == 0


def test_divergence_from_a_normal_prior_is_a_sum_over_entries():
    prior = NormalPrior(7, 0.1).double()
    torch.nn.init.constant_(prior.mean, 0.3)
    mean, log_variance = normal(2, 3, 7)
    known = Normal(torch.tensor(0.3).double(), torch.tensor(0.1).double().sqrt())
    expected = kl_divergence(distribution(mean, log_variance), known).sum(1)
    torch.testing.assert_close(prior.divergence(mean, log_variance), expected)


def test_samples_have_the_mean_and_variance_of_the_posterior():
    torch.manual_seed(0)
    mean, log_variance = torch.tensor([1.0, -2.0]), torch.tensor([0.5, -3.0])
    drawn = draw(mean.expand(100_000, 2), log_variance.expand(100_000, 2))
    torch.testing.assert_close(drawn.mean(0), mean, atol=0.02, rtol=0)
    torch.testing.assert_close(drawn.var(0).log(), log_variance, atol=0.02, rtol=0)


def autoregressive(taus, variances):
    prior = AutoregressivePrior(len(taus), 10.0, 0.1).double()
    with torch.no_grad():
        prior.log_tau.copy_(torch.tensor(taus).log())
        prior.log_variance.copy_(torch.tensor(variances).log())
    return prior


@pytest.mark.parametrize("taus", [(0.3, 2.0), (10.0, 1000.0)])
def test_density_of_an_ar1_series_is_that_of_its_dense_covariance(taus):
    """Covariance of bins s and t: variance x exp(-|s - t| / tau)."""
    variances, bins = (0.1, 2.5), 12
    series = normal(3, bins, 2)
    lags = (torch.arange(bins)[:, None] - torch.arange(bins)).abs()
    expected = torch.zeros(3).double()
    for n, (tau, variance) in enumerate(zip(taus, variances, strict=True)):
        covariance = (variance * (-lags / tau).exp()).double()
        dense = MultivariateNormal(torch.zeros(bins).double(), covariance)
        expected += dense.log_prob(series[:, :, n])
    torch.testing.assert_close(
        autoregressive(taus, variances).log_density(series), expected, rtol=1e-4, atol=1e-4
    )


def test_divergence_from_an_ar1_prior_is_that_of_the_dense_gaussians():
    """Of a posterior that does not depend on its own samples, by averaging over them."""
    torch.manual_seed(1)
    prior, bins = autoregressive([3.0], [0.5]), 6
    mean, log_variance = normal(2, 1, bins, 1)
    samples = 200_000
    repeated = [x.expand(samples, bins, 1) for x in (mean, log_variance)]
    found = prior.divergence(*repeated, draw(*repeated))
    lags = (torch.arange(bins)[:, None] - torch.arange(bins)).abs()
    posterior = MultivariateNormal(mean[0, :, 0], log_variance[0, :, 0].exp().diag())
    dense = MultivariateNormal(torch.zeros(bins).double(), (0.5 * (-lags / 3).exp()).double())
    expected = kl_divergence(posterior, dense)
    torch.testing.assert_close(found.mean(), expected, rtol=5e-3, atol=0)


def test_time_constants_and_variances_are_learnt():
    """From series with time constants of 2 and 20 bins, by maximum likelihood."""
    generator = torch.Generator().manual_seed(2)
    decay = torch.exp(-1 / torch.tensor([2.0, 20.0]))
    series = [torch.randn(64, 2, generator=generator)]
    for _ in range(127):
        noise = torch.randn(64, 2, generator=generator)
        series.append(decay * series[-1] + (1 - decay**2).sqrt() * noise)
    series = torch.stack(series, dim=1)
    prior = AutoregressivePrior(2, 10.0, 0.1)
    optimizer = Adam(prior.parameters(), lr=0.1)
    for _ in range(600):
        optimizer.zero_grad()
        (-prior.log_density(series).mean() / 128).backward()
        optimizer.step()
    torch.testing.assert_close(
        prior.log_tau.detach().exp(), torch.tensor([2.0, 20.0]), rtol=0.1, atol=0
    )
    torch.testing.assert_close(prior.log_variance.detach(), torch.zeros(2), rtol=0, atol=0.1)
