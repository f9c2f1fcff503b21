"""HTML pages from templates."""

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from nma.io.files import reading


def fill(template, **context):
    """The HTML of a template file and what it says; an unknown name in it is an error."""
    environment = Environment(
        loader=FileSystemLoader(Path(template).parent),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(Path(template).name).render(**context)


def embedded(path):
    """A PNG as a data URL. Raises InputError where its own checksums do not hold."""
    with reading(path, SyntaxError, OSError), Image.open(path) as image:
        image.verify()
    return "data:image/png;base64," + base64.b64encode(Path(path).read_bytes()).decode()
