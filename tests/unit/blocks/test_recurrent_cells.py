"""The unrolled cells against torch's own layers, in values and in gradients."""

import pytest
import torch
from torch import nn

from nma.blocks.bidirectional import bidirectional, run_both_ways
from nma.blocks.recurrent_cells import GRU, LSTM, RNN

CELLS = pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])


def layer(cell, inputs=6, units=5, layers=1):
    torch.manual_seed(1)
    return cell(inputs, units, num_layers=layers, bidirectional=True, batch_first=True).double()


def activity(batch, bins, inputs=6):
    generator = torch.Generator().manual_seed(2)
    values = torch.randn(batch, bins, inputs, generator=generator, dtype=torch.double)
    return values.requires_grad_()


@CELLS
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize(("batch", "bins", "units"), [(3, 7, 5), (1, 30, 1), (4, 1, 5), (2, 2, 3)])
def test_values_and_gradients_are_those_of_torch(cell, layers, batch, bins, units):
    network, values = layer(cell, units=units, layers=layers), activity(batch, bins)
    weights = torch.randn(batch, bins, 2 * units, dtype=torch.double)
    results = [network(values)[0], run_both_ways(network, values)]
    torch.testing.assert_close(results[1], results[0])
    expected, found = (
        torch.autograd.grad((result * weights).sum(), [values, *network.parameters()])
        for result in results
    )
    torch.testing.assert_close(found, expected)


@CELLS
def test_a_gradient_at_one_bin_goes_through_time(cell):
    """To bins before it by the forward direction, to bins after it by the backward one."""
    network, values = layer(cell), activity(1, 9)
    run_both_ways(network, values)[0, 4].sum().backward()
    assert (values.grad.abs().sum(2) > 0).all()


@CELLS
def test_nothing_is_kept_without_gradients(cell):
    with torch.no_grad():
        result = run_both_ways(layer(cell), activity(2, 5))
    assert result.grad_fn is None


@pytest.mark.parametrize(("cell", "gates"), [(RNN, 1), (GRU, 3), (LSTM, 4)])
def test_gradients_by_hand_are_those_by_differences(cell, gates):
    generator = torch.Generator().manual_seed(0)
    shapes = [(2, 4, 6 * gates), (2, 3, 3 * gates), (2, 1, 3 * gates)]
    shapes = shapes if cell is GRU else shapes[:2]
    inputs = [
        torch.randn(shape, generator=generator, dtype=torch.double, requires_grad=True)
        for shape in shapes
    ]
    assert torch.autograd.gradcheck(cell.apply, inputs)


@CELLS
@pytest.mark.parametrize("layers", [1, 3])
def test_without_gradients_values_are_the_same(cell, layers):
    network, values = layer(cell, layers=layers), activity(2, 20)
    with torch.no_grad():
        found = bidirectional(network, values)
    torch.testing.assert_close(found, run_both_ways(network, values).detach())
