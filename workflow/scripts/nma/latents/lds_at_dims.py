"""The LDS with as many dims as a network has, as a source."""

import numpy as np

from nma.dims import latent_dims
from nma.latents.describe import describe
from nma.latents.encoding import encode
from nma.latents.writing import write_latents
from nma.preprocessing.masks import Masks, read_masks
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.state_space.em import ROUNDS, fit, principal_start, start
from nma.state_space.files import read_dims_tried, read_fit, read_transform, write_fits
from nma.state_space.lds import LDS, calibrate
from nma.state_space.transform import Transform
from nma.statistics.r2 import r2
from nma.types import FilePath


def encode_lds_at_dims(
    tensor: FilePath,
    hidden: FilePath,
    tried: FilePath,
    out: FilePath,
    latents: FilePath,
    *,
    source: str,
    dims: int | str,
) -> None:
    """Write state_space/{dims}/{layer}.h5 and latents/lds_{dims}/{layer}/0.h5.

    tried: state_space/{layer}.h5, whose transform is used; dims: as in the config. Predictions are
    those of these dims alone.
    """
    layer, masks = read_tensor(tensor), read_masks(hidden)
    dims = latent_dims(dims, layer.activity.shape[1])
    lds = lds_at_dims(layer, masks, tried, dims)
    described = describe(layer, masks, *encode(lds, layer), lds.predict)
    error, deviation = (
        described.sums[f"cosmooth_{part}"][in_split(layer.split, "validation")].sum()
        for part in ("error", "deviation")
    )
    write_fits(
        out,
        {dims: lds},
        dims,
        bin_seconds=layer.bin_seconds,
        validation={"cosmooth_r2_validation": np.array([r2(error, deviation)])},
        rounds=ROUNDS,
        layer=layer.layer,
    )
    write_latents(latents, [described], source=source, layer=layer.layer, seed=0)


def lds_at_dims(tensor: Tensor, masks: Masks, tried: FilePath, dims: int) -> LDS:
    """The LDS with so many dims: that of `tried` if it is there, else one with its transform."""
    if dims in read_dims_tried(tried):
        return read_fit(tried, dims)
    return fit_lds(tensor, masks, read_transform(tried), dims)


def fit_lds(tensor: Tensor, masks: Masks, transform: Transform, dims: int) -> LDS:
    """Fit the LDS with so many dims to train; masks: whose folds its readouts are fitted to."""
    train = tensor.centred[in_split(tensor.split, "train")]
    y = transform(train)
    # A recording with fewer bins than dims has no more components: the other latents start at 0.
    parts = principal_start(y, min(dims, len(y)))
    first = start(y, *(np.pad(part, ((0, 0), (0, dims - part.shape[1]))) for part in parts))
    return calibrate(transform, fit(y, first)[0], train, masks.folds)
