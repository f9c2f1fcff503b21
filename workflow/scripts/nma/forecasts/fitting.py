"""All simple forecasts of a layer, fitted to train and chosen on validation."""

from collections.abc import Sequence

from nma.forecasts import filters
from nma.forecasts.linear_dynamics import linear_dynamics
from nma.forecasts.origins import Activity, Forecaster
from nma.forecasts.vectors import vector_autoregression
from nma.state_space.lds import LDS
from nma.types import Array


def simple_forecasters(
    activity: Activity, components: Array, fits: Sequence[LDS]
) -> dict[str, Forecaster]:
    """{source: forecaster} of each of sources.FORECASTS.

    components (n, neurons): the principal components of train; fits: LDSs of all dims tried.
    """
    return {
        "last_bin": filters.last_bin(activity),
        "moving_average": filters.moving_average(activity),
        "autoregression": filters.autoregression(activity),
        "shared_linear": filters.shared_linear(activity),
        "vector_autoregression": vector_autoregression(activity, components),
        "lds": linear_dynamics(activity, fits),
    }
