"""Time scales of one source and its scores against the width of bins, of all layers and seeds."""

from collections.abc import Sequence

from nma.jobs.job import job
from nma.latents.reading import by_seed
from nma.preprocessing.tensors import read_tensor
from nma.scores.drift import copy_scores, drift_scores
from nma.scores.table import write_scores
from nma.scores.time_scales import (
    explained_scores,
    masked_scores,
    time_scale_scores,
    write_time_scales,
)
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    latents: Sequence[FilePath],
    file: FilePath,
    table: FilePath,
    *,
    source: str,
    seeds: Sequence[int],
    split: str,
    seed: int,
) -> None:
    """Write time_scales/{source}.h5 and scores/time_scales/{source}.tsv.

    latents: by layer, then by seed; none for the neurons themselves, whose table also says how
    held-out data differ from train, and how many neurons are there twice. split: whose bins have
    time scales; seed: of the entries hidden from PPCA.
    """
    of_seeds = by_seed(latents, seeds)
    scores, of_wide_bins, time_scales = [], [], {}
    for number, path in enumerate(tensors):
        tensor = read_tensor(path)
        found, time_scales[tensor.layer] = time_scale_scores(
            source, tensor, of_seeds, number, split
        )
        scores += found
        if source == "raw":
            scores += drift_scores(tensor) + copy_scores(tensor)
        # PCA and PPCA alone can be fitted to wide bins as they were to those of the tensor.
        if source == "pca":
            of_wide_bins += explained_scores(tensor)
        if source == "ppca":
            of_wide_bins += masked_scores(tensor, latents[number], split=split, seed=seed)
    write_time_scales(
        file,
        time_scales,
        source=source,
        seed=next(iter(of_seeds), 0),
        split=split,
        bin_seconds=tensor.bin_seconds,
    )
    write_scores(table, scores + of_wide_bins)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            latents=list(snakemake.input.latents),
            file=snakemake.output.time_scales,
            table=snakemake.output.scores,
            source=snakemake.wildcards.source,
            seeds=snakemake.params.seeds,
            split=snakemake.params.split,
            seed=snakemake.params.seed,
        )
