"""Check a raw recording and write it as recording.h5."""

from nma.jobs.job import job
from nma.recordings.import_recording import import_recording

if __name__ == "__main__":
    with job(snakemake.log[0]):
        import_recording(
            source=snakemake.input.raw,
            out=snakemake.output[0],
            positions=snakemake.input.get("positions"),
            labels=snakemake.input.get("labels"),
            name=snakemake.wildcards.recording,
            address=snakemake.params.address,
            bin_seconds=snakemake.params.bin_seconds,
            nan=snakemake.params.nan,
        )
