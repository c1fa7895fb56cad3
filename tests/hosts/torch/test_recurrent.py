"""Recurrent layers beside torch.nn's, with its weights, in float64."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.errors import ArgumentError  # noqa: E402

nn = torch.nn
PAIRS = {"SimpleRNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
LENGTHS = torch.tensor([5, 2, 3])


def pair(name: str, bidirectional: bool) -> tuple[Any, Any]:
    torch.manual_seed(0)
    theirs = PAIRS[name](4, 3, batch_first=True, bidirectional=bidirectional).double()
    layer = getattr(dt, name)(3, return_sequences=True, return_state=True)
    ours = (dt.Bidirectional(layer) if bidirectional else layer).torch.double()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", PAIRS)
def test_values_states_and_gradients(name: str, bidirectional: bool, masked: bool) -> None:
    ours, theirs = pair(name, bidirectional)
    x = torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True)
    given, mask = x, None
    if masked:
        pack = nn.utils.rnn.pack_padded_sequence
        given = pack(x, LENGTHS, batch_first=True, enforce_sorted=False)
        mask = torch.arange(5) < LENGTHS[:, None]
    output, state = theirs(given)
    if masked:
        output, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    found, *states = ours(x, mask=mask)
    if masked:  # where a step does not count PyTorch's output is 0
        found = torch.where(mask[..., None], found, 0.0)
    last = state if isinstance(state, tuple) else (state,)
    theirs_states = [each[side] for side in range(1 + bidirectional) for each in last]
    for one, other in zip((found, *states), (output, *theirs_states), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)
    weight = torch.randn_like(output)
    wrt_theirs, wrt_ours = [x, *theirs.parameters()], [x, *ours.parameters()]
    right = torch.autograd.grad((output * weight).sum(), wrt_theirs)
    slopes = torch.autograd.grad((found * weight).sum(), wrt_ours)
    torch.testing.assert_close(slopes[0], right[0], rtol=1e-12, atol=1e-13)
    # A step along the gradients is the same step: weights are compared as modules load them.
    size = 1e-3
    with torch.no_grad():
        for p, g in zip(wrt_theirs[1:], right[1:], strict=True):
            p -= size * g * (0.5 if "bias" in _name(theirs, p) and name != "GRU" else 1.0)
        for p, g in zip(wrt_ours[1:], slopes[1:], strict=True):
            p -= size * g
    exported = ours.torch_nn_state_dict()
    assert exported.keys() == theirs.state_dict().keys()
    again, _ = pair(name, bidirectional)
    again.load_state_dict(exported)
    for one, other in zip(ours.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0.0, atol=0.0)
    again.load_state_dict(theirs.state_dict())
    for one, other in zip(ours.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


def _name(module: Any, parameter: Any) -> str:
    return next(name for name, each in module.named_parameters() if each is parameter)


def test_arguments_of_torch_nn() -> None:
    module = dt.LSTM.torch(input_size=4, hidden_size=3, batch_first=True, bias=False)
    assert sorted(module.state_dict()) == ["kernel", "recurrent_kernel"]
    module.load_state_dict(nn.LSTM(4, 3, bias=False).state_dict())
    lazy = dt.GRU.torch(3)
    lazy.load_state_dict(nn.GRU(4, 3).state_dict())  # which gives the size of the input
    assert lazy(torch.zeros(2, 5, 4)).shape == (2, 3)
    lazy.load_state_dict(lazy.state_dict())
    with pytest.raises(ArgumentError, match="num_layers"):
        dt.GRU.torch(3, num_layers=2)
    with pytest.raises(ArgumentError, match="batch_first"):
        dt.GRU.torch(3, batch_first=False)


def test_compiled_and_transformed() -> None:
    module = dt.GRU.torch(3, features=4)
    x = torch.randn(2, 5, 4)
    compiled = torch.compile(module, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), module(x))
    each = torch.func.vmap(lambda one: module(one[None])[0])(x)
    torch.testing.assert_close(each, module(x))
