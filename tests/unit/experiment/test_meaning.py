"""Settings as they were meant: numbers, names, switches and paths that YAML or --config changed."""

import datetime

import pytest
import yaml
from configs import SCHEMA, SIMULATED, checked
from snakemake.cli import parse_config

from nma.experiment.file_checks import check_files
from nma.experiment.meaning import as_meant, expand_paths, names_as_written
from nma.experiment.recordings_table import read_recordings
from nma.io.errors import InputError, either
from nma.recordings.raw import suffixes

RULES = yaml.safe_load(SCHEMA.read_text())


def meant(config):
    return as_meant(config, RULES)


MEANT = {  # what is in a config file: what it means
    "training: {windows: {learning_rate: 1e-3}}": {
        "training": {"windows": {"learning_rate": 1e-3}}
    },
    "models: [{name: gru, training: {weight_decay: 1E-05}}]": {
        "models": [{"name": "gru", "training": {"weight_decay": 1e-5}}]
    },
    "training: {windows: {steps: 1e3}}": {"training": {"windows": {"steps": 1000}}},
    "models: [{name: gru, options: {dropout: 5e-1, units: 32, cell: lstm}}]": {
        "models": [{"name": "gru", "options": {"dropout": 0.5, "units": 32, "cell": "lstm"}}]
    },
    "tune: {space: {training.learning_rate: {type: float, low: 1e-4, high: 1e-2}}}": {
        "tune": {"space": {"training.learning_rate": {"type": "float", "low": 1e-4, "high": 0.01}}}
    },
    "tune: {space: {options.units: {type: categorical, choices: [1e1, 'on', 5]}}}": {
        "tune": {"space": {"options.units": {"type": "categorical", "choices": [10.0, "on", 5]}}}
    },
    "recordings: [{name: 20231105, bin_seconds: 5e-1}]": {
        "recordings": [{"name": "20231105", "bin_seconds": 0.5}]
    },
    "recordings: [{name: 2023-11-05}]": {"recordings": [{"name": "2023-11-05"}]},
    "recordings: [{name: '1e5', path: '7'}]": {"recordings": [{"name": "1e5", "path": "7"}]},
    "recordings: mice.tsv": {"recordings": "mice.tsv"},
    "dims: auto": {"dims": "auto"},
    "layers: {neurons: smallest, by: labels}": {"layers": {"neurons": "smallest", "by": "labels"}},
    "tensors: {normalise: none}": {"tensors": {"normalise": "none"}},
}


@pytest.mark.parametrize("text", MEANT)
def test_a_config_file_is_read_as_it_was_meant(text):
    found = meant(yaml.safe_load(text))
    assert found == MEANT[text] and repr(found) == repr(MEANT[text])


@pytest.mark.parametrize("name", ["007", "1.10", "no", "1e3", "0x1F", "20231105", "'08'", "m_1"])
def test_a_name_is_taken_as_it_is_written(tmp_path, name):
    text = f"recordings: [{{name: {name}, path: a.npy}}, {{name: other}}]\n"
    (tmp_path / "mine.yaml").write_text(text)
    (tmp_path / "config.yaml").write_text("recordings: [{name: demo}, {name: demo2}]\ndims: 3\n")
    config = yaml.safe_load(text) | {"dims": 3}
    names_as_written(config, [tmp_path / "mine.yaml", tmp_path / "config.yaml"])
    assert [item["name"] for item in config["recordings"]] == [name.strip("'"), "other"]
    assert config["recordings"][0]["path"] == "a.npy"


COMMANDS = {  # arguments of --config: what they mean
    "seeds=[0,1]": {"seeds": [0, 1]},
    "layers={count: 3}": {"layers": {"count": 3}},
    "layers={by: whole, count: 1, neurons: smallest}": {
        "layers": {"by": "whole", "count": 1, "neurons": "smallest"}
    },
    "dims=12": {"dims": 12},
    "dims=auto": {"dims": "auto"},
    "tune=off": {"tune": False},
    "tune={enabled: on, trials: 3, models: [gru, rnn]}": {
        "tune": {"enabled": True, "trials": 3, "models": ["gru", "rnn"]}
    },
    "tune={space: {options.dropout: null}}": {"tune": {"space": {"options.dropout": None}}},
    "training={windows: {learning_rate: 1e-3}, tensorboard: off}": {
        "training": {"windows": {"learning_rate": 1e-3}, "tensorboard": False}
    },
    "recordings=[{name: 20231105, path: a.npy, bin_seconds: 0.5}]": {
        "recordings": [{"name": "20231105", "path": "a.npy", "bin_seconds": 0.5}]
    },
    "models=[{name: gru, options: {units: 32, bias: true}}]": {
        "models": [{"name": "gru", "options": {"units": 32, "bias": True}}]
    },
}


@pytest.mark.parametrize("argument", COMMANDS)
def test_the_command_line_is_read_as_it_was_meant(argument):
    found = meant(parse_config([argument]))
    assert found == COMMANDS[argument] and repr(found) == repr(COMMANDS[argument])


NAMED = {  # a wrong value: the sentence about it
    "name": ("Mäuse", "letters without accents, digits, and any of _ . - between them"),
    "name ": ("mouse 7", "without spaces, as in mouse_7"),
    "name  ": (1.5, "expected a text; put quotes around it: name: '...'"),
    "name   ": (True, "expected a text; put quotes around it"),
    "bin_seconds": ("fast", "bin_seconds: found 'fast', expected a number"),
    "path": (None, "path: found None, expected a text"),
    "simulate": ([], "simulate: found [], expected a section with keys of its own"),
    "url": ("ftp://a/b.npy", "an address (http:// or https://)"),
}


@pytest.mark.parametrize("key", NAMED)
def test_a_wrong_value_is_named_in_words_and_not_as_a_pattern(key):
    value, said = NAMED[key]
    with pytest.raises(InputError) as error:
        checked(meant({"recordings": [SIMULATED | {key.strip(): value}]}))
    assert said in str(error.value) and "^" not in str(error.value)


def test_a_date_without_quotes_is_a_text_and_a_time_of_day_is_named():
    found = meant({"recordings": [{"name": datetime.date(2024, 3, 1)}]})
    assert found["recordings"][0]["name"] == "2024-03-01"


def test_home_and_variables_are_replaced_in_paths_alone(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("LAB", "/data/lab")
    recordings = [
        {"name": "a", "path": "~/a.npy", "labels": "$LAB/l.npy"},
        {"name": "b", "path": "${LAB}/my mice/Mäuse.npy", "positions": "$NONE/p.npy"},
        {"name": "~c", "path": "s3://lab/~a.npy", "url": "https://host/~me/$LAB.npy"},
    ]
    expand_paths(recordings)
    assert recordings[0] == {"name": "a", "path": "/home/me/a.npy", "labels": "/data/lab/l.npy"}
    assert recordings[1]["path"] == "/data/lab/my mice/Mäuse.npy"
    assert recordings[1]["positions"] == "$NONE/p.npy"
    assert recordings[2]["url"] == "https://host/~me/$LAB.npy"
    assert recordings[2]["path"] == "s3://lab/~a.npy"


KNOWN = either(suffixes())
MAT = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(512)
FILES = {  # the path in the config: the sentence about it, or nothing
    "good.npy": None,
    "my mice/Mäuse 7.npy": None,
    "m{7}.npy": "found m{7}.npy, expected a path without { and }, which Snakemake takes for "
    "wildcards",
    "$NOWHERE/a.npy": f"found no file $NOWHERE/a.npy, expected the path of a {KNOWN} file; is the "
    "variable $NOWHERE set?",
    "folder.npy": f"found a folder, folder.npy, expected a file that ends in {KNOWN}",
    "a.dat": f"found a MATLAB file (.mat), a.dat, expected a file that ends in {KNOWN}; give it a "
    "name that ends in .mat",
    "noise.bin": f"found noise.bin, expected a file that ends in {KNOWN}.",
}


@pytest.mark.parametrize("path", FILES)
def test_files_are_found_or_named(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "my mice").mkdir()
    for name in ("good.npy", "my mice/Mäuse 7.npy", "m{7}.npy", "noise.bin"):
        (tmp_path / name).write_bytes(b"\xff\xfe")
    (tmp_path / "a.dat").write_bytes(MAT)
    config = {"recordings": [{"name": "a", "path": path}]}
    if FILES[path] is None:
        check_files(config)
        return
    with pytest.raises(InputError) as error:
        check_files(config)
    assert f"config: recordings: a: path: {FILES[path]}" in str(error.value)


def test_a_table_of_recordings_is_read_as_it_was_meant(tmp_path):
    (tmp_path / "mice.tsv").write_text("name\tpath\tbin_seconds\n007\t~/7.npy\t5e-1\n")
    items, _ = read_recordings(tmp_path / "mice.tsv", RULES["properties"]["recordings"]["items"])
    assert items == [{"name": "007", "path": "~/7.npy", "bin_seconds": 0.5}]
