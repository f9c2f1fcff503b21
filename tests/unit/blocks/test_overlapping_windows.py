"""Windows that cover a recording, and merging what is found in them."""

import pytest
import torch

from nma.blocks.overlapping_windows import cut, merged, merging_weights, window_starts

SIZES = pytest.mark.parametrize(
    ("bins", "window"), [(100, 32), (96, 32), (33, 32), (32, 32), (9, 32), (50, 7), (5, 1)]
)


@SIZES
def test_every_bin_has_a_weight_of_one(bins, window):
    length, total = min(bins, window), torch.zeros(bins)
    starts = window_starts(bins, length)
    assert starts[0] == 0 and starts[-1] + length == bins and starts == sorted(set(starts))
    for start, weight in zip(starts, merging_weights(bins, length), strict=True):
        assert (weight > 0).all()
        total[start : start + length] += weight
    torch.testing.assert_close(total, torch.ones(bins))


@SIZES
def test_what_is_cut_is_merged_to_itself(bins, window):
    values = torch.randn(3, bins, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(merged(cut(values, window), bins), values)


def test_weights_are_linear_where_two_windows_overlap():
    """Windows of 8 bins that begin at 0, 4 and 8: the first falls where the second rises."""
    assert window_starts(16, 8) == [0, 4, 8]
    first, second, last = merging_weights(16, 8)
    falls = torch.tensor([4, 3, 2, 1]) / 5
    torch.testing.assert_close(first, torch.cat([torch.ones(4), falls]))
    torch.testing.assert_close(second, torch.cat([1 - falls, falls]))
    torch.testing.assert_close(last, torch.cat([1 - falls, torch.ones(4)]))
