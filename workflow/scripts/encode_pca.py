"""PCA as a source like any model: latents and reconstruction of the whole recording."""

from nma.baselines.pca import encode_pca, read_pca
from nma.dims import latent_dims
from nma.jobs.job import job
from nma.latents.cosmoothing import cosmooth_errors, fold_estimates, masked_errors
from nma.latents.likelihoods import hidden_log_likelihoods
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_hidden
from nma.preprocessing.tensors import read_tensor
from nma.preprocessing.units import observed


def main(tensor, pca, hidden, out, *, source, layer, dims):
    activity, split_index = read_tensor(tensor)
    dims = latent_dims(dims, activity.shape[1])
    latents, reconstruction = encode_pca(activity, pca, dims)
    mean, components = read_pca(pca, dims)
    folds, entries = read_hidden(hidden)

    def predict(centred, visible):
        return centred @ components.T @ components

    estimate = fold_estimates(predict, activity, mean, split_index, folds)
    found = cosmooth_errors(estimate, activity, mean, split_index)
    found |= masked_errors(predict, activity, mean, split_index, entries)
    found |= hidden_log_likelihoods(estimate, observed(tensor), activity, mean, split_index)
    write_latents(
        out,
        [tensor],
        [latents],
        [reconstruction],
        hidden=[found],
        source=source,
        layer=layer,
        seed=0,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensor=snakemake.input.tensor,
            pca=snakemake.input.pca,
            hidden=snakemake.input.hidden,
            out=snakemake.output[0],
            source=snakemake.wildcards.source,
            layer=snakemake.wildcards.layer,
            dims=snakemake.params.dims,
        )
