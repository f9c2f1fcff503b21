"""A digest of the code that a job runs: what it does, not its comments or when it was saved."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from nma.io.errors import InputError

SCRIPTS = Path(__file__).resolve().parents[2]
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def code_digest(*files: str) -> str:
    """Digest of these files (relative to workflow/scripts) and all they import of this project.

    Comments, docstrings, type hints of functions, layout and modification times do not count.
    Modules that a script loads by name at run time are passed with it: see `code_of_members`.
    Raises InputError for a relative import, which would go unseen.
    """
    pending, seen = [SCRIPTS / file for file in files], set()
    while pending:
        file = pending.pop()
        if file not in seen:
            seen.add(file)
            pending.extend(_parsed(file)[1])
    parts = sorted(f"{file.relative_to(SCRIPTS)} {_parsed(file)[0]}" for file in seen)
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


def code_of_members(script: str, package: str, *names: str) -> str:
    """Digest of a script with the modules that it loads by name (nma.registry).

    package: theirs, as in `figures` or `recordings.formats`; a change of its other modules does
    not count.
    """
    folder = package.replace(".", "/")
    return code_digest(script, *(f"nma/{folder}/{name}.py" for name in names))


@cache
def _parsed(file: Path) -> tuple[str, list[Path]]:
    """The digest of one file's syntax tree, and the project's files that it imports."""
    tree = ast.parse(file.read_text(), filename=str(file))
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise InputError(
                    file,
                    f"line {node.lineno}",
                    found="a relative import",
                    expected="the full name of the module, by which reruns follow it",
                )
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, FUNCTIONS):
            node.returns = None
        if isinstance(node, ast.Module | FUNCTIONS | ast.ClassDef) and ast.get_docstring(
            node, clean=False
        ):
            del node.body[0]
    digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return digest, [path for name in imported for path in _files_of(name)]


def _files_of(module: str) -> list[Path]:
    """The files of the project that importing `module` runs: packages on the way, and itself."""
    parts = module.split(".")
    if parts[0] != "nma":
        return []
    paths = [SCRIPTS.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    paths.append(SCRIPTS.joinpath(*parts).with_suffix(".py"))
    return [path for path in paths if path.is_file()]
