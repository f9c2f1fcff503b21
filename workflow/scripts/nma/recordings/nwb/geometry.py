"""Positions of ROIs in um, by the grid of their imaging planes or that of the config."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.recordings.nwb.rois import Centres
from nma.types import Array, FilePath

if TYPE_CHECKING:
    from pynwb import NWBFile
    from pynwb.ophys import ImagingPlane

UM = {"nm": 1e-3, "um": 1, "mm": 1e3, "cm": 1e4, "m": 1e6}
WORDS = {"micron": "um", "nanomet": "nm", "micromet": "um", "millimet": "mm", "centimet": "cm"}
LARGEST = 1000  # um from pixel to pixel, beyond which a grid is none of a microscope
SUITE2P = "suite2p_proc"  # description of the session in files of suite2p's own writer
MADE_UP = ((2, 2), (2, 2, 30))  # the grids that it writes whatever the microscope was
HOW_TO_GIVE = "give `um_per_pixel`, and `plane_um` where planes differ in depth, in the recording"


class Grid(NamedTuple):
    """um from pixel to pixel and the origin in um (3,), NaN where it is not known."""

    spacing: Array
    origin: Array


def is_of_suite2p(nwb: "NWBFile") -> bool:
    """Whether suite2p wrote a file, with a place and a grid that it makes up."""
    return nwb.session_description == SUITE2P


def positions(
    path: FilePath,
    nwb: "NWBFile",
    planes: Sequence["ImagingPlane"],
    found: Sequence[Centres],
    *,
    um_per_pixel: float | None,
    plane_um: float | Sequence[float] | None,
) -> tuple[Array, str]:
    """Positions (3, ROIs) of the ROIs of all series, and their unit: um, or pixels without a grid.

    planes, found: of each series. um_per_pixel goes before the grid of the file; plane_um: from
    plane to plane, or the depth of each plane. z is that of voxels, else that of the plane.
    Raises InputError for a grid that cannot be true, and where only some planes have one.
    """
    grids = [_grid(path, nwb, plane, um_per_pixel, plane_um) for plane in planes]
    known = [np.isfinite(grid.spacing[0]) for grid in grids]
    if any(known) and not all(known):
        raise InputError(
            path,
            f"grid_spacing of {planes[known.index(False)].name}",
            found="none",
            expected="one, as other planes have",
            hint=HOW_TO_GIVE,
        )
    if not any(known) and plane_um is not None:
        expected = "`um_per_pixel` too, as the file has no grid"
        raise InputError(path, "plane_um", found="it alone", expected=expected)
    if not any(known):
        return np.concatenate([of_plane.pixels for of_plane in found], axis=1), "pixels"
    moved = []
    for number, (grid, of_plane) in enumerate(zip(grids, found, strict=True)):
        xyz = of_plane.pixels * grid.spacing[:, None]
        if plane_um is not None:
            xyz[2] = _depths(path, of_plane.pixels[2], number, plane_um)
        elif np.isnan(of_plane.pixels[2]).all() and np.isfinite(grid.origin[2]):
            xyz[2] = 0  # of flat masks, whose z is that of the origin
        origin = np.nan_to_num(grid.origin)
        moved.append(xyz + origin[:, None])
    return np.concatenate(moved, axis=1), "um"


def _depths(path: FilePath, z: Array, plane: int, plane_um: float | Sequence[float]) -> Array:
    """The depths of ROIs with these z of voxels, or of one plane where they have none."""
    numbers = np.where(np.isnan(z), plane, np.rint(z)).astype(int)
    if isinstance(plane_um, int | float):
        return numbers * float(plane_um)
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(plane_um):
        expected = f"the depths of at least {numbers.max() + 1} planes"
        raise InputError(path, "plane_um", found=f"{len(plane_um)} depths", expected=expected)
    return np.asarray(plane_um, np.float64)[numbers]


def _grid(
    path: FilePath,
    nwb: "NWBFile",
    plane: "ImagingPlane",
    um_per_pixel: float | None,
    plane_um: object,
) -> Grid:
    field = f"grid_spacing of {plane.name}"
    origin = _in_um(
        path, f"origin_coords of {plane.name}", plane.origin_coords, plane.origin_coords_unit
    )
    spacing, unit = plane.grid_spacing, plane.grid_spacing_unit
    made_up = spacing is not None and is_of_suite2p(nwb) and tuple(spacing) in MADE_UP
    if made_up and (um_per_pixel is None or (len(spacing) == 3 and plane_um is None)):
        raise InputError(
            path,
            field,
            found=f"{', '.join(f'{step:g}' for step in spacing)} {unit}, which suite2p writes "
            "whatever the microscope was",
            expected="that of the microscope",
            hint=HOW_TO_GIVE,
        )
    if um_per_pixel is not None:
        between = np.nan if plane_um is not None else _in_um(path, field, spacing, unit)[2]
        return Grid(np.array([um_per_pixel, um_per_pixel, between]), origin)
    spacing = _in_um(path, field, spacing, unit)
    wrong = ~((spacing > 0) & (spacing <= LARGEST)) & ~np.isnan(spacing)
    if wrong.any():
        raise InputError(
            path,
            field,
            found=f"{spacing[wrong][0]:g} um from pixel to pixel ({unit})",
            expected=f"above 0 and at most {LARGEST} um",
            hint=HOW_TO_GIVE,
        )
    return Grid(spacing, origin)


def _in_um(path: FilePath, field: str, values: object, unit: str | None) -> Array:
    """Two or three coordinates in um; NaN for those that are missing."""
    known = np.full(3, np.nan)
    if values is None:
        return known
    values = np.asarray(values[:], np.float64)
    if values.shape not in ((2,), (3,)):
        found = f"shape {values.shape}"
        raise InputError(path, field, found=found, expected="x and y, or x, y and z")
    known[: len(values)] = values * _factor(path, field, unit or "meters")
    return known


def _factor(path: FilePath, field: str, unit: str) -> float:
    text = unit.strip().lower().replace("µ", "u").replace("μ", "u")
    word = next((short for begins, short in WORDS.items() if text.startswith(begins)), text)
    word = "m" if word.startswith(("meter", "metre")) else word
    if word not in UM:
        expected = "meters, micrometers or another unit of length"
        raise InputError(path, field, found=f"unit {unit!r}", expected=expected, hint=HOW_TO_GIVE)
    return UM[word]
