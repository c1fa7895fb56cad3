"""Programs that are given other buffers than they were made for: an error, never a read."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.pipeline import compile_graph
from dovetail.errors import StructureError
from dovetail.graph import dtypes
from dovetail.language.trace import ArraySpec, trace
from dovetail.operations.calls import Primal
from dovetail.operations.operation import Specs

SHAPE = (4, 4)
X = np.linspace(-1.0, 1.0, 16, dtype=np.float32).reshape(SHAPE)
OTHERS = {
    "narrow": X.astype(np.float16),
    "wide": X.astype(np.float64),
    "integers": X.view(np.int32),
    "swapped": X.astype(">f4"),
    "short": X[:3],
    "flat": X.ravel(),
    "transposed": X.T,
    "strided": np.zeros((4, 8), np.float32)[:, ::2],
}
others = pytest.mark.parametrize("other", OTHERS)


@others
@pytest.mark.parametrize("kernels", [1, 3])  # a single one has a separate path
def test_a_program_on_numpy_arrays(other: str, kernels: int) -> None:
    maths: Any = dt.tanh if kernels == 1 else lambda x: dt.exp(dt.tanh(x) @ x)
    graph = trace(maths, [ArraySpec(SHAPE, dtypes.float32)]).graph
    run = compile_graph(graph, [X.strides])
    want = np.tanh(X) if kernels == 1 else np.exp(np.tanh(X) @ X)
    np.testing.assert_allclose(run([X])[0], want, rtol=1e-5)
    with pytest.raises(StructureError, match=r"expected: float32\[4, 4\]"):
        run([OTHERS[other]])
    with pytest.raises(StructureError, match=r"expected: float32\[4, 4\]"):
        run([X], (), [OTHERS[other]])


@pytest.mark.parametrize("other", ["narrow", "wide", "short", "flat"])
def test_outputs_that_do_not_fit(other: str) -> None:
    for maths in (dt.mish, dt.op(lambda x: dt.exp(dt.tanh(x) @ x))):
        out = np.zeros_like(OTHERS[other])
        with pytest.raises(StructureError, match="the program of"):
            maths.into([out], X)
        assert not out.any()


def test_a_torch_optimizer_whose_state_has_changed_its_type() -> None:
    torch: Any = pytest.importorskip("torch")
    param = torch.nn.Parameter(torch.ones(4))
    param.grad = torch.ones(4)
    optimizer = dt.Lion.torch([param], lr=0.1)
    optimizer.step()
    state = optimizer.state[param]
    same = state["momentum"].untyped_storage()  # the same address, read as another type
    state["momentum"] = torch.empty(0, dtype=torch.int32).set_(same)
    numbers = state["momentum"].to(torch.float32)
    optimizer.step()  # the numbers that are there, and not the bits of a float
    torch.testing.assert_close(state["momentum"], 0.99 * numbers + 0.01)


class Doubled(Primal):
    """An operation whose graph always reads float64."""

    def _build(self, specs: Specs) -> Any:
        return super()._build(tuple(ArraySpec(each.shape, dtypes.float64) for each in specs))


def test_a_plan_for_other_types_is_not_made_for_torch() -> None:
    torch: Any = pytest.importorskip("torch")
    from dovetail.hosts.torch.library import Registered  # noqa: PLC0415

    operator = Registered(Doubled("doubled", None, partial(trace, dt.exp), [True]), 1)
    with pytest.raises(RuntimeError, match=r"StructureError.*float32\[4, 4\]"):
        operator.call(torch.tensor(X))
    right = Registered(Primal("right", None, partial(trace, dt.exp), [True]), 1)
    for dtype in (torch.float32, torch.float64, torch.float16, torch.float32):
        tensor = torch.tensor(X).to(dtype)
        assert right.call(tensor).dtype is dtype
        torch.testing.assert_close(right.call(tensor), torch.exp(tensor))


def test_tensorflow_compares_what_a_graph_says_with_the_definition() -> None:
    tf: Any = pytest.importorskip("tensorflow")
    from tensorflow.python.eager import context, execute  # noqa: PLC0415

    from dovetail.hosts.tensorflow.caller import TensorflowArguments  # noqa: PLC0415
    from dovetail.hosts.tensorflow.library import OP  # noqa: PLC0415
    from dovetail.operations.names import primal, text_of  # noqa: PLC0415

    slope = dt.elu
    collected = TensorflowArguments(slope.signature, slope.signature.bind((tf.constant(X),), {}))
    slope(tf.constant(X))  # the op is registered
    text = text_of(primal(slope, collected))
    f32, f64 = tf.float32.as_datatype_enum, tf.float64.as_datatype_enum

    def op(inputs: list[Any], types: tuple[int, ...]) -> Any:
        tensors = [tf.constant(value) for value in inputs]
        kinds = tuple(tensor._datatype_enum() for tensor in tensors)
        attributes = ("operation", text, "Tin", kinds, "Tout", types)
        return execute.execute(OP, len(types), tensors, attributes, context.context())

    floats = np.array([1.0])
    np.testing.assert_allclose(op([X, floats], (f32,))[0], slope(X), rtol=1e-6)
    for inputs, types in (
        ([X, floats], (f64,)),
        ([X, floats], (f32, f32)),
        ([X], (f32,)),
        ([X, floats, X], (f32,)),
        ([X, np.zeros(0)], (f32,)),
        ([X, np.zeros(2)], (f32,)),
        ([X, np.float32([1.0])], (f32,)),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="other inputs or outputs"):
            op(inputs, types)
