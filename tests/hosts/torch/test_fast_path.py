"""The fast path of calls on tensors: used, skipped under transforms, right in both cases."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import dovetail as dt

torch = pytest.importorskip("torch")

from dovetail.errors import DovetailError  # noqa: E402
from dovetail.extension.base import Extension  # noqa: E402
from dovetail.hosts.torch import caller, fast_path  # noqa: E402
from dovetail.operations import fast_calls  # noqa: E402

PACKAGE = "dovetail"


def entered(call: Callable[[], Any]) -> list[str]:
    """The functions of ours that run in Python during a call."""
    seen: list[str] = []

    def watch(frame: Any, event: str, _: Any) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "call" and module.split(".")[0] == PACKAGE:
            seen.append(f"{module}.{frame.f_code.co_name}")

    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(None)
    return seen


@pytest.fixture
def scaled() -> Any:
    """An operation of our own, with a float that has a default."""

    @dt.op
    def scaled(x: Any, y: Any, by: float = 2.0) -> Any:
        return x * y * by

    return scaled


@pytest.fixture(params=["native", "Python"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "Python":
        for module in (caller, fast_path):
            monkeypatch.setattr(module, "available", lambda: False)
    yield request.param


def test_nothing_of_ours_runs_in_python(scaled: Any) -> None:
    assert fast_calls.fast_calls()
    assert fast_path.available()
    x, y = torch.randn(8), torch.randn(8)
    assert entered(lambda: scaled(x, y)) != []
    scaled(x, y)
    assert entered(lambda: scaled(x, y)) == []
    with torch.no_grad():
        assert entered(lambda: scaled(x, torch.nn.Parameter(y))) == []
    leaf = x.clone().requires_grad_()
    torch.autograd.grad(dt.relu(leaf), leaf, x)
    torch.autograd.grad(dt.relu(leaf), leaf, x)
    assert entered(lambda: torch.autograd.grad(dt.relu(leaf), leaf, x)) == []


def test_values_and_gradients(way: str, scaled: Any) -> None:
    for shape in ((5,), (3, 4), (5,), ()):
        x, y = torch.randn(shape, dtype=torch.float64), torch.randn(shape, dtype=torch.float64)
        for _ in range(3):
            torch.testing.assert_close(scaled(x, y), 2 * x * y)
            torch.testing.assert_close(scaled(x, y, by=3.0), 3 * x * y)
            torch.testing.assert_close(scaled(x, y, 0.5), 0.5 * x * y)
            for recorded in ((True, False), (False, True), (True, True)):
                pair = [
                    t.clone().requires_grad_(on) for t, on in zip((x, y), recorded, strict=True)
                ]
                out = scaled(*pair)
                assert out.requires_grad
                out.sum().backward()
                for tensor, other, on in zip(pair, (y, x), recorded, strict=True):
                    assert (tensor.grad is not None) == on
                    if on:
                        torch.testing.assert_close(tensor.grad, 2 * other)
                with torch.no_grad():
                    assert not scaled(*pair).requires_grad
                with torch.inference_mode():
                    assert scaled(*pair).is_inference()
    assert way in ("native", "Python")


def test_who_looks_on_is_seen() -> None:
    x = torch.randn(6, dtype=torch.float64)
    dt.tanh(x)
    dt.tanh(x)
    slope = 1 - torch.tanh(x) ** 2
    torch.testing.assert_close(torch.func.grad(lambda v: dt.tanh(v).sum())(x), slope)
    torch.testing.assert_close(torch.func.vmap(dt.tanh)(x), torch.tanh(x))
    torch.testing.assert_close(torch.func.jvp(dt.tanh, (x,), (torch.ones_like(x),))[1], slope)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        found = torch.autograd.forward_ad.unpack_dual(dt.tanh(dual)).tangent
    torch.testing.assert_close(found, slope)
    leaf = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(dt.tanh(leaf).sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), leaf)
    torch.testing.assert_close(second, -2 * torch.tanh(x) * slope)


def test_a_subclass_of_tensors_goes_the_long_way() -> None:
    class Noted(torch.Tensor):
        pass

    x = torch.randn(4)
    dt.relu(x)
    dt.relu(x)
    torch.testing.assert_close(dt.relu(x.as_subclass(Noted)).as_subclass(torch.Tensor), x.relu())


def test_errors_are_those_of_a_first_call(scaled: Any) -> None:
    x = torch.randn(4)

    def bad() -> list[tuple[type, str]]:
        found: list[tuple[type, str]] = []
        calls: list[Callable[[], Any]] = [
            lambda: scaled(x, torch.randn(3)),
            lambda: scaled(x, x.to_sparse()),
            lambda: scaled(x),
            lambda: scaled(x, x, x, x),
            lambda: scaled(x, x, other=1),
            lambda: scaled(x, torch.randn(4, dtype=torch.complex64)),
        ]
        for call in calls:
            with pytest.raises((DovetailError, TypeError)) as caught:
                call()
            found.append((caught.type, str(caught.value)))
        return found

    first = bad()
    scaled(x, x)
    scaled(x, x)
    assert bad() == first


def test_a_derivative_declared_later_is_used() -> None:
    @dt.op
    def doubled(x: Any) -> Any:
        return x * 2.0

    x = torch.ones(3, requires_grad=True)
    for _ in range(3):
        doubled(x)

    @doubled.vjp(surrogate=True)
    def _rule(x: Any, out: Any, cotangent: Any) -> Any:
        return cotangent * 5.0

    for _ in range(3):
        x.grad = None
        doubled(x).sum().backward()
        assert x.grad is not None
        assert x.grad.tolist() == [5.0] * 3


def test_references_are_kept_in_balance(scaled: Any) -> None:
    x, y = torch.randn(4), torch.randn(4)
    leaf, cotangent = torch.randn(4, requires_grad=True), torch.randn(4)
    bad = torch.randn(3)

    def round_of_calls() -> None:
        scaled(x, y)
        scaled(leaf, y)
        torch.autograd.grad(scaled(leaf, y), leaf, cotangent)
        torch.autograd.grad(dt.softmax(leaf), leaf, cotangent)
        with pytest.raises(DovetailError):
            scaled(x, bad)

    for _ in range(3):
        round_of_calls()
    counted = (x, y, leaf, cotangent, bad, torch.Tensor, torch.float32, NotImplemented)
    gc.collect()
    before = [sys.getrefcount(value) for value in counted]
    objects = len(gc.get_objects())
    for _ in range(300):
        round_of_calls()
    gc.collect()
    now = [sys.getrefcount(value) for value in counted]
    assert all(abs(new - old) < 20 for new, old in zip(now, before, strict=True)), (before, now)
    grown = len(gc.get_objects()) - objects
    assert grown < 200  # what other tests have left behind may go in the meantime


def test_saved_tensor_hooks_see_what_is_kept() -> None:
    x = torch.randn(4, requires_grad=True)
    for _ in range(2):
        dt.tanh(x).sum().backward()
    seen: list[Any] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t) or t, lambda t: t):
        out = dt.tanh(x)
    x.grad = None
    out.sum().backward()
    assert len(seen) == 1
    torch.testing.assert_close(x.grad, 1 - torch.tanh(x.detach()) ** 2)


def test_calls_keep_references_in_balance(scaled: Any) -> None:
    x, y = torch.randn(8), torch.randn(8)
    leaf = x.clone().requires_grad_()
    gradient = torch.ones(8)

    def calls() -> None:
        scaled(x, y)
        torch.autograd.grad(scaled(leaf, y), leaf, gradient)
        with pytest.raises(DovetailError):
            scaled(x, torch.randn(3))

    calls()
    gc.collect()  # what the error's traceback held
    path = scaled.fast_paths[torch.Tensor]
    counted = (x, y, leaf, gradient, path, scaled, True, None, NotImplemented, torch.Tensor)
    before = [sys.getrefcount(value) for value in counted[:6]]
    changes: list[list[int]] = []
    for _ in range(2):  # while the first runs, what other tests have left may go
        constants = [sys.getrefcount(value) for value in counted[6:]]
        for _ in range(1000):
            calls()
        gc.collect()
        after = [sys.getrefcount(value) for value in counted[6:]]
        changes.append([abs(a - b) for a, b in zip(after, constants, strict=True)])
    assert [sys.getrefcount(value) for value in counted[:6]] == before
    assert all(min(pair) < 500 for pair in zip(*changes, strict=True)), changes


def test_the_function_in_python_is_left_as_it_was(scaled: Any) -> None:
    x, y = torch.randn(8), torch.randn(8)
    scaled(x, y)
    assert fast_calls.fast_calls()
    assert entered(lambda: scaled(x, y)) == []
    python = fast_calls.CALL_IN_PYTHON
    assert python is not Extension.__call__
    assert entered(lambda: python(scaled, x, y)) != []
    torch.testing.assert_close(python(scaled, x, y), scaled(x, y))
    # What a subclass goes on with takes the fast path too.
    assert entered(lambda: scaled._call(x, y)) == []
