"""The questions at the head of the report and their answers, made from metrics.tsv alone."""

from collections.abc import Sequence

import pandas as pd

from nma.report.activity_answers import dims_sentence, slowness_sentence
from nma.report.decay_times import decay_sentence
from nma.report.layer_answers import (
    layer_sentence,
    network_sentence,
    share_sentence,
    transfer_sentence,
)
from nma.report.model_answers import model_sentence, tuning_sentence


def sentences(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> list[tuple[str, str]]:
    """Answer each question that the table has numbers for: (question, answer).

    table: of read_table; models: their names; split: the held-out one. Answers say no more than was
    measured: `Not shown` where an interval or a null leaves a question open. For a simulated
    recording they end with what was simulated.
    """
    units = [f"{model}_latents" for model in models]
    answers = {
        "How many dimensions does the activity have?": dims_sentence(table, layers, split),
        "Do networks predict hidden neurons better than the baselines?": model_sentence(
            table, models, split
        ),
        "Can the layer be decoded from neurons?": layer_sentence(table),
        "How much do neurons share only within their layer?": share_sentence(table, split),
        "Can the layer be decoded from neurons that a network reconstructs?": network_sentence(
            table, models
        ),
        "Can the layer be decoded from latent units?": network_sentence(table, units),
        "Do networks predict neurons of other layers?": transfer_sentence(table, models, split),
        "Did tuning improve the networks?": tuning_sentence(table),
        "How slow is the activity?": slowness_sentence(table, models, layers, split),
        "How fast does the LDS forget?": decay_sentence(table, layers),
    }
    return [(question, text[0].upper() + text[1:]) for question, text in answers.items() if text]
