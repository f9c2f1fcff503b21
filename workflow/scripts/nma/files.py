"""Files that appear whole or not at all, and HDF5 datasets that say what they hold."""

from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import h5py


@contextmanager
def atomic_path(path):
    """Yield a temporary path beside `path`; rename it into place on success, delete it on failure.

    The temporary name is unique, so that two writers never mix, and keeps the suffix of `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex[:12]}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_h5(path, **attributes):
    """Yield an empty HDF5 file with these attributes that appears at `path` once it is complete."""
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs.update(attributes)
        yield file


def put(group, name, data, *, units, axes, **storage):
    """Write `data` as dataset `name` of `group` with its units (str) and axes (a name each)."""
    dataset = group.create_dataset(name, data=data, **storage)
    dataset.attrs["units"] = units
    dataset.attrs["axes"] = list(axes)
    return dataset
