"""recording.h5 to layers/{layer}.h5: a balanced sample of the neurons of each layer."""

from nma.jobs.job import job
from nma.preprocessing.grouping import Grouping
from nma.preprocessing.layer_files import slice_layers

if __name__ == "__main__":
    with job(snakemake.log[0]):
        params = snakemake.params
        slice_layers(
            recording=snakemake.input[0],
            outs=snakemake.output.layers,
            table=snakemake.output.table,
            grouping=Grouping(
                by=params.by,
                count=len(snakemake.output.layers),
                seed=params.seed,
                min_neurons=params.min_neurons,
                left_out=tuple(map(str, params.left_out)),
                unlabelled=params.unlabelled,
            ),
            neurons=params.neurons,
        )
