"""best.yaml: the settings that a study found for a network."""

from pathlib import Path
from typing import Any

import yaml

from nma.io.errors import damaged
from nma.io.files import atomic_path
from nma.io.parsing import reading
from nma.types import FilePath

METRIC = "validation_cosmooth_r2"  # the score that a study maximises
END = "...\n"  # of a document, in YAML


def write_best(path: FilePath, found: dict[str, Any]) -> None:
    """Write the result of a study, with YAML's end of a document, which a truncated file lacks.

    found: `settings` {key: value} and any further entries.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(yaml.safe_dump(found, sort_keys=False, explicit_end=True))


def read_best(path: FilePath) -> dict[str, Any]:
    """The settings {key: value} found. Raises InputError where the file is damaged or cut off."""
    with reading(path, yaml.YAMLError):
        text = Path(path).read_text(encoding="utf-8")
        if not text.endswith(END):
            raise damaged(path, f"{len(text)} letters without the end of a document")
        return dict(yaml.safe_load(text)["settings"])
