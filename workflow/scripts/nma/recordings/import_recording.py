"""From a raw recording to `recording.h5`: everything is checked before anything is computed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, put
from nma.recordings.checks import (
    BinsFeatures,
    Field,
    check_activity,
    check_behaviour,
    check_bin_seconds,
    check_labels,
    check_positions,
)
from nma.recordings.formats.npy import read_npy
from nma.recordings.raw import Raw, format_of
from nma.recordings.selection import activity_blocks, select_neurons
from nma.types import FilePath, Neurons, NeuronsBins


@dataclass(frozen=True)
class Recording:
    """The checked fields of a recording; positions and labels may have the value None."""

    activity: Field
    positions: Field
    labels: Field
    behaviour: dict[str, BinsFeatures]


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
) -> None:
    """Check the raw recording `source` and write it as the HDF5 file `out`.

    source: a file of any of recordings/formats, found by its suffix; address: where it was fetched
    from, if it is a copy (s3://...).
    bin_seconds: seconds of a time bin, for a source without them; positions, labels: .npy files
    (3 x neurons in um; a text or an integer for each neuron) for a source that has none.
    nan: "error", or "drop_neurons" to leave out neurons with NaN or infinity in their activity or
    position. Neurons whose activity is constant are always left out. NaN in behaviour is kept, as a
    closed eye has no pupil.

    Raises InputError, which names file, field, found and expected, for a recording that is not as
    docs/recordings.md says; then no file is written.
    """
    if nan not in ("error", "drop_neurons"):
        expected = "`error` or `drop_neurons`"
        raise InputError("config", f"nan of {name}", found=repr(nan), expected=expected)
    shown = address or source
    try:
        raw = format_of(source).read(source)
    except InputError as error:
        raise error.of(shown) from error
    recording = _checked(raw, shown, positions, labels)
    seconds = check_bin_seconds(Field(shown, "bin_seconds", raw.bin_seconds), name, bin_seconds)
    kept, constant, not_finite = select_neurons(recording.activity, recording.positions, nan)
    attributes = {
        "name": name,
        "bin_seconds": seconds,
        "source_file": address or Path(source).name,
        "source_sha256": _sha256(source),
        "dropped_constant_neurons": constant,
        "dropped_nan_neurons": not_finite,
    }
    _write(out, recording, kept, attributes)
    bins = recording.activity.value.shape[1]
    print(f"{name}: {len(kept)} neurons x {bins} bins of {seconds:g} s from {shown}")
    print(f"left out: {constant} constant neurons, {not_finite} neurons with NaN or infinity")
    behaviour, unused = (", ".join(names) or "none" for names in (recording.behaviour, raw.unused))
    print(f"behaviour: {behaviour}; not copied: {unused}")


def _checked(
    raw: Raw, source: FilePath, positions: FilePath | None, labels: FilePath | None
) -> Recording:
    """All fields, each checked by itself and against the shape of the activity."""
    activity = _field(raw, source, "activity")
    activity = activity._replace(value=check_activity(activity))
    shape = activity.value.shape
    xyz = _field(raw, source, "positions", positions)
    if xyz.value is not None:
        xyz = xyz._replace(value=check_positions(xyz, shape))
    texts = _field(raw, source, "labels", labels)
    if texts.value is not None:
        texts = texts._replace(value=check_labels(texts, shape))
    behaviour = {
        key: check_behaviour(Field(source, key, value), shape)
        for key, value in raw.behaviour.items()
    }
    return Recording(activity, xyz, texts, behaviour)


def _field(raw: Raw, source: FilePath, key: str, path: FilePath | None = None) -> Field:
    """A field of the raw file, or of the .npy file `path` that the config names for it."""
    field = Field(source, raw.names.get(key, key), getattr(raw, key))
    if path and field.value is not None:
        found = f"{field.name} in the file and `{key}: {path}` in the config"
        raise field.error(found, "only one of the two")
    if path:
        return Field(path, key, read_npy(path))
    if field.value is None and key in raw.required:
        keys = ", ".join(raw.keys)[:200]
        raise field.error(f"no such key among {keys or 'none at all'}", raw.form)
    return field


def _write(out: FilePath, recording: Recording, kept: Neurons, attributes: dict) -> None:
    """Write recording.h5 with the neurons kept."""
    xyz, labels = recording.positions.value, recording.labels.value
    with new_h5(out, **attributes) as file:
        _write_activity(file, recording.activity.value, kept)
        put(file, "neuron_ids", kept, units="index in the source file", axes=("neuron",))
        if xyz is not None:
            put(file, "positions", xyz[:, kept], units="um", axes=("x, y, z", "neuron"))
        if labels is not None:
            text = h5py.string_dtype()
            put(file, "labels", labels[kept], units="text", axes=("neuron",), dtype=text)
        for key, values in recording.behaviour.items():
            put(file, f"behaviour/{key}", values, units="arbitrary", axes=("bin", "feature"))


def _write_activity(file: h5py.File, activity: NeuronsBins, kept: Neurons) -> None:
    """Write the neurons kept block by block, so that no second copy of a recording is made."""
    bins = activity.shape[1]
    dataset = put(
        file,
        "activity",
        None,
        units="arbitrary",
        axes=("neuron", "bin"),
        shape=(len(kept), bins),
        dtype=np.float32,
        chunks=(1, bins),
    )
    for start, block in activity_blocks(activity, kept):
        dataset[start : start + len(block)] = block


def _sha256(path: FilePath) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
