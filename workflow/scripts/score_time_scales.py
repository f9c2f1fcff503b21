"""Time scales of one source and its scores against the width of bins, of all layers and seeds."""

from nma.jobs.job import job
from nma.latents.reading import by_seed
from nma.scores.table import write_rows
from nma.scores.time_scales import explained_rows, masked_rows, source_time_scales


def main(tensors, latents, file, table, *, source, seeds, split, seed):
    """Write time_scales/{source}.h5 and scores/time_scales/{source}.tsv.

    latents: by layer, then by seed; none for the neurons themselves. seed: of the entries hidden
    from PPCA.
    """
    of_seeds = by_seed(latents, seeds)
    found = source_time_scales(tensors, of_seeds, file, source=source, split=split)
    rows = [(layer, source, *row) for layer, *row in found]
    if source == "pca":
        rows += [(layer, source, *row) for layer, *row in explained_rows(tensors)]
    if source == "ppca":
        found = masked_rows(tensors, latents, split=split, seed=seed)
        rows += [(layer, source, *row) for layer, *row in found]
    write_rows(table, rows)


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
