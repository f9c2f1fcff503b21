"""recording.h5 to layers/{layer}.h5: a balanced sample of the neurons of each layer."""

from nma.jobs.job import job
from nma.preprocessing.layers import slice_layers

if __name__ == "__main__":
    with job(snakemake.log[0]):
        slice_layers(
            recording=snakemake.input[0],
            outs=snakemake.output,
            by=snakemake.params.by,
            neurons=snakemake.params.neurons,
            seed=snakemake.params.seed,
        )
