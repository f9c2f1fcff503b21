"""A digest of the code that a job runs: what it says, not its comments or when it was saved."""

import ast
import hashlib
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]


def code_digest(*files):
    """Digest of these files (relative to workflow/scripts) and all they import of this project.

    Comments, docstrings, layout and modification times do not count. A model is imported by its
    name at run time, so its file is passed along with the script's.
    """
    pending, seen = [SCRIPTS / file for file in files], set()
    while pending:
        file = pending.pop()
        if file not in seen:
            seen.add(file)
            pending.extend(_parsed(file)[1])
    parts = sorted(_parsed(file)[0] for file in seen)
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


@cache
def _parsed(file):
    """The digest of one file's syntax tree, and the project's files that it imports."""
    tree = ast.parse(file.read_text(), filename=str(file))
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(
            node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) and ast.get_docstring(node, clean=False):
            del node.body[0]
    digest = hashlib.sha256(f"{file.name}{ast.dump(tree)}".encode()).hexdigest()
    return digest, [path for name in imported for path in _files_of(name)]


def _files_of(module):
    """The files of the project that importing `module` runs: packages on the way, and itself."""
    parts = module.split(".")
    if parts[0] != "nma":
        return []
    paths = [SCRIPTS.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    paths.append(SCRIPTS.joinpath(*parts).with_suffix(".py"))
    return [path for path in paths if path.is_file()]
