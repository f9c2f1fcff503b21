"""best.yaml: the settings that a study found for a network."""

from pathlib import Path

import yaml

from nma.io.errors import damaged
from nma.io.files import atomic_path, reading

END = "...\n"  # of a document, in YAML


def write_best(path, found):
    """Write what a study found, and the mark by which a file that is cut off is told."""
    with atomic_path(path) as temporary:
        temporary.write_text(yaml.safe_dump(found, sort_keys=False, explicit_end=True))


def read_best(path):
    """The settings {key: value} found. Raises InputError where the file is damaged or cut off."""
    with reading(path, yaml.YAMLError):
        text = Path(path).read_text(encoding="utf-8")
        if not text.endswith(END):
            raise damaged(path, f"{len(text)} letters without the end of a document")
        return dict(yaml.safe_load(text)["settings"])
