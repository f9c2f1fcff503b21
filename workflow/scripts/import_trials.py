"""Check a raw recording of trials and write it as recording.h5."""

from functools import partial

from nma.jobs.job import job
from nma.preprocessing.splits import trial_parts
from nma.recordings.import_trials import import_trials
from nma.recordings.outliers import OutlierRule

if __name__ == "__main__":
    with job(snakemake.log[0]):
        import_trials(
            source=snakemake.params.folder or snakemake.input.raw,
            options=snakemake.params.options,
            out=snakemake.output[0],
            positions=snakemake.input.get("positions"),
            labels=snakemake.input.get("labels"),
            stimulus=snakemake.input.get("stimulus"),
            name=snakemake.wildcards.recording,
            address=snakemake.params.address,
            nan=snakemake.params.nan,
            outliers=OutlierRule(
                policy=snakemake.params.outliers,
                share=snakemake.params.outlier_share,
                reach=snakemake.params.outlier_reach,
                deviations=snakemake.params.outlier_deviations,
                parts=partial(trial_parts, rule=snakemake.params.trial_split),
            ),
        )
