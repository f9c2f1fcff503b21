"""What the latents of one source know, of all layers and seeds, to scores/latents/{source}.tsv."""

from nma.jobs.job import job
from nma.latents.reading import by_seed
from nma.scores.readouts import source_rows
from nma.scores.table import write_rows


def main(tensors, latents, recording, truth, out, *, source, seeds):
    """latents: by layer, then by seed; none for the neurons themselves. truth: or nothing."""
    rows = source_rows(tensors, by_seed(latents, seeds), recording, truth or None)
    write_rows(out, [(layer, source, *row) for layer, *row in rows])


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
