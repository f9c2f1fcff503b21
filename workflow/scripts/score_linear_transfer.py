"""As score_transfer, of principal components, and of neurons with no network between (raw)."""

from nma.baselines.pca import encode_pca
from nma.dims import latent_dims
from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.table import write_rows
from nma.scores.transfer import direct, other_neurons, transfer, transfer_rows, write_transfer


def main(
    tensors, layer_files, pca_files, recording, out, scores, *, split, dims, by, layer_seed, layers
):
    """tensors, layer_files, pca_files: a file a layer; out, scores: the files of raw and of pca;
    by, layer_seed: how neurons were assigned."""
    activities, splits = zip(*map(read_tensor, tensors), strict=True)
    others = other_neurons(recording, layer_files, tensors, by=by, seed=layer_seed)
    encoders = [encoder(path, dims) for path in pca_files]
    settings = {"seed": layer_seed, "held_out": split}
    found = {
        "raw": direct(activities, others, splits[0], **settings),
        "pca": transfer(activities, others, encoders, splits[0], **settings),
    }
    for path, table, (source, values) in zip(out, scores, found.items(), strict=True):
        names = {"source": source, "seed": 0, "split": split}
        write_transfer(path, values, layers, **names)
        write_rows(table, transfer_rows(values, layers, **names))


def encoder(pca, dims):
    return lambda activity, _: encode_pca(activity, pca, latent_dims(dims, activity.shape[1]))[0]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            layer_files=snakemake.input.layers,
            pca_files=snakemake.input.pca,
            recording=snakemake.input.recording,
            out=snakemake.output.transfer,
            scores=snakemake.output.scores,
            split=snakemake.params.split,
            dims=snakemake.params.dims,
            by=snakemake.params.by,
            layer_seed=snakemake.params.layer_seed,
            layers=snakemake.params.layers,
        )
