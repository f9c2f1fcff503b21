"""tensors/{layer}.h5 to hidden/{layer}.h5: what is hidden from every source to be predicted."""

from nma.jobs.job import job
from nma.preprocessing.masks import write_masks

if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_masks(snakemake.input[0], snakemake.output[0], seed=snakemake.params.seed)
