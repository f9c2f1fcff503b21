"""The planes of a suite2p folder, and the settings that hold for all of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nma.io.errors import InputError
from nma.recordings.suite2p.settings import Settings, joined, read_settings, whole_numbers
from nma.types import FilePath

PLANE = re.compile(r"plane(\d+)")
COMBINED = "combined"
MARKS = ("F.npy", "stat.npy")  # files of a folder that is a plane, whatever its name


@dataclass(frozen=True)
class Folder:
    """path: that of the config; root: the folder of all planes; planes: {number: folder} of those
    that path names, in order."""

    path: Path
    root: Path
    planes: Mapping[int, Path]

    @property
    def with_settings(self) -> list[Path]:
        """The folders that may have settings, those of planes first."""
        return list(dict.fromkeys([*self.planes.values(), self.root]))

    def settings(self) -> dict[Path, Settings]:
        """{folder: its settings}. Raises InputError where a file of them cannot be read."""
        return {folder: read_settings(folder) for folder in self.with_settings}


def folder_at(path: FilePath) -> Folder | None:
    """The planes in a folder, or the one that it is; None where it is neither."""
    path = Path(path)
    if not path.is_dir():
        return None
    if name := PLANE.fullmatch(path.name):
        return Folder(path, path.parent, {int(name[1]): path})
    inside = ((PLANE.fullmatch(inner.name), inner) for inner in path.iterdir() if inner.is_dir())
    planes = {int(name[1]): inner for name, inner in inside if name}
    if planes:
        return Folder(path, path, dict(sorted(planes.items())))
    is_plane = any((path / name).is_file() for name in MARKS)
    return Folder(path, path, {0: path}) if is_plane else None


def planes_to_read(folder: Folder, settings: Mapping[Path, Settings]) -> dict[int, Path]:
    """{number: folder} of the plane that a path names, or of all but those ignored as flyback.

    settings: of the folder. Raises InputError for the folder in which suite2p combines planes, with
    other positions and the shorter ones padded, and where a plane is missing.
    """
    if folder.path.name == COMBINED:
        raise InputError(
            folder.path,
            "folder",
            found="planes that suite2p combined, with other positions and of padded length",
            expected="the folder above it, whose planes are read one by one",
        )
    if folder.path in folder.planes.values():
        return dict(folder.planes)
    common = joined(settings.values())
    flyback = whole_numbers(common, "ignore_flyback")
    nplanes = max(whole_numbers(common, "nplanes"), default=0)
    missing = set(range(nplanes)) - set(flyback) - folder.planes.keys()
    if missing:
        raise InputError(
            folder.path,
            "planes",
            found=f"no plane{min(missing)}",
            expected=f"all {nplanes} of nplanes, without those of ignore_flyback",
        )
    return {number: plane for number, plane in folder.planes.items() if number not in flyback}
