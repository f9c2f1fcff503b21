"""Whether the layer can be decoded from the points of one source, to probes/{source}.h5 and a
score table."""

from collections.abc import Sequence

from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.layer_probes import Permutations, ProbeSettings, probe_source
from nma.scores.table import write_scores
from nma.types import FilePath


def main(
    map_path: FilePath,
    files: Sequence[FilePath],
    tensors: Sequence[FilePath],
    layer_paths: Sequence[FilePath],
    out: FilePath,
    table: FilePath,
    settings: ProbeSettings,
) -> None:
    """files: the tensors (raw) or latents of the source; tensors, layer_paths: of all layers."""
    of_null = [read_tensor(path) for path in tensors] if settings.null else []
    write_scores(table, probe_source(map_path, files, of_null, layer_paths, out, settings))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        null = snakemake.params.null
        main(
            map_path=snakemake.input.map,
            files=snakemake.input.files,
            tensors=snakemake.input.tensors,
            layer_paths=snakemake.input.layers,
            out=snakemake.output.probes,
            table=snakemake.output.scores,
            settings=ProbeSettings(
                source=snakemake.wildcards.source,
                seed_of_source=snakemake.params.seed_of_source,
                kind=snakemake.params.kind,
                time=snakemake.params.time,
                in_blocks=snakemake.params.in_blocks,
                null=Permutations(**null) if null else None,
                seed=snakemake.params.seed,
            ),
        )
