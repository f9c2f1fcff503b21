"""metrics.tsv: one row for each layer, source, metric, split and seed of a recording."""

from nma.jobs.job import job
from nma.scores.held_out import collect

if __name__ == "__main__":
    with job(snakemake.log[0]):
        collect(
            out=snakemake.output[0],
            recording=snakemake.wildcards.recording,
            layers=snakemake.params.layers,
            pca_paths=snakemake.input.pca,
            latents_paths=snakemake.input.latents,
            score_paths=snakemake.input.scores,
        )
