"""What the numbers of metrics.tsv say, in plain sentences, and never more than they say."""

from nma.report.activity_answers import dims_sentence, slowness_sentence
from nma.report.layer_answers import (
    layer_sentence,
    network_sentence,
    share_sentence,
    transfer_sentence,
)
from nma.report.model_answers import model_sentence, tuning_sentence


def sentences(table, models, layers, split):
    """[(question, answer)] of a recording; models: the names of the trained sources.

    Of a simulated recording each answer ends with what was simulated.
    """
    answers = {
        "How many dimensions?": dims_sentence(table, layers, split),
        "Does a network beat linear models?": model_sentence(table, models, split),
        "Do neurons know their layer?": layer_sentence(table),
        "What does a layer have to itself?": share_sentence(table, split),
        "Do neurons know it through a network?": network_sentence(table, models),
        "Do latent units?": network_sentence(table, [f"{model}_latents" for model in models]),
        "Is what a network learns of one layer of use in others?": transfer_sentence(
            table, models, split
        ),
        "Was tuning worth it?": tuning_sentence(table),
        "How slow is the activity?": slowness_sentence(table, models, layers, split),
    }
    return [(question, text[0].upper() + text[1:]) for question, text in answers.items() if text]
