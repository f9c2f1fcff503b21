"""Checks of the files that the config names: each raises one sentence that names the field."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nma.experiment.meaning import PATHS
from nma.experiment.paths import formats_of_item
from nma.experiment.web import check_address
from nma.io.errors import InputError, either
from nma.recordings.raw import format_names, is_web, options, signals_of, suffixes
from nma.recordings.signatures import content_of

# An address of a file in a bucket: `?` and `#` would end the key, and Snakemake would take braces
# for wildcards.
ADDRESS = re.compile(r"s3://[^/\s]+/[^?#*{}]+")


def place(
    name: str, keys: Iterable[str] = (), places: dict[str, tuple[str, int]] | None = None
) -> tuple[str, str]:
    """File and field of a key of a recording for an error: in the config, or in its table."""
    if name in (places or {}):
        path, line = places[name]
        return path, ": ".join([f"line {line}", *([".".join(keys)] if keys else [])])
    return "config", ": ".join(["recordings", name, *keys])


def check_files(config: dict[str, Any], places: dict[str, tuple[str, int]] | None = None) -> None:
    """Raise InputError for a file that the config names and that is not there.

    Of objects in buckets, and of files on the web, the address alone is checked.
    """
    for recording in config["recordings"]:
        for key in PATHS:
            if path := recording.get(key):
                # A bucket has no folders.
                folders = not path.startswith("s3://")
                endings = suffixes(folders=folders) if key == "path" else [".npy"]
                where = place(recording["name"], (key,), places)
                if is_web(path):
                    check_address(key, path, where)
                elif key == "path" and Path(path).is_dir():
                    _check_folder(path, where)
                else:
                    _check_file(path, endings, where)
                _check_braces(path, where)
        _check_options(recording, places)


def _check_folder(path: str, where: tuple[str, str]) -> None:
    """Raise InputError unless a folder is of a format of raw recordings.

    where: file and field of an error.
    """
    try:
        format_names(path)
    except InputError as error:
        parts = error.parts | {"field": where[1], "found": f"a folder, {path}"}
        raise InputError(where[0], **parts) from None


def _check_options(
    recording: dict[str, Any], places: dict[str, tuple[str, int]] | None = None
) -> None:
    """Raise InputError for a key, or a signal, that is meant for other formats than that of the
    recording."""
    known, formats = options(), formats_of_item(recording)
    origin = recording.get("path", recording.get("url", "a simulation"))
    for key in known.keys() & recording.keys():
        if not set(known[key]) & set(formats):
            raise InputError(
                *place(recording["name"], (key,), places),
                found=f"{key} for {origin}, which is read as {formats[0]}",
                expected=f"it only for {', '.join(known[key])}",
            )
    signals = [signal for name in formats for signal in signals_of(name)]
    if "signal" in recording and recording["signal"] not in signals:
        raise InputError(
            *place(recording["name"], ("signal",), places),
            found=f"{recording['signal']} for {origin}, which is read as {formats[0]}",
            expected=either(signals),
        )


def _check_file(path: str, endings: list[str], where: tuple[str, str]) -> None:
    """Raise InputError unless a path or an address is one of a file with one of these endings.

    where: file and field of an error.
    """
    known = either(endings)
    ends = path.lower().endswith(tuple(endings))
    if path.startswith("s3://"):
        if not (ends and ADDRESS.fullmatch(path)):
            expected = f"s3://bucket/key{known}, without any of ? # * {{ }}"
            raise InputError(*where, found=path, expected=expected)
    elif not Path(path).is_file():
        found = f"a folder, {path}" if Path(path).is_dir() else f"no file {path}"
        hint = (
            f"is the variable {path[path.index('$') :].split('/')[0]} set?" if "$" in path else ""
        )
        raise InputError(*where, found=found, expected=f"the path of a {known} file", hint=hint)
    elif not ends:
        content = content_of(path)
        found, hint = (f"{content.what}, {path}", content.hint) if content else (path, "")
        raise InputError(*where, found=found, expected=f"a file that ends in {known}", hint=hint)


def _check_braces(path: str, where: tuple[str, str]) -> None:
    """Raise InputError for a path that Snakemake would take for a pattern.

    where: file and field of an error.
    """
    if "{" in path or "}" in path:
        raise InputError(
            *where,
            found=path,
            expected="a path without { and }, which Snakemake takes for wildcards",
            hint="rename the file or folder, or make a link to it (`ln -s`) and give that",
        )


def addresses(config: dict[str, Any]) -> dict[str, str]:
    """{address: field of the config} of all objects in buckets that recordings name."""
    return {
        recording[key]: f"recordings: {recording['name']}: {key}"
        for recording in config["recordings"]
        for key in PATHS
        if recording.get(key, "").startswith("s3://")
    }
