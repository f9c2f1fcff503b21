"""layers/{layer}.h5 to tensors/{layer}.h5: binned, split in time, normalised."""

from nma.jobs.job import job
from nma.preprocessing.make_tensor import make_tensor

if __name__ == "__main__":
    with job(snakemake.log[0]):
        make_tensor(
            layer_file=snakemake.input[0],
            out=snakemake.output[0],
            normalise=snakemake.params.normalise,
            bin_width=snakemake.params.bin_width,
            split={
                "train": snakemake.params.train,
                "validation": snakemake.params.validation,
                "test": snakemake.params.test,
                "gap": snakemake.params.gap,
            },
        )
