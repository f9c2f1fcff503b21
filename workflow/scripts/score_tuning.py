"""Hidden neurons of one layer from the angle, other neurons and both, to scores/tuning/."""

from nma.jobs.job import job
from nma.preprocessing.masks import read_masks
from nma.preprocessing.tensors import read_tensor
from nma.scores.table import write_scores
from nma.scores.tuning import tuning_scores

if __name__ == "__main__":
    with job(snakemake.log[0]):
        others = dict(zip(snakemake.params.sources, snakemake.input.latents, strict=True))
        tensor, masks = read_tensor(snakemake.input.tensor), read_masks(snakemake.input.hidden)
        write_scores(snakemake.output[0], tuning_scores(tensor, masks, others))
