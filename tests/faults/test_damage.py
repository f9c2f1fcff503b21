"""Files that a disk has damaged, and files from the future: named, made again, never trusted."""

import os
import re
import time
from pathlib import Path

import pytest
import torch
from kills import NAME, TARGETS, draws, results
from project import ROOT

from nma.io.errors import InputError
from nma.io.frames import read_whole
from nma.io.hdf5 import open_h5
from nma.io.parsing import read_json
from nma.report.html import embedded
from nma.scores.frame import read_table
from nma.scores.table import read_scores
from nma.training.state import read_state, write_state
from nma.training.weights import load_model
from nma.tuning.best_settings import read_best, write_best

SENTENCE = "expected the file as the workflow wrote it; delete it and rerun the same command"


def flipped(content, generator):
    """The bytes with one bit turned, anywhere."""
    at = generator.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << generator.randrange(8)]) + content[at + 1 :]


def cut(content, generator):
    """Without its end; a table is not cut between two rows, which nothing could tell."""
    at = generator.randrange(len(content))
    return content[: at - 1 if content[:at].endswith(b"\n") else at]


def damage(path, how, generator):
    """Change the file in place and leave its time, as a disk does."""
    state = path.stat()
    path.write_bytes(how(path.read_bytes(), generator))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.fixture(scope="module")
def generator():
    return draws("NMA_DAMAGE_SEED")


@pytest.mark.parametrize("how", [flipped, cut])
def test_every_hdf5_file_and_network_tells(tiny_run, tmp_path, generator, how):
    folder = tiny_run.folder / "results" / NAME
    files = [*folder.rglob("*.h5"), *folder.rglob("*.safetensors"), *folder.rglob("*.png")]
    kinds = {str(path.relative_to(folder)).split("/")[0] for path in files}
    assert kinds >= {"recording.h5", "truth.h5", "layers", "tensors", "pca", "hidden", "latents"}
    assert kinds >= {"umap", "svca", "probes", "models", "figures", "state_space"}
    readers = {".h5": open_h5, ".safetensors": load_model, ".png": embedded}
    for path in files:
        readers[path.suffix](path)
        copy = tmp_path / path.name
        for _ in range(3):
            copy.write_bytes(how(path.read_bytes(), generator))
            with pytest.raises(InputError, match=SENTENCE) as error:
                readers[path.suffix](copy)
            assert str(error.value).startswith(f"{copy}: content: found ")


def test_hdf5_files_are_read_in_no_other_way():
    """But for raw files, which their formats check, and what is changed after it was written."""
    scripts = ROOT / "workflow/scripts"
    raw = set(scripts.joinpath("nma/recordings").rglob("*.py"))
    for path in set(scripts.rglob("*.py")) - raw:
        opened = re.findall(r'h5py\.File\((?!.*"r\+").*', path.read_text())
        assert len(opened) == 2 * (path == scripts / "nma/io/hdf5.py"), path


def test_text_that_cannot_be_parsed_is_named(tiny_run, tmp_path):
    """Of text only what is no table, or no end, can be told: see docs/faults.md."""
    folder = tiny_run.folder / "results" / NAME
    best = tmp_path / "best.yaml"
    write_best(best, {"settings": {"training.learning_rate": 0.003, "dims": 4}, "trials": 9})
    assert read_best(best) == {"training.learning_rate": 0.003, "dims": 4}
    of_networks = "models/rnn/L1/0"
    for path, reader in {
        folder / "scores/latents/rnn.tsv": read_scores,
        folder / "scores/latents/rnn.tsv ": read_table,
        folder / f"{of_networks}.history.csv": lambda p: read_whole(p, ["step"], sep=","),
        folder / f"{of_networks}.json": read_json,
        best: read_best,
    }.items():
        content = Path(str(path).strip()).read_bytes()
        middle = content.index(b"0.", len(content) // 2) if b"0." in content else 9
        for number, broken in enumerate(
            (
                content[: middle + 1],
                content[:middle] + b"\xb0" + content[middle + 1 :],
                b"",
            )
        ):
            copy = tmp_path / f"{number}{Path(str(path).strip()).name}"
            copy.write_bytes(broken)
            with pytest.raises(InputError, match=SENTENCE) as error:
                reader(copy)
            assert str(error.value).startswith(f"{copy}: content: found ")


def test_a_number_that_is_none_is_named(tiny_run, tmp_path):
    table = (tiny_run.folder / "results" / NAME / "scores/latents/rnn.tsv").read_text()
    row = table.splitlines()[1].split("\t")
    broken = tmp_path / "rnn.tsv"
    broken.write_text(table.replace(row[5], row[5].replace(".", "/"), 1))
    for reader in (read_scores, read_table):
        with pytest.raises(InputError, match=SENTENCE):
            reader(broken)


def test_a_damaged_state_is_not_gone_on_from(tmp_path, generator, capsys):
    state = {"step": 3, "attempt": 1, "weights": {"w": torch.rand(300)}}
    write_state(tmp_path / "state.pt", state)
    assert torch.equal(read_state(tmp_path / "state.pt")["weights"]["w"], state["weights"]["w"])
    for how in (flipped, cut) * 5:
        write_state(tmp_path / "state.pt", state)
        damage(tmp_path / "state.pt", how, generator)
        assert read_state(tmp_path / "state.pt") is None
        assert "training starts from the beginning" in capsys.readouterr().out


def test_jobs_name_the_damaged_file_and_make_it_anew_once_it_is_deleted(
    tiny_run, tmp_path, generator
):
    project = tiny_run.copied(tmp_path / "p")
    folder = project.folder / "results" / NAME
    # What is damaged, and the files of whom reads it.
    damaged = {
        "recording.h5": ["svca/all.h5"],
        "layers/L2.h5": ["figures/neurons.png", "figures/neurons.svg"],
        "models/rnn/L2/0.safetensors": ["latents/rnn/L1/0.h5", "latents/rnn/L2/0.h5"],
        "models/rnn/L1/0.history.csv": [
            "figures/learning_curves.png",
            "figures/learning_curves.svg",
        ],
        "umap/raw.h5": ["probes/raw.h5"],
        "pca/L1.h5": ["latents/ppca/L1/0.h5"],
    }
    for number, (name, outputs) in enumerate(damaged.items()):
        how = cut if number % 2 or name.endswith(".csv") else flipped
        damage(folder / name, how, generator)
        for output in outputs:
            (folder / output).unlink()
    result = project.snakemake(*TARGETS, check=False)
    assert result.returncode != 0 and "Traceback" not in result.stdout
    # Not the beginning of a line where two jobs write at once.
    said = [line for line in result.stdout.splitlines() if "nma: error: " in line]
    for name, outputs in damaged.items():
        (line,) = [line for line in said if f"results/{NAME}/{name}: content: found " in line]
        assert SENTENCE in line
        assert not any((folder / output).exists() for output in outputs)
        (folder / name).unlink()
    project.snakemake(*TARGETS)
    ours, expected = results(project), results(tiny_run)
    assert ours.keys() == expected.keys()
    assert [name for name in ours if ours[name] != expected[name]] == []


def test_a_clock_that_was_set_back_stops_nothing(tiny_run, tmp_path):
    """Files of an hour ahead, as if the clock had been an hour fast until now."""
    project = tiny_run.copied(tmp_path / "p")
    folder = project.folder / "results" / NAME
    for name in ("recording.h5", "layers/L1.h5", "umap/raw.h5"):
        ahead = (folder / name).stat().st_mtime_ns + 3600 * 10**9
        os.utime(folder / name, ns=(ahead, ahead))
    (folder / "probes/raw.h5").unlink()
    result = project.snakemake(*TARGETS)
    assert "nma: 3 files are from the future" in result.stdout
    assert results(project) == results(tiny_run)
    latest = [path.stat().st_mtime for path in folder.rglob("*") if path.is_file()]
    assert max(latest) <= time.time()
    # What came first is still the older one.
    order = [(folder / name).stat().st_mtime for name in ("recording.h5", "layers/L1.h5")]
    assert order == sorted(order) and order[0] < order[1]
    assert project.pending(*TARGETS) == {}


@pytest.mark.parametrize("checksum", ["1000000", "0"], ids=["by content", "by time"])
def test_outputs_from_the_past_are_made_once_at_most(tiny_run, tmp_path, checksum):
    """Outputs older than their inputs, as if the clock had been set back between the two."""
    project = tiny_run.copied(tmp_path / "p")
    target = (f"results/{NAME}/pca/L1.h5", "--max-checksum-file-size", checksum)
    os.utime(project.folder / target[0], (10**9, 10**9))
    made_anew = {} if checksum == "1000000" else {"fit_pca": 1}
    assert project.pending(*target) == made_anew
    project.snakemake(*target)
    assert project.pending(*target) == {}
    path = "pca/L1.h5"
    assert results(project)[path] == results(tiny_run)[path]
