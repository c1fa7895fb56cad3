"""Loops in PyTorch: autograd to the second order, torch.func, torch.compile."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

import dovetail as dt  # noqa: E402
from tests.hosts.loops import HostLoop, Recurrent, close, halvings, host_loops, rnn  # noqa: E402

LOOPS = host_loops("lstm", "heads", "count", "lookup", "sorted", "nested", "unread")


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_values_and_gradients_of_both_orders(loop: HostLoop) -> None:
    @dt.op
    def second(*arrays: Any) -> Any:
        squares = dt.grad(
            lambda *a: sum(dt.sum(each * each) for each in loop.gradient(*a)), loop.argnums
        )
        return squares(*arrays)

    tensors = [
        torch.tensor(array, requires_grad=n in loop.argnums) for n, array in enumerate(loop.arrays)
    ]
    wrt = [tensors[n] for n in loop.argnums]
    loop.check_values([each.detach() for each in loop.values(*tensors)], 1e-11)
    found = torch.autograd.grad(loop.total(*tensors), wrt, create_graph=True)
    loop.check_gradients([each.detach() for each in found])
    twice = torch.autograd.grad(sum((each * each).sum() for each in found), wrt)
    close(twice, second(*loop.arrays), 1e-9)


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

    rnn(*_arguments())  # a first call outside changes what the graph is guarded by
    compiled = torch.compile(total, dynamic=True, fullgraph=True, backend=backend)
    for length in (3, 5, 17):
        w, h, xs = _arguments(length)
        found = torch.autograd.grad(compiled(w, h, xs), (w, h, xs))
        torch.testing.assert_close(found, torch.autograd.grad(total(w, h, xs), (w, h, xs)))
    assert len(graphs) == 1


def test_a_layer_with_a_loop_trains() -> None:
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


def test_a_while_loop_runs_and_has_forward_mode_alone() -> None:
    x, least = torch.tensor([5.0, 3.0], requires_grad=True), torch.tensor(0.3)
    found, count = halvings(x, least)
    torch.testing.assert_close(found.detach(), x.detach() / 32)
    assert count == 5
    with pytest.raises(dt.DovetailError, match="while_loop has no reverse mode"):
        found.sum().backward()
    tangent = torch.func.jvp(lambda x: halvings(x, least)[0], (x.detach(),), (torch.ones(2),))[1]
    torch.testing.assert_close(tangent, torch.full((2,), 1 / 32))


class _Called(TorchDispatchMode):
    """The operators that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.names.append(str(operator))
        return operator(*args, **(kwargs or {}))


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_products_before_a_loop_and_behind_it_are_in_its_operator(kind: str) -> None:
    @dt.op
    def states(w: Any, h: Any, xs: Any) -> Any:
        return rnn(w, h, xs @ w) @ w

    w, h, xs = (each.detach().to(getattr(torch, kind)).requires_grad_() for each in _arguments())
    with _Called() as called:
        found = states(w, h, xs)
        torch.autograd.grad(found.square().sum(), w)
    calls_torch = any(name.startswith(("aten.mm", "aten.bmm")) for name in called.names)
    assert calls_torch is (kind == "bfloat16")  # which BLAS does not multiply
    carry, expected = h.detach().float(), []
    for x in xs.detach().float() @ w.detach().float():
        carry = torch.tanh(carry @ w.detach().float() + x)
        expected.append(carry)
    close = {"rtol": 1e-5, "atol": 1e-6} if kind == "float32" else {"rtol": 0.1, "atol": 0.05}
    torch.testing.assert_close(
        found.detach().float(), torch.stack(expected) @ w.detach().float(), **close
    )
