"""Configs as Snakemake starts with them, for the tests."""

import copy
from pathlib import Path

import yaml
from project import ROOT
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from nma.experiment import checks

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
SIMULATED = {"name": "a", "bin_seconds": 1.2, "simulate": {"seed": 1}}


def loaded(path):
    return yaml.safe_load(Path(path).read_text())


def checked(config):
    """The config with its defaults; an InputError if it is wrong."""
    config = copy.deepcopy(config)
    try:
        validate(config, str(SCHEMA))
    except WorkflowError as error:
        raise checks.schema_sentence(error.__context__) from None
    checks.check(config)
    return config


def with_defaults(**changes):
    return checked({"recordings": [SIMULATED]} | changes)
