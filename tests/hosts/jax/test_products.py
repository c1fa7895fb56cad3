"""Products and convolutions of ours in JAX: custom calls of the CPU, and JAX' own elsewhere.

The reference is XLA's own convolution and product, and their derivatives by JAX, in float64.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")
nnx: Any = pytest.importorskip("flax.nnx")

import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.hosts.jax import kernel_policy, lowering  # noqa: E402
from dovetail.options import override  # noqa: E402

Loss = Callable[..., Any]


@pytest.fixture
def all_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """All products are for us, whatever is faster."""
    monkeypatch.setattr(kernel_policy, "LEAST_WORK", 1)
    monkeypatch.setattr(lowering, "product_wins", lambda graph: True)


def calls(function: Loss, *args: Any) -> Counter[str]:
    """Custom calls of ours, products and convolutions in a program before XLA compiles it."""
    text = jax.jit(function).lower(*args).as_text()
    found = re.findall(r"@(dovetail)_|stablehlo\.(dot_general|convolution)", text)
    return Counter(ours or theirs for ours, theirs in found)


class Case(NamedTuple):
    """A convolution; `padding` is that of each axis of space."""

    x: tuple[int, ...]
    kernel: tuple[int, ...]
    padding: tuple[int, int]
    steps: tuple[int, ...] = (1, 1)
    dilation: int = 1
    groups: int = 1

    def ours(self) -> Loss:
        padding = [self.padding] * len(self.steps)
        return dt.op(lambda x, k: dt.conv(x, k, self.steps, padding, self.dilation, self.groups))

    def theirs(self) -> Loss:
        rank = len(self.steps)
        space = ("W", "HW", "DHW")[rank - 1]
        return lambda x, k: lax.conv_general_dilated(
            x, k, self.steps, [self.padding] * rank, rhs_dilation=(self.dilation,) * rank,
            dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
            feature_group_count=self.groups, precision="highest",
        )  # fmt: skip


def loss_of(conv: Loss) -> Loss:
    return lambda x, k: jnp.sum(jnp.sin(conv(x, k)))


def second_of(conv: Loss) -> Loss:
    """A loss of both gradients: its gradients are of second order."""
    first = jax.grad(loss_of(conv), (0, 1))
    return lambda x, k: sum(jnp.sum(each * each) for each in first(x, k))


CASES = {
    "short rows": Case((2, 6, 7, 5), (3, 3, 5, 9), (1, 1)),
    "tiles": Case((2, 5, 27, 6), (3, 3, 6, 33), (1, 1)),
    "tiles of one vector": Case((1, 3, 30, 3), (2, 3, 3, 8), (0, 1)),
    "no border": Case((2, 4, 28, 4), (3, 3, 4, 16), (0, 0)),
    "steps": Case((2, 9, 51, 4), (3, 3, 4, 16), (1, 2), (2, 2)),
    "unread": Case((1, 8, 12, 3), (3, 2, 3, 8), (0, 0), (3, 5)),
    "a point": Case((2, 4, 6, 8), (1, 1, 8, 5), (0, 0)),
    "points apart": Case((2, 5, 40, 8), (1, 1, 8, 12), (0, 0), (2, 2)),
    "dilated": Case((2, 7, 31, 3), (3, 2, 3, 9), (2, 2), dilation=2),
    "groups": Case((2, 5, 6, 6), (3, 3, 2, 9), (1, 1), groups=3),
    "a kernel for each channel": Case((2, 5, 6, 4), (3, 3, 1, 4), (1, 1), groups=4),
    "wide padding": Case((2, 4, 5, 3), (2, 2, 3, 4), (3, 2)),
    "a line": Case((3, 40, 5), (4, 5, 17), (3, 0), (1,)),
    "a volume": Case((1, 3, 4, 26, 2), (2, 2, 3, 2, 10), (1, 0), (1, 1, 1)),
}
TWICE = {"short rows", "tiles", "steps", "groups"}  # also in second order, which compiles longer


@pytest.mark.usefixtures("all_sizes", "wide")
@pytest.mark.parametrize("name", CASES)
def test_convolutions_and_their_derivatives(name: str) -> None:
    case = CASES[name]
    x, k = arrays(case.x, case.kernel, dtype="float64")
    for make, products in ((loss_of, 3), (second_of, 9)) if name in TWICE else ((loss_of, 3),):
        ours, theirs = (
            jax.value_and_grad(make(conv), (0, 1)) for conv in (case.ours(), case.theirs())
        )
        found = calls(ours, x, k)
        assert set(found) == {"dovetail"} and found["dovetail"] >= products, found
        wanted = jax.jit(theirs)(x, k)
        for got, want in zip(jax.tree.leaves(jax.jit(ours)(x, k)), jax.tree.leaves(wanted),
                             strict=True):  # fmt: skip
            assert got.dtype == np.float64
            scale = float(jnp.max(jnp.abs(want)))
            np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12 * scale)


def arrays(*shapes: tuple[int, ...], dtype: str = "float32") -> list[Any]:
    rng = np.random.default_rng(1)
    return [jnp.asarray(rng.normal(size=shape).astype(dtype)) for shape in shapes]


def dense_of(maths: Any) -> Loss:
    return lambda x, w, b: jnp.sum(jnp.sin(maths(x, w, b)))


@dt.op
def ours(x: Any, w: Any, b: Any) -> Any:
    return dt.tanh(x @ w + b)


def theirs(x: Any, w: Any, b: Any) -> Any:
    return jnp.tanh(jnp.matmul(x, w, precision="highest") + b)


@pytest.mark.usefixtures("all_sizes", "wide")
@pytest.mark.parametrize("lead", [(1,), (37,), (3, 5)])
def test_matrices_and_their_derivatives(lead: tuple[int, ...]) -> None:
    given = arrays((*lead, 19), (19, 23), (23,), dtype="float64")
    for order in (1, 2):
        found: list[Any] = []
        for maths in (ours, theirs):
            function = dense_of(maths)
            if order == 2:
                first = jax.grad(function, (0, 1, 2))
                function = lambda *a, f=first: sum(jnp.sum(each * each) for each in f(*a))  # noqa: E731
            gradients = jax.value_and_grad(function, (0, 1, 2))
            if maths is ours:
                assert set(calls(gradients, *given)) == {"dovetail"}
            found.append(jax.jit(gradients)(*given))
        for got, want in zip(*map(jax.tree.leaves, found), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11)


@pytest.mark.usefixtures("all_sizes")
def test_a_layer_has_no_product_of_xla() -> None:
    layer = dt.Conv2D(32, 3, padding="same", activation="relu", features=4).jax
    graph, state = nnx.split(layer)
    (x,) = arrays((2, 4, 20, 4))

    def loss(state: Any, x: Any) -> Any:
        return jnp.sum(nnx.merge(graph, state)(x) ** 2)

    found = calls(jax.grad(loss, (0, 1)), state, x)
    assert set(found) == {"dovetail"}, found


@pytest.mark.usefixtures("all_sizes")
def test_vmap_is_of_jax() -> None:
    conv, reference = CASES["tiles"].ours(), CASES["tiles"].theirs()
    x, k = arrays((2, 5, 27, 6), (3, 3, 3, 6, 33))
    for one, other in (
        (conv, reference), (jax.grad(loss_of(conv), (0, 1)), jax.grad(loss_of(reference), (0, 1))),
    ):  # fmt: skip
        mapped = jax.vmap(one, (None, 0))
        assert calls(mapped, x, k)["convolution"] and not calls(mapped, x, k)["dovetail"]
        wanted = jax.vmap(other, (None, 0))(x, k)
        for got, want in zip(jax.tree.leaves(mapped(x, k)), jax.tree.leaves(wanted), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=2e-4)
    rows, w, b = arrays((4, 3, 8), (8, 5), (5,))
    wanted = jax.grad(lambda w: jnp.sum(jax.vmap(theirs, (0, None, None))(rows, w, b)))(w)
    got = jax.grad(lambda w: jnp.sum(jax.vmap(ours, (0, None, None))(rows, w, b)))(w)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("all_sizes", "wide")
def test_forward_mode_and_checkpoint() -> None:
    given = arrays((6, 9), (9, 7), (7,), dtype="float64")
    moved = arrays((6, 9), (9, 7), (7,), dtype="float64")
    for got, want in zip(jax.jvp(ours, given, moved), jax.jvp(theirs, given, moved), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    gradients = jax.grad(jax.checkpoint(dense_of(ours)), (0, 1, 2))
    assert set(calls(gradients, *given)) == {"dovetail"}
    for got, want in zip(
        gradients(*given), jax.grad(dense_of(theirs), (0, 1, 2))(*given), strict=True
    ):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("all_sizes")
def test_any_number_of_threads_gives_the_same_bits() -> None:
    given = arrays((260, 300), (300, 200), (200,))
    conv = CASES["tiles"].ours()
    images = arrays((4, 30, 30, 16), (3, 3, 16, 64))
    found: list[Any] = []
    for threads in (1, 2):
        with override(num_threads=threads):
            jax.clear_caches()
            both = jax.jit(jax.grad(dense_of(ours), (0, 1, 2)))(*given)
            both += jax.jit(jax.value_and_grad(loss_of(conv), (0, 1)))(*images)[1]
            found.append([np.asarray(each).tobytes() for each in both])
    assert found[0] == found[1]


@pytest.mark.usefixtures("all_sizes")
def test_values_that_are_not_finite() -> None:
    conv, reference = CASES["tiles"].ours(), CASES["tiles"].theirs()
    x, k = arrays((1, 4, 26, 3), (3, 3, 3, 16))
    for value in (np.nan, np.inf):
        bad = x.at[0, 2, 13, 1].set(value)
        np.testing.assert_array_equal(np.isfinite(conv(bad, k)), np.isfinite(reference(bad, k)))


def test_each_product_is_called_where_it_wins() -> None:
    x, w, b = (jnp.zeros(shape) for shape in ((1024, 128), (128, 256), (256,)))
    dense = jax.grad(dense_of(ours), (0, 1, 2))
    assert calls(dense, x, w, b)["dot_general"] == 2  # the value, and the gradient by x
    assert calls(dense, x[:16], w, b)["dot_general"] == 3  # sums of 16 products
    images, kernel = jnp.zeros((8, 28, 28, 32)), jnp.zeros((3, 3, 32, 32))
    conv = jax.grad(loss_of(CASES["tiles"].ours()), (0, 1))
    assert calls(conv, images, kernel)["convolution"] == 0
    assert calls(conv, images[..., :4], kernel[:, :, :4])["convolution"] == 0  # few channels in
    few = jnp.zeros((3, 3, 32, 4))
    assert calls(conv, images, few)["convolution"] == 0  # and out


def test_a_bias_behind_a_product_is_left_to_xla() -> None:
    x, kernel, bias = jnp.ones((64, 32)), jnp.ones((32, 48)), jnp.ones(48)
    biased = dt.op(lambda x, k, b: x @ k + b)
    assert calls(biased, x, kernel, bias) == {"dot_general": 1}
    softmax = dt.op(lambda x, k: dt.softmax(x @ k))  # rows are ours
    assert calls(softmax, x, kernel) == {"dot_general": 1, "dovetail": 1}
    plain = dt.op(lambda x, b: x * x + b)  # nothing before it
    assert calls(plain, x, jnp.ones(32)) == {"dovetail": 1}


def test_what_stays_with_xla(monkeypatch: pytest.MonkeyPatch) -> None:
    conv = CASES["tiles"].ours()
    image, kernel = arrays((2, 5, 20, 6), (3, 3, 6, 16))
    assert calls(conv, image, kernel)["convolution"] == 1  # too small
    monkeypatch.setattr(kernel_policy, "LEAST_WORK", 1)
    jax.clear_caches()
    assert calls(conv, image, kernel)["convolution"] == 0
    assert calls(conv, image[:0], kernel)["convolution"] == 1
    half = image.astype(jnp.bfloat16), kernel.astype(jnp.bfloat16)
    assert calls(conv, *half)["convolution"] == 1
    strided = CASES["steps"].ours()
    gradient = jax.grad(lambda x, k: jnp.sum(strided(x, k) ** 2))
    assert calls(gradient, image, kernel)["convolution"] == 0
    monkeypatch.setattr(kernel_policy, "MOST_WINDOWS", 10)
    assert calls(conv, image, kernel)["convolution"] == 0  # tiles copy no windows
    assert calls(gradient, image[:, :, :9], kernel)["convolution"] == 1  # as many products
    monkeypatch.setattr(lowering, "product_wins", lambda graph: True)
    jax.clear_caches()
    matmul = dt.op(lambda a, b: a @ b)
    assert calls(matmul, *arrays((4, 5), (5, 6)))["dot_general"] == 0
    assert calls(matmul, *arrays((2, 4, 5), (2, 5, 6)))["dot_general"] == 1
    # XLA need not transpose this operand.
    assert calls(lambda a, b: matmul(a.T, b), *arrays((5, 4), (5, 6)))["dot_general"] == 1
