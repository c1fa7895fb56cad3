"""Maths with products and sorts: split at them, with PyTorch's own functions between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from dovetail.language.trace import trace

torch = pytest.importorskip("torch")

from torch._dynamo.testing import CompileCounterWithBackend  # noqa: E402
from torch.autograd import forward_ad  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.errors import StructureError  # noqa: E402
from dovetail.graph.dtypes import float32  # noqa: E402
from dovetail.language.trace import ArraySpec  # noqa: E402
from dovetail.operations.calls import Primal  # noqa: E402
from dovetail.operations.segments import segments  # noqa: E402
from dovetail.operations.splitting import Subgraph, split_graph  # noqa: E402
from tests.hosts.torch.pairs import assert_same, leaves, scalar  # noqa: E402

func = torch.func


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@dt.op
def attention(q: Any, k: Any, v: Any) -> Any:
    return dt.softmax(q @ dt.matrix_transpose(k) / q.shape[-1] ** 0.5, axis=-1) @ v


def _attention(q: Any, k: Any, v: Any) -> Any:
    return torch.softmax(q @ k.mT / q.shape[-1] ** 0.5, -1) @ v


@dt.op
def block(x: Any, a: Any, b: Any, scale: Any, slope: float = 0.5) -> Any:
    """Residual: x is read before and after the products, and again by a second output."""
    h = x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + 1e-6) * scale
    y = h + dt.gelu(h @ a) @ b * slope
    return y, dt.sum(y * x, axis=-1)


def _block(x: Any, a: Any, b: Any, scale: Any, slope: float = 0.5) -> Any:
    h = x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * scale
    y = h + torch.nn.functional.gelu(h @ a) @ b * slope
    return y, (y * x).sum(-1)


@dt.op
def heads(x: Any, w: Any) -> Any:
    """Views alone between the products: slices, backwards too, permutations, a broadcast."""
    batch, count, size = x.shape
    both = dt.reshape(x @ w, (batch, count, 2, 2, size // 2))
    q, k = both[:, :, 0], both[:, ::-1, 1]
    scores = dt.permute_dims(q, (0, 2, 1, 3)) @ dt.permute_dims(k, (0, 2, 3, 1))
    return scores, dt.ones((size, count)) @ scores[..., 1:]


def _heads(x: Any, w: Any) -> Any:
    batch, count, size = x.shape
    both = (x @ w).reshape(batch, count, 2, 2, size // 2)
    q, k = both[:, :, 0], both[:, :, 1].flip(1)
    scores = q.permute(0, 2, 1, 3) @ k.permute(0, 2, 3, 1)
    return scores, torch.ones(size, count, dtype=x.dtype) @ scores[..., 1:]


@dt.op
def ordered(x: Any, w: Any) -> Any:
    return dt.sort(x, axis=-1, descending=True) * dt.tanh(x @ w), dt.argsort(x @ w, axis=0)


def _ordered(x: Any, w: Any) -> Any:
    best = x.sort(-1, descending=True).values
    return best * torch.tanh(x @ w), torch.argsort(x @ w, dim=0, stable=True)


@dt.op
def straight_through(x: Any, w: Any) -> Any:
    return dt.sign(x @ w)


@straight_through.vjp(surrogate=True)
def _(x: Any, w: Any, *, out: Any, cotangent: Any) -> Any:
    return cotangent @ dt.matrix_transpose(w), dt.matrix_transpose(x) @ cotangent


class _Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Any) -> Any:
        return y.sign()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0]


Case = tuple[Callable[..., Any], Callable[..., Any], tuple[tuple[int, ...], ...]]
CASES: dict[str, Case] = {
    "product": (dt.matmul, torch.matmul, ((3, 4), (4, 5))),
    "vectors": (dt.matmul, torch.matmul, ((4,), (4,))),
    "batches": (dt.matmul, torch.matmul, ((2, 1, 3, 4), (5, 4, 2))),
    "tensordot": (
        lambda a, b: dt.tensordot(a, b, axes=2),
        lambda a, b: torch.tensordot(a, b, dims=2),
        ((2, 3, 4), (3, 4, 5)),
    ),
    "einsum": (
        dt.op(lambda a, b: dt.einsum("bij,kj->bik", a, b)),
        lambda a, b: torch.einsum("bij,kj->bik", a, b),
        ((2, 3, 4), (5, 4)),
    ),
    "attention": (attention, _attention, ((2, 5, 4), (2, 3, 4), (2, 3, 4))),
    "block": (block, _block, ((2, 3, 4), (4, 6), (6, 4), (4,))),
    "views": (heads, _heads, ((2, 3, 4), (4, 8))),
    "sorted": (ordered, _ordered, ((3, 4), (4, 4))),
    "gradient": (
        dt.grad(lambda x, w: dt.sum(dt.tanh(x @ w))),
        func.grad(lambda x, w: torch.tanh(x @ w).sum()),
        ((3, 4), (4, 5)),
    ),
}
cases = pytest.mark.parametrize("name", CASES)


def _args(name: str, dtype: Any = torch.float64) -> list[Any]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(s, generator=generator, dtype=torch.float64).to(dtype) for s in CASES[name][2]
    ]


def _tracked(args: list[Any]) -> list[Any]:
    return [a.clone().requires_grad_() for a in args]


def _grads(function: Callable[..., Any], args: list[Any], create_graph: bool = False) -> Any:
    return torch.autograd.grad(scalar(function)(*args), args, create_graph=create_graph)


@cases
def test_value_and_derivatives(name: str) -> None:
    ours, theirs, _ = CASES[name]
    args = _args(name)
    assert_same(ours(*args), theirs(*args))
    with torch.inference_mode():
        assert_same(ours(*args), theirs(*args))

    def chain(function: Callable[..., Any]) -> Any:
        given = _tracked(args)
        first = _grads(function, given, create_graph=True)
        second = torch.autograd.grad(
            sum((g * g).sum() for g in first), given, allow_unused=True, materialize_grads=True
        )
        return [*first, *second]

    assert_same(chain(ours), chain(theirs), 1e-10)


TRANSFORMS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "grad": lambda f: func.grad(scalar(f)),
    "jvp": lambda f: (
        lambda *a: func.jvp(
            lambda *b: [x for x in leaves(f(*b)) if x.is_floating_point()],
            a,
            tuple(map(torch.cos, a)),
        )
    ),
    "jacrev": lambda f: func.jacrev(scalar(f)),
    "jacfwd of jacrev": lambda f: func.jacfwd(func.jacrev(scalar(f))),
    "vmap": lambda f: lambda *a: func.vmap(f)(*[torch.stack([x, x + 1, x * 2]) for x in a]),
    "vmap of one": lambda f: lambda x, *a: func.vmap(lambda y: f(y, *a))(torch.stack([x, x + 1])),
    "vmap of grad": lambda f: (
        lambda *a: func.vmap(func.grad(scalar(f)))(*[torch.stack([x, x + 1]) for x in a])
    ),
}


@cases
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node:UserWarning")
def test_torch_func(name: str, transform: str) -> None:
    ours, theirs, _ = CASES[name]
    change = TRANSFORMS[transform]
    if name == "sorted" and transform.startswith("vmap"):
        pytest.skip("PyTorch's argsort lacks the rule for stable=True")
    assert_same(change(ours)(*_args(name)), change(theirs)(*_args(name)), 1e-10)


@cases
def test_forward_mode(name: str) -> None:
    def tangents_of(function: Callable[..., Any]) -> Any:
        with forward_ad.dual_level():
            duals = [forward_ad.make_dual(a, torch.cos(a)) for a in _args(name)]
            return [forward_ad.unpack_dual(x).tangent for x in leaves(function(*duals))]

    assert_same(tangents_of(CASES[name][0]), tangents_of(CASES[name][1]), 1e-10)


@cases
@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_compiled(name: str, backend: str) -> None:
    if backend == "inductor" and name not in ("attention", "block"):
        pytest.skip("two are enough")
    ours, theirs, _ = CASES[name]
    run = torch.compile(ours, fullgraph=True, backend=backend)
    args = _args(name)
    assert_same(run(*args), theirs(*args), 1e-10)
    assert_same(_grads(run, _tracked(args)), _grads(theirs, _tracked(args)), 1e-10)


def test_the_graph_that_is_compiled_holds_torchs_own_products() -> None:
    view: list[str] = []

    def inner(module: Any, _: Any) -> Any:
        view.append(str(module.graph))
        return module

    run = torch.compile(
        attention, fullgraph=True, backend=torch._dynamo.backends.common.aot_autograd(
            fw_compiler=inner)  # pyright: ignore
    )  # fmt: skip
    run(*_args("attention"))
    assert view[0].count("aten.bmm") == 2
    assert view[0].count("dovetail.attention_part") >= 1


# Sizes that change.


def _sized(rows: int, columns: int, size: int) -> list[Any]:
    shapes = ((2, rows, size), (2, columns, size), (2, columns, size))
    return [torch.randn(s, dtype=torch.float64) for s in shapes]


def test_dynamic_sizes_compile_once() -> None:
    attention(*_sized(2, 3, 4))  # the very first call is compiled under a separate guard
    counter = CompileCounterWithBackend("aot_eager")
    run = torch.compile(lambda *a: attention(*a) + 1, fullgraph=True, backend=counter)
    for rows, columns in ((5, 3), (6, 4), (7, 7), (3, 9)):
        args = _sized(rows, columns, 4)
        for tensor in args:
            torch._dynamo.mark_dynamic(tensor, 1)
        assert_same(run(*args), _attention(*args) + 1)
        got = _grads(run, _tracked(args))
        assert_same(got, _grads(lambda *a: _attention(*a) + 1, _tracked(args)), 1e-10)
    assert counter.frame_count == 2  # with gradients and without


def test_a_size_that_a_piece_does_not_see_is_fixed() -> None:
    """The scale of attention is a constant of the subgraph between the products."""
    attention(*_sized(2, 3, 4))
    counter = CompileCounterWithBackend("aot_eager")
    run = torch.compile(attention, fullgraph=True, backend=counter, dynamic=True)
    for rows, columns, size in ((5, 3, 4), (5, 3, 9), (6, 4, 9), (7, 5, 4), (7, 7, 16)):
        args = _sized(rows, columns, size)
        assert_same(run(*args), _attention(*args))
    assert counter.frame_count == 3  # one for each size


def test_eager_calls_do_not_mix_up_such_sizes() -> None:
    for size in (4, 9, 4, 16):
        args = _sized(5, 3, size)
        assert_same(attention(*args), _attention(*args))


def test_all_sizes_dynamic() -> None:
    block(*_args("block"))
    counter = CompileCounterWithBackend("aot_eager")
    run = torch.compile(block, fullgraph=True, backend=counter, dynamic=True)
    for batch, rows, size, inner in ((2, 3, 4, 6), (3, 5, 7, 9), (4, 2, 5, 3)):
        args = [
            torch.randn(s, dtype=torch.float64)
            for s in ((batch, rows, size), (size, inner), (inner, size), (size,))
        ]
        assert_same(run(*args), _block(*args))
        assert_same(_grads(run, _tracked(args)), _grads(_block, _tracked(args)), 1e-10)
    assert counter.frame_count == 2


def test_a_piece_refuses_sizes_that_it_was_not_made_for() -> None:
    def maths(q: Any, k: Any) -> Any:
        return (q @ k) / q.shape[-1]

    primal = Primal("maths", None, partial(trace, maths), [True, True])
    plan = segments(primal).plan((ArraySpec((2, 3), float32), ArraySpec((3, 4), float32)))
    (segment,) = [step.segment for step in plan.steps if hasattr(step, "segment")]  # type: ignore
    assert segment.graph((ArraySpec((2, 4), float32),)).outputs
    with pytest.raises(StructureError, match=r"maths.*\(5, 4\)"):
        segment.graph((ArraySpec((5, 4), float32),))


# Where graphs are split.


def _cut(function: Callable[..., Any], *shapes: tuple[int, ...]) -> list[str]:
    graph = trace(function, [ArraySpec(shape, float32) for shape in shapes]).graph
    return [
        f"{len(s.arrays)} -> {len(s.graph.outputs)}" if isinstance(s, Subgraph) else s.op
        for s in split_graph(graph, len(shapes)).steps
    ]


def test_pieces_are_few() -> None:
    assert _cut(lambda x, w: x @ w, (3, 4), (4, 5)) == ["matmul"]
    assert _cut(lambda x, w, b: dt.relu(x @ w + b), (3, 4), (4, 5), (5,)) == ["matmul", "2 -> 1"]
    dense = lambda x, w, b: dt.relu(dt.relu(x @ w + b) @ w + b)  # noqa: E731
    assert _cut(dense, (3, 4), (4, 4), (4,)) == ["matmul", "2 -> 1", "matmul", "2 -> 1"]
    views = lambda x, w: dt.permute_dims(dt.reshape(x @ w, (3, 5, 1)), (1, 0, 2))  # noqa: E731
    assert _cut(views, (3, 4), (4, 5)) == ["matmul"]


def test_residuals_are_kept_and_not_computed_again() -> None:
    """A chain of residual blocks reads the sum so far, not every term of it."""

    def chain(x: Any, w: Any) -> Any:
        for _ in range(4):
            x = x + dt.tanh(x @ w)
        return x

    steps = _cut(chain, (3, 4), (4, 4))
    assert steps == ["matmul", "2 -> 1"] * 4


def test_outputs_share_no_memory() -> None:
    function = dt.op(lambda x, w: (x, x @ w, x @ w, dt.reshape(x @ w, (-1,)), w))
    x, w = torch.randn(2, 3), torch.randn(3, 4)
    outputs = function(x, w)
    want = [x.clone(), x @ w, x @ w, (x @ w).reshape(-1), w.clone()]
    assert_same(outputs, want, 1e-6)
    pointers = [tensor.untyped_storage().data_ptr() for tensor in (x, w, *outputs)]
    assert len(set(pointers)) == len(pointers)


# Declared derivatives.


def test_a_declared_derivative_over_a_product_is_kept() -> None:
    args = _tracked([torch.randn(3, 4).double(), torch.randn(4, 5).double()])
    sum_of = lambda f: lambda *a: (torch.cos(f(*a) + a[0].sum()) ** 2).sum()  # noqa: E731
    theirs = lambda x, w: _Sign.apply(x @ w)  # noqa: E731
    got = torch.autograd.grad(sum_of(straight_through)(*args), args, create_graph=True)
    want = torch.autograd.grad(sum_of(theirs)(*args), args, create_graph=True)
    assert_same([g.detach() for g in got], [g.detach() for g in want])
    assert all(g.abs().max() > 0 for g in got)
    again = [torch.autograd.grad(sum((g * g).sum() for g in each), args) for each in (got, want)]
    assert_same(*again)
    assert_same(func.grad(sum_of(straight_through))(*args), want[0], 1e-10)
    run = torch.compile(straight_through, fullgraph=True, backend="aot_eager")
    assert_same(torch.autograd.grad(sum_of(run)(*args), args), [g.detach() for g in want])


def test_a_declared_derivative_between_products_is_kept() -> None:
    @dt.op
    def binarise(x: Any) -> Any:
        return dt.sign(x)

    @binarise.vjp(surrogate=True)
    def _(x: Any, *, out: Any, cotangent: Any) -> Any:
        return cotangent * 3.0

    function = dt.op(lambda x, w: binarise(x @ w) @ dt.matrix_transpose(w))
    x, w = torch.randn(3, 4).double(), torch.randn(4, 5).double()
    got = func.grad(lambda x: function(x, w).sum())(x)
    assert_same(got, 3.0 * (torch.ones(3, 4).double() @ w) @ w.T)


def test_no_gradient_goes_by_way_of_a_constant() -> None:
    """The product inside is infinite: a zero that goes back through it would become NaN."""
    function = dt.op(lambda x, w: x + dt.stop_gradient(dt.tanh(x @ w)))
    x, w = torch.ones(2, 2, requires_grad=True), torch.full((2, 2), torch.inf)
    function(x, w).sum().backward()
    assert_same(x.grad, torch.ones(2, 2))


# Types.


def test_mixed_types_promote() -> None:
    x, w = torch.randn(3, 4).half(), torch.randn(4, 5)
    got = dt.op(lambda x, w: dt.exp(x @ w))(x, w)
    assert got.dtype is torch.float32
    assert_same(got, torch.exp(x.float() @ w), 1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_once_in_each_piece(dtype: Any) -> None:
    x, w = torch.randn(3, 4).to(dtype), torch.randn(4, 5).to(dtype)
    got = dt.op(lambda x, w: dt.exp(dt.exp(x @ w * 0.1)))(x, w)
    want = torch.exp(torch.exp((x @ w).float() * 0.1)).to(dtype)
    assert got.dtype is dtype
    assert_same(got.float(), want.float(), 4e-3 if dtype is torch.bfloat16 else 1e-3)


def test_autocast_reaches_the_products() -> None:
    x, w = torch.randn(8, 16), torch.randn(16, 8)
    function = dt.op(lambda x, w: dt.tanh(x @ w) + 1.0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = function(x, w)
        product = x @ w
    assert product.dtype is torch.bfloat16
    assert got.dtype is torch.float32
    assert_same(got, torch.tanh(product.float()) + 1.0, 1e-6)
    assert (got - function(x, w)).abs().max() > 1e-5


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8, torch.uint16])
def test_integers(dtype: Any) -> None:
    x = torch.arange(6).reshape(2, 3).to(dtype)
    got = dt.matmul(x, dt.matrix_transpose(x))
    assert got.dtype is dtype
    assert got.tolist() == [[5, 14], [14, 50]]


@pytest.mark.parametrize(
    "dtype", [torch.bool, torch.uint8, torch.uint16, torch.uint32, torch.uint64]
)
def test_the_order_of_integers_without_a_sign(dtype: Any) -> None:
    largest = 1 if dtype is torch.bool else torch.iinfo(dtype).max
    x = torch.tensor([largest, 0, largest // 2, 1], dtype=dtype)
    right = sorted(range(4), key=lambda n: x[n].item())
    assert dt.argsort(x).tolist() == right
    assert dt.sort(x).tolist() == [x[n].item() for n in right]
    largest_two, places = dt.top_k(x, 2)
    assert largest_two.tolist() == sorted(x.tolist(), reverse=True)[:2]
    assert x[places.to(torch.int64)].tolist() == largest_two.tolist()


def test_empty_arrays_and_nan() -> None:
    function = dt.op(lambda x, w: dt.exp(x @ w))
    assert function(torch.zeros(2, 0), torch.zeros(0, 3)).tolist() == [[1.0] * 3] * 2
    assert function(torch.zeros(0, 2), torch.zeros(2, 3)).shape == (0, 3)
    assert function(torch.full((1, 1), torch.nan), torch.ones(1, 1)).isnan().all()
    x = torch.tensor([2.0, torch.nan, 1.0])
    assert dt.argsort(x).tolist() == [2, 0, 1]
    assert dt.argsort(x, descending=True).tolist() == [1, 0, 2]


def test_captured_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    table = numpy.arange(12.0).reshape(3, 4)
    function = dt.op(lambda x: dt.tanh(x @ table))
    x = torch.randn(2, 3, dtype=torch.float64)
    assert_same(function(x), torch.tanh(x @ torch.from_numpy(table)))
    run = torch.compile(function, fullgraph=True, backend="aot_eager")
    assert_same(run(x), function(x))
