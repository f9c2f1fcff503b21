"""Simple forecasts of one layer, and of a simulation their ceiling, to forecasts/{source}/."""

from collections.abc import Sequence

from nma.baselines.pca import read_pca
from nma.forecasts.ceiling import read_ceiling
from nma.forecasts.files import write_forecasts
from nma.forecasts.fitting import simple_forecasters
from nma.forecasts.origins import activity_of
from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.state_space.files import read_dims_tried, read_fit
from nma.types import FilePath


def main(
    tensor: FilePath,
    pca: FilePath,
    fits: FilePath,
    truth: FilePath | None,
    outs: Sequence[FilePath],
    *,
    sources: Sequence[str],
) -> None:
    """truth: or nothing; outs: one for each of the sources, among them `truth` where there is."""
    layer = read_tensor(tensor)
    activity = activity_of(layer)
    systems = [read_fit(fits, dims) for dims in read_dims_tried(fits)]
    forecasters = simple_forecasters(activity, read_pca(pca)[1], systems)
    if truth:
        forecasters["truth"] = read_ceiling(layer, truth)
    for source, out in zip(sources, outs, strict=True):
        write_forecasts(out, layer, activity, forecasters[source], source=source)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensor=snakemake.input.tensor,
            pca=snakemake.input.pca,
            fits=snakemake.input.fits,
            truth=snakemake.input.truth or None,
            outs=list(snakemake.output),
            sources=snakemake.params.sources,
        )
