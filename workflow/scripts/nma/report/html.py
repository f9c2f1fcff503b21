"""HTML pages from templates."""

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from nma.figures.labels import number
from nma.io.parsing import reading
from nma.report.wording import counted
from nma.types import FilePath


def fill(template: FilePath, **context: Any) -> str:
    """Fill in a template file. A name that the context lacks raises jinja2.UndefinedError."""
    environment = Environment(
        loader=FileSystemLoader(Path(template).parent),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "counted": counted}
    return environment.get_template(Path(template).name).render(**context)


def embedded(path: FilePath) -> str:
    """A PNG file as a data URL. Raises InputError where its own checksums do not match."""
    with reading(path, SyntaxError, OSError), Image.open(path) as image:
        image.verify()
    return "data:image/png;base64," + base64.b64encode(Path(path).read_bytes()).decode()
