"""Readouts of the latents of one source, all layers and seeds, to scores/latents/{source}.tsv."""

from collections.abc import Sequence

from nma.jobs.job import job
from nma.latents.reading import by_seed
from nma.preprocessing.tensors import read_tensor
from nma.scores.readouts import readout_scores
from nma.scores.table import write_scores
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    latents: Sequence[FilePath],
    recording: FilePath,
    truth: FilePath | None,
    out: FilePath,
    *,
    source: str,
    seeds: Sequence[int],
) -> None:
    """latents: by layer, then by seed; none for the neurons themselves. truth: or nothing."""
    layers = map(read_tensor, tensors)
    of_seeds = by_seed(latents, seeds)
    write_scores(out, readout_scores(source, layers, of_seeds, recording, truth or None))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            latents=list(snakemake.input.latents),
            recording=snakemake.input.recording,
            truth=snakemake.input.truth,
            out=snakemake.output[0],
            source=snakemake.wildcards.source,
            seeds=snakemake.params.seeds,
        )
