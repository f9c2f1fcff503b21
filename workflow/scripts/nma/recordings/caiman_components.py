"""The components in a file of CaImAn: which are kept, and where they are."""

from typing import TYPE_CHECKING

import numpy as np

from nma.io.errors import InputError
from nma.recordings.arrays import shape_text
from nma.recordings.unpickling import one_line
from nma.types import FilePath, Neurons, Positions

if TYPE_CHECKING:
    import h5py

ACCEPTED, WEIGHTS = "/estimates/idx_components", "/estimates/A"
DIMS = ("/estimates/dims", "/dims", "/params/data/dims")
SPARSE = ("data", "indices", "indptr", "shape")
ALL = "all"


def accepted_components(
    path: FilePath, file: "h5py.File", components: int
) -> tuple[Neurons, tuple[str, ...]]:
    """The ids of the components that CaImAn or its user has accepted, and lines for the log.

    They are all of so many components where the file names none. Raises InputError where it names
    others.
    """
    node = file.get(ACCEPTED)
    if not is_array(node, 1):
        return np.arange(components), (f"no {ACCEPTED}: all {components} components are read",)
    ids = np.unique(node[()])
    if not len(ids) or ids[0] < 0 or ids[-1] >= components or (ids != ids.astype(int)).any():
        raise InputError(
            path,
            ACCEPTED,
            found=f"{len(ids)} numbers" + (f" from {ids[0]:g} to {ids[-1]:g}" if len(ids) else ""),
            expected=f"some of the components 0 to {components - 1}",
            hint=f"`cells: {ALL}` reads all of them",
        )
    return ids.astype(int), (f"{len(ids)} of {components} components are in {ACCEPTED}",)


def centres(path: FilePath, file: "h5py.File", components: int) -> Positions | None:
    """x, y, and z of volumes, of the components' centres of mass in pixels; None where unknown.

    CaImAn counts the pixels of an image of (y, x) along y first. A component without any weight has
    NaN. Raises InputError where weights and dims of the image do not agree.
    """
    group = file.get(WEIGHTS)
    dims = next((file[name][()] for name in DIMS if is_array(file.get(name), 1)), None)
    if dims is None or not hasattr(group, "keys") or not set(SPARSE) <= set(group):
        return None
    weights, pixels, ends, shape = (group[name][()] for name in SPARSE)
    try:
        if tuple(shape) != (np.prod(dims), components) or len(ends) != components + 1:
            raise ValueError(f"a matrix of {shape_text(tuple(shape))}")
        component = np.repeat(np.arange(components), np.diff(ends))
        places = np.unravel_index(pixels, tuple(map(int, dims)), order="F")
        total, *sums = (np.bincount(component, weights * at, components) for at in (1, *places))
    except ValueError as error:
        raise InputError(
            path,
            WEIGHTS,
            found=one_line(error),
            expected=f"weights of the pixels of {shape_text(tuple(dims))} in each of {components} "
            "components",
        ) from error
    with np.errstate(invalid="ignore", divide="ignore"):
        y, x, *z = (of_axis / total for of_axis in sums)
    return np.array([x, y, *z])


def is_array(node: object, axes: int) -> bool:
    """Whether a node of a file is a data set of real numbers with so many axes.

    CaImAn stores None as a text.
    """
    shape = getattr(node, "shape", None)
    return shape is not None and node.dtype.kind in "iuf" and len(shape) == axes
