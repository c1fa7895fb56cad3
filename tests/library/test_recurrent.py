"""Recurrent layers against equations in NumPy; torch.nn and Keras are compared in tests/hosts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DTypeError, ShapeError, StructureError
from dovetail.library import recurrent

RNG = np.random.default_rng(0)
BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 2
X = RNG.normal(size=(BATCH, TIME, FEATURES))
MASK = np.array([[1, 1, 0, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]], bool)


def sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def rnn_step(w: Any, x: Any, h: Any) -> Any:
    return (np.tanh(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]),)


def lstm_step(w: Any, x: Any, h: Any, c: Any) -> Any:
    z = x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]
    i, f, g, o = np.split(z, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(w: Any, x: Any, h: Any) -> Any:
    xz, xr, xn = np.split(x @ w["kernel"] + w["bias"][0], 3, axis=-1)
    hz, hr, hn = np.split(h @ w["recurrent_kernel"] + w["bias"][1], 3, axis=-1)
    z = sigmoid(xz + hz)
    return (z * h + (1.0 - z) * np.tanh(xn + sigmoid(xr + hr) * hn),)


def early_gru_step(w: Any, x: Any, h: Any) -> Any:
    xz, xr, xn = np.split(x @ w["kernel"] + w["bias"], 3, axis=-1)
    uz, ur, un = np.split(w["recurrent_kernel"], 3, axis=-1)
    z = sigmoid(xz + h @ uz)
    return (z * h + (1.0 - z) * np.tanh(xn + (sigmoid(xr + h @ ur) * h) @ un),)


CASES = {
    "SimpleRNN": (dt.SimpleRNN, {}, rnn_step, 1),
    "LSTM": (dt.LSTM, {}, lstm_step, 2),
    "GRU": (dt.GRU, {}, gru_step, 1),
    "GRU before": (dt.GRU, {"reset_after": False}, early_gru_step, 1),
}
each_case = pytest.mark.parametrize("case", CASES)


def by_hand(
    step: Any, w: Any, states: Any, mask: Any = None, backwards: bool = False
) -> tuple[Any, Any]:
    """The outputs of all steps, and the last states."""
    outputs = []
    for t in reversed(range(TIME)) if backwards else range(TIME):
        new = step(w, X[:, t], *states)
        if mask is not None:
            new = tuple(np.where(mask[:, t, None], a, b) for a, b in zip(new, states, strict=True))
        states = new
        outputs.append(states[0])
    return np.stack(outputs, axis=1), states


def made(case: str, **settings: Any) -> tuple[Any, Any]:
    """A layer with weights in float64, and the weights."""
    owner, own, _, _ = CASES[case]
    layer = owner(UNITS, **own, **settings, seed=0).build((BATCH, TIME, FEATURES))
    weights = {name: RNG.normal(size=array.shape) for name, array in layer.parameters().items()}
    return layer, weights


def call(layer: Any, weights: Any, *args: Any, **kwargs: Any) -> Any:
    """The output in float64."""
    apply, states = layer.pure().apply, layer.states()
    return apply(weights, states, *args, **kwargs)[0]


@each_case
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_outputs_and_states(case: str, backwards: bool, masked: bool) -> None:
    _, _, step, count = CASES[case]
    layer, w = made(case, return_sequences=True, return_state=True, go_backwards=backwards)
    first = tuple(RNG.normal(size=(BATCH, UNITS)) for _ in range(count))
    mask = MASK if masked else None
    outputs, states = by_hand(step, w, first, mask, backwards)
    found = call(layer, w, X, first if count > 1 else first[0], mask)
    for one, other in zip(found, (outputs, *states), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    layer.return_sequences = layer.return_state = False
    zeros = tuple(np.zeros((BATCH, UNITS)) for _ in range(count))
    last = by_hand(step, w, zeros, mask, backwards)[0][:, -1]
    np.testing.assert_allclose(call(layer, w, X, mask=mask), last, rtol=1e-12, atol=1e-14)


@each_case
def test_parameters_as_they_start(case: str) -> None:
    layer, _ = made(case)
    u = layer.recurrent_kernel
    np.testing.assert_allclose(u @ u.T, np.eye(UNITS), atol=1e-6)
    right = np.zeros(layer.bias.shape)
    if case == "LSTM":
        right[UNITS : 2 * UNITS] = 1.0
        assert not dt.LSTM(2, unit_forget_bias=False).build((1, 1, 3)).bias.any()
    np.testing.assert_array_equal(layer.bias, right)
    owner, own, *_ = CASES[case]
    plain = owner(UNITS, use_bias=False, **own).build((BATCH, TIME, FEATURES))
    assert list(plain.parameters()) == ["kernel", "recurrent_kernel"] and not plain.states()


@each_case
def test_dropout_is_the_same_at_all_steps(case: str) -> None:
    layer, w = made(case, return_sequences=True, dropout=0.5)
    key = layer.states()
    x, other = np.ones((1, TIME, FEATURES)), np.ones((1, TIME, FEATURES))
    kept = np.abs(layer_gradient(layer, w, key, x)).sum((0, 1)) > 0
    assert 0 < kept.sum() < FEATURES  # whole features are dropped
    other[:, :, ~kept] = 5.0
    apply = layer.pure().apply
    same = [apply(w, key, each, training=True)[0] for each in (x, other)]
    np.testing.assert_array_equal(*same)
    assert (call(layer, w, x) != call(layer, w, other)).any()
    layer, w = made(case, recurrent_dropout=0.999999)  # no state is left to multiply
    apply, key = layer.pure().apply, layer.states()
    found = []
    for value in (0.0, 3.0):
        w["recurrent_kernel"][:] = value
        found.append(apply(w, key, X, training=True)[0])
    np.testing.assert_array_equal(*found)


def test_half_precisions_carry_c_in_float32() -> None:
    """4000 steps that add 1e-4; in float16 the sum would end at 0.25."""
    layer = dt.LSTM(1, activation=None, seed=0).build((1, 4000, 1))
    weights = {name: np.zeros(array.shape, "f2") for name, array in layer.parameters().items()}
    weights["bias"][:] = 20.0, 20.0, 1e-4, 20.0
    found = call(layer, weights, np.zeros((1, 4000, 1), "f2"))
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, 4000 * weights["bias"][2], rtol=1e-3)


def layer_gradient(layer: Any, w: Any, states: Any, x: Any) -> Any:
    apply = layer.pure().apply
    return dt.grad(lambda x: dt.sum(apply(w, states, x, training=True)[0]))(x)


@pytest.mark.parametrize("mode", [*recurrent.MERGES, None])
@pytest.mark.parametrize("masked", [False, True])
def test_bidirectional(mode: Any, masked: bool) -> None:
    layer = dt.Bidirectional(dt.GRU(UNITS, return_sequences=True, return_state=True), mode, seed=1)
    layer.build((BATCH, TIME, FEATURES))
    w = {name: RNG.normal(size=array.shape) for name, array in layer.parameters().items()}
    mask = MASK if masked else None
    first = tuple(RNG.normal(size=(BATCH, UNITS)) for _ in range(2))
    *merged, one, other = call(layer, w, X, first, mask)
    sides = [{k.split(".")[1]: a for k, a in w.items() if k[:3] == side} for side in ("for", "bac")]
    there, (last,) = by_hand(gru_step, sides[0], first[:1], mask)
    back, (end,) = by_hand(gru_step, sides[1], first[1:], mask, backwards=True)
    pair = there, back[:, ::-1]
    if masked:
        pair = tuple(np.where(MASK[..., None], each, 0.0) for each in pair)
    right = {
        "concat": np.concatenate(pair, -1), "sum": pair[0] + pair[1], "mul": pair[0] * pair[1],
        "ave": 0.5 * (pair[0] + pair[1]),
    }  # fmt: skip
    expected = list(pair) if mode is None else [right[mode]]
    for found, wanted in zip((*merged, one, other), (*expected, last, end), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)
    short = dt.Bidirectional(dt.SimpleRNN(UNITS), "sum")
    assert short(X.astype("f4")).shape == (BATCH, UNITS)


class Leaky(dt.Layer):
    """A cell: leaky integration of a gated input, and a count of the steps."""

    units: int
    rate: float = 0.25
    features: int = dt.from_input(axis=-1)
    kernel = dt.Parameter("features", "units", init="glorot_uniform")

    @property
    def state_size(self) -> tuple[int, int]:
        """Of the integral, and of the count."""
        return self.units, 1

    def forward(self, x: Any, states: Any) -> Any:
        """The output and the states."""
        integral, count = states
        integral = (1.0 - self.rate) * integral + self.rate * dt.tanh(x @ self.kernel)
        return 2.0 * integral, (integral, count + 1.0)


@pytest.mark.parametrize("masked", [False, True])
def test_a_cell_of_ones_own(masked: bool) -> None:
    layer = dt.RNN(Leaky(UNITS), return_sequences=True, return_state=True)
    layer.build((BATCH, TIME, FEATURES))
    w = layer.parameters()
    assert list(w) == ["cell.kernel"]
    mask = MASK if masked else None
    outputs, integral, count = call(layer, w, X, mask=mask)

    def step(w: Any, x: Any, h: Any) -> Any:
        return (0.75 * h + 0.25 * np.tanh(x @ w["cell.kernel"]),)

    right, (last,) = by_hand(step, w, (np.zeros((BATCH, UNITS)),), mask)
    np.testing.assert_allclose(outputs, 2.0 * right, rtol=1e-6)
    np.testing.assert_allclose(integral, last, rtol=1e-6)
    wanted = MASK.sum(1) if masked else np.full(BATCH, TIME)
    np.testing.assert_array_equal(count[:, 0], wanted)
    both = dt.Bidirectional(dt.RNN(Leaky(UNITS)))
    assert both(X.astype("f4")).shape == (BATCH, 2 * UNITS)
    whole = np.round(X).astype(int)
    for found, right in zip(layer(whole), layer(whole.astype("f4")), strict=True):
        np.testing.assert_array_equal(found, right)


def test_wrong_arguments() -> None:
    x = X.astype("f4")
    with pytest.raises(ShapeError, match=r"(?s)input of LSTM.*\(batch, time, features\)"):
        dt.LSTM(2)(x[0])
    with pytest.raises(ShapeError, match=r"(?s)mask of GRU.*\(3, 5\)"):
        dt.GRU(2)(x, mask=MASK[:, :4])
    with pytest.raises(DTypeError, match="mask of GRU"):
        dt.GRU(2)(x, mask=MASK * 1.0)
    with pytest.raises(ShapeError, match=r"(?s)initial_state of LSTM.*\(3, 2\) and \(3, 2\)"):
        dt.LSTM(2)(x, np.zeros((3, 2), "f4"))
    with pytest.raises(ShapeError, match="forward layer"):
        dt.Bidirectional(dt.GRU(2))(x, np.zeros((3, 2), "f4"))
    with pytest.raises(StructureError, match="state_size"):
        dt.RNN(dt.Dense(2))(x)
    with pytest.raises(ArgumentError, match="merge_mode"):
        dt.Bidirectional(dt.GRU(2), "mean")
    with pytest.raises(ArgumentError, match="go_backwards=True"):
        dt.Bidirectional(dt.GRU(2), backward_layer=dt.GRU(2))
    with pytest.raises(ArgumentError, match="return_state=False"):
        back = dt.GRU(2, return_state=True, go_backwards=True)
        dt.Bidirectional(dt.GRU(2), backward_layer=back)


def test_every_layer_is_tested_here() -> None:
    assert set(recurrent.__all__) == {"GRU", "LSTM", "RNN", "Bidirectional", "SimpleRNN"}
