"""All simple forecasts of a layer, fitted to train and chosen on validation."""

from collections.abc import Iterator, Sequence

from nma.forecasts import filters
from nma.forecasts.linear_dynamics import linear_dynamics
from nma.forecasts.origins import Activity, Forecaster
from nma.forecasts.vectors import vector_autoregression
from nma.sources import OF_OWN_PAST
from nma.state_space.lds import LDS
from nma.types import Array


def simple_forecasters(
    activity: Activity, components: Array, fits: Sequence[LDS]
) -> Iterator[tuple[str, Forecaster]]:
    """(source, forecaster) of each of sources.FORECASTS.

    components (n, neurons): the principal components of train; fits: LDSs of all dims tried.
    """
    for source in OF_OWN_PAST:
        yield source, getattr(filters, source)(activity)
    yield "vector_autoregression", vector_autoregression(activity, components)
    yield "lds", linear_dynamics(activity, fits)
