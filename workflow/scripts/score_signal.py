"""Signal and noise of one layer's neurons, to signal/{layer}.h5 and a score table."""

from nma.io.hdf5 import new_h5, put
from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.signal import signal_of_neurons, signal_scores
from nma.scores.table import write_scores

if __name__ == "__main__":
    with job(snakemake.log[0]):
        tensor = read_tensor(snakemake.input.tensor)
        write_scores(snakemake.output.scores, signal_scores(tensor, snakemake.input.truth or None))
        with new_h5(snakemake.output.signal, layer=tensor.layer) as file:
            shares = signal_of_neurons(tensor, snakemake.params.split)
            put(file, "signal_share", shares, units="share of the variance", axes=("neuron",))
            put(
                file, "neuron_ids", tensor.neuron_ids, units="id in the recording", axes=("neuron",)
            )
