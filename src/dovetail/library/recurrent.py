"""Recurrent layers, over (batch, time, features).

Arguments, the order of the gates and the shapes of the weights are those of Keras. Modules of
PyTorch load the state_dicts of torch.nn.RNN, LSTM and GRU of one layer, also bidirectional ones.
A layer returns the output of the last step (batch, units), of every step with `return_sequences`
(batch, time, units), and with `return_state` a tuple of that and the last states. `go_backwards`
runs from the last step to the first, and gives the outputs in that order.

`mask` (batch, time): where it is false, the states are carried on and the output is the previous
one. `initial_state`: the first states, zeros without it. In training, `dropout` of the inputs and
`recurrent_dropout` of the states that are multiplied use one mask for all steps (Gal & Ghahramani
2016, arXiv:1512.05287). There is no `stateful`: pass the returned states on as `initial_state`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dovetail.errors import ArgumentError, DTypeError, ShapeError, StructureError
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, RandomKey, from_input
from dovetail.extension.serialisation import from_config, get_config
from dovetail.extension.values import as_tracer, leaves_of
from dovetail.language.data_types import astype
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating, widened
from dovetail.library.layers import ActivationLike, activate

__all__ = ["GRU", "LSTM", "RNN", "Bidirectional", "SimpleRNN"]

States = tuple[Any, ...]
Step = Callable[[States, Any], tuple[Any, States]]  # (states, x) to (output, new states)


def _mask_of(name: str, mask: Any, x: Any) -> Any:
    """The mask as bool, of shape (time, batch, 1); None if no mask was passed."""
    if mask is None:
        return None
    mask = as_tracer(mask)
    if mask.dtype.is_floating:
        raise DTypeError(
            f"the mask of {name} has data type {mask.dtype}", "bool, true where a step counts",
            "compare it: mask != 0",
        )  # fmt: skip
    if mask.shape not in (x.shape[:2], (*x.shape[:2], 1)):
        raise ShapeError(
            f"the mask of {name}", [mask.shape], f"shape {x.shape[:2]}: (batch, time)",
            "give one value for each step of each example",
        )  # fmt: skip
    return dt.moveaxis(dt.reshape(mask != 0, (*x.shape[:2], 1)), 1, 0)


def _initial(name: str, given: Any, sizes: Sequence[int], x: Any) -> States:
    """The first states, one of each size; zeros by default."""
    if given is None:
        dtype = floating(x).dtype
        return tuple(dt.zeros((x.shape[0], size), dtype=dtype) for size in sizes)
    found = tuple(map(as_tracer, leaves_of(given)))
    expected = [(x.shape[0], size) for size in sizes]
    if [each.shape for each in found] != expected:
        raise ShapeError(
            f"initial_state of {name}", [each.shape for each in found],
            " and ".join(map(str, expected)),
            "give each state as (batch, units), in the order in which return_state returns them",
        )  # fmt: skip
    return found


def _require_sequences(name: str, x: Any) -> None:
    if x.ndim != 3:
        raise ShapeError(
            f"the input of {name}", [x.shape], "shape (batch, time, features)",
            "add the missing axis, or put the axes in this order with dt.permute_dims",
        )  # fmt: skip


def _over_time(
    step: Step, xs: Any, states: States, previous: Any, mask: Any, backwards: bool
) -> tuple[Any, States, Any]:
    """(outputs (time, batch, size), the last states, the last output); all arrays time first.

    `previous`: the output before the first step, which masked steps repeat.
    """

    def one(carry: Any, x: Any) -> Any:
        states, previous = carry
        x, counts = x
        output, new = step(states, x)
        if mask is not None:
            new = tuple(dt.where(counts, a, b) for a, b in zip(new, states, strict=True))
            output = dt.where(counts, output, previous)
        return (new, output), output

    given = xs, () if mask is None else mask
    (states, last), outputs = dt.scan(one, (states, previous), given, reverse=backwards)
    return (dt.flip(outputs, axis=0) if backwards else outputs), states, last


def _returned(layer: Any, outputs: Any, states: States, last: Any, dtype: Any) -> Any:
    """What a layer returns, in this type."""
    output = dt.moveaxis(outputs, 0, 1) if layer.return_sequences else last
    output = astype(output, dtype)
    if not layer.return_state:
        return output
    return output, *(astype(each, dtype) for each in states)


class _Recurrent(Layer):
    """The base of layers whose step is made of products of the input and of one state."""

    units: int
    activation: ActivationLike = "tanh"
    use_bias: bool = True
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    features: int = from_input(axis=-1)
    kernel = Parameter("features", "gate_units", init="glorot_uniform")
    recurrent_kernel = Parameter("units", "gate_units", init="orthogonal")
    bias = Parameter("bias_shape", init="bias_start", when="use_bias")
    key = RandomKey(when="drops")

    @property
    def gate_units(self) -> int:
        """The columns of the kernels: `units` for each gate."""
        return self.units

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """The shape of the bias."""
        return (self.gate_units,)

    @property
    def bias_start(self) -> Any:
        """The initial value of the bias."""
        return "zeros"

    @property
    def drops(self) -> bool:
        """Whether anything is dropped in training."""
        return self.dropout > 0.0 or self.recurrent_dropout > 0.0

    @property
    def keeps_mask(self) -> bool:
        """Whether the mask of the input is one of the output."""
        return self.return_sequences

    def forward(
        self, x: Any, initial_state: Any = None, mask: Any = None, *, training: bool = False
    ) -> Any:
        """The output, or (output, *states), for x of shape (batch, time, features)."""
        _require_sequences(self.name, x)
        states = _initial(self.name, initial_state, self._state_sizes(), x)
        x, kept = self._dropped(x, states[0], training)
        xs = dt.moveaxis(x, 1, 0) @ self.kernel
        dtype = xs.dtype
        states = self._carried(tuple(astype(each, dtype) for each in states))

        def step(states: States, z: Any) -> tuple[Any, States]:
            h = states[0] if kept is None else states[0] * kept
            if self.use_bias:  # here, so that no pass over all steps is needed for it
                z = astype(z + self._input_bias(), dtype)
            new = self._step(z, h, states)
            return new[0], new

        counted = _mask_of(self.name, mask, x)
        outputs, states, last = _over_time(step, xs, states, states[0], counted, self.go_backwards)
        return _returned(self, outputs, states, last, dtype)

    def _dropped(self, x: Any, h: Any, training: bool) -> tuple[Any, Any]:
        """The inputs, and the factors of the state in products; None if nothing is dropped."""
        kept = None
        if training and self.dropout > 0.0:
            ones = dt.ones((x.shape[0], 1, x.shape[2]), dtype=x.dtype)
            x = x * dt.dropout(ones, dt.fold_in(self.key, 0), self.dropout)
        if training and self.recurrent_dropout > 0.0:
            ones = dt.ones(h.shape, dtype=x.dtype)
            kept = dt.dropout(ones, dt.fold_in(self.key, 1), self.recurrent_dropout)
        return x, kept

    def _state_sizes(self) -> tuple[int, ...]:
        return (self.units,)

    def _input_bias(self) -> Any:
        """The bias that is added to the product with the input."""
        return self.bias

    def _carried(self, states: States) -> States:
        """The states as the loop carries them."""
        return states

    def _step(self, z: Any, h: Any, states: States) -> States:
        """The new states; `z`: the product with the input, `h`: the state for products."""
        raise NotImplementedError


def _gates(z: Any, count: int) -> list[Any]:
    """The parts of the last axis."""
    return dt.split(z, count, axis=-1)


class SimpleRNN(_Recurrent):
    """h = activation(x kernel + h recurrent_kernel + bias). Elman 1990, Cognitive Science 14:179.

    `kernel` (features, units) starts Glorot-uniform, `recurrent_kernel` (units, units)
    orthogonal, `bias` (units,) at 0. One state, h. (batch, time, features) to (batch, units), or
    (batch, time, units) with `return_sequences`.
    """

    def _step(self, z: Any, h: Any, states: States) -> States:
        return (activate(self.activation, z + h @ self.recurrent_kernel),)


class LSTM(_Recurrent):
    """c = f c + i activation(g), h = o activation(c); i, f, g, o are parts of x W + h U + b.

    i, f and o go through `recurrent_activation`. Hochreiter & Schmidhuber 1997,
    doi:10.1162/neco.1997.9.8.1735; Gers et al. 2000, doi:10.1162/089976600300015015. `kernel` W
    (features, 4 units) starts Glorot-uniform, `recurrent_kernel` U (units, 4 units) orthogonal,
    `bias` (4 units,) at 0, and at 1 for f with `unit_forget_bias`. The order of the gates is that
    of PyTorch and Keras, whose g is called c. Two states, h and c; half precisions carry c in
    float32. (batch, time, features) to (batch, units), or (batch, time, units) with
    `return_sequences`.
    """

    recurrent_activation: ActivationLike = "sigmoid"
    unit_forget_bias: bool = True

    @property
    def gate_units(self) -> int:
        """The columns of the kernels."""
        return 4 * self.units

    @property
    def bias_start(self) -> Any:
        """0, and 1 for the forget gate."""
        if not self.unit_forget_bias:
            return "zeros"
        return lambda rng, shape, dtype: [float(self.units <= n < 2 * self.units)
                                          for n in range(*shape)]  # fmt: skip

    def _state_sizes(self) -> tuple[int, ...]:
        return self.units, self.units

    def _carried(self, states: States) -> States:
        return states[0], widened(states[1])

    def _step(self, z: Any, h: Any, states: States) -> States:
        i, f, g, o = _gates(z + h @ self.recurrent_kernel, 4)
        gate, act = self.recurrent_activation, self.activation
        c = activate(gate, f) * states[1] + activate(gate, i) * activate(act, g)
        h = activate(gate, o) * activate(act, c)
        return astype(h, z.dtype), c


class GRU(_Recurrent):
    """h = z h + (1 - z) n, where n = activation(x Wn + bn + r (h Un + cn)), z and r being gates.

    z and r are recurrent_activation(x W + b + h U + c). Cho et al. 2014, arXiv:1406.1078. With
    `reset_after=False`, n = activation(x Wn + (r h) Un + bn), as in the first version of the paper.
    (batch, time, features) to (batch, units), or (batch, time, units) with `return_sequences`.
    `kernel` W (features, 3 units) starts Glorot-uniform, `recurrent_kernel` U (units, 3 units)
    orthogonal, `bias` at 0: (2, 3 units) for b and c, or (3 units,). The gates' order is z, r, n;
    PyTorch's is r, z, n, and its rule that of `reset_after`. One state, h.
    """

    recurrent_activation: ActivationLike = "sigmoid"
    reset_after: bool = True

    @property
    def gate_units(self) -> int:
        """The columns of the kernels."""
        return 3 * self.units

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """Two rows with `reset_after`: for the products with the input and with the state."""
        return (2, self.gate_units) if self.reset_after else (self.gate_units,)

    def _input_bias(self) -> Any:
        return self.bias[0] if self.reset_after else self.bias

    def _step(self, z: Any, h: Any, states: States) -> States:
        gate, width = self.recurrent_activation, 2 * self.units
        if self.reset_after:
            product = h @ self.recurrent_kernel
            if self.use_bias:
                product = product + self.bias[1]
            update, reset = _gates(activate(gate, z[:, :width] + product[:, :width]), 2)
            inner = reset * product[:, width:]
        else:
            product = h @ self.recurrent_kernel[:, :width]
            update, reset = _gates(activate(gate, z[:, :width] + product), 2)
            inner = (reset * h) @ self.recurrent_kernel[:, width:]
        new = activate(self.activation, z[:, width:] + inner)
        return (update * states[0] + (1.0 - update) * new,)


class RNN(Layer):
    """A cell of one's own over (batch, time, ...): output, states = cell(x, states) at each step.

    `cell`: a layer whose `forward(x, states)` takes the input of one step and a tuple of states
    (batch, size), and returns the output and the new states. Its attribute `state_size` is a size,
    or a tuple of sizes; `output_size` is the size of the output, by default that of the first
    state. The cell is traced once, whatever the number of steps. The output of masked steps before
    the first one that counts is 0. As Keras' RNN.
    """

    cell: Any
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False

    @property
    def keeps_mask(self) -> bool:
        """Whether the mask of the input is one of the output."""
        return self.return_sequences

    def forward(self, x: Any, initial_state: Any = None, mask: Any = None) -> Any:
        """The output, or (output, *states)."""
        _require_sequences(self.name, x)
        size = getattr(self.cell, "state_size", None)
        if size is None:
            raise StructureError(
                f"the cell of {self.name} is {self.cell!r}", "no attribute state_size",
                "a layer whose state_size is a size, or a tuple of sizes",
                "set state_size in the class of the cell",
            )  # fmt: skip
        sizes = tuple(size) if isinstance(size, (tuple, list)) else (size,)
        states = _initial(self.name, initial_state, sizes, x)
        output_size = getattr(self.cell, "output_size", sizes[0])
        previous = dt.zeros((x.shape[0], output_size), dtype=floating(x).dtype)

        def step(states: States, x: Any) -> tuple[Any, States]:
            output, new = self.cell(x, states)
            return output, tuple(leaves_of(new))

        counted, xs = _mask_of(self.name, mask, x), dt.moveaxis(x, 1, 0)
        outputs, states, last = _over_time(step, xs, states, previous, counted, self.go_backwards)
        return _returned(self, outputs, states, last, last.dtype)


MERGES: dict[str, Callable[[Any, Any], Any]] = {
    "concat": lambda a, b: dt.concat([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: 0.5 * (a + b),
}


class Bidirectional(Layer):
    """A recurrent layer and a second one that runs backwards, their outputs merged step by step.

    (batch, time, features) to what `layer` returns, with twice its units by "concat".
    Schuster & Paliwal 1997, doi:10.1109/78.650093. `merge_mode`: "concat", "sum", "mul", "ave", or
    None for a tuple of both. `backward_layer`: by default one with the settings of `layer`, and
    `go_backwards` the other way. With `return_state` the states of both follow, and
    `initial_state` holds those of both. With `return_sequences`, outputs of masked steps are 0, as
    in Keras.
    """

    forward_layer: Any
    backward_layer: Any
    merge_mode: str | None

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        backward_layer: Any = None,
        seed: int | None = None,
    ) -> None:
        if merge_mode is not None and merge_mode not in MERGES:
            expected = f"None, or one of {', '.join(map(repr, MERGES))}"
            raise ArgumentError("Bidirectional", "merge_mode", merge_mode, expected)
        if backward_layer is None:
            backward_layer = from_config(get_config(layer))
            backward_layer.go_backwards = not layer.go_backwards
        for name in ("return_sequences", "return_state"):
            if getattr(layer, name) != getattr(backward_layer, name):
                raise ArgumentError(
                    "Bidirectional", "backward_layer", backward_layer,
                    f"a layer with {name}={getattr(layer, name)}, as the other one has",
                )  # fmt: skip
        if layer.go_backwards == backward_layer.go_backwards:
            raise ArgumentError(
                "Bidirectional", "backward_layer", backward_layer,
                f"a layer with go_backwards={not layer.go_backwards}: the other direction",
            )  # fmt: skip
        super().__init__(layer, backward_layer, merge_mode, seed=seed)

    @property
    def keeps_mask(self) -> bool:
        """Whether the mask of the input is one of the output."""
        return bool(self.forward_layer.return_sequences)

    def forward(
        self, x: Any, initial_state: Any = None, mask: Any = None, *, training: bool = False
    ) -> Any:
        """The merged output, or (output, *states of both)."""
        given = () if initial_state is None else leaves_of(initial_state)
        half = len(given) // 2
        if len(given) != 2 * half:
            raise ShapeError(
                f"initial_state of {self.name}", [as_tracer(each).shape for each in given],
                "as many states for the layer that runs backwards as for the other one",
                "give first those of the forward layer, then those of the backward layer",
            )  # fmt: skip
        first, second = (
            layer(x, states or None, mask, training=training)
            for layer, states in (
                (self.forward_layer, tuple(given[:half])),
                (self.backward_layer, tuple(given[half:])),
            )
        )
        states: States = ()
        if self.forward_layer.return_state:
            states = (*first[1:], *second[1:])
            first, second = first[0], second[0]
        if self.forward_layer.return_sequences:  # in the order of the input
            second = dt.flip(second, axis=1)
            if mask is not None:
                counted = dt.moveaxis(_mask_of(self.name, mask, x), 0, 1)
                first, second = (dt.where(counted, each, 0.0) for each in (first, second))
        if self.merge_mode is None:
            return first, second, *states
        merged = MERGES[self.merge_mode](first, second)
        return (merged, *states) if states else merged


class _Leaky(Layer):
    """h = (1 - rate) h + rate tanh(x kernel): a leaky integrator, as an example of a cell."""

    state_size: int
    rate: float = 0.5
    features: int = from_input(axis=-1)
    kernel = Parameter("features", "state_size", init="glorot_uniform")

    def forward(self, x: Any, states: States) -> tuple[Any, States]:
        h = (1.0 - self.rate) * states[0] + self.rate * dt.tanh(x @ self.kernel)
        return h, (h,)


@RNN.samples
def _of_rnn(rng: Any) -> Any:
    return RNN(_Leaky(3), return_sequences=True), rng.normal(size=(3, 4, 5))


@Bidirectional.samples
def _of_bidirectional(rng: Any) -> Any:
    return Bidirectional(GRU(3, return_state=True)), rng.normal(size=(3, 4, 5))
