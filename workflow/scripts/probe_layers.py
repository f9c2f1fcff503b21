"""Whether the points of one source know their layer, to probes/{source}.h5 and a score table."""

from nma.dims import latent_dims
from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.layer_probes import probe_source
from nma.scores.table import write_rows


def main(map_path, files, tensors, layers, out, table, *, source, seed_of_source, null, **settings):
    """null: {"repeats"} and for PCA {"dims"} as in the config, or nothing for trained sources."""
    if null and "dims" in null:
        null = null | {"dims": latent_dims(null["dims"], read_tensor(tensors[0])[0].shape[1])}
    rows = probe_source(map_path, files, tensors, layers, out, null=null, **settings)
    split = settings["time"]
    write_rows(table, [("all", source, m, split, seed_of_source, *values) for m, *values in rows])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            map_path=snakemake.input.map,
            files=snakemake.input.files,
            tensors=snakemake.input.tensors,
            layers=snakemake.input.layers,
            out=snakemake.output.probes,
            table=snakemake.output.scores,
            source=snakemake.wildcards.source,
            seed_of_source=snakemake.params.seed_of_source,
            kind=snakemake.params.kind,
            time=snakemake.params.time,
            in_blocks=snakemake.params.in_blocks,
            null=snakemake.params.null,
            seed=snakemake.params.seed,
        )
