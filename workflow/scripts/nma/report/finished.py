"""The last lines of a run: where the reports are, and what each says first."""

import html
import re
from collections.abc import Iterable
from pathlib import Path

from nma.types import FilePath

HEADLINE = re.compile(r'<p class="headline">(.*?)</p>', re.DOTALL)


def last_lines(pages: Iterable[FilePath]) -> list[str]:
    """A line for each page of HTML: its path, and the headline of a report."""
    lines = []
    for page in pages:
        found = HEADLINE.search(Path(page).read_text(encoding="utf-8"))
        said = f": {' '.join(html.unescape(found[1]).split())}" if found else ""
        lines.append(f"{page}{said}")
    return lines
