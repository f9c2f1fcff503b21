"""From a raw recording to `recording.h5`: everything is checked before anything is computed."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.files import sha256_of
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
from nma.recordings.npy_files import read_npy
from nma.recordings.outliers import CAPPED, LEFT_OUT, OutlierRule, Outliers, find_outliers
from nma.recordings.raw import COMMON, Raw, files_of, format_of
from nma.recordings.selection import POLICIES, Selection, select_neurons
from nma.recordings.suspicions import of_bin_seconds, of_shape
from nma.statistics.filling import filled
from nma.types import FilePath, Neurons, NeuronsBins

MISSING = (
    "they are hidden from every source and no score counts them; what needs a value in each bin "
    "has one by interpolation"
)


@dataclass(frozen=True)
class Recording:
    """The checked fields of a recording; positions, labels and planes may have the value None."""

    activity: Field
    positions: Field
    labels: Field
    planes: Field
    behaviour: dict[str, BinsFeatures]
    ids: Neurons
    position_unit: str


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
    if nan not in POLICIES:
        expected = f"one of {', '.join(POLICIES)}"
        raise InputError("config", f"nan of {name}", found=repr(nan), expected=expected)
    shown, format = address or source, format_of(source)
    common = {"bin_seconds": bin_seconds}
    options = {**(options or {}), **{key: common[key] for key in COMMON if key in format.OPTIONS}}
    try:
        raw = format.read(source, **options)
    except InputError as error:
        if address:
            raise error.of(address) from error
        raise
    recording = _checked(raw, shown, positions, labels)
    seconds = check_bin_seconds(Field(shown, "bin_seconds", raw.bin_seconds), name, bin_seconds)
    selected = select_neurons(recording.activity, recording.positions, nan)
    found = find_outliers(recording.activity, selected, outliers)
    selected = selected._replace(kept=np.setdiff1d(selected.kept, found.of(LEFT_OUT)))
    warnings = _warnings(raw, recording, selected, seconds)
    attributes = {
        "name": name,
        "bin_seconds": seconds,
        "source_file": address or Path(source).name,
        **(raw.origin or {"source_sha256": _sha256(files_of(source, **options))}),
        "outliers": outliers.policy if outliers else "report",
        **_left_out(recording, selected, found),
    }
    if raw.start_seconds:
        attributes["start_seconds"] = raw.start_seconds
    if warnings:
        attributes["warnings"] = warnings
    missing = _write(out, recording, selected, found, attributes)
    shape = f"{len(selected.kept)} neurons x {len(selected.bins)} bins"
    print(f"{name}: {shape} of {seconds:g} s from {shown}")
    _log_selection(recording, selected, found, missing)
    for line in (*raw.notes, *(f"warning: {warning}" for warning in warnings)):
        print(line)
    behaviour, unused = (", ".join(names) or "none" for names in (recording.behaviour, raw.unused))
    print(f"behaviour: {behaviour}; not copied: {unused}")


def _warnings(raw: Raw, recording: Recording, selected: Selection, seconds: float) -> list[str]:
    """Sentences for log and report, of the format, the neurons selected and odd numbers."""
    warnings = [*raw.warnings, *selected.warnings, *of_bin_seconds(seconds)]
    others = recording.positions.value, recording.labels.value
    if all(field is None for field in others) and not recording.behaviour:
        warnings += of_shape(recording.activity.value)  # nothing else tells neurons from bins
    return warnings


def _left_out(recording: Recording, selected: Selection, outliers: Outliers) -> dict[str, int]:
    """How many neurons and bins were left out or changed, as attributes of recording.h5."""
    attributes = {
        "dropped_constant_neurons": selected.constant,
        "dropped_nan_neurons": selected.not_finite,
        "outlier_neurons": len(outliers.found),
        "dropped_outlier_neurons": len(outliers.of(LEFT_OUT)),
        "capped_outlier_neurons": len(outliers.of(CAPPED)),
    }
    dropped_bins = recording.activity.value.shape[1] - len(selected.bins)
    return attributes | ({"dropped_nan_bins": dropped_bins} if dropped_bins else {})


def _log_selection(
    recording: Recording, selected: Selection, outliers: Outliers, missing: int
) -> None:
    """Print what was left out, how many values are missing, and every outlier."""
    kept, bins = len(selected.kept), recording.activity.value.shape[1]
    constant, not_finite = selected.constant, selected.not_finite
    print(f"left out: {constant} constant neurons, {not_finite} neurons with NaN or infinity")
    if len(selected.bins) < bins:
        print(f"left out: {bins - len(selected.bins)} of {bins} bins with NaN or infinity")
    if missing:
        values = kept * len(selected.bins)
        print(f"missing: {missing} of {values} values are NaN or infinite; {MISSING}")
    print(f"outliers: {len(outliers.found)} of {kept + len(outliers.of(LEFT_OUT))} neurons")
    for neuron, outlier in outliers.found.items():
        print(f"  neuron {recording.ids[neuron]} {outliers.treatment[neuron]}: {outlier.reason}")


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
    planes = _field(raw, source, "planes")
    if planes.value is not None:
        planes = planes._replace(value=check_labels(planes, shape))
    behaviour = {
        key: check_behaviour(Field(source, key, value), shape)
        for key, value in raw.behaviour.items()
    }
    ids = np.arange(shape[0]) if raw.ids is None else raw.ids
    return Recording(activity, xyz, texts, planes, behaviour, ids, raw.position_unit)


def _field(raw: Raw, source: FilePath, key: str, path: FilePath | None = None) -> Field:
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


def _write(
    out: FilePath,
    recording: Recording,
    selected: Selection,
    outliers: Outliers,
    attributes: dict[str, object],
) -> int:
    """Write recording.h5 with the neurons and bins selected; return how many values are missing."""
    xyz, kept = recording.positions.value, selected.kept
    with new_h5(out, **attributes) as file:
        missing = _write_activity(file, recording.activity.value, selected, outliers)
        if missing:
            file.attrs["missing_values"] = missing
        if outliers.found:
            _write_outliers(file, outliers, recording.ids)
        put(
            file,
            "neuron_ids",
            recording.ids[kept],
            units="index in the source file",
            axes=("neuron",),
        )
        if "dropped_nan_bins" in attributes:
            put(file, "bins", selected.bins, units="index in the source file", axes=("bin",))
        if selected.offsets is not None:
            units = "arbitrary, subtracted from activity of the source file"
            put(file, "offset", selected.offsets[kept], units=units, axes=("neuron",))
        if xyz is not None:
            units, axes = recording.position_unit, ("x, y, z", "neuron")
            put(file, "positions", xyz[:, kept], units=units, axes=axes)
        for name, field in (("labels", recording.labels), ("planes", recording.planes)):
            if field.value is not None:
                text = h5py.string_dtype()
                put(file, name, field.value[kept], units="text", axes=("neuron",), dtype=text)
        for key, values in recording.behaviour.items():
            axes = ("bin", "feature")
            put(file, f"behaviour/{key}", values[selected.bins], units="arbitrary", axes=axes)
    return missing


def _write_outliers(file: h5py.File, outliers: Outliers, ids: Neurons) -> None:
    """Write which neurons were found, why, and what was done with each."""
    found, text = list(outliers.found), h5py.string_dtype()
    columns = {
        "reason": [outliers.found[neuron].reason for neuron in found],
        "treatment": [outliers.treatment[neuron] for neuron in found],
    }
    units = "index in the source file"
    put(file, "outliers/neuron_ids", ids[found], units=units, axes=("outlier",))
    for name, texts in columns.items():
        put(file, f"outliers/{name}", texts, units="text", axes=("outlier",), dtype=text)


def _write_activity(
    file: h5py.File, activity: NeuronsBins, selected: Selection, outliers: Outliers
) -> int:
    """Write activity block by block, so that no second copy of a recording is made.

    Returns how many values are missing; where any are, there is a dataset `missing`.
    """
    axes, shape = ("neuron", "bin"), (len(selected.kept), len(selected.bins))
    storage = {"shape": shape, "chunks": (1, len(selected.bins))}
    dataset = put(file, "activity", None, units="arbitrary", axes=axes, dtype=np.float32, **storage)
    count = 0
    for start, block in selected.blocks(activity):
        rows = slice(start, start + len(block))
        outliers.cap(selected.kept[rows], block)
        present = np.isfinite(block)
        if not present.all():
            if "missing" not in file:
                storage |= {"dtype": bool, "compression": "lzf"}
                put(file, "missing", None, units="bool", axes=axes, **storage)
            file["missing"][rows] = ~present
            count += int((~present).sum())
            block = np.where(present, block, 0)
            level = block.sum(axis=1, dtype=np.float64) / present.sum(axis=1)
            block = filled(block, present, level)
        dataset[rows] = block
    return count


def _sha256(files: Sequence[Path]) -> str:
    """The digest of a file; of several, that of the lines of `sha256sum` without their folder."""
    digests = [sha256_of(path) for path in files]
    if len(digests) == 1:
        return digests[0]
    folder = Path(os.path.commonpath(files))
    lines = (f"{d}  {p.relative_to(folder)}\n" for d, p in zip(digests, files, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
