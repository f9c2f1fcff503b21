"""Networks on disk and what they make of a recording."""

import json

import numpy as np
import pytest
import torch
from lds_starts import lds_start
from safetensors import safe_open
from scipy.signal import lfilter

from nma.io.errors import InputError
from nma.latents import networks as model_files
from nma.latents.networks import encode, predictor
from nma.training.weights import build_model, load_model, save_model

NEURONS, DIMS = 9, 4
SPLIT = np.repeat([0, -1, 1, -1, 2], [30, 2, 8, 3, 12]).astype("i1")
MODELS = ["rnn", "gru", "lstm", "feedback_lstm"]


def network(name="gru", **options):
    torch.manual_seed(0)
    return build_model(name, NEURONS, DIMS, options)


def activity():
    return np.random.default_rng(0).normal(size=(len(SPLIT), NEURONS)).astype("f4")


def saved(path, name="gru", **options):
    save_model(path, network(name, **options), name=name, options=options)
    return path


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_a_network_comes_back_as_it_was(name, tmp_path):
    model = network(name, layers=2, dropout=0.1)
    path = saved(tmp_path / "0.safetensors", name, layers=2, dropout=0.1)
    loaded = load_model(path)
    assert type(loaded) is type(model)
    batch = torch.from_numpy(activity())[None]
    assert torch.equal(loaded(batch), model.eval()(batch))
    assert not loaded.training
    assert next(m for m in loaded.modules() if isinstance(m, torch.nn.Dropout)).p == 0.1


def test_two_saves_are_the_same_bytes(tmp_path):
    first, second = (saved(tmp_path / str(n), layers=2, dropout=0.1).read_bytes() for n in (1, 2))
    assert first == second


def test_the_order_of_options_is_no_other_file(tmp_path):
    first = saved(tmp_path / "1", layers=2, dropout=0.1)
    second = saved(tmp_path / "2", dropout=0.1, layers=2)
    assert first.read_bytes() == second.read_bytes()


def test_what_a_network_is_made_of_stands_in_its_file(tmp_path):
    path = saved(tmp_path / "0.safetensors", "lstm", dropout=0.3)
    with safe_open(path, "pt") as file:
        made_of = json.loads(file.metadata()["nma"])
        assert len(made_of.pop("sha256")) == 64
        assert made_of == {
            "class": "lstm",
            "neurons": NEURONS,
            "dims": DIMS,
            "options": {"dropout": 0.3},
        }
        assert set(file.keys()) == set(network("lstm").state_dict())
    assert [path.name for path in tmp_path.iterdir()] == ["0.safetensors"]


def test_a_file_of_a_class_that_is_gone_says_so(tmp_path):
    save_model(tmp_path / "0.safetensors", network(), name="extinct", options={})
    with pytest.raises(InputError, match="models: class: found extinct"):
        load_model(tmp_path / "0.safetensors")


@pytest.fixture
def model(tmp_path):
    return load_model(saved(tmp_path / "0.safetensors"))


def test_shapes_of_what_is_encoded(model):
    latents, reconstruction = encode(model, activity(), SPLIT)
    assert latents.shape == (len(SPLIT), DIMS)
    assert reconstruction.shape == (len(SPLIT), NEURONS)
    assert latents.dtype == reconstruction.dtype == np.float32


@torch.no_grad()
def test_each_block_is_encoded_on_its_own(model):
    latents, reconstruction = encode(model, activity(), SPLIT)
    for block in (slice(0, 30), slice(30, 32), slice(32, 40), slice(40, 43), slice(43, 55)):
        alone = model.encode(torch.from_numpy(activity()[block])[None])
        assert np.array_equal(latents[block], alone[0])
        assert np.array_equal(reconstruction[block], model.decode(alone)[0])


@pytest.mark.parametrize("code", [0, 1, 2, -1])
def test_a_change_in_one_split_is_seen_in_no_other(model, code):
    changed = activity()
    changed[code == SPLIT] += 5
    before, after = encode(model, activity(), SPLIT), encode(model, changed, SPLIT)
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(old[code != SPLIT], new[code != SPLIT])
        assert (old[code == SPLIT] != new[code == SPLIT]).any(axis=1).all()


def test_dropout_is_off(model):
    first, second = encode(model, activity(), SPLIT), encode(model, activity(), SPLIT)
    assert all(map(np.array_equal, first, second))


# long recordings


@pytest.mark.parametrize("bins", [1, 9, 10, 11, 57])
def test_chunks_keep_every_bin_once_among_its_neighbours(bins, monkeypatch):
    monkeypatch.setattr(model_files, "CHUNK", 10)
    monkeypatch.setattr(model_files, "MARGIN", 4)
    kept = []
    for seen, part in model_files.chunks(bins):
        of_chunk = np.arange(bins)[seen]
        assert len(of_chunk) <= 18
        mine = of_chunk[part]
        kept.extend(mine)
        # As many neighbours as there are, up to the margin.
        assert of_chunk[0] == max(0, mine[0] - 4)
        assert of_chunk[-1] == min(bins - 1, mine[-1] + 4)
    assert kept == list(range(bins))


@pytest.mark.parametrize("name", [*MODELS, "residual_rnn", "residual_gru", "residual_lstm"])
def test_in_chunks_it_is_the_full_sequence(name, monkeypatch):
    bins = 3000
    noise = np.random.default_rng(1).normal(size=(bins, NEURONS))
    values = lfilter([0.3], [1, -0.95], noise, axis=0).astype("f4")  # 20 bins of memory
    split, mean = np.zeros(bins, "i1"), values.mean(0)
    model = network(name).eval()
    with torch.no_grad():
        if hasattr(model, "seen"):
            parts = np.repeat([0, 1], [2700, 300]).astype("i1")
            model.lds = lds_start(values, parts, model.dims)
            model.start(torch.from_numpy(values)[None], "masked")
            model.lds.remembered.clear()
            torch.nn.init.normal_(model.seen.weight)
    visible = np.random.default_rng(2).random(values.shape) > 0.25
    asked = (values - mean) * visible, visible
    whole = (*encode(model, values, split), predictor(model, mean)(*asked))
    monkeypatch.setattr(model_files, "CHUNK", 500)
    in_chunks = (*encode(model, values, split), predictor(model, mean)(*asked))
    for ours, theirs in zip(in_chunks, whole, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
