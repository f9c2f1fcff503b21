"""The LDS with as many dims as a network has, as a source."""

import numpy as np

from nma.dims import latent_dims
from nma.latents.describe import describe
from nma.latents.encoding import encode
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_masks
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import read_tensor
from nma.state_space.at_dims import lds_at_dims
from nma.state_space.em import ROUNDS
from nma.state_space.files import write_fits
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
    train = in_split(layer.split, "train")
    lds = lds_at_dims(tried, layer.centred[train], masks.folds, dims, layer.present[train])
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
