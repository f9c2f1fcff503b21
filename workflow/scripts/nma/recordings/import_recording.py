"""From a raw recording to `recording.h5`: everything is checked before anything is computed."""

from collections.abc import Mapping

import numpy as np

from nma.recordings.checks import (
    Field,
    check_activity,
    check_behaviour,
    check_bin_seconds,
    check_labels,
    check_positions,
)
from nma.recordings.npy_files import read_npy
from nma.recordings.outliers import OutlierRule
from nma.recordings.raw import Raw
from nma.recordings.recording_file import Recording, Source, write_selected
from nma.recordings.suspicions import of_bin_seconds, of_shape
from nma.recordings.trials import unexpected_trials
from nma.types import FilePath

OF_TRIALS = (
    "the file has the stimuli of trials, which are not read, as `bin_seconds` says that its "
    "columns are bins of time; if they are trials, write `kind: trials`"
)


def import_recording(
    source: FilePath,
    out: FilePath,
    *,
    name: str,
    address: str | None = None,
    bin_seconds: float | None = None,
    positions: FilePath | None = None,
    labels: FilePath | None = None,
    nan: str = "error",
    outliers: OutlierRule | None = None,
    options: Mapping[str, object] | None = None,
) -> None:
    """Check the raw recording `source` and write it as the HDF5 file `out`.

    source: a file or folder of any of recordings/formats, or an address that its format reads;
    options: for its format; address: where it was fetched from, if it is a copy (s3://...).
    bin_seconds: seconds of a time bin, for a source without them; positions, labels: .npy files
    (2 or 3 x neurons in um; a text or an integer for each neuron) for a source that has none.
    nan: of NaN and infinity in activity, see select_neurons; with "mask" the file has a dataset
    `missing` of these entries, and activity is filled in there (statistics.filling). Neurons whose
    activity is constant are always left out. NaN in behaviour is kept, as a closed eye has no
    pupil, and so are missing positions and labels: not all layers need them. outliers: how neurons
    are found that carry no information in train or lie far outside it later, and what is done with
    them; None to look for none.

    Raises InputError, which names file, field, found and expected, for a recording that is not as
    docs/recordings.md says; then no file is written.
    """
    origin = Source(name, source, options or {}, address, bin_seconds)
    raw = origin.read()
    recording = checked(raw, origin.shown, {"positions": positions, "labels": labels})
    if raw.stimulus is not None and bin_seconds is None:
        raise unexpected_trials(field_of(raw, origin.shown, "stimulus"), name)
    seconds = check_bin_seconds(field_of(raw, origin.shown, "bin_seconds"), name, bin_seconds)
    warnings = list(of_bin_seconds(seconds))
    if raw.stimulus is not None:
        warnings.append(OF_TRIALS)
    others = recording.positions.value, recording.labels.value
    if all(field is None for field in others) and not recording.behaviour:
        warnings += of_shape(recording.activity.value)  # nothing else tells neurons from bins
    print(f"{name}: bins of {seconds:g} s")
    write_selected(
        out, origin, raw, recording, {"bin_seconds": seconds}, warnings, nan=nan, outliers=outliers
    )


def checked(raw: Raw, source: FilePath, files: Mapping[str, FilePath | None]) -> Recording:
    """All fields, each checked by itself and against the shape of the activity.

    files: {field: .npy file that has it} where the source has none.
    """
    activity = field_of(raw, source, "activity")
    activity = activity._replace(value=check_activity(activity))
    shape = activity.value.shape
    xyz = field_of(raw, source, "positions", files.get("positions"))
    if xyz.value is not None:
        xyz = xyz._replace(value=check_positions(xyz, shape))
    texts = field_of(raw, source, "labels", files.get("labels"))
    if texts.value is not None:
        texts = texts._replace(value=check_labels(texts, shape))
    planes = field_of(raw, source, "planes")
    if planes.value is not None:
        planes = planes._replace(value=check_labels(planes, shape))
    behaviour = {
        key: check_behaviour(Field(source, key, value), shape)
        for key, value in raw.behaviour.items()
    }
    ids = np.arange(shape[0]) if raw.ids is None else raw.ids
    return Recording(activity, xyz, texts, planes, behaviour, ids, raw.position_unit)


def field_of(raw: Raw, source: FilePath, key: str, path: FilePath | None = None) -> Field:
    """A field of the raw file, or of the .npy file `path` that the config names for it."""
    field = Field(source, raw.names.get(key, key), getattr(raw, key))
    if path and field.value is not None:
        found = f"{field.name} in the file and `{key}: {path}` in the config"
        raise field.error(found, "only one of the two")
    if path:
        return Field(path, key, read_npy(path))
    if field.value is None and key == "activity":
        keys = ", ".join(raw.keys)[:200]
        raise field.error(f"no such key among {keys or 'none at all'}", raw.form)
    return field
