"""What there is in a results folder, and sentences for what is not."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import open_h5
from nma.io.parsing import read_json, reading
from nma.types import Bins, FilePath

TABLE = "layers.json"


def check_folder(folder: FilePath) -> Path:
    """The results folder of a recording. Raises InputError where it is none."""
    path = Path(folder)
    if (path / TABLE).is_file():
        return path
    inside = sorted(str(table.parent) for table in path.glob(f"*/{TABLE}"))
    raise InputError(
        folder,
        "results folder",
        found=f"no {TABLE}" if path.is_dir() else "no folder",
        expected="the folder of a recording, such as results/demo",
        hint=f"this folder holds {', '.join(inside)}" if inside else "",
    )


def layers_of(folder: Path) -> dict[str, str]:
    """{layer: what it holds, such as its depth or brain region}, in order."""
    with reading(folder / TABLE):
        return {row["layer"]: row["grouping"] for row in read_json(folder / TABLE)["layers"]}


def names_in(folder: Path, suffix: str = "") -> list[str]:
    """Names of what is in a folder and ends in the suffix, without it, in order."""
    paths = sorted(folder.glob(f"[!.]*{suffix}"))
    return [path.name.removesuffix(suffix) for path in paths]


def known(place: FilePath, field: str, found: object, names: Iterable[object]) -> None:
    """Raise InputError, with the list of what there is, for a name that is not in it."""
    there = [str(name) for name in names]
    if str(found) not in there:
        one_of = ", ".join(there)
        expected = f"one of {one_of}" if len(there) > 1 else one_of or "none, as there is none yet"
        raise InputError(place, field, found=found, expected=expected)


def existing(path: Path) -> Path:
    """The path of a file of the workflow. Raises InputError where there is no such file."""
    if not path.is_file():
        raise InputError(
            path,
            "file",
            found="none",
            expected="a file that the workflow makes",
            hint="run it to the end, or copy the whole results folder",
        )
    return path


def network_file(folder: Path, source: str, layer: str, seed: int, suffix: str) -> Path:
    """The file {source}/{layer}/{seed} below a folder, or that of all layers of a shared network.

    Raises InputError where there is none, with the sources, layers or seeds that there are.
    """
    of_source = folder / source
    known(folder, "source", source, names_in(folder))
    if "all" in (layers := names_in(of_source)):
        layer = "all"
    known(of_source, "layer", layer, layers)
    known(of_source / layer, "seed", seed, names_in(of_source / layer, suffix))
    return of_source / layer / f"{seed}{suffix}"


def bin_starts(recording: Path, bin_seconds: float, bins: int) -> Bins:
    """When so many bins begin, in s by the clock of the recording.

    recording: recording.h5; bin_seconds: of a bin, which is the mean of some bins of the recording.
    """
    with open_h5(existing(recording)) as file, reading(recording):
        seconds = float(file.attrs["bin_seconds"])
        first = float(file.attrs.get("start_seconds", 0))
        numbers = file["bins"][:] if "bins" in file else np.arange(file["activity"].shape[1])
        return first + seconds * numbers[:: round(bin_seconds / seconds)][:bins]
