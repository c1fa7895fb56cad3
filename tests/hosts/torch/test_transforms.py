"""Every way that PyTorch differentiates, batches and watches a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.autograd import forward_ad  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from tests.hosts.torch.pairs import PAIRS, assert_same, focal, leaves, mish, polar, scalar  # noqa: E402

func = torch.func
pairs = pytest.mark.parametrize("name", PAIRS)


def _tracked(args: list[Any]) -> list[Any]:
    return [a.requires_grad_() if a.is_floating_point() else a for a in args]


def _grads(function: Callable[..., Any], args: list[Any], create_graph: bool = False) -> Any:
    real = [a for a in args if a.is_floating_point()]
    return torch.autograd.grad(scalar(function)(*args), real, create_graph=create_graph)


@pairs
def test_value_in_every_mode(name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    want = pair.theirs(*args)
    assert_same(pair.ours(*args), want)
    with torch.no_grad():
        assert_same(pair.ours(*args), want)
    with torch.inference_mode():
        got = pair.ours(*args)
        assert_same(got, want)
        assert all(leaf.is_inference() for leaf in leaves(got))
    assert_same(pair.ours(*_tracked(args)), want)


@pairs
def test_derivatives_to_third_order(name: str) -> None:
    pair = PAIRS[name]

    def chain(function: Callable[..., Any]) -> Any:
        args = _tracked(pair.arguments())
        real = [a for a in args if a.is_floating_point()]
        found: list[Any] = []
        value = scalar(function)(*args)
        for _ in range(3):
            grads = torch.autograd.grad(value, real, create_graph=True, materialize_grads=True)
            found.append([g.detach() for g in grads])
            value = sum((g * g).sum() for g in grads)
        return found

    assert_same(chain(pair.ours), chain(pair.theirs), 1e-9)


@pairs
def test_a_backward_may_run_twice(name: str) -> None:
    pair = PAIRS[name]
    args = _tracked(pair.arguments())
    value = scalar(pair.ours)(*args)
    value.backward(retain_graph=True)
    first = [a.grad.clone() for a in args if a.is_floating_point()]
    value.backward()
    for one, a in zip(first, [a for a in args if a.is_floating_point()], strict=True):
        torch.testing.assert_close(a.grad, 2 * one)


def _moved(pair: Any, function: Callable[..., Any], args: list[Any]) -> Callable[..., Any]:
    """Of the arguments with derivatives alone."""
    rest = args[len(pair.moving) :]
    return lambda *real: function(*real, *rest)


TRANSFORMS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "grad": lambda f: func.grad(scalar(f)),
    "grad of grad": lambda f: func.grad(lambda *a: (func.grad(scalar(f))(*a) ** 2).sum()),
    "vjp": lambda f: lambda *a: (lambda out, vjp: vjp(out))(*func.vjp(f, *a)),
    "jvp": lambda f: lambda *a: func.jvp(f, a, tuple(torch.cos(x) for x in a)),
    "jvp of one": lambda f: lambda x, *a: func.jvp(lambda y: f(y, *a), (x,), (torch.cos(x),)),
    "jvp of jvp": lambda f: (
        lambda *a: func.jvp(lambda *b: func.jvp(f, b, tuple(torch.cos(x) for x in b))[1], a, a)
    ),
    "jacrev": lambda f: func.jacrev(f),
    "jacfwd": lambda f: func.jacfwd(f),
    "jacfwd of jacrev": lambda f: func.jacfwd(func.jacrev(scalar(f))),
    "jacrev of jacfwd": lambda f: func.jacrev(func.jacfwd(scalar(f))),
    "jacrev of jacrev": lambda f: func.jacrev(func.jacrev(scalar(f))),
    "jacfwd of jacfwd": lambda f: func.jacfwd(func.jacfwd(scalar(f))),
    "hessian": lambda f: func.hessian(scalar(f)),
    "jvp of grad": lambda f: lambda *a: func.jvp(func.grad(scalar(f)), a, a),
    "grad of jvp": lambda f: func.grad(lambda *a: scalar(lambda *b: func.jvp(f, b, b)[1])(*a)),
    "linearize": lambda f: lambda *a: func.linearize(f, *a)[1](*a),
}


@pairs
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node:UserWarning")
def test_torch_func(name: str, transform: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    change = TRANSFORMS[transform]
    ours, theirs = (
        change(_moved(pair, f, args))(*args[: len(pair.moving)]) for f in (pair.ours, pair.theirs)
    )
    assert_same(ours, theirs, 1e-10)


def _stacked(pair: Any, count: int, dim: int) -> list[Any]:
    many = [pair.arguments(seed=seed) for seed in range(count)]
    return [torch.stack(column, dim) for column in zip(*many, strict=True)]


@pairs
@pytest.mark.parametrize("dim", [0, 1])
def test_vmap(name: str, dim: int) -> None:
    pair = PAIRS[name]
    args = _stacked(pair, 3, dim)
    assert_same(*(func.vmap(f, in_dims=dim)(*args) for f in (pair.ours, pair.theirs)))
    single = pair.arguments()
    for moving in range(len(args)):  # one batched argument among constant ones
        given = [args[n] if n == moving else single[n] for n in range(len(args))]
        dims = tuple(dim if n == moving else None for n in range(len(args)))
        assert_same(*(func.vmap(f, in_dims=dims)(*given) for f in (pair.ours, pair.theirs)))


NESTED: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "vmap of vmap": lambda f: func.vmap(func.vmap(f)),
    "vmap of vmap over other dims": lambda f: func.vmap(func.vmap(f, in_dims=1), in_dims=-1),
    "vmap of vmap of grad": lambda f: func.vmap(func.vmap(func.grad(scalar(f)))),
    "vmap of jvp": lambda f: func.vmap(func.vmap(lambda *a: func.jvp(f, a, a))),
    "vmap of hessian": lambda f: func.vmap(func.vmap(func.hessian(scalar(f)))),
    "grad of vmap": lambda f: func.grad(scalar(func.vmap(func.vmap(f)))),
    "jvp of vmap of grad": lambda f: lambda *a: func.jvp(
        func.vmap(func.vmap(func.grad(scalar(f)))), a, a
    ),
    "vmap in chunks": lambda f: func.vmap(func.vmap(f, chunk_size=1), chunk_size=2),
}  # fmt: skip


@pytest.mark.parametrize("name", ["activation", "broadcast", "rows", "outputs"])
@pytest.mark.parametrize("transform", NESTED)
def test_nested_transforms(name: str, transform: str) -> None:
    pair = PAIRS[name]
    sizes = [2, 3]
    args = [
        torch.randn(*sizes, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(n))
        for n, shape in enumerate(pair.shapes)
    ]
    if transform == "vmap of vmap over other dims":
        args = [a.movedim(0, -1).movedim(0, 1) for a in args]
    change = NESTED[transform]
    assert_same(change(pair.ours)(*args), change(pair.theirs)(*args), 1e-10)


def test_per_sample_gradients_of_a_loss() -> None:
    pair = PAIRS["loss"]
    args = _stacked(pair, 3, 0)
    found = [func.vmap(func.grad(f))(*args) for f in (pair.ours, pair.theirs)]
    assert_same(*found)


def test_vmap_over_nothing_of_the_extension() -> None:
    x = torch.randn(3, dtype=torch.float64)
    got = func.vmap(lambda a: a + mish(x).sum())(torch.arange(2.0, dtype=torch.float64))
    assert_same(got, torch.arange(2.0, dtype=torch.float64) + torch.nn.functional.mish(x).sum())


@pairs
def test_forward_mode(name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()

    def tangents_of(function: Callable[..., Any]) -> list[Any]:
        with forward_ad.dual_level():
            duals = [
                forward_ad.make_dual(a, torch.cos(a)) if n in pair.moving else a
                for n, a in enumerate(args)
            ]
            found = [forward_ad.unpack_dual(leaf) for leaf in leaves(function(*duals))]
            return [part for dual in found for part in (dual.primal, dual.tangent)]

    assert_same(tangents_of(pair.ours), tangents_of(pair.theirs), 1e-11)


@pairs
def test_forward_over_reverse(name: str) -> None:
    pair = PAIRS[name]

    def tangents_of(function: Callable[..., Any]) -> list[Any]:
        args = pair.arguments()
        with forward_ad.dual_level():
            real = [
                forward_ad.make_dual(a.requires_grad_(), torch.cos(a.detach()))
                for n, a in enumerate(args) if n in pair.moving
            ]  # fmt: skip
            value = scalar(function)(*real, *args[len(real) :])
            grads = torch.autograd.grad(value, real)
            duals = [forward_ad.unpack_dual(g) for g in grads]
            return [torch.zeros_like(d.primal) if d.tangent is None else d.tangent for d in duals]

    assert_same(tangents_of(pair.ours), tangents_of(pair.theirs), 1e-10)


def test_forward_mode_of_some_arguments_and_an_output_without_derivative() -> None:
    x, y = torch.randn(2, 3, dtype=torch.float64).unbind()
    with forward_ad.dual_level():
        radius, angle, order = polar(forward_ad.make_dual(x, torch.ones_like(x)), y)
        tangents = [forward_ad.unpack_dual(each).tangent for each in (radius, angle, order)]
    assert tangents[2] is None
    assert_same(tangents[0], x / torch.hypot(x, y))
    assert_same(tangents[1], -y / (x * x + y * y))
    assert order.dtype is torch.bool


@pairs
@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoint(name: str, reentrant: bool) -> None:
    pair = PAIRS[name]

    def grads(function: Callable[..., Any]) -> Any:
        return _grads(
            lambda *a: checkpoint(lambda *b: tuple(leaves(function(*b))), *a,
                                  use_reentrant=reentrant), _tracked(pair.arguments()),
        ) if not reentrant else _backward(function)  # fmt: skip

    def _backward(function: Callable[..., Any]) -> Any:
        args = _tracked(pair.arguments())
        out = checkpoint(lambda *b: tuple(leaves(function(*b))), *args, use_reentrant=True)
        scalar(lambda: out)().backward()
        return [a.grad for a in args if a.is_floating_point()]

    assert_same(grads(pair.ours), grads(pair.theirs))


@pairs
def test_saved_tensors_may_live_elsewhere(name: str) -> None:
    pair = PAIRS[name]
    packed: list[Any] = []

    def pack(tensor: Any) -> Any:
        packed.append(tensor)
        return tensor.detach().numpy().copy()

    with torch.autograd.graph.saved_tensors_hooks(pack, torch.from_numpy):
        value = scalar(pair.ours)(*_tracked(pair.arguments()))
    args = _tracked(pair.arguments())
    with torch.autograd.graph.saved_tensors_hooks(pack, torch.from_numpy):
        got = _grads(pair.ours, args)
    assert packed
    assert value.isfinite()
    assert_same(got, _grads(pair.theirs, args))
    with torch.autograd.graph.save_on_cpu():
        assert_same(_grads(pair.ours, args), _grads(pair.theirs, args))


@pairs
def test_a_change_in_place_is_noticed(name: str) -> None:
    pair = PAIRS[name]
    args = _tracked(pair.arguments())
    shifted = [a * 1.0 if a.is_floating_point() else a for a in args]
    value = scalar(pair.ours)(*shifted)
    shifted[0].mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        value.backward()


def test_an_output_changed_in_place_is_noticed_where_backward_reads_it() -> None:
    x = torch.randn(4, dtype=torch.float64, requires_grad=True)
    mish(x).mul_(2.0).sum().backward()  # backward reads x, not the output
    want = torch.autograd.grad((2.0 * torch.nn.functional.mish(x)).sum(), x)
    assert_same(x.grad, want[0])


def test_gradients_of_some_arguments_and_some_outputs() -> None:
    x, y = torch.randn(2, 3, dtype=torch.float64).unbind()
    x.requires_grad_()
    radius, _, order = polar(x, y)
    assert not order.requires_grad
    assert_same(torch.autograd.grad(radius.sum(), x)[0], (x / torch.hypot(x, y)).detach())
    _, angle, _ = polar(x, y)
    (grad,) = torch.autograd.grad(angle.sum(), x, create_graph=True)
    assert_same(grad.detach(), (-y / (x * x + y * y)).detach())
    (second,) = torch.autograd.grad(grad.sum(), x)
    assert_same(second, (2 * x * y / (x * x + y * y) ** 2).detach())


def test_materialised_and_undefined_cotangents() -> None:
    x, y = torch.randn(2, 3, dtype=torch.float64).unbind()
    _, vjp = func.vjp(lambda a, b: polar(a, b)[:2], x, y)
    got = vjp((torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)))
    assert_same(got, (-y / (x * x + y * y), x / (x * x + y * y)))


def test_functional_autograd() -> None:
    x = torch.randn(3, dtype=torch.float64)
    api = torch.autograd.functional
    ours, theirs = mish, torch.nn.functional.mish
    for vectorize in (False, True):
        assert_same(*(api.jacobian(f, x, vectorize=vectorize) for f in (ours, theirs)))
        assert_same(*(api.hessian(scalar(f), x, vectorize=vectorize) for f in (ours, theirs)))
        assert_same(*(api.jacobian(f, x, vectorize=vectorize, strategy="forward-mode")
                      for f in (ours, theirs)) if vectorize else (x, x))  # fmt: skip
    assert_same(*(api.vhp(scalar(f), x, x) for f in (ours, theirs)))
    assert_same(*(api.jvp(f, x, x) for f in (ours, theirs)))


def test_functional_call_and_ensembles() -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(3, 4, dtype=torch.float64)

        def forward(self, x: Any) -> Any:
            return mish(self.linear(x))

    nets = [Net() for _ in range(3)]
    parameters, buffers = func.stack_module_state(nets)  # pyright: ignore[reportArgumentType]
    x = torch.randn(2, 3, dtype=torch.float64)
    got = func.vmap(lambda p, b: func.functional_call(nets[0], (p, b), (x,)))(parameters, buffers)
    want = torch.stack([torch.nn.functional.mish(net.linear(x)) for net in nets])
    assert_same(got, want)


def test_hooks_and_retained_gradients() -> None:
    x = torch.randn(3, dtype=torch.float64, requires_grad=True)
    y = mish(x)
    y.retain_grad()
    seen: list[Any] = []
    y.register_hook(lambda g: seen.append(g) or 2 * g)
    y.sum().backward()
    want = torch.autograd.grad(torch.nn.functional.mish(x).sum(), x)[0]
    assert_same(x.grad, 2 * want)
    assert len(seen) == 1


def test_a_loss_of_no_gradient_needs_none() -> None:
    pair = PAIRS["loss"]
    logits, labels = pair.arguments()
    assert not focal(logits, labels).requires_grad
    with torch.no_grad():
        assert not focal(logits.requires_grad_(), labels).requires_grad
    assert focal(logits, labels).requires_grad
