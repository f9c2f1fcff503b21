"""docs/notebook.ipynb goes from a finished run to its figure."""

import base64
import copy

import nbformat
import pytest
from nbclient import NotebookClient
from project import ROOT


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(ROOT / "docs/notebook.ipynb", as_version=4)


def test_it_is_short_and_stored_without_outputs(notebook):
    nbformat.validate(notebook)
    assert len(notebook.cells) <= 15
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_it_runs_on_the_demo(notebook, local_reduced_run, tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/demo").symlink_to(local_reduced_run.folder / "results/reduced")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "workflow/scripts"))
    settings = {"timeout": 120, "kernel_name": "python3"}
    place = {"metadata": {"path": str(tmp_path)}}
    done = NotebookClient(copy.deepcopy(notebook), resources=place, **settings).execute()
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    pictures = [o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) == 1
    assert len(base64.b64decode(pictures[0])) > 20_000
