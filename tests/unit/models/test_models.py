"""Models: sizes in closed form, forward passes by hand, the base class, finding a class."""

import pytest
import torch
from torch import nn
from training_settings import WINDOWS

import nma.models
import nma.registry
from nma.blocks.autoencoder import Autoencoder
from nma.blocks.dropout import Dropout
from nma.blocks.mish import Mish
from nma.io.errors import InputError
from nma.registry import model_class
from nma.training.coordinated_dropout import estimate_hidden
from nma.training.loop import train
from nma.training.recipes import recipe_of
from nma.training.weights import build_model, load_model, save_model

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
ALL = [*GATES, "feedback_lstm"]
NEURONS, DIMS = 12, 5


def network(name, **options):
    torch.manual_seed(0)
    return build_model(name, NEURONS, DIMS, options)


def activity(batch=2, bins=9):
    return torch.randn(batch, bins, NEURONS, generator=torch.Generator().manual_seed(1))


# sizes


def parameters(model):
    return sum(p.numel() for p in model.parameters())


def recurrent(gates, inputs, dims):
    """Weights of a bidirectional layer: input, recurrent and torch's two biases."""
    return 2 * gates * dims * (inputs + dims + 2)


def around(neurons, dims):
    """Weights of the bottleneck k-2k-2k-k and of the readout k-N."""
    k = dims
    return (k * 2 * k + 2 * k) + (2 * k * 2 * k + 2 * k) + (2 * k * k + k) + (k * neurons + neurons)


def test_the_lstm_of_the_study_has_856131_parameters():
    assert parameters(build_model("lstm", 1131, 75, {})) == 856131


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("layers", [1, 3])
def test_parameters_in_closed_form(name, layers):
    expected = recurrent(GATES[name], 31, 7) + around(31, 7)
    expected += (layers - 1) * recurrent(GATES[name], 2 * 7, 7)
    assert parameters(build_model(name, 31, 7, {"layers": layers})) == expected


def test_parameters_of_the_feedback_lstm():
    expected = recurrent(4, 31, 7) + recurrent(4, 31 + 7, 7) + around(31, 7)
    assert parameters(build_model("feedback_lstm", 31, 7, {})) == expected


@pytest.mark.parametrize("name", ALL)
def test_shapes(name):
    model = network(name)
    latents = model.encode(activity(3, 11))
    assert latents.shape == (3, 11, DIMS)
    assert model.decode(latents).shape == (3, 11, NEURONS)
    assert model(activity(3, 11)).shape == (3, 11, NEURONS)
    assert (model.neurons, model.dims) == (NEURONS, DIMS)


@pytest.mark.parametrize("shape", [(9, NEURONS), (2, 9, NEURONS + 1)])
def test_a_wrong_shape_is_refused_at_the_door(shape):
    with pytest.raises(AssertionError):
        network("gru").encode(torch.zeros(shape))
    with pytest.raises(AssertionError):
        network("gru").decode(torch.zeros(*shape[:-1], DIMS + shape[-1] - NEURONS))


# forward passes


def copied(module, weights):
    """A module with the weights given, in the order of its own."""
    own = module.state_dict()
    assert [w.shape for w in own.values()] == [w.shape for w in weights]
    module.load_state_dict(dict(zip(own, weights, strict=True)))
    return module


def both_ways(cell, weights, inputs, dims, sequence):
    """One network forwards and one backwards in time, averaged."""
    weights = list(weights)
    forwards = copied(cell(inputs, dims, batch_first=True), weights[:4])
    backwards = copied(cell(inputs, dims, batch_first=True), weights[4:])
    return (forwards(sequence)[0] + backwards(sequence.flip(1))[0].flip(1)) / 2


def mish(x):
    return x * torch.tanh(torch.log(1 + torch.exp(x)))


def by_hand(name, model, sequence, drop=lambda x: x):
    """What METHODS 1.5 says, from the weights of the model alone."""
    weights = list(model.state_dict().values())
    # The MLP and the readout are built first, the recurrent part after them.
    (w1, b1, w2, b2, w3, b3, w4, b4), cells = weights[:8], weights[8:]
    if name == "feedback_lstm":
        first = both_ways(nn.LSTM, cells[:8], NEURONS, DIMS, sequence)
        fed_back = torch.cat([sequence, first], dim=2)
        hidden = both_ways(nn.LSTM, cells[8:], NEURONS + DIMS, DIMS, fed_back)
    else:
        hidden = both_ways(CELLS[name], cells, NEURONS, DIMS, sequence)
    x = mish(hidden @ w1.T + b1)
    x = mish(x @ w2.T + b2)
    latents = mish(drop(x) @ w3.T + b3)
    return latents, latents @ w4.T + b4


@pytest.mark.parametrize("name", ALL)
@torch.no_grad()
def test_the_forward_pass_is_what_methods_say(name):
    model = network(name).eval()
    latents, reconstruction = by_hand(name, model, activity())
    torch.testing.assert_close(model.encode(activity()), latents, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(model(activity()), reconstruction, atol=1e-6, rtol=1e-5)


@torch.no_grad()
def test_stacked_layers_are_torchs():
    model = network("gru", layers=2).eval()
    stacked = nn.GRU(NEURONS, DIMS, num_layers=2, bidirectional=True, batch_first=True)
    copied(stacked, list(model.state_dict().values())[8:])
    out = stacked(activity())[0]
    hidden = (out[..., :DIMS] + out[..., DIMS:]) / 2
    torch.testing.assert_close(model.encode(activity()), model.bottleneck(hidden))


@pytest.mark.parametrize("name", ALL)
@torch.no_grad()
def test_dropout_acts_in_training_alone(name):
    model = network(name)
    assert not torch.equal(model(activity()), model(activity()))
    model.eval()
    assert torch.equal(model(activity()), model(activity()))


@torch.no_grad()
def test_dropout_sits_before_the_last_layer_of_the_bottleneck():
    model = network("gru", dropout=0.4)
    torch.manual_seed(7)
    trained = model.encode(activity())

    def drop(x):
        torch.manual_seed(7)  # building the cells of the pass by hand draws too
        return Dropout(0.4)(x)

    torch.testing.assert_close(trained, by_hand("gru", model, activity(), drop)[0])


@torch.no_grad()
def test_no_dropout():
    model = network("gru", dropout=0)
    assert torch.equal(model(activity()), model.eval()(activity()))


@pytest.mark.parametrize("name", ALL)
@torch.no_grad()
def test_the_last_bin_reaches_the_first_latent_and_the_first_the_last(name):
    model = network(name).eval()
    before = model.encode(activity())
    for changed, seen in ((-1, 0), (0, -1)):
        other = activity()
        other[:, changed] += 1
        assert not torch.equal(model.encode(other)[:, seen], before[:, seen])


@torch.no_grad()
def test_sequences_of_a_batch_do_not_meet():
    model = network("lstm").eval()
    other = activity()
    other[1] += 1
    torch.testing.assert_close(model(other)[0], model(activity())[0])


# finding a class by its name


@pytest.mark.parametrize(
    ("name", "class_name"),
    [("rnn", "RNN"), ("gru", "GRU"), ("lstm", "LSTM"), ("feedback_lstm", "FeedbackLSTM")],
)
def test_a_class_is_found_by_the_name_of_its_file(name, class_name):
    assert model_class(name).__name__ == class_name


@pytest.mark.parametrize(
    "name", ["transformer", "../recurrent", "gru.py", "", "nma.models.gru", "a b"]
)
def test_other_names_list_the_classes_there_are(name):
    with pytest.raises(InputError) as error:
        model_class(name)
    sentence = str(error.value)
    assert sentence.startswith(f"config: models: class: found {name}, expected one of ")
    assert (
        "feedback_lstm, gru, lfads, lstm, residual_gru, residual_lstm, residual_rnn, rnn"
        in sentence
    )


@pytest.fixture
def add_file(tmp_path, monkeypatch):
    """add_file(name, text): one more file of models, in a folder of its own."""
    monkeypatch.setattr(nma.registry, "NMA", tmp_path)
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(nma.models, "__path__", [str(folder)])
    monkeypatch.setattr("sys.dont_write_bytecode", True)

    def add(name, text):
        (folder / f"{name}.py").write_text(text)

    return add


def test_a_class_added_in_one_file_is_found(add_file):
    add_file(
        "added_animal",
        "from torch import nn\n"
        "from nma.blocks.bidirectional import Bidirectional\n"
        "from nma.blocks.recurrent_autoencoder import RecurrentAutoencoder\n"
        "class Added(RecurrentAutoencoder):\n"
        "    def __init__(self, neurons, dims, *, dropout=0.25):\n"
        "        super().__init__(neurons, dims, dropout=dropout)\n"
        "        self.hidden = Bidirectional(nn.GRU, neurons, dims)\n",
    )
    assert model_class("added_animal").__name__ == "Added"
    assert build_model("added_animal", 6, 2, {})(torch.zeros(1, 4, 6)).shape == (1, 4, 6)


LINEAR = """
from torch import nn
from nma.blocks.autoencoder import Autoencoder
class Linear(Autoencoder):
    def __init__(self, neurons, dims):
        super().__init__(neurons, dims)
        self.encode = nn.Linear(neurons, dims)
        self.decode = nn.Linear(dims, neurons)
"""


def test_the_base_class_has_all_else_that_a_model_needs(add_file, tmp_path):
    """A model of two modules trains, is written and read, and is asked for hidden entries."""
    add_file("added_linear", LINEAR)
    torch.manual_seed(0)
    model, block = build_model("added_linear", NEURONS, DIMS, {}), activity(1, 60)
    assert isinstance(model, Autoencoder) and (model.neurons, model.dims) == (NEURONS, DIMS)
    assert model.gains is None and not model.takes_visible
    before = [weight.clone() for weight in model.parameters()]
    model.start(block, "masked")
    assert all(map(torch.equal, model.parameters(), before))
    torch.testing.assert_close(model(block), model.decode(model.encode(block)))
    visible = torch.ones_like(block).bool()
    visible[:, :, 0] = False
    changed = torch.where(visible, block, 1e3)
    mean = block.mean(dim=(0, 1))
    estimates = [estimate_hidden(model, x, visible, mean) for x in (block, changed)]
    assert torch.equal(*estimates)
    split = torch.tensor([0] * 40 + [1] * 20).numpy()
    recipe = recipe_of(WINDOWS | {"steps": 60, "objective": "mixed"})
    history, _ = train(model, block, split, recipe, seed=0)
    assert history[-1]["train_mse"] < history[0]["train_mse"]
    save_model(tmp_path / "0.safetensors", model, name="added_linear", options={})
    torch.testing.assert_close(load_model(tmp_path / "0.safetensors")(block), model(block))


def test_a_class_without_the_base_class_is_refused(add_file):
    add_file("added_module", LINEAR.replace("(Autoencoder)", "(nn.Module)"))
    sentence = (
        r"nma/models/added_module.py: model class: found Linear\(Module\), "
        "expected a subclass of nma.blocks.autoencoder.Autoencoder"
    )
    with pytest.raises(InputError, match=sentence):
        build_model("added_module", NEURONS, DIMS, {})


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("two_animals", "class A: ...\nclass B: ...\n", "A, B"),
        (
            "no_animal",
            "from nma.blocks.recurrent_autoencoder import RecurrentAutoencoder\n",
            "none",
        ),
    ],
)
def test_a_file_has_exactly_one_class(add_file, name, text, found):
    add_file(name, text)
    with pytest.raises(InputError, match=rf"{name}\.py: model class: found {found}, expected exac"):
        model_class(name)


# options


@pytest.mark.parametrize(
    "options",
    [{"heads": 4}, {"neurons": 3}, {"layers": "2"}, {"dropout": "much"}],
    ids=str,
)
def test_options_that_a_class_does_not_have(options):
    with pytest.raises(InputError, match="config: models: lstm: options: found .*expected"):
        build_model("lstm", 6, 2, options)


@pytest.mark.parametrize("options", [{"dropout": 1.5}, {"layers": 0}], ids=str)
def test_values_of_options_that_a_class_cannot_take(options):
    with pytest.raises(InputError, match="config: models: lstm: options: found"):
        build_model("lstm", 6, 2, options)


def test_mish_is_torchs_with_its_gradient():
    x = torch.cat([torch.linspace(-120, 120, 2401), torch.tensor([0.0, 1e-6, 19.99, 20.01])])
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.testing.assert_close(Mish()(ours), nn.Mish()(theirs), rtol=1e-5, atol=1e-6)
    Mish()(ours).sum().backward()
    nn.Mish()(theirs).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)
