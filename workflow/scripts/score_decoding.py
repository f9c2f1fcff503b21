"""How precisely angles are decoded from one layer, or all, to decoding/{layer}.h5 and a table."""

from collections.abc import Mapping, Sequence

import numpy as np

from nma.io.hdf5 import new_h5, put
from nma.jobs.job import job
from nma.latents.reading import read_latents
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import read_tensor
from nma.scores.decoding import decoding_scores, levels
from nma.scores.table import write_scores
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    latents: Mapping[str, FilePath],
    out: FilePath,
    table: FilePath,
    *,
    layer: str,
    split: str,
) -> None:
    """tensors: of the layer, or of all; latents: {source: its file}; split: of the curves."""
    read = [read_tensor(path) for path in tensors]
    sources = {"raw": np.concatenate([tensor.activity for tensor in read], axis=1)}
    sources |= {source: read_latents(path, "latents") for source, path in latents.items()}
    trials, scores = in_split(read[0].split, split), []
    with new_h5(out, layer=layer, split=split) as file:
        put(file, "distance", levels(), units="degrees from a centre", axes=("distance",))
        found = decoding_scores(layer, sources, read[0].stimulus, read[0].split)
        for of_source, source, choices in found:
            scores += of_source
            for name, counts in choices._asdict().items():
                values = counts[trials].sum(axis=0)
                put(file, f"{source}/{name}", values, units="choices", axes=("distance",))
    write_scores(table, scores)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            latents=dict(zip(snakemake.params.sources, snakemake.input.latents, strict=True)),
            out=snakemake.output.choices,
            table=snakemake.output.scores,
            layer=snakemake.wildcards.layer,
            split=snakemake.params.split,
        )
