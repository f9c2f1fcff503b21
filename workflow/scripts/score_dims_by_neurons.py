"""Dims of random draws of one layer's neurons, to scores/dims_by_neurons/{layer}.tsv."""

from nma.jobs.job import job
from nma.scores.dims_by_neurons import dims_by_neurons
from nma.scores.table import write_scores

if __name__ == "__main__":
    with job(snakemake.log[0]):
        files = (snakemake.input[name] for name in ("layer", "tensor", "hidden", "fits"))
        write_scores(snakemake.output[0], dims_by_neurons(*files, seed=snakemake.params.seed))
