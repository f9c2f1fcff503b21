"""The baselines fitted to one layer, to latents/{source}/{layer}/0.h5."""

from nma.jobs.job import job
from nma.latents.baselines import encode_baseline
from nma.latents.regressions import read_choice

if __name__ == "__main__":
    with job(snakemake.log[0]):
        settings = read_choice(snakemake.input.regressions)
        for source, out in zip(snakemake.params.sources, snakemake.output, strict=True):
            encode_baseline(
                tensor=snakemake.input.tensor,
                pca=snakemake.input.pca,
                hidden=snakemake.input.hidden,
                out=out,
                source=source,
                seed=snakemake.params.seed,
                settings=settings,
            )
