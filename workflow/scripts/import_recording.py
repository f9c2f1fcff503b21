"""Check a raw recording and write it as recording.h5."""

from functools import partial

from nma.jobs.job import job
from nma.preprocessing.splits import split_parts
from nma.recordings.import_recording import import_recording
from nma.recordings.outliers import OutlierRule

if __name__ == "__main__":
    with job(snakemake.log[0]):
        import_recording(
            source=snakemake.params.folder or snakemake.input.raw or snakemake.params.address,
            options=snakemake.params.options,
            out=snakemake.output[0],
            positions=snakemake.input.get("positions"),
            labels=snakemake.input.get("labels"),
            name=snakemake.wildcards.recording,
            address=snakemake.params.address,
            bin_seconds=snakemake.params.bin_seconds,
            nan=snakemake.params.nan,
            outliers=OutlierRule(
                policy=snakemake.params.outliers,
                share=snakemake.params.outlier_share,
                reach=snakemake.params.outlier_reach,
                deviations=snakemake.params.outlier_deviations,
                parts=partial(
                    split_parts,
                    train=snakemake.params.train,
                    validation=snakemake.params.validation,
                    test=snakemake.params.test,
                ),
            ),
        )
