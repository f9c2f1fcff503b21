"""Score tables: rows of metrics.tsv."""

import csv
import io
from pathlib import Path

from nma.io.files import atomic_path, read_table_text, reading

COLUMNS = (
    "recording",
    "layer",
    "source",
    "metric",
    "split",
    "seed",
    "value",
    "ci_low",
    "ci_high",
    "n",
)
NUMBERS = COLUMNS[6:]


def write_rows(out, rows):
    """Write rows of the table, without the recording, for `collect` to gather."""
    _write(out, COLUMNS[1:], rows)


def read_rows(path):
    """The rows of a file of write_rows, as dicts of text. Raises InputError where it is damaged."""
    rows = list(csv.DictReader(io.StringIO(read_table_text(path)), delimiter="\t"))
    with reading(path):
        for row in rows:
            for column in NUMBERS:
                float(row[column] or 0)
    return rows


def _write(out, columns, rows):
    with atomic_path(out) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(f"{value:.6g}" if isinstance(value, float) else value for value in row)


def gather(out, paths):
    """Write the rows of several metrics.tsv into one table."""
    with atomic_path(out) as temporary, open(temporary, "w") as file:
        for number, path in enumerate(paths):
            header, rows = Path(path).read_text().split("\n", 1)
            file.write(rows if number else f"{header}\n{rows}")
