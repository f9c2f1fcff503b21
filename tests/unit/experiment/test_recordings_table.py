"""A table of recordings: what its rows mean, and one sentence with the line for what is wrong."""

from pathlib import Path

import pytest
import yaml

from nma.experiment import checks, file_checks
from nma.experiment.plan import layer_names, of_recording
from nma.experiment.recordings_table import read_recordings
from nma.io.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
ITEM = SCHEMA["properties"]["recordings"]["items"]


@pytest.fixture
def read(tmp_path):
    """A function of the text or bytes of a table; the table is called recordings.tsv."""

    def read(content, path=tmp_path / "recordings.tsv"):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_recordings(path, ITEM)

    return read


def table(*rows):
    """Rows of cells that are separated by `|` here."""
    return "".join(row.replace("|", "\t") + "\n" for row in rows)


def test_a_row_is_an_item_of_the_list(read):
    items, lines = read(
        table(
            "name|path|bin_seconds|nan|layers.neurons|tensors.bin_width|tensors.split.train",
            "007|/data/a.npy|0.5|drop_neurons|40|3|0.6",
            "2024-01-02|1e5||||1|",
            "c|c.npy|||smallest||",
        )
    )
    assert items == [
        {
            "name": "007",
            "path": "/data/a.npy",
            "bin_seconds": 0.5,
            "nan": "drop_neurons",
            "layers": {"neurons": 40},
            "tensors": {"bin_width": 3, "split": {"train": 0.6}},
        },
        {"name": "2024-01-02", "path": "1e5", "tensors": {"bin_width": 1}},
        {"name": "c", "path": "c.npy", "layers": {"neurons": "smallest"}},
    ]
    assert lines == {"007": 2, "2024-01-02": 3, "c": 4}


def test_a_simulation_with_a_list(read):
    (item,), _ = read(
        'name\tsimulate.neurons\tsimulate.time_constants\tbin_seconds\na\t90\t"[2, 20]"\t1\n'
    )
    assert item["simulate"] == {"neurons": 90, "time_constants": [2, 20]}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_blank_lines_and_comments_count_as_lines_alone(read, newline, mark):
    text = table("# mice", "", "name|path", "a|a.npy", "#b|b.npy", "\t", "c|c.npy")
    items, lines = read((mark + text.replace("\n", newline)).encode())
    assert items == [{"name": "a", "path": "a.npy"}, {"name": "c", "path": "c.npy"}]
    assert lines == {"a": 4, "c": 7}


REFUSED = {  # name: (rows, the sentence after the path of the table)
    "empty": ([], "line 1: found no header, expected columns, as in name, path."),
    "header alone": (
        ["# of mice", "name|path"],
        "line 2: found a header without rows, expected a row for each recording.",
    ),
    "unknown column": (
        ["name|pth"],
        "line 1: found an unknown column pth, expected only name, bin_seconds, path,",
    ),
    "commas": (["name,path", "a,b"], "line 1: found an unknown column name,path, expected only"),
    "unnamed column": (["name||path"], "line 1: found a column without a name, expected only"),
    "column twice": (["name|path|path"], "line 1: found the column path twice, expected it once."),
    "no column of names": (
        ["path|bin_seconds"],
        "line 1: found path, bin_seconds, expected a column name among them.",
    ),
    "ragged row": (
        ["name|path", "a|a.npy", "b"],
        "line 3: found 1 cells, expected 2, one for each column of the header.",
    ),
    "longer row": (["name|path", "a|a.npy|1"], "line 2: found 3 cells, expected 2,"),
    "no name": (["name|path", "|a.npy"], "line 2: name: found none, expected the name"),
    "names twice": (
        ["name|path", "a|a.npy", "", "b|b.npy", "a|c.npy"],
        "line 5: name: found a, which line 2 has too, expected unique names.",
    ),
    "a name that is no folder": (
        ["name|path", "a/b|a.npy"],
        "line 2: name: found 'a/b', expected a name for the recording and its folder under",
    ),
    "wrong type": (
        ["name|tensors.bin_width", "a|wide"],
        "line 2: tensors.bin_width: found 'wide', expected a whole number.",
    ),
    "out of range": (
        ["name|simulate.neurons", "a|0"],
        "line 2: simulate.neurons: found 0, expected minimum 1.",
    ),
    "wrong choice": (
        ["name|tensors.normalise", "a|z"],
        "line 2: tensors.normalise: found 'z', expected one of zscore, mean, population, none.",
    ),
    "no YAML": (
        ["name|bin_seconds", "a|[1,"],
        "line 2: bin_seconds: found [1,, expected a value in YAML.",
    ),
    "a number of layers": (
        ["name|layers.count", "a|0"],
        "line 2: layers.count: found 0, expected minimum 1.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_one_sentence_with_its_line(read, tmp_path, case):
    rows, sentence = REFUSED[case]
    with pytest.raises(InputError) as error:
        read(table(*rows))
    assert str(error.value).startswith(f"{tmp_path / 'recordings.tsv'}: {sentence}")


def test_bytes_that_are_not_utf_8(read):
    with pytest.raises(InputError, match=r"line 3: found the byte 0xe9, expected UTF-8 text\."):
        read(b"name\tpath\na\ta.npy\nb\tcaf\xe9.npy\n")
    with pytest.raises(InputError, match=r"line 1: found the byte 0xff, expected UTF-8 text\."):
        read("name\tpath\n".encode("utf-16"))


# what follows in the config

CONFIG = {
    "models": [],
    "layers": {"by": "depth", "count": 9, "neurons": "smallest", "seed": 1},
    "tensors": {
        "normalise": "zscore",
        "bin_width": 2,
        "split": {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 5},
    },
    "umap": {"time": "test"},
    "tune": {"models": "all", "space": {}, "enabled": False},
    "training": {"windows": {}, "sequence": {}},
}


def loaded(folder, *rows):
    """The config with the table in its place, after all checks."""
    path = folder / "mice.tsv"
    path.write_text(table(*rows))
    config = {**CONFIG, "recordings": str(path)}
    places = checks.list_recordings(config, SCHEMA)
    checks.check(config, places)
    file_checks.check_files(config, places)
    return config


def test_own_settings_go_over_those_of_all(tmp_path):
    (tmp_path / "a.npy").touch()
    config = loaded(
        tmp_path,
        "name|path|layers.by|layers.count|tensors.bin_width|tensors.split.train|tensors.split.test",
        f"a|{tmp_path}/a.npy|kmeans|4|3|0.5|0.4",
        f"b|{tmp_path}/a.npy|||||",
    )
    mine, plain = (of_recording(config, item) for item in config["recordings"])
    assert mine["layers"] == CONFIG["layers"] | {"by": "kmeans", "count": 4}
    assert layer_names(mine) == ["L1", "L2", "L3", "L4"]
    assert mine["tensors"] == {
        "normalise": "zscore",
        "bin_width": 3,
        "split": {"train": 0.5, "validation": 0.1, "test": 0.4, "gap": 5},
    }
    assert (plain["layers"], plain["tensors"]) == (CONFIG["layers"], CONFIG["tensors"])


ACROSS = {  # name: (rows, the sentence after the path of the table)
    "no origin": (
        ["name|bin_seconds", "a|1"],
        "line 2: found none of simulate, path and url, expected exactly one",
    ),
    "two origins": (
        ["name|path|url|sha256", "a|a.npy|https://example.org/a.npy|unchecked"],
        "line 2: found path and url, expected",
    ),
    "no digest": (
        ["name|url", "a|https://example.org/a.npy"],
        "line 2: sha256: found none, expected the SHA-256 digest",
    ),
    "no seconds": (["name|simulate.seed", "a|1"], "line 2: bin_seconds: found none, expected"),
    "shares": (
        ["# mice", "name|path|tensors.split.train", "a|a.npy|0.5"],
        "line 3: tensors.split: found shares that add up to 0.8, expected 1.",
    ),
    "maps of a test split that is not there": (
        ["name|path|tensors.split.train|tensors.split.test", "a|a.npy|0.9|0"],
        "line 2: umap.time: found test, with tensors: split: test of 0, expected all,",
    ),
    "the whole": (
        ["name|path|layers.by", "a|a.npy|whole"],
        "line 2: layers.count: found 9 with by: whole, expected 1,",
    ),
    "no file": (
        ["name|path|bin_seconds", "a|gone.npy|1"],
        "line 2: path: found no file gone.npy, expected the path of a ",
    ),
}


@pytest.mark.parametrize("case", ACROSS)
def test_fields_that_do_not_agree_are_one_sentence_with_their_line(tmp_path, case):
    rows, sentence = ACROSS[case]
    with pytest.raises(InputError) as error:
        loaded(tmp_path, *rows)
    assert str(error.value).startswith(f"{tmp_path / 'mice.tsv'}: {sentence}")


def test_a_table_that_is_not_there():
    with pytest.raises(InputError, match=r"config: recordings: found no file gone\.tsv, expected"):
        checks.list_recordings({"recordings": "gone.tsv"}, SCHEMA)
