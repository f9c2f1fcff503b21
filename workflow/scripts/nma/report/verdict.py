"""The questions at the head of the report and their answers, made from metrics.tsv alone."""

from collections.abc import Sequence

import pandas as pd

from nma.report.activity_answers import dims_sentence, slowness_sentence
from nma.report.decay_times import decay_sentence
from nma.report.forecasts import forecast_sentence
from nma.report.layer_answers import (
    layer_sentence,
    retrained_sentence,
    share_sentence,
    transfer_sentence,
)
from nma.report.model_answers import entries_sentence, model_sentence, tuning_sentence
from nma.report.trial_answers import angle_sentence, noise_sentence, signal_sentence
from nma.report.warnings import is_constant

DIMS = "How many dimensions does the activity have?"
NEURONS = "Which model predicts hidden neurons best?"
ENTRIES = "Do other neurons help to predict hidden entries?"
AHEAD = "How far ahead can activity be predicted?"
ANGLE = "How precisely can the angle be decoded?"
NOISE = "Do neurons share noise that the angle does not explain?"
SIGNAL = "How much of the activity is signal?"
LAYERS = "Can the layer be decoded from neurons?"
SHARE = "How much do neurons share only within their layer?"
TRANSFER = "Do networks predict neurons of other layers?"
TUNING = "Did tuning improve the networks?"
SLOW = "How slow is the activity?"
DECAY = "How fast does the LDS forget?"

# Questions that no held-out data are needed for.
OF_OTHER_DATA = (DIMS, TUNING, DECAY)


def sentences(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> list[tuple[str, str]]:
    """Answer each question that the table has numbers for: (question, answer).

    table: of read_table; models: their names; split: the held-out one. Answers say no more than was
    measured: `Not shown` where an interval or a null leaves a question open, `Not told` where there
    is nothing to answer it with, as where the split is constant. For a simulated recording they end
    with what was simulated.
    """
    units = [f"{model}_latents" for model in models]
    decoded = "Can the layer be decoded from"
    answers = {
        DIMS: dims_sentence(table, layers, split),
        NEURONS: model_sentence(table, models, split),
        ENTRIES: entries_sentence(table, split),
        AHEAD: forecast_sentence(table, split),
        ANGLE: angle_sentence(table, layers, split),
        NOISE: noise_sentence(table, split),
        SIGNAL: signal_sentence(table, layers, split),
        LAYERS: layer_sentence(table),
        SHARE: share_sentence(table, split),
        f"{decoded} neurons that an LDS reconstructs?": retrained_sentence(table, ["lds"]),
        f"{decoded} neurons that a network reconstructs?": retrained_sentence(table, models),
        f"{decoded} latent units of an LDS?": retrained_sentence(table, ["lds_latents"]),
        f"{decoded} latent units of a network?": retrained_sentence(table, units),
        TRANSFER: transfer_sentence(table, models, split),
        TUNING: tuning_sentence(table),
        SLOW: slowness_sentence(table, models, layers, split),
        DECAY: decay_sentence(table, layers),
    }
    if is_constant(table, layers, split):
        none = f"Not told, as {split} is constant."
        answers = {
            q: none if text and q not in OF_OTHER_DATA else text for q, text in answers.items()
        }
    return [(question, text[0].upper() + text[1:]) for question, text in answers.items() if text]
