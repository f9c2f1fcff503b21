"""Forecasts by the networks of a model, of all layers, to forecasts/{model}/{layer}/{seed}.h5."""

from collections.abc import Sequence

from nma.blocks.lds_start import start_files
from nma.forecasts.files import write_forecasts
from nma.forecasts.networks import NetworkForecaster
from nma.forecasts.origins import activity_of
from nma.io.errors import InputError
from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.training.device import prepare_device
from nma.training.weights import load_started
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    weights: Sequence[FilePath],
    outs: Sequence[FilePath],
    *,
    starts: Sequence[Sequence[FilePath]],
    source: str,
    seed: int,
    device: str,
    threads: int,
) -> None:
    """Write the forecasts of a model.

    tensors, outs: by layer; weights: a network a layer, or one for all layers; starts: the files of
    an LDS that each network starts from, or none (blocks.lds_start). Raises InputError for a model
    that does not forecast.
    """
    device = prepare_device(device, threads)
    shared = len(weights) < len(tensors)
    for number, (path, out) in enumerate(zip(tensors, outs, strict=True)):
        tensor, network = read_tensor(path), 0 if shared else number
        model = load_started(weights[network], tensor, starts[network]).to(device)
        if not model.forecasts:
            raise InputError(
                "nma/sources.py",
                "FORECASTING",
                found=f"{type(model).__name__}, which has no forecasts = True",
                expected="classes with `forecast`",
            )
        forecaster = NetworkForecaster(model, tensor.train_mean)
        write_forecasts(
            out,
            tensor,
            activity_of(tensor),
            forecaster,
            source=source,
            seed=seed,
            calibrate=True,
        )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            weights=snakemake.input.weights,
            outs=list(snakemake.output),
            starts=start_files(
                snakemake.input.fits, snakemake.input.corrections, snakemake.input.weights
            ),
            source=snakemake.wildcards.model,
            seed=int(snakemake.wildcards.seed),
            device=snakemake.params.device,
            threads=snakemake.params.threads,
        )
