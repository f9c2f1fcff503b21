"""Long recordings in overlapping windows, whose results are merged by linear ramps."""

import torch


def window_starts(bins: int, window: int) -> list[int]:
    """First bins of windows that cover `bins` bins, each half over the next; the last ends there.

    With fewer bins than a window there is one, of all bins.
    """
    last = max(bins - window, 0)
    return [*range(0, last, max(window // 2, 1)), last]


def cut(activity: torch.Tensor, window: int) -> torch.Tensor:
    """(batch, bins, ...) to (batch x windows, window, ...): all windows of a sequence in a row."""
    window = min(window, activity.shape[1])
    starts = window_starts(activity.shape[1], window)
    return torch.stack([activity[:, s : s + window] for s in starts], dim=1).flatten(0, 1)


def merged(windows: torch.Tensor, bins: int) -> torch.Tensor:
    """The inverse of `cut`: (batch x windows, window, size) to (batch, bins, size).

    Where windows overlap, the weight of each rises and falls linearly with the distance from its
    edge; in every bin weights add up to 1.
    """
    window = windows.shape[1]
    starts = window_starts(bins, window)
    windows = windows.unflatten(0, (-1, len(starts)))
    weights = merging_weights(bins, window).to(windows)
    whole = windows.new_zeros(len(windows), bins, windows.shape[3])
    for start, part, weight in zip(starts, windows.unbind(1), weights, strict=True):
        whole[:, start : start + window] += part * weight[:, None]
    return whole


def merging_weights(bins: int, window: int) -> torch.Tensor:
    """The weight of each bin of each window (windows, window)."""
    starts = window_starts(bins, window)
    ramp = torch.arange(1.0, window + 1)
    weights = torch.minimum(ramp, ramp.flip(0)).repeat(len(starts), 1)
    total = torch.zeros(bins)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + window] += weight
    return torch.stack(
        [weight / total[s : s + window] for s, weight in zip(starts, weights, strict=True)]
    )
