"""layers/{layer}.h5 or recording.h5 to its shared variance components, SVCA (METHODS 4)."""

from nma.jobs.job import job
from nma.scores.svca import write_svca

if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_svca(snakemake.input[0], snakemake.output[0], seed=snakemake.params.seed)
