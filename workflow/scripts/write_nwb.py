"""Write the results of a recording into a copy of its NWB file, or into a new one."""

from nma.export.nwb import write_nwb
from nma.jobs.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_nwb(
            snakemake.output[0],
            recording=snakemake.input.recording,
            layer_table=snakemake.input.layer_table,
            latents=snakemake.input.latents,
            pca=snakemake.input.pca,
            fits=snakemake.input.fits,
            metrics=snakemake.input.metrics,
            source=snakemake.input.get("source"),
            series=snakemake.params.series,
        )
