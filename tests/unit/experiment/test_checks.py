"""The config: its checks, what follows from it, and that schema, defaults and code agree."""

import copy
import inspect
import json
import re

import pytest
from configs import SCHEMA, SIMULATED, checked, loaded, with_defaults
from project import ROOT
from snakemake.utils import update_config
from suite2p_folders import make_suite2p

from nma.experiment import checks, file_checks
from nma.experiment.models import lds_dims, model_settings, pca_dims
from nma.experiment.plan import Plan
from nma.experiment.schema_words import keys_of
from nma.experiment.studies import pca_of_equal_dims, study_settings, tune_section
from nma.io.errors import InputError
from nma.recordings.simulation_settings import Simulation
from nma.recordings.trial_simulation import TrialSimulation

SCRIPTS = ROOT / "workflow" / "scripts"
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))


# the files that come with the project


def test_the_default_config_is_valid():
    checked(loaded(ROOT / "config.yaml"))


@pytest.mark.parametrize("preset", sorted(p.name for p in (ROOT / "presets").glob("*.yaml")))
def test_presets_are_valid(preset):
    config = loaded(ROOT / "config.yaml")
    update_config(config, loaded(ROOT / "presets" / preset))
    checked(config)


# schema_sentence


def model(**changes):
    return {"models": [{"name": "gru"} | changes]}


SENTENCES = {  # name: (changes to the smallest config, the sentence, whole)
    "unknown key": (
        {"layers": {"cuont": 9, "bye": 1}},
        "config: layers: found unknown key bye, cuont, expected only by, count, neurons, seed, "
        "min_neurons, except, unlabelled.",
    ),
    "unknown key at the top": (
        {"layer": {}},
        "config: top level: found unknown key layer, expected only recordings, layers, tensors, "
        "dims, models, seeds, training, tune, scores, umap, figures.",
    ),
    "missing key": (
        {"recordings": [{"path": "x.npy"}]},
        "config: recordings: 0: found 'name' is a required property, expected the keys name.",
    ),
    "choice": (
        {"layers": {"by": "colour"}},
        "config: layers: by: found 'colour', expected one of depth, xy_blocks, kmeans, labels, "
        "planes, whole.",
    ),
    "cells": (
        {"recordings": [{"name": "a", "path": "x", "cells": "some"}]},
        "config: recordings: 0: cells: found 'some', expected the ROIs that are read; true, those "
        "that the file calls cells; all; or, of suite2p and NWB, the least probability of a cell, "
        "from 0 to 1.",
    ),
    "cells that are none": (
        {"recordings": [{"name": "a", "path": "x", "cells": False}]},
        "config: recordings: 0: cells: found False, expected the ROIs that are read; true, those "
        "that the file calls cells; all; or, of suite2p and NWB, the least probability of a cell, "
        "from 0 to 1.",
    ),
    "signal": (
        {"recordings": [{"name": "a", "path": "x", "signal": "dFF"}]},
        "config: recordings: 0: signal: found 'dFF', expected one of spks, F, dff, C, S, F_dff.",
    ),
    "type": (
        {"training": {"windows": {"steps": 1.5}}},
        "config: training: windows: steps: found 1.5, expected a whole number.",
    ),
    "range": ({"layers": {"count": 0}}, "config: layers: count: found 0, expected minimum 1."),
    "one of two forms": (
        {"dims": 0},
        "config: dims: found 0, expected latent dims of every source; auto is N // 3, at most 113.",
    ),
    "one of two forms in a list": (
        model(dims="many"),
        "config: models: 0: dims: found 'many', expected latent dims of this model.",
    ),
    "nothing at all": (
        {"recordings": []},
        "config: recordings: found [], expected minItems 1.",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_what_the_schema_refuses_is_one_sentence(case):
    changes, sentence = SENTENCES[case]
    with pytest.raises(InputError) as error:
        with_defaults(**changes)
    assert str(error.value) == sentence


def test_a_long_value_is_cut():
    with pytest.raises(InputError) as error:
        with_defaults(dims="x" * 5000)
    assert len(str(error.value)) < 400


# check


def recording(**changes):
    """A recording without the keys that are changed to None."""
    changed = SIMULATED | changes
    return {key: value for key, value in changed.items() if value is not None}


URL = "https://example.org/a.npy"
REFUSED = {  # name: (changes to the smallest config, what the sentence must say)
    "recordings of one name": (
        {"recordings": [SIMULATED, recording(name="b"), SIMULATED]},
        "recordings: name: found a twice, expected unique names",
    ),
    "models of one name": (
        {"models": [{"name": "gru"}, {"name": "gru", "dims": 3}]},
        "models: name: found gru twice",
    ),
    "no origin": (
        {"recordings": [recording(simulate=None)]},
        "recordings: a: found none of simulate, path and url, expected exactly one",
    ),
    "two origins": (
        {"recordings": [recording(path="x.npy")]},
        "recordings: a: found simulate and path, expected exactly one",
    ),
    "three origins": (
        {"recordings": [recording(path="x.npy", url=URL, sha256="unchecked")]},
        "recordings: a: found simulate and path and url",
    ),
    "a download without a digest": (
        {"recordings": [recording(simulate=None, url=URL)]},
        "recordings: a: sha256: found none",
    ),
    "a simulation without the seconds of a bin": (
        {"recordings": [recording(bin_seconds=None)]},
        "recordings: a: bin_seconds: found none",
    ),
    "a model named raw": (model(name="raw"), "models: name: found raw, expected a name that is"),
    "a model named pca": (model(name="pca"), "models: name: found pca,"),
    "a model named pca_20": (model(name="pca_20"), "models: name: found pca_20,"),
    "a model named lds_auto": (model(name="lds_auto"), "models: name: found lds_auto,"),
    "a model named gru_latents": (model(name="gru_latents"), "models: name: found gru_latents,"),
    "a class that is not there": (model(**{"class": "gur"}), "models: class: found gur"),
    "a name that is no class": (model(name="best"), "models: class: found best"),
    "a training key of the other recipe": (
        model(training={"rho": 1, "steps": 5}),
        "models: gru: training: found rho, expected keys of training: windows (batch_size,",
    ),
    "a training key of no recipe": (
        model(training={"cilp": 2}),
        "models: 0: training: found unknown key cilp, expected only recipe, steps,",
    ),
    "a training key that the recipe of the model lacks": (
        model(training={"recipe": "sequence", "clip": 1}),
        "models: gru: training: found clip, expected keys of training: sequence",
    ),
    "a device for one model": (
        model(training={"device": "cpu"}),
        "models: 0: training: found unknown key device",
    ),
    "shares below 1": (
        {"tensors": {"split": {"train": 0.6}}},
        "tensors: split: found shares that add up to 0.9, expected 1",
    ),
    "shares above 1": ({"tensors": {"split": {"validation": 0.2}}}, "that add up to 1.1"),
    "maps of a test split that is not there": (
        {"tensors": {"split": {"train": 0.9, "test": 0}}},
        "umap: time: found test, with tensors: split: test of 0",
    ),
    "several wholes": ({"layers": {"by": "whole"}}, "layers: count: found 9 with by: whole"),
    "a recipe that is not there": (
        model(training={"recipe": "sam"}),
        "models: 0: training: recipe: found 'sam', expected one of windows, sequence",
    ),
    "a recipe that is another setting": (
        model(training={"recipe": "device"}),
        "models: 0: training: recipe: found 'device'",
    ),
    "a training value of the wrong type": (model(training={"steps": "many"}), "found 'many'"),
    "a training value out of its range": (model(training={"learning_rate": -1}), "found -1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_fields_that_do_not_agree_are_one_sentence(case):
    changes, sentence = REFUSED[case]
    with pytest.raises(InputError) as error:
        with_defaults(**changes)
    assert str(error.value).startswith("config: ")
    assert sentence in str(error.value)


ACCEPTED = {
    "a digest": {"recordings": [recording(simulate=None, url=URL, sha256="0" * 64)]},
    "no digest on purpose": {"recordings": [recording(simulate=None, url=URL, sha256="unchecked")]},
    "a path": {"recordings": [{"name": "a", "path": "x.npy"}]},
    "a name that only begins like pca": model(name="pcaX", **{"class": "gru"}),
    "a name that only begins like raw": model(name="raw_gru", **{"class": "gru"}),
    "shares of thirds": {
        "tensors": {"split": {"train": 1 / 3, "validation": 1 / 3, "test": 1 / 3}}
    },
    "the study's split": {
        "tensors": {"split": {"train": 0.8, "validation": 0.2, "test": 0}},
        "umap": {"time": "all"},
    },
    "the whole": {"layers": {"by": "whole", "count": 1}},
    "no models": {"models": []},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_is_meant_is_accepted(case):
    with_defaults(**ACCEPTED[case])


def test_files_must_be_there(tmp_path):
    (tmp_path / "x.npy").touch()
    for key in ("path", "positions", "labels"):
        paths = {name: str(tmp_path / "x.npy") for name in ("path", "positions", "labels")}
        file_checks.check_files({"recordings": [{"name": "a", **paths}]})
        paths[key] = str(tmp_path / "gone.npy")
        with pytest.raises(InputError, match=rf"recordings: a: {key}: found no file .*gone\.npy"):
            file_checks.check_files({"recordings": [{"name": "a", **paths}]})


OPTIONS = {  # name: (keys of a recording, what the sentence must say; None if it is none)
    "an array of a .mat": ({"path": "a.mat", "dataset": "x"}, None),
    "an array of a .npy": (
        {"path": "a.npy", "dataset": "x"},
        "dataset: found dataset for a.npy, which is read as npy, expected it only for hdf5,",
    ),
    "orientation of a .npy": ({"path": "a.npy", "orientation": "bins_by_neurons"}, None),
    "a signal of an .h5 of no known content": ({"url": "http://a.org/a.h5", "signal": "C"}, None),
    "a signal of a download": (
        {"url": "http://a.org/a.mat?x=a.h5", "signal": "C"},
        "signal: found signal for http://a.org/a.mat?x=a.h5, which is read as mat, expected it",
    ),
    "a signal of an object": ({"path": "s3://lab/a.hdf5", "signal": "C"}, None),
    "an array of a simulation": (
        {"simulate": {}, "dataset": "x"},
        "dataset: found dataset for a simulation, which is read as npy, expected it only for hdf5,",
    ),
    "a folder in a bucket": (
        {"path": "s3://lab/a.zarr"},
        "path: found s3://lab/a.zarr, expected s3",
    ),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_keys_are_for_the_formats_that_know_them(tmp_path, monkeypatch, case):
    keys, sentence = OPTIONS[case]
    monkeypatch.chdir(tmp_path)
    for name in ("a.mat", "a.npy"):
        (tmp_path / name).write_bytes(b"x")
    config = {"recordings": [{"name": "a", **keys}]}
    if sentence is None:
        file_checks.check_files(config)
        return
    with pytest.raises(InputError) as error:
        file_checks.check_files(config)
    assert str(error.value).startswith(f"config: recordings: a: {sentence}")


def test_a_folder_that_is_a_recording_has_no_braces(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.zarr", "m{7}.zarr"):
        (tmp_path / name).mkdir()
    file_checks.check_files({"recordings": [{"name": "a", "path": "a.zarr"}]})
    with pytest.raises(InputError, match="expected a path without { and }"):
        file_checks.check_files({"recordings": [{"name": "a", "path": "m{7}.zarr"}]})


def test_an_address_names_an_object():
    files = {"path": "s3://lab/m/1.npy", "positions": "x.npy", "labels": "s3://lab/m/labels.npy"}
    config = {"recordings": [{"name": "a", **files}, {"name": "b", "simulate": {}}]}
    assert file_checks.addresses(config) == {
        "s3://lab/m/1.npy": "recordings: a: path",
        "s3://lab/m/labels.npy": "recordings: a: labels",
    }
    wrong = (
        "s3://lab",
        "s3://lab/",
        "s3:///m.npy",
        "s3://lab/m",
        "s3://lab/m#1.npy",
        "s3://l/{m}.npy",
    )
    for address in wrong:
        with pytest.raises(InputError, match=r"recordings: a: labels: found s3:.*/key\.npy"):
            file_checks.check_files({"recordings": [{"name": "a", "labels": address}]})
    file_checks.check_files({"recordings": [{"name": "a", "labels": "s3://lab/m-1/a b.npy"}]})


def test_a_folder_of_a_format_is_a_path(tmp_path):
    make_suite2p(tmp_path / "suite2p")
    (tmp_path / "empty").mkdir()
    item = {"name": "a", "path": str(tmp_path / "suite2p"), "cells": "all"}
    file_checks.check_files({"recordings": [item]})
    with pytest.raises(
        InputError, match="a: path: found a folder, .*empty, .* or a folder of suite2p"
    ):
        file_checks.check_files({"recordings": [item | {"path": str(tmp_path / "empty")}]})
    with pytest.raises(InputError, match="a: positions: found a folder, .*suite2p, expected the"):
        file_checks.check_files({"recordings": [item | {"positions": item["path"]}]})
    (tmp_path / "{x}").mkdir()
    (tmp_path / "suite2p").rename(tmp_path / "{x}/suite2p")
    with pytest.raises(InputError, match="a: path: found .*{x}/suite2p, expected a path without {"):
        file_checks.check_files({"recordings": [item | {"path": str(tmp_path / "{x}/suite2p")}]})


def test_a_signal_of_another_format_is_refused(tmp_path):
    make_suite2p(tmp_path / "suite2p")
    item = {"name": "a", "path": str(tmp_path / "suite2p"), "signal": "C"}
    with pytest.raises(InputError, match="signal: found C for .*, expected spks, F or dff"):
        file_checks.check_files({"recordings": [item]})


def test_a_key_of_another_format_is_refused(tmp_path):
    (tmp_path / "x.npy").touch()
    path = str(tmp_path / "x.npy")
    of_rois = "caiman, nwb, suite2p"
    keys = {"cells": of_rois, "um_per_pixel": of_rois}
    keys |= {"signal": "caiman, suite2p", "plane_um": "nwb, suite2p"}
    values = {"cells": True, "signal": "F", "um_per_pixel": 2, "plane_um": 35}
    for key, value in values.items():
        with pytest.raises(InputError) as error:
            file_checks.check_files({"recordings": [{"name": "a", "path": path, key: value}]})
        assert str(error.value) == (
            f"config: recordings: a: {key}: found {key} for {path}, which is read as npy, "
            f"expected it only for {keys[key]}."
        )
    file_checks.check_files({"recordings": [{"name": "a", "path": path, "bin_seconds": 1}]})


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ({"path": "https://lab.org/m.nwb", "series": "dff"}, ""),
        ({"path": "https://api.dandiarchive.org/api/assets/7/download/"}, ""),
        (
            {"path": "https://lab.org/m.npy?version=1"},
            r"path: found https://lab.org/m.npy\?version=1, expected the address of a .nwb file, "
            "which can be read where it is; `url:` with `sha256:` downloads a .npy",
        ),
        (
            {"path": "https://lab.org/m.nwb", "labels": "https://lab.org/labels.npy"},
            "labels: found https://lab.org/labels.npy, expected a .npy file on disk or in a",
        ),
        ({"path": "s3://lab/m.npy", "series": "dff"}, "series: found series for s3://lab/m.npy, "),
    ],
)
def test_a_file_on_the_web_is_of_a_format_that_is_read_there(item, sentence):
    config = {"recordings": [{"name": "a", **item}]}
    if not sentence:
        file_checks.check_files(config)
        return
    with pytest.raises(InputError, match=rf"^config: recordings: a: {sentence}"):
        file_checks.check_files(config)


def test_an_nwb_file_is_not_downloaded():
    item = {"name": "a", "url": "https://lab.org/files/7?format=npy", "sha256": "unchecked"}
    checked(with_defaults(recordings=[item]))
    item["url"] = "https://lab.org/m.NWB?version=1"
    with pytest.raises(InputError, match="`path:` reads an NWB file at its address"):
        checks.check(with_defaults(recordings=[item]))


# what follows for each job


def of_model(**changes):
    config = with_defaults(**model(**changes), dims=20, training={"threads": 3})
    return model_settings(config, config["models"][0])


def test_a_model_that_says_nothing_gets_every_default():
    found = of_model()
    assert found == {
        "class": "gru",
        "dims": 20,
        "scope": "layer",
        "options": {},
        "training": {
            "recipe": "windows", "device": "auto", "threads": 3, "steps": 100,
            "evaluate_every": 25, "patience": 6, "window": 32, "batch_size": 16,
            "learning_rate": 0.01, "weight_decay": 0.0001, "warmup": 0.1, "clip": 1.0,
            "objective": "masked", "masked_weight": 0.5, "noise": 1.5,
            "precision": "float32",
            "observation": "squared",
        },
    }  # fmt: skip


def test_a_model_that_says_all_gets_it():
    found = of_model(
        **{"name": "best", "class": "lstm", "dims": 7, "scope": "shared"},
        options={"layers": 2, "dropout": 0.1},
        training={"steps": 9, "clip": 0.5},
    )
    assert (found["class"], found["dims"], found["scope"]) == ("lstm", 7, "shared")
    assert list(found["options"].items()) == [("dropout", 0.1), ("layers", 2)]
    assert found["training"] == of_model()["training"] | {"steps": 9, "clip": 0.5}


def test_another_recipe_has_its_own_keys_and_defaults():
    found = of_model(training={"recipe": "sequence", "rho": 0.1})["training"]
    assert found == {
        "recipe": "sequence", "device": "auto", "threads": 3, "steps": 30000,
        "evaluate_every": 100, "learning_rate": 0.000375, "weight_decay": 0.00001, "rho": 0.1,
    }  # fmt: skip


def test_the_common_recipe_is_every_models():
    config = with_defaults(**model(), training={"recipe": "sequence", "sequence": {"steps": 7}})
    found = model_settings(config, config["models"][0])["training"]
    assert (found["recipe"], found["steps"]) == ("sequence", 7)
    assert "patience" not in found


def test_the_order_in_the_file_is_no_change():
    keys = {"steps": 5, "clip": 2.0, "window": 9}
    backwards = dict(reversed(keys.items()))
    assert repr(of_model(training=keys)) == repr(of_model(training=backwards))


def test_the_config_itself_is_left_alone():
    config = with_defaults(**model(training={"recipe": "sequence", "rho": 0.1}))
    before = copy.deepcopy(config)
    model_settings(config, config["models"][0])
    assert config == before


@pytest.mark.parametrize(
    ("common", "own", "expected"),
    [
        ("auto", [None, None], {"pca": "auto"}),
        (20, [None, 20], {"pca": 20}),
        (20, [50, None, 7, 50], {"pca": 20, "pca_7": 7, "pca_50": 50}),
        (20, ["auto"], {"pca": 20, "pca_auto": "auto"}),
    ],
)
def test_pca_and_lds_have_the_dims_of_every_model(common, own, expected):
    models = [{"name": f"m{n}", "class": "gru"} for n in range(len(own))]
    for item, dims in zip(models, own, strict=True):
        item |= {} if dims is None else {"dims": dims}
    config = with_defaults(dims=common, models=models)
    assert pca_dims(config) == expected
    of_models = {common if dims is None else dims for dims in own}
    assert lds_dims(config) == {f"lds_{dims}": dims for dims in of_models}
    assert lds_dims(with_defaults(dims=common, models=[])) == {}


def test_the_arguments_of_a_simulation():
    config = with_defaults(recordings=[recording(simulate={"neurons": 100, "seed": 5})])
    arguments = Plan(config).simulation("a")
    assert (arguments["neurons"], arguments["seed"], arguments["bin_seconds"]) == (100, 5, 1.2)
    assert set(arguments) == set(inspect.signature(Simulation).parameters)


def test_a_report_shows_the_whole_config_of_its_recording():
    config = with_defaults(recordings=[SIMULATED, recording(name="b")])
    shown = json.loads(Plan(config).config_text("b"))
    assert {**shown, "recordings": config["recordings"]} == config


# schema and defaults never drift apart


def properties(schema, path=()):
    """(path, schema) of each key, those inside lists too."""
    for name, sub in keys_of(schema).items():
        yield (*path, name), sub
        yield from properties(sub, (*path, name))
        yield from properties(sub.get("items", {}), (*path, name))


PROPERTIES = dict(properties(loaded(SCHEMA)))
LEAVES = {
    path: sub
    for path, sub in PROPERTIES.items()
    if not keys_of(sub) and not keys_of(sub.get("items", {}))
}
NAMES = [": ".join(path) for path in LEAVES]


def test_the_walk_of_the_schema_finds_keys_of_every_depth():
    assert {("recordings", "simulate", "seed"), ("umap", "neurons", "min_dist"), ("dims",)} < set(
        LEAVES
    )


def keys(config, path=()):
    """The path of each key of a config, those inside lists too."""
    if isinstance(config, list):
        for item in config:
            yield from keys(item, path)
    elif isinstance(config, dict):
        for name, value in config.items():
            yield (*path, name)
            yield from keys(value, (*path, name))


def test_every_key_of_the_default_config_is_in_the_schema():
    found = set(keys(loaded(ROOT / "config.yaml")))
    space = ("tune", "space")  # whose keys are those of training and of classes
    assert {path for path in found if path[:2] != space or path == space} <= set(PROPERTIES)


def test_every_key_of_the_schema_has_a_description():
    for path, sub in PROPERTIES.items():
        assert re.fullmatch(r"\S.+\.", sub.get("description", "")), path


def test_every_object_refuses_unknown_keys():
    for path, sub in [((), loaded(SCHEMA)), *PROPERTIES.items()]:
        for part in (sub, *(sub.get(name, {}) for name in ("items", "then", "else"))):
            assert "properties" not in part or part["additionalProperties"] is False, path


def test_defaults_of_the_schema_are_valid_themselves():
    for path, sub in LEAVES.items():
        if "default" in sub and isinstance(sub["default"], int | float):
            assert sub.get("minimum", -1e9) <= sub["default"] <= sub.get("maximum", 1e9), path


def test_defaults_of_the_schema_are_those_of_the_default_config():
    """Each is there, but for recordings and models, which are the demo's."""
    found, expected = loaded(ROOT / "config.yaml"), with_defaults()
    for config in (found, expected):
        del config["recordings"], config["models"]
    # The demo is there to be quick; one repetition is a null that it can show, not a test.
    assert (found["scores"].pop("retrainings"), expected["scores"].pop("retrainings")) == (1, 19)
    assert found == expected


@pytest.mark.parametrize(("branch", "settings"), [("else", Simulation), ("then", TrialSimulation)])
def test_defaults_of_a_simulation_are_those_of_its_settings(branch, settings):
    parameters = inspect.signature(settings).parameters
    schema = PROPERTIES["recordings", "simulate"][branch]["properties"]
    assert set(schema) - {"kind"} == set(parameters) - {"bin_seconds"}
    for key, sub in schema.items():
        if key not in ("kind", "seed"):
            default = parameters[key].default
            assert sub["default"] == (list(default) if isinstance(default, tuple) else default), key


@pytest.mark.parametrize("recipe", ["windows", "sequence"])
def test_keys_of_a_recipe_are_the_arguments_of_its_function(recipe):
    from nma.training.recipes import RECIPES

    in_schema = {path[2] for path in LEAVES if path[:2] == ("training", recipe)}
    assert in_schema == set(inspect.signature(RECIPES[recipe]).parameters)


@pytest.mark.parametrize("name", NAMES)
def test_every_leaf_of_the_schema_is_read_somewhere(name):
    """In the rules or the code: as text, as an argument, or as a field of `settings`."""
    files = [*RULES, *SCRIPTS.rglob("*.py")]
    key = name.split(": ")[-1]
    read = re.compile(rf'"{key}"|\b{key} ?[=,)]|\bsettings\.{key}\b')
    assert any(read.search(code_of(path)) for path in files)


def code_of(path):
    """A file without its comments and docstrings."""
    text = re.sub(r'""".*?"""', "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"#.*", "", text)


# studies

TUNED_MODELS = [{"name": "residual_gru"}, {"name": "mine", "class": "gru"}]


def test_a_study_searches_what_its_model_has():
    """Keys of other models, of another recipe and those set to null are left out."""
    config = with_defaults(models=TUNED_MODELS)
    config["tune"]["space"]["training.window"] = None
    found = study_settings(config, "residual_gru")
    kept = {"training.learning_rate", "training.weight_decay"}
    assert set(found["space"]) == {*kept, "options.units", "options.dropout"}
    assert "models" not in found["space"]["options.units"]
    assert set(study_settings(config, "mine")["space"]) == {*kept, "options.dropout"}
    config["models"][1]["training"] = {"recipe": "sequence"}
    assert set(study_settings(config, "mine")["space"]) == {
        "training.learning_rate", "training.weight_decay", "options.dropout",
    }  # fmt: skip
    assert "storage" not in found and found["trials"] == 40


def test_off_and_on_stand_for_a_section():
    assert tune_section(False) == {"enabled": False}
    assert tune_section(True) == {"enabled": True}
    assert tune_section({"trials": 3}) == {"trials": 3}


def test_a_model_whose_dims_are_searched_has_no_opponent():
    config = with_defaults(models=TUNED_MODELS)
    config["tune"]["space"]["dims"] = {"type": "int", "low": 2, "high": 9, "models": ["mine"]}
    assert set(pca_of_equal_dims(config)) == {"residual_gru", "mine"}
    config["tune"]["enabled"] = True
    assert set(pca_of_equal_dims(config)) == {"residual_gru"}


def test_a_shared_network_cannot_start_from_the_lds_of_a_layer():
    shared = {"name": "mine", "class": "residual_gru", "scope": "shared"}
    with pytest.raises(InputError) as error:
        checks.check(with_defaults(models=[shared]))
    assert str(error.value) == (
        "config: models: mine: scope: found shared, expected layer, since it starts from the "
        "linear dynamical system of its layer, or the objective reconstruct."
    )
    checks.check(with_defaults(models=[shared | {"training": {"objective": "reconstruct"}}]))
