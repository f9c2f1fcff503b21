"""Decay times and frequencies of the LDS of one layer, to scores/decay_times/{layer}.tsv."""

from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.decay_times import decay_scores
from nma.scores.table import write_scores
from nma.state_space.files import read_fit
from nma.types import FilePath


def main(tensor: FilePath, fits: FilePath, out: FilePath) -> None:
    """tensor, fits: tensors/{layer}.h5 and state_space/{layer}.h5 of a layer."""
    write_scores(out, decay_scores(read_tensor(tensor), read_fit(fits)))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(snakemake.input.tensor, snakemake.input.fits, snakemake.output[0])
