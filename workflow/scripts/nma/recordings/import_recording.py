"""From a raw recording to `recording.h5`: everything is checked before anything is computed."""

import hashlib
from pathlib import Path

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, put
from nma.recordings.checks import (
    MIN_NEURONS,
    _activity,
    _behaviour,
    _bin_seconds,
    _blocks,
    _inspect,
    _labels,
    _missing,
    _positions,
    _usable_positions,
)
from nma.recordings.formats.npy import _read_source, read_npy

BEHAVIOUR = ("run", "pupilArea", "pupilCOM", "beh_svd_time")


def import_recording(
    source,
    out,
    *,
    name,
    address=None,
    bin_seconds=None,
    positions=None,
    labels=None,
    nan="error",
):
    """Check the raw recording `source` (.npy) and write it as the HDF5 file `out`.

    source: a dict in the form of Stringer et al. 2019 (METHODS.md section 1) with `sresp` (neurons
    x bins), `xyz` (3 x neurons, um) and, if there are any, `run`, `pupilArea`, `pupilCOM`,
    `beh_svd_time` (bins x features each), `labels` (neurons) and `bin_seconds`; or a plain array of
    neurons x bins.
    address: where `source` was fetched from, if it is a copy (s3://...).
    bin_seconds: seconds of a time bin, for a source that does not say; positions, labels: .npy
    files (3 x neurons in um; a text or an integer a neuron) for a source that has none.
    nan: "error", or "drop_neurons" to leave out neurons with NaN or infinity in their activity or
    position. Neurons whose activity is constant are always left out.

    NaN in behaviour is kept, as a closed eye has no pupil. Raises InputError, which names file,
    field, found and expected, for all that is not as above; then no file is written.
    """
    if nan not in ("error", "drop_neurons"):
        raise InputError(
            "config", f"nan of {name}", found=repr(nan), expected="`error` or `drop_neurons`"
        )
    raw, fields = _read_source(source)
    local, source = source, address or source
    activity = _activity(source, fields["activity"], raw)
    neurons, bins = activity.shape
    bin_seconds = _bin_seconds(source, raw.get("bin_seconds"), name, bin_seconds)
    xyz_file, xyz_field, xyz = _either(source, fields["positions"], raw, positions, "positions")
    if xyz is not None:
        xyz = _positions(xyz_file, xyz_field, xyz, activity.shape)
    label_file, label_field, texts = _either(source, "labels", raw, labels, "labels")
    if texts is not None:
        texts = _labels(label_file, label_field, texts, activity.shape)
    behaviour = {
        key: _behaviour(source, key, raw[key], activity.shape) for key in BEHAVIOUR if key in raw
    }

    usable, varies = _inspect(source, fields["activity"], activity, nan)
    usable &= _usable_positions(xyz_file, xyz_field, xyz, neurons, nan)
    kept = np.flatnonzero(usable & varies)
    constant, dropped = int(np.sum(usable & ~varies)), int(np.sum(~usable))
    if len(kept) < MIN_NEURONS:
        raise InputError(
            source,
            fields["activity"],
            found=f"{len(kept)} usable of {neurons} neurons ({constant} constant, "
            f"{dropped} with NaN or infinity)",
            expected=f"at least {MIN_NEURONS} that vary",
        )
    attributes = {
        "name": name,
        "bin_seconds": bin_seconds,
        "source_file": address or Path(source).name,
        "source_sha256": _sha256(local),
        "dropped_constant_neurons": constant,
        "dropped_nan_neurons": dropped,
    }
    with new_h5(out, **attributes) as file:
        _write_activity(file, activity, kept)
        put(file, "neuron_ids", kept, units="index in the source file", axes=["neuron"])
        if xyz is not None:
            put(file, "positions", xyz[:, kept], units="um", axes=["xyz", "neuron"])
        if texts is not None:
            text = h5py.string_dtype()
            put(file, "labels", texts[kept], units="text", axes=["neuron"], dtype=text)
        for key, values in behaviour.items():
            put(file, f"behaviour/{key}", values, units="arbitrary", axes=["bin", "feature"])

    unused = sorted(set(map(str, raw)) - {*BEHAVIOUR, *fields.values(), "labels", "bin_seconds"})
    print(f"{name}: {len(kept)} neurons x {bins} bins of {bin_seconds:g} s from {source}")
    print(f"left out: {constant} constant neurons, {dropped} neurons with NaN or infinity")
    print(f"behaviour: {', '.join(behaviour) or 'none'}; not copied: {', '.join(unused) or 'none'}")


def _either(source, field, raw, path, setting):
    """Where `field` comes from: file, field and value, out of the source or the file `path`."""
    in_source = field in raw
    if in_source and path:
        raise InputError(
            source,
            field,
            found=f"{field} in the file and `{setting}: {path}` in the config",
            expected="only one of the two",
        )
    if in_source:
        return source, field, raw[field]
    if path:
        return path, setting, read_npy(path)
    if field == "xyz":
        raise _missing(source, "xyz", raw)
    return source, field, None


def _write_activity(file, activity, kept):
    """Write the kept neurons block by block, so that no second copy of a recording is made."""
    bins = activity.shape[1]
    dataset = put(
        file,
        "activity",
        None,
        units="arbitrary",
        axes=["neuron", "bin"],
        shape=(len(kept), bins),
        dtype=np.float32,
        chunks=(1, bins),
    )
    for start, block in _blocks(activity, kept):
        dataset[start : start + len(block)] = block


def _sha256(path):
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
