"""Raw recordings in files of other software, with the same content as the arrays they are given."""

import h5py
import numpy as np
import zarr
from scipy.io import savemat
from scipy.sparse import csc_matrix

BLOCK_73 = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM"
CLASSES = {"f8": "double", "f4": "single", "u1": "uint8", "i2": "int16", "b1": "logical"}


def as_npz(path, fields):
    np.savez_compressed(path, **fields)


def as_hdf5(path, fields, **storage):
    with h5py.File(path, "w") as file:
        for name, value in fields.items():
            file.create_dataset(name, data=value, **(storage if np.ndim(value) == 2 else {}))


def as_mat(path, fields):
    savemat(path, {name: cells(value) for name, value in fields.items()}, do_compression=True)


def cells(value):
    """A list of texts as the cell array that it is in MATLAB; anything else as it is."""
    return np.array(value, object) if isinstance(value, list) else value


def as_mat73(path, fields):
    """A file as MATLAB of version 7.3 has it: HDF5, every array transposed, texts as numbers."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in fields.items():
            put_73(file, name, value)
    with open(path, "r+b") as file:
        file.write(BLOCK_73)


def put_73(file, name, value):
    if isinstance(value, list):
        names = [f"#refs#/{name.replace('/', '_')}{n}" for n in range(len(value))]
        for cell, text in zip(names, value, strict=True):
            put_73(file, cell, text)
        references = np.array([[file[cell].ref] for cell in names], h5py.ref_dtype)
        marked(file.create_dataset(name, data=references), "cell")
    elif isinstance(value, str):
        codes = np.array([[ord(letter)] for letter in value], "u2")
        marked(file.create_dataset(name, data=codes), "char")
    else:
        array = np.atleast_2d(value)
        marked(file.create_dataset(name, data=array.T), CLASSES.get(array.dtype.str[1:], "double"))


def marked(node, matlab_class, **attributes):
    node.attrs["MATLAB_class"] = np.bytes_(matlab_class)
    node.attrs.update(attributes)
    return node


def as_zarr(path, fields, zarr_format=2, **storage):
    group = zarr.open_group(path, mode="w", zarr_format=zarr_format)
    for name, value in fields.items():
        array = np.asarray(value)
        if array.dtype.kind == "U":
            group.create_array(name, shape=array.shape, dtype=str)[:] = array.astype("T")
        else:
            group.create_array(name, data=array, **(storage if array.ndim == 2 else {}))


def as_zarr3(path, fields):
    as_zarr(path, fields, 3, chunks=(3, 5), shards=(6, 15))


def as_caiman(path, signals, *, components=None, footprints=None, dims=None, rate=None):
    """A file as CaImAn's CNMF objects save it.

    signals: {C, S or F_dff: (components, frames)}; components: those accepted; footprints:
    (components, *dims). None is stored as CaImAn does, as a text.
    """
    with h5py.File(path, "w") as file:
        for name in ("C", "S", "F_dff"):
            file[f"estimates/{name}"] = signals.get(name, "NoneType")
        file["estimates/idx_components"] = "NoneType" if components is None else components
        if footprints is not None:
            flat = np.array([image.ravel(order="F") for image in footprints]).T
            for name in ("data", "indices", "indptr", "shape"):
                file[f"estimates/A/{name}"] = getattr(csc_matrix(flat), name)
        if dims is not None:
            file["dims"] = dims
        if rate is not None:
            file["params/data/fr"] = rate
