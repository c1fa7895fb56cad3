"""Loops in PyTorch: autograd to the second order, torch.func, torch.compile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.language.tree import flatten  # noqa: E402
from tests.transform.loops import LOOPS, Loop, loss  # noqa: E402

CHOSEN = ("lstm", "heads", "count", "lookup", "sorted", "nested", "unread")


def _leaves(value: Any) -> list[Any]:
    return [leaf for _, leaf in flatten(value)[0]]


def _tensors(loop: Loop) -> list[Any]:
    return [
        torch.tensor(array, requires_grad=n in loop.argnums) for n, array in enumerate(loop.arrays)
    ]


@pytest.mark.parametrize("loop", [x for x in LOOPS if x.name in CHOSEN], ids=lambda x: x.name)
def test_values_and_gradients_of_both_orders(loop: Loop) -> None:
    values = dt.op(lambda *arrays: _leaves(loop.scanned(*arrays)))
    total = dt.op(lambda *arrays: loss(loop.scanned(*arrays)))
    gradient = dt.grad(lambda *arrays: loss(loop.unrolled(*arrays)), loop.argnums)

    @dt.op
    def second(*arrays: Any) -> Any:
        squares = dt.grad(
            lambda *a: sum(dt.sum(each * each) for each in gradient(*a)), loop.argnums
        )
        return squares(*arrays)

    tensors = _tensors(loop)
    wrt = [tensors[n] for n in loop.argnums]
    for one, other in zip(values(*tensors), _leaves(loop.unrolled(*loop.arrays)), strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other, rtol=1e-11, atol=1e-12)
    found = torch.autograd.grad(total(*tensors), wrt, create_graph=True)
    for one, other in zip(found, dt.op(gradient)(*loop.arrays), strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other, rtol=1e-10, atol=1e-11)
    twice = torch.autograd.grad(sum((each * each).sum() for each in found), wrt)
    for one, other in zip(twice, second(*loop.arrays), strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-9, atol=1e-10)


@dt.op
def rnn(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(h @ w + x)
        return h, h

    return dt.scan(step, h, xs)[1]


def _arguments(length: int = 3) -> tuple[Any, Any, Any]:
    torch.manual_seed(0)
    shapes = (4, 4), (2, 4), (length, 2, 4)
    w, h, xs = (torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes)
    return w, h, xs


def test_numerical_derivatives() -> None:
    arguments = _arguments()
    assert torch.autograd.gradcheck(rnn, arguments, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(rnn, arguments)


def test_function_transforms() -> None:
    w, h, xs = _arguments()
    both = torch.stack([h, h + 1]), torch.stack([xs, xs * 2], 1)
    mapped = torch.func.vmap(rnn, in_dims=(None, 0, 1))(w, *both)
    torch.testing.assert_close(mapped[1], rnn(w, h + 1, xs * 2))
    forward = torch.func.jacfwd(rnn)(w, h, xs)
    torch.testing.assert_close(forward, torch.func.jacrev(rnn)(w, h, xs))


def test_residuals_do_not_change_with_what_a_caller_does_to_results() -> None:
    w, h, xs = _arguments()
    (expected,) = torch.autograd.grad((rnn(w, h, xs) ** 2).sum(), w)
    states = rnn(w, h, xs)
    total = (states**2).sum()
    copy = rnn(w, h, xs)
    with torch.no_grad():
        copy.zero_()
    torch.testing.assert_close(torch.autograd.grad(total, w)[0], expected)


def test_a_compiled_function_takes_any_length() -> None:
    torch._dynamo.reset()
    graphs: list[Any] = []

    def backend(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    def total(w: Any, h: Any, xs: Any) -> Any:
        return (rnn(w, h, xs) ** 2).sum()

    compiled = torch.compile(total, dynamic=True, fullgraph=True, backend=backend)
    for length in (3, 5, 17):
        w, h, xs = _arguments(length)
        found = torch.autograd.grad(compiled(w, h, xs), (w, h, xs))
        torch.testing.assert_close(found, torch.autograd.grad(total(w, h, xs), (w, h, xs)))
    assert len(graphs) == 1


def test_a_layer_with_a_loop_trains() -> None:
    class Recurrent(dt.Layer):
        units: int
        features: int = dt.from_input(-1)
        w: Any = dt.Parameter("features", "units")
        u: Any = dt.Parameter("units", "units")

        def forward(self, x: Any) -> Any:
            def step(h: Any, x: Any) -> Any:
                h = dt.tanh(x @ self.w + h @ self.u)
                return h, ()

            start = dt.zeros((x.shape[0], self.units), dtype=x.dtype)
            return dt.scan(step, start, dt.permute_dims(x, (1, 0, 2)))[0]

    torch.manual_seed(0)
    module = Recurrent.torch(4)
    x, target = torch.randn(8, 5, 3), torch.rand(8, 4) - 0.5
    module(x)
    optimizer = torch.optim.Adam(module.parameters(), 0.05)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss_ = ((module(x) - target) ** 2).mean()
        loss_.backward()
        optimizer.step()
        losses.append(loss_.item())
    assert losses[-1] < 0.3 * losses[0]


@dt.op
def halvings(x: Any, least: Any) -> Any:
    def step(carry: Any) -> Any:
        return carry[0] * 0.5, carry[1] + 1

    return dt.while_loop(lambda c: dt.any(c[0] > least), step, (x, 0))


def test_a_while_loop_runs_and_has_forward_mode_alone() -> None:
    x, least = torch.tensor([5.0, 3.0], requires_grad=True), torch.tensor(0.3)
    found, count = halvings(x, least)
    torch.testing.assert_close(found.detach(), x.detach() / 32)
    assert count == 5
    with pytest.raises(dt.DovetailError, match="while_loop has no reverse mode"):
        found.sum().backward()
    tangent = torch.func.jvp(lambda x: halvings(x, least)[0], (x.detach(),), (torch.ones(2),))[1]
    torch.testing.assert_close(tangent, torch.full((2,), 1 / 32))
