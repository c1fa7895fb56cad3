"""torch.compile without graph breaks, with dynamic shapes and transforms inside; torch.export."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch._dynamo.testing import CompileCounterWithBackend  # noqa: E402
from torch.autograd import forward_ad  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

import dovetail as dt  # noqa: E402
from tests.hosts.torch.pairs import (  # noqa: E402
    PAIRS,
    assert_same,
    gated,
    leaves,
    mish,
    normalised,
    scalar,
    totals,
)

func = torch.func
pairs = pytest.mark.parametrize("name", PAIRS)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    options.setdefault("backend", "aot_eager")
    return torch.compile(function, fullgraph=True, **options)


def _tracked(args: list[Any]) -> list[Any]:
    return [a.requires_grad_() if a.is_floating_point() else a for a in args]


def _with_grads(function: Callable[..., Any], args: list[Any]) -> Any:
    real = [a for a in args if a.is_floating_point()]
    out = function(*args)
    return leaves(out), torch.autograd.grad(scalar(lambda: out)(), real)


@pairs
def test_value_and_gradient(name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    assert_same(compiled(pair.ours)(*args), pair.theirs(*args))
    got = _with_grads(compiled(pair.ours), _tracked(pair.arguments()))
    assert_same(got, _with_grads(pair.theirs, _tracked(pair.arguments())))


@pytest.mark.parametrize("name", ["activation", "loss", "tree"])
def test_inductor(name: str) -> None:
    pair = PAIRS[name]
    fused = lambda *a: [torch.sin(leaf) * 2 for leaf in leaves(pair.ours(*(  # noqa: E731
        x * 1.5 if x.is_floating_point() else x for x in a)))]  # fmt: skip
    plain = lambda *a: [torch.sin(leaf) * 2 for leaf in leaves(pair.theirs(*(  # noqa: E731
        x * 1.5 if x.is_floating_point() else x for x in a)))]  # fmt: skip
    got = _with_grads(compiled(fused, backend="inductor"), _tracked(pair.arguments()))
    assert_same(got, _with_grads(plain, _tracked(pair.arguments())), 1e-10)


INSIDE: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "grad": lambda f: func.grad(scalar(f)),
    "grad of grad": lambda f: func.grad(lambda *a: (func.grad(scalar(f))(*a) ** 2).sum()),
    "vjp": lambda f: lambda *a: (lambda out, vjp: vjp(out))(*func.vjp(f, *a)),
    "jvp": lambda f: lambda *a: func.jvp(f, a, tuple(torch.cos(x) for x in a)),
    "jacrev": lambda f: func.jacrev(f),
    "jacfwd": lambda f: func.jacfwd(f),
    "jacfwd of jacfwd": lambda f: func.jacfwd(func.jacfwd(scalar(f))),
    "hessian": lambda f: func.hessian(scalar(f)),
    "vmap": lambda f: func.vmap(f) ,
    "vmap of grad": lambda f: func.vmap(func.grad(scalar(f))),
    "jvp of grad": lambda f: lambda *a: func.jvp(func.grad(scalar(f)), a, a),
}  # fmt: skip
SAME_ROWS = {"same": PAIRS["activation"], "outputs": PAIRS["outputs"], "tree": PAIRS["tree"]}


@pytest.mark.parametrize("name", SAME_ROWS)
@pytest.mark.parametrize("transform", INSIDE)
def test_transforms_inside(name: str, transform: str) -> None:
    """The plain recipe gives zeros here, without an error."""
    pair = SAME_ROWS[name]
    change = INSIDE[transform]
    args = pair.arguments()
    assert_same(compiled(change(pair.ours))(*args), change(pair.theirs)(*args), 1e-10)


@pytest.mark.parametrize("transform", ["grad", "jvp", "vmap of grad"])
def test_transforms_outside(transform: str) -> None:
    """Around a compiled function PyTorch takes the code as it is; the numbers must be right."""
    pair = PAIRS["activation"]
    change = INSIDE[transform]
    inner = torch.compile(pair.ours, backend="aot_eager")
    assert_same(change(inner)(*pair.arguments()), change(pair.theirs)(*pair.arguments()))


def test_forward_mode_inside() -> None:
    def tangents_of(f: Callable[..., Any]) -> Callable[..., Any]:
        def inner(x: Any, t: Any) -> Any:
            with forward_ad.dual_level():
                return forward_ad.unpack_dual(f(forward_ad.make_dual(x, t))).tangent

        return inner

    x, t = torch.randn(2, 3, dtype=torch.float64).unbind()
    pair = PAIRS["activation"]
    assert_same(compiled(tangents_of(pair.ours))(x, t), tangents_of(pair.theirs)(x, t))


@pytest.mark.parametrize("reentrant", [False])
def test_checkpoint_inside(reentrant: bool) -> None:
    pair = PAIRS["rows"]

    def through(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *a: checkpoint(f, *a, use_reentrant=reentrant)

    got = _with_grads(compiled(through(pair.ours)), _tracked(pair.arguments()))
    assert_same(got, _with_grads(pair.theirs, _tracked(pair.arguments())))


COLD = """
    import torch, sys
    import dovetail as dt

    @dt.op
    def norm(x, scale, eps=1e-6):
        return x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + eps) * scale

    x = torch.randn(4, 5, requires_grad=True)
    scale = torch.ones(5)
    f = torch.compile(lambda x: norm(x, scale), fullgraph=True, backend="aot_eager")
    y = f(x)
    y.sum().backward()
    z = x.detach().requires_grad_()
    want = z * torch.rsqrt((z * z).mean(-1, keepdim=True) + 1e-6)
    want.sum().backward()
    torch.testing.assert_close(y, want)
    torch.testing.assert_close(x.grad, z.grad)
    g = torch.compile(torch.func.grad(lambda x: norm(x, scale).sum()), fullgraph=True,
                      backend="aot_eager")
    torch.testing.assert_close(g(z.detach()), z.grad)

    from torch._dynamo.testing import CompileCounterWithBackend
    from torch.utils.checkpoint import checkpoint

    def fresh(x):  # an extension that nobody has called
        return dt.op(lambda x: dt.tanh(x) * 2.0, name="fresh")

    first, second = fresh(0), fresh(1)
    counter = CompileCounterWithBackend("aot_eager")
    once = torch.compile(lambda x: first(x) + 1, fullgraph=True, backend=counter)
    for _ in range(3):
        torch.testing.assert_close(once(z.detach()), 2 * torch.tanh(z.detach()) + 1)
    assert counter.frame_count == 1, counter.frame_count
    inside = torch.compile(lambda x: checkpoint(second, x, use_reentrant=False), fullgraph=True,
                           backend="aot_eager")
    torch.testing.assert_close(inside(z), 2 * torch.tanh(z))
    print("fine")
"""


def test_the_first_call_of_all_may_be_compiled() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(COLD)],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.stdout.strip() == "fine", done.stderr[-3000:]


# Dynamic shapes.


def test_marked_dynamic_sizes_compile_once() -> None:
    counter = CompileCounterWithBackend("aot_eager")
    run = compiled(lambda x, s: normalised(x, s) + 1, backend=counter)
    for rows in (3, 7, 11):
        x = torch.randn(rows, 5, dtype=torch.float64)
        s = torch.randn(5, dtype=torch.float64)
        torch._dynamo.mark_dynamic(x, 0)
        assert_same(run(x, s), PAIRS["rows"].theirs(x, s) + 1)
    assert counter.frame_count == 1


def test_all_sizes_dynamic_with_gradients() -> None:
    counter = CompileCounterWithBackend("aot_eager")
    run = compiled(normalised, backend=counter, dynamic=True)
    for rows, columns in ((3, 5), (7, 4), (11, 9)):
        args = [torch.randn(rows, columns, dtype=torch.float64), torch.ones(columns).double()]
        got = _with_grads(run, _tracked([a.clone() for a in args]))
        assert_same(got, _with_grads(PAIRS["rows"].theirs, _tracked(args)))
    assert counter.frame_count == 1


@pairs
def test_sizes_that_change_recompile_once(name: str) -> None:
    pair = PAIRS[name]
    counter = CompileCounterWithBackend("aot_eager")
    run = compiled(pair.ours, backend=counter)
    for rows in (3, 6, 9, 12):
        args = [
            a.repeat_interleave(rows, 0)[: rows * 2] if a.shape[:1] == pair.shapes[0][:1] else a
            for a in pair.arguments()
        ]
        assert_same(run(*args), pair.theirs(*args))
    assert counter.frame_count <= 2


def test_sizes_in_the_maths_stay_right() -> None:
    """A mean's divisor, a concatenation, a stack: sizes that no array shows directly."""

    @dt.op
    def shaped(x: Any, y: Any) -> Any:
        both = dt.concat([x, y, x], axis=0)
        return dt.mean(both, axis=0), both, dt.reshape(both, (-1,)), dt.stack([x, x]), x[1:]

    def plain(x: Any, y: Any) -> Any:
        both = torch.cat([x, y, x])
        return both.mean(0), both, both.reshape(-1), torch.stack([x, x]), x[1:]

    counter = CompileCounterWithBackend("aot_eager")
    shaped(torch.ones(2, 3), torch.ones(2, 3))
    run = compiled(shaped, backend=counter, dynamic=True)
    for first, second, columns in ((3, 4, 5), (6, 2, 7), (4, 9, 3)):
        x = torch.randn(first, columns, dtype=torch.float64)
        y = torch.randn(second, columns, dtype=torch.float64)
        assert_same(run(x, y), plain(x, y))
    assert counter.frame_count == 1


def test_a_size_that_has_no_formula_is_fixed_by_a_guard() -> None:
    @dt.op
    def halves(x: Any) -> Any:
        return x[: x.shape[0] // 2] * 2.0

    run = compiled(halves, dynamic=True)
    for rows in (6, 9, 12):
        x = torch.randn(rows, dtype=torch.float64)
        assert_same(run(x), x[: rows // 2] * 2)


def test_dynamic_sizes_under_inductor() -> None:
    run = compiled(lambda x, s: normalised(x * 2, s).relu(), backend="inductor", dynamic=True)
    for rows, columns in ((3, 5), (8, 4)):
        x, s = torch.randn(rows, columns), torch.randn(columns)
        want = PAIRS["rows"].theirs(x * 2, s).relu()
        assert_same(run(x, s), want, 1e-5)


def test_floats_that_change() -> None:
    counter = CompileCounterWithBackend("aot_eager")
    run = compiled(lambda x, g, p: gated(x, g, power=p), backend=counter)
    x, g = torch.rand(2, 4, dtype=torch.float64).add(0.5).unbind()
    for power in (2.0, 3.0, 1.5, 2.5):
        assert_same(run(x, g, power), x.sin() ** 2 * g**power)
    assert counter.frame_count <= 6  # as for PyTorch's own functions with a float, such as elu


def test_static_values_that_change() -> None:
    run = compiled(lambda x, axis: totals(x, axis=axis))
    x = torch.randn(3, 4, dtype=torch.float64)
    for axis in (0, 1, -1):
        assert_same(run(x, axis), PAIRS["tree"].theirs(x, axis))


def test_half_precision_and_layouts() -> None:
    run = compiled(mish)
    x = torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)
    assert_same(run(x), mish(x), 0.0)
    assert run(x).stride() == mish(x).stride() == x.stride()
    for dtype in (torch.float16, torch.bfloat16):
        assert_same(run(x.to(dtype)), mish(x.to(dtype)), 0.0)
    assert_same(run(x[:, :, ::2]), mish(x[:, :, ::2]), 0.0)


# Export.


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(5, 5, dtype=torch.float64)
        self.scale = torch.nn.Parameter(torch.rand(5, dtype=torch.float64))

    def forward(self, x: Any) -> Any:
        return mish(normalised(self.linear(x), self.scale, eps=1e-3))


def _called(program: Any) -> list[str]:
    """The definitions that a graph calls."""
    call = torch.ops.dovetail.call.default
    texts = [node.args[0] for node in program.graph.nodes if node.target is call]
    return sorted(re.findall(r":(\w+)\"", "".join(texts)))


@pytest.mark.parametrize("dynamic", [False, True])
def test_export_save_and_load(dynamic: bool) -> None:
    net = Net()
    x = torch.randn(3, 5, dtype=torch.float64)
    shapes = {"x": {0: torch.export.Dim("rows", min=2, max=100)}} if dynamic else None
    program = torch.export.export(net, (x,), dynamic_shapes=shapes)
    assert _called(program) == ["mish", "normalised"]
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    again = torch.export.load(file).module()
    for rows in (3, 8) if dynamic else (3,):
        x = torch.randn(rows, 5, dtype=torch.float64)
        assert_same(again(x).detach(), net(x).detach())


@pytest.mark.filterwarnings("ignore:`isinstance:FutureWarning")
def test_export_runs_through_decompositions() -> None:
    program = torch.export.export(Net(), (torch.randn(3, 5, dtype=torch.float64),))
    assert _called(program.run_decompositions()) == ["mish", "normalised"]


def test_make_fx() -> None:
    x = torch.randn(3, dtype=torch.float64)
    for mode in ("real", "fake", "symbolic"):
        graph = torch.fx.experimental.proxy_tensor.make_fx(mish, tracing_mode=mode)(x)
        assert "dovetail.mish" in str(graph.graph)
        assert_same(graph(x), mish(x))
    graph = torch.fx.experimental.proxy_tensor.make_fx(func.grad(scalar(mish)))(x)
    assert_same(graph(x), func.grad(scalar(mish))(x))
