"""The networks of one model on other layers and other neurons, to transfer/{model}.h5."""

from nma.jobs.job import job
from nma.latents.networks import encode
from nma.preprocessing.tensors import read_tensor
from nma.scores.table import write_rows
from nma.scores.transfer import other_neurons, transfer, transfer_rows, write_transfer
from nma.training.device import prepare_device
from nma.training.weights import load_model


def main(
    weights,
    tensors,
    layer_files,
    recording,
    out,
    scores,
    *,
    source,
    seed,
    split,
    by,
    layer_seed,
    layers,
    device,
    threads,
):
    """weights, tensors, layer_files: a file a layer; by, layer_seed: how neurons were assigned."""
    device = prepare_device(device, threads)
    models = [load_model(path).to(device) for path in weights]
    activities, splits = zip(*map(read_tensor, tensors), strict=True)
    others = other_neurons(recording, layer_files, tensors, by=by, seed=layer_seed)
    encoders = [encoder(model) for model in models]
    found = transfer(activities, others, encoders, splits[0], seed=layer_seed, held_out=split)
    names = {"source": source, "seed": seed, "split": split}
    write_transfer(out, found, layers, **names)
    write_rows(scores, transfer_rows(found, layers, **names))


def encoder(model):
    return lambda activity, split_index: encode(model, activity, split_index)[0]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            weights=snakemake.input.weights,
            tensors=snakemake.input.tensors,
            layer_files=snakemake.input.layers,
            recording=snakemake.input.recording,
            out=snakemake.output.transfer,
            scores=snakemake.output.scores,
            source=snakemake.wildcards.model,
            seed=snakemake.params.seed,
            split=snakemake.params.split,
            by=snakemake.params.by,
            layer_seed=snakemake.params.layer_seed,
            layers=snakemake.params.layers,
            device=snakemake.params.device,
            threads=snakemake.params.threads,
        )
