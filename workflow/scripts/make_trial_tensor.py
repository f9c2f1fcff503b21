"""A layer of trials, split and normalised, to tensors/{layer}.h5."""

from nma.jobs.job import job
from nma.preprocessing.trial_tensors import make_trial_tensor

if __name__ == "__main__":
    with job(snakemake.log[0]):
        make_trial_tensor(
            snakemake.input[0],
            snakemake.output[0],
            normalise=snakemake.params.normalise,
            rule=snakemake.params.trial_split,
            spontaneous=snakemake.params.spontaneous,
        )
