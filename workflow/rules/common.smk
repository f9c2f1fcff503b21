"""The checked config, the plan that follows from it, and helpers of all other rules files.

Needs: config.yaml, workflow/schemas/config.schema.yaml, workflow/rule_costs.tsv.
Makes: no files.
"""

import gc
import os
import re
import shlex
import sys
from functools import cache, reduce
from operator import getitem
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

# A DAG of many recordings is millions of objects that stay: looking for garbage among them as often
# as Python does takes a tenth of the time.
gc.set_threshold(50_000)

SCRIPTS = Path(workflow.current_basedir, "..", "scripts").resolve()
# Seen from the working folder, so that moving a project reruns nothing.
REPORT = os.path.relpath(SCRIPTS.parent / "report")
# First, here and in jobs: an installed library may be of another version than the workflow.
sys.path.insert(0, str(SCRIPTS))
_paths = [str(SCRIPTS), os.environ.get("PYTHONPATH")]
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, _paths)))
# Snakemake puts this path into shell commands as it is, and a space would cut it in two.
sys.executable = shlex.quote(sys.executable.strip("'"))

from nma.experiment import checks, file_checks, paths, resources
from nma.experiment.buckets import bucket_object
from nma.experiment.meaning import as_meant, expand_paths, names_as_written
from nma.experiment.plan import Plan
from nma.experiment.studies import tune_section
from nma.io.errors import InputError
from nma.jobs.code_digest import code_digest, code_of_members

try:
    SCHEMA = SCRIPTS.parent / "schemas" / "config.schema.yaml"
    _schema = yaml.safe_load(SCHEMA.read_text())
    names_as_written(config, workflow.configfiles)
    config.update(as_meant(config, _schema))
    config["tune"] = tune_section(config.get("tune", {}))
    PLACES = checks.list_recordings(config, _schema)
    validate(config, str(SCHEMA))
    expand_paths(config["recordings"])
    checks.check(config, PLACES)
    file_checks.check_files(config, PLACES)
    # Objects in S3 buckets, which Snakemake fetches for the job that reads them. No storage is
    # declared without one, so that nobody else needs the plugin; jobs need no second look.
    OBJECTS = {
        address: bucket_object(storage, field, address, check=workflow.is_main_process)
        for address, field in file_checks.addresses(config).items()
    }
    PLAN = Plan(config, OBJECTS)
except WorkflowError as error:
    raise WorkflowError(str(checks.schema_sentence(error.__context__))) from None
except InputError as error:
    raise WorkflowError(str(error)) from None

# Digests of a job's code, worked out once a rule.
code_of, code_of_members = cache(code_digest), cache(code_of_members)


def any_of(names):
    """A regular expression of these names, and of none where there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def with_nulls(recordings):
    """A regular expression of these recordings, and of repetitions of their null."""
    return rf"(?:{any_of(recordings)})(?:/null/\d+)?"


wildcard_constraints:
    recording=with_nulls(PLAN.recordings),
    layer=r"L\d+|all",
    model=any_of(PLAN.models),
    seed=r"\d+",


def planned(function, *names):
    """For `input:` and `params:`: function(PLAN, recording, ...) of the wildcards of these names."""
    return lambda wildcards: function(
        PLAN, wildcards.recording, *(wildcards[name] for name in names)
    )


def of_layers(template):
    """For `input:`: a path for each layer of the recording."""
    return lambda wildcards: paths.of_layers(PLAN, wildcards.recording, template)


def starts_of(kind):
    """For `input:`: files of a model's starts, one a layer, or none: see paths.starts_of."""
    return lambda wildcards: paths.starts_of(PLAN, wildcards.recording, kind, wildcards.model)


def own(section, *keys):
    """For `params:`: a setting of layers or tensors, which may be the recording's own."""
    return lambda wildcards: reduce(getitem, (section, *keys), PLAN.config_of(wildcards.recording))


def model_code(script):
    """For `params:`: the digest of a script and of the file of the model's class, of no other."""
    return lambda wildcards: code_of_members(
        script, "models", PLAN.models[wildcards.model]["class"]
    )


def needs(rule, trainings=None):
    """For `resources:`: MB and minutes of a rule's jobs, more at each attempt.

    trainings: of rules that train, how many networks of the wildcards' model each job does.
    """

    def size(wildcards):
        return resources.job_size(PLAN, rule, wildcards.recording, wildcards.get("layer", "all"))

    def memory(wildcards, attempt):
        return resources.memory_mb(rule, *size(wildcards), attempt)

    def minutes(wildcards, attempt):
        neurons, bins = size(wildcards)
        model = wildcards.get("model")
        if trainings:
            bins = trainings * resources.steps_bins(PLAN.models[model]["training"], bins)
        dims = resources.dims_asked(PLAN, neurons, model)
        return resources.minutes(rule, neurons, bins, dims, attempt)

    return {"mem_mb": memory, "runtime": minutes}
