"""From a raw recording of trials to `recording.h5` (METHODS 10)."""

from collections.abc import Mapping
from dataclasses import replace

from nma.recordings.import_recording import checked, field_of
from nma.recordings.outliers import OutlierRule
from nma.recordings.recording_file import Source, write_selected
from nma.recordings.trials import check_trials
from nma.types import FilePath


def import_trials(
    source: FilePath,
    out: FilePath,
    *,
    name: str,
    address: str | None = None,
    positions: FilePath | None = None,
    labels: FilePath | None = None,
    stimulus: FilePath | None = None,
    nan: str = "error",
    outliers: OutlierRule | None = None,
    options: Mapping[str, object] | None = None,
) -> None:
    """Check the raw recording `source`, whose columns are trials, and write it as the HDF5 file
    `out`.

    stimulus: a .npy file of the angle of each trial's stimulus in radians, for a source without
    them; the other arguments are as in import_recording. The file has no seconds of a bin. It has
    the attribute `kind`, the dataset `stimulus` (trials,) and, where the source has both,
    `spontaneous/mean` and `spontaneous/sd` (neurons,); neurons of which the latter is 0 or either
    is not finite are left out. Where it has components of spontaneous activity too, they are in
    `spontaneous/components` (neurons, components), and `spontaneous/projection` (components,
    trials) is what they have of the scaled responses.

    Raises InputError, which names file, field, found and expected, for a recording that is not as
    docs/trials.md says; then no file is written.
    """
    origin = Source(name, source, options or {}, address)
    raw = origin.read()
    recording = checked(raw, origin.shown, {"positions": positions, "labels": labels})
    fields = [
        field_of(raw, origin.shown, key, path)
        for key, path in (
            ("stimulus", stimulus),
            ("spontaneous_mean", None),
            ("spontaneous_sd", None),
            ("spontaneous_components", None),
        )
    ]
    trials = check_trials(*fields, recording.activity.value.shape)
    columns = {"kind": "trials", "dropped_unscaled_neurons": len(trials.unscaled)}
    recording = replace(recording, trials=trials)
    write_selected(out, origin, raw, recording, columns, (), nan=nan, outliers=outliers)
