"""tensors/{layer}.h5 to pca/{layer}.h5: components and explained variance."""

from nma.baselines.pca import write_pca
from nma.jobs.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_pca(tensor=snakemake.input[0], out=snakemake.output[0])
