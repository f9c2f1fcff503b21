"""PCA as a source like any model: latents and reconstruction of the whole recording."""

from nma.baselines.pca import encode_pca, read_pca
from nma.dims import latent_dims
from nma.jobs.job import job
from nma.latents.describe import describe
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_masks
from nma.preprocessing.tensors import read_tensor
from nma.types import BinsNeurons, FilePath


def main(
    tensor: FilePath,
    pca: FilePath,
    hidden: FilePath,
    out: FilePath,
    *,
    source: str,
    dims: int | str,
) -> None:
    """Write latents/{source}/{layer}/0.h5; dims: as in the config."""
    layer = read_tensor(tensor)
    dims = latent_dims(dims, layer.activity.shape[1])
    _, components = read_pca(pca, dims)

    def predict(centred: BinsNeurons, _: BinsNeurons) -> BinsNeurons:
        return centred @ components.T @ components

    found = encode_pca(layer.activity, pca, dims)
    described = describe(layer, read_masks(hidden), *found, predict)
    write_latents(out, [described], source=source, layer=layer.layer, seed=0)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensor=snakemake.input.tensor,
            pca=snakemake.input.pca,
            hidden=snakemake.input.hidden,
            out=snakemake.output[0],
            source=snakemake.wildcards.source,
            dims=snakemake.params.dims,
        )
