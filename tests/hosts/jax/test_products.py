"""Products and convolutions of ours in JAX: custom calls of the CPU, and JAX' own elsewhere.

The reference is XLA's own convolution and product, and their derivatives by JAX, in float64.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.compile import tiled_convolution  # noqa: E402
from dovetail.hosts.jax import kernel_policy  # noqa: E402
from dovetail.options import override  # noqa: E402

Loss = Callable[..., Any]


@pytest.fixture(autouse=True)
def _small_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_policy, "LEAST_WORK", 1)


def calls(function: Loss, *args: Any) -> Counter[str]:
    """Custom calls of ours, products and convolutions in a program before XLA compiles it."""
    text = jax.jit(function).lower(*args).as_text()
    found = re.findall(r"@(dovetail)_|stablehlo\.(dot_general|convolution)", text)
    return Counter(ours or theirs for ours, theirs in found)


def conv_of(options: dict[str, Any]) -> tuple[Loss, Loss]:
    """The same convolution by us and by JAX."""
    rank = len(options["steps"])
    space = ("W", "HW", "DHW")[rank - 1]

    def ours(x: Any, k: Any) -> Any:
        return dt.conv(
            x, k, options["steps"], options["padding"], options.get("dilation", 1),
            options.get("groups", 1),
        )  # fmt: skip

    def theirs(x: Any, k: Any) -> Any:
        return lax.conv_general_dilated(
            x, k, options["steps"], options["padding"],
            rhs_dilation=(options.get("dilation", 1),) * rank,
            dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
            feature_group_count=options.get("groups", 1), precision="highest",
        )  # fmt: skip

    return dt.op(ours), theirs


def loss_of(conv: Loss) -> Loss:
    return lambda x, k: jnp.sum(jnp.sin(conv(x, k)))


def second_of(conv: Loss) -> Loss:
    """A loss of both gradients: its gradients are of second order."""
    first = jax.grad(loss_of(conv), (0, 1))
    return lambda x, k: sum(jnp.sum(each * each) for each in first(x, k))


# Shape of the array, of the kernel, and options.
CASES: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "short rows": ((2, 6, 7, 5), (3, 3, 5, 9), {"steps": (1, 1), "padding": [(1, 1), (1, 1)]}),
    "tiles": ((2, 5, 27, 6), (3, 3, 6, 33), {"steps": (1, 1), "padding": [(1, 1), (1, 1)]}),
    "tiles of one vector": ((1, 3, 30, 3), (2, 3, 3, 8), {"steps": (1, 1), "padding": [(0, 1)] * 2}),
    "no border": ((2, 4, 28, 4), (3, 3, 4, 16), {"steps": (1, 1), "padding": [(0, 0)] * 2}),
    "steps": ((2, 9, 51, 4), (3, 3, 4, 16), {"steps": (2, 2), "padding": [(1, 0), (0, 2)]}),
    "unread": ((1, 8, 12, 3), (3, 2, 3, 8), {"steps": (3, 5), "padding": [(0, 0)] * 2}),
    "a point": ((2, 4, 6, 8), (1, 1, 8, 5), {"steps": (1, 1), "padding": [(0, 0)] * 2}),
    "points apart": ((2, 5, 40, 8), (1, 1, 8, 12), {"steps": (2, 2), "padding": [(0, 0)] * 2}),
    "dilated": ((2, 7, 31, 3), (3, 2, 3, 9), {"steps": (1, 1), "padding": [(2, 2)] * 2, "dilation": 2}),
    "groups": ((2, 5, 6, 6), (3, 3, 2, 9), {"steps": (1, 1), "padding": [(1, 1)] * 2, "groups": 3}),
    "wide padding": ((2, 4, 5, 3), (2, 2, 3, 4), {"steps": (1, 1), "padding": [(3, 2), (0, 4)]}),
    "a line": ((3, 40, 5), (4, 5, 17), {"steps": (1,), "padding": [(3, 0)]}),
    "a volume": ((1, 3, 4, 26, 2), (2, 2, 3, 2, 10), {"steps": (1, 1, 1), "padding": [(1, 0)] * 3}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_convolutions_and_their_derivatives(name: str) -> None:
    rng = np.random.default_rng(0)
    x_shape, k_shape, options = CASES[name]
    x, k = rng.normal(size=x_shape), rng.normal(size=k_shape)
    ours, theirs = conv_of(options)
    with jax.enable_x64(True):
        for make, products in ((loss_of, 3), (second_of, 9)):
            function = jax.value_and_grad(make(ours), (0, 1))
            found = calls(function, x, k)
            assert set(found) == {"dovetail"} and found["dovetail"] >= products, found
            wanted = jax.jit(jax.value_and_grad(make(theirs), (0, 1)))(x, k)
            for got, want in zip(
                jax.tree.leaves(jax.jit(function)(x, k)), jax.tree.leaves(wanted), strict=True
            ):
                assert got.dtype == np.float64
                scale = float(jnp.max(jnp.abs(want)))
                np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12 * scale)
