"""Writing `recording.h5`: the neurons and columns of a checked recording that can be used."""

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
from nma.recordings.checks import BinsFeatures, Field
from nma.recordings.outliers import CAPPED, LEFT_OUT, OutlierRule, Outliers, find_outliers
from nma.recordings.raw import COMMON, Raw, files_of, format_of
from nma.recordings.selection import POLICIES, Selection, select_neurons
from nma.recordings.trials import TrialFields
from nma.statistics.filling import filled
from nma.types import Array, FilePath, Neurons, NeuronsBins

ROWS_AT_ONCE = 1024
MISSING = (
    "they are hidden from every source and no score counts them; what needs a value in each bin "
    "has one by interpolation"
)


@dataclass(frozen=True)
class Recording:
    """The checked fields of a recording; positions, labels and planes may have the value None;
    trials: of a recording of trials, None of time."""

    activity: Field
    positions: Field
    labels: Field
    planes: Field
    behaviour: dict[str, BinsFeatures]
    ids: Neurons
    position_unit: str
    trials: TrialFields | None = None

    @property
    def column(self) -> str:
        """What a column of activity is: a `bin` of time, or a `trial`."""
        return "trial" if self.trials else "bin"


@dataclass(frozen=True)
class Source:
    """A raw recording to import: its name, its file or folder, the options of its format, the
    address that it was fetched from, if it is a copy (s3://...), and its seconds of a bin, if the
    config has them."""

    name: str
    path: FilePath
    own: Mapping[str, object]
    address: str | None = None
    bin_seconds: float | None = None

    @property
    def shown(self) -> FilePath:
        """The file as the user knows it."""
        return self.address or self.path

    @property
    def options(self) -> dict[str, object]:
        """All that its format is asked with, keys that any recording may have among them."""
        common, known = {"bin_seconds": self.bin_seconds}, format_of(self.path).OPTIONS
        return {**self.own, **{key: common[key] for key in COMMON if key in known}}

    def read(self) -> Raw:
        """The raw fields. Raises InputError where the file cannot be read."""
        format, options = format_of(self.path), self.options
        try:
            return format.read(self.path, **options)
        except InputError as error:
            if self.address:
                raise error.of(self.address) from error
            raise


def write_selected(
    out: FilePath,
    origin: Source,
    raw: Raw,
    recording: Recording,
    columns: Mapping[str, object],
    warnings: Sequence[str],
    *,
    nan: str,
    outliers: OutlierRule | None,
) -> None:
    """Choose neurons and bins of a checked recording, write it as the HDF5 file `out`, and log it.

    columns: attributes that say what the columns of activity are; warnings: sentences that are
    known; nan, outliers: as in import_recording. Raises InputError as it does.
    """
    if nan not in POLICIES:
        expected = f"one of {', '.join(POLICIES)}"
        raise InputError("config", f"nan of {origin.name}", found=repr(nan), expected=expected)
    selected = select_neurons(recording.activity, recording.positions, nan)
    unscaled = recording.trials.unscaled if recording.trials else []
    selected = selected._replace(kept=np.setdiff1d(selected.kept, unscaled))
    found = find_outliers(recording.activity, selected, outliers)
    selected = selected._replace(kept=np.setdiff1d(selected.kept, found.of(LEFT_OUT)))
    warnings = [*raw.warnings, *selected.warnings, *warnings]
    digest = raw.origin or {"source_sha256": _sha256(files_of(origin.path, **origin.options))}
    attributes = {
        "name": origin.name,
        **columns,
        "source_file": origin.address or Path(origin.path).name,
        **digest,
        "outliers": outliers.policy if outliers else "report",
        **_left_out(recording, selected, found),
    }
    if raw.start_seconds:
        attributes["start_seconds"] = raw.start_seconds
    if warnings:
        attributes["warnings"] = warnings
    missing = _write(out, recording, selected, found, attributes)
    shape = f"{len(selected.kept)} neurons x {len(selected.bins)} {recording.column}s"
    print(f"{origin.name}: {shape} from {origin.shown}")
    _log_selection(recording, selected, found, missing)
    for line in (*raw.notes, *(f"warning: {warning}" for warning in warnings)):
        print(line)
    behaviour, unused = (", ".join(names) or "none" for names in (recording.behaviour, raw.unused))
    print(f"behaviour: {behaviour}; not copied: {unused}")


def _left_out(recording: Recording, selected: Selection, outliers: Outliers) -> dict[str, int]:
    """How many neurons and columns were left out or changed, as attributes of recording.h5."""
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
    if recording.trials and len(recording.trials.unscaled):
        print(f"left out: {len(recording.trials.unscaled)} neurons silent in spontaneous activity")
    if len(selected.bins) < bins:
        dropped = f"{bins - len(selected.bins)} of {bins} {recording.column}s"
        print(f"left out: {dropped} with NaN or infinity")
    if missing:
        values = kept * len(selected.bins)
        print(f"missing: {missing} of {values} values are NaN or infinite; {MISSING}")
    print(f"outliers: {len(outliers.found)} of {kept + len(outliers.of(LEFT_OUT))} neurons")
    for neuron, outlier in outliers.found.items():
        print(f"  neuron {recording.ids[neuron]} {outliers.treatment[neuron]}: {outlier.reason}")


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
        axes = ("neuron", recording.column)
        missing = _write_activity(file, recording.activity.value, selected, outliers, axes)
        if missing:
            file.attrs["missing_values"] = missing
        if outliers.found:
            _write_outliers(file, outliers, recording.ids)
        ids, units = recording.ids[kept], "index in the source file"
        put(file, "neuron_ids", ids, units=units, axes=("neuron",))
        if "dropped_nan_bins" in attributes:
            put(file, "bins", selected.bins, units=units, axes=(recording.column,))
        if recording.trials:
            _write_trials(file, recording.trials, selected)
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
            axes = (recording.column, "feature")
            put(file, f"behaviour/{key}", values[selected.bins], units="arbitrary", axes=axes)
    return missing


def _write_trials(file: h5py.File, trials: TrialFields, selected: Selection) -> None:
    """Write the angle of each trial, and spontaneous activity where there is any."""
    angles = trials.stimulus[selected.bins]
    put(file, "stimulus", angles, units="rad", axes=("trial",))
    if trials.spontaneous_sd is not None:
        level = trials.spontaneous_mean
        if selected.offsets is not None:
            level = level - selected.offsets
        level, spread = level[selected.kept], trials.spontaneous_sd[selected.kept]
        for name, values in (("mean", level), ("sd", spread)):
            put(file, f"spontaneous/{name}", values, units="arbitrary", axes=("neuron",))
        if trials.spontaneous_components is not None:
            components = trials.spontaneous_components[selected.kept]
            axes = ("neuron", "component")
            put(file, "spontaneous/components", components, units="1", axes=axes)
            found = _projection(file["activity"], level, spread, components)
            axes = ("component", "trial")
            put(file, "spontaneous/projection", found, units="standard deviations", axes=axes)


def _projection(
    activity: h5py.Dataset, level: Neurons, spread: Neurons, components: Array
) -> Array:
    """What components (neurons, components) have of scaled activity: (components, trials)."""
    found = np.zeros((components.shape[1], activity.shape[1]))
    for start in range(0, len(activity), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        scaled = (activity[rows] - level[rows, None]) / spread[rows, None]
        found += components[rows].T @ scaled
    return found.astype(np.float32)


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
    file: h5py.File,
    activity: NeuronsBins,
    selected: Selection,
    outliers: Outliers,
    axes: tuple[str, str],
) -> int:
    """Write activity block by block, so that no second copy of a recording is made.

    Returns how many values are missing; where any are, there is a dataset `missing`.
    """
    shape = len(selected.kept), len(selected.bins)
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
