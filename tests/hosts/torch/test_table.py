"""The decomposition: every primitive in PyTorch's own functions against the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")

from dovetail.graph.dtypes import (  # noqa: E402
    DType,
    bfloat16,
    float16,
    float64,
    int8,
    int32,
    int64,
    uint8,
)
from dovetail.graph.evaluate import evaluate_nodes  # noqa: E402
from dovetail.graph.node import Graph  # noqa: E402
from dovetail.graph.primitives import PRIMITIVES, indexing  # noqa: E402
from dovetail.graph.primitives.row import input_node  # noqa: E402
from dovetail.hosts.torch.dtypes import from_numpy, to_numpy  # noqa: E402
from dovetail.hosts.torch.table import TABLE  # noqa: E402
from dovetail.operations.composite import prepared  # noqa: E402
from dovetail.operations.straight_line import straight_line  # noqa: E402
from tests.hosts.tables import (  # noqa: E402
    check_example,
    check_shifts,
    check_that_conversions_saturate,
    check_that_halves_are_rounded_once,
    check_that_it_covers_every_primitive,
)
from tests.transform.primitive_examples import EXAMPLES, Example  # noqa: E402


def decomposed(graph: Graph, values: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph in PyTorch's functions."""
    outputs = straight_line(prepared(graph, TABLE), TABLE)(*map(from_numpy, values))
    return [to_numpy(output) for output in outputs]


def test_the_table_covers_every_primitive() -> None:
    check_that_it_covers_every_primitive(TABLE)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_each_primitive_is_right(example: Example) -> None:
    check_example(example, decomposed)


@pytest.mark.parametrize("dtype", [int8, int32, uint8, int64])
def test_conversions_to_integers_saturate(dtype: DType) -> None:
    check_that_conversions_saturate(dtype, decomposed)


@pytest.mark.parametrize("dtype", [float16, bfloat16])
def test_half_precisions_are_rounded_once(dtype: DType) -> None:
    check_that_halves_are_rounded_once(dtype, decomposed)


def test_shifts_by_more_than_the_width() -> None:
    check_shifts(decomposed)


# Functions that are written of others here, because ONNX' own lose digits or signs.

EDGES = [0.0, -0.0, 1e-300, -1e-300, 1e-20, -1e-20, 1e-5, -1e-5, 0.3, -0.3, 1.0, -1.0, 2.5, -2.5]
EDGES += [20.0, -20.0, 700.0, -700.0, 711.0, -711.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("name", ["expm1", "sinh", "erfc", "signbit"])
def test_functions_of_others_are_accurate(name: str) -> None:
    _check_unary(name, np.array(EDGES))


def test_log1p_is_accurate() -> None:
    _check_unary("log1p", np.array([x for x in EDGES if not x <= -1.0] + [-1.0, -0.999999, 1e300]))


def _check_unary(name: str, values: np.ndarray) -> None:
    x = input_node("x", values.shape, float64)
    output = PRIMITIVES[name](x)
    with np.errstate(all="ignore"):
        (want,) = evaluate_nodes([output], {x: values})
    (got,) = decomposed(Graph((x,), (output,)), [values])
    np.testing.assert_allclose(got, want, rtol=4e-15, atol=0.0)
    known = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(want[known]))


@pytest.mark.parametrize("name", ["atan2", "copysign"])
def test_functions_of_two_arguments_keep_signs(name: str) -> None:
    a, b = (grid.ravel() for grid in np.meshgrid(EDGES[:-1], EDGES[:-1]))
    x, y = input_node("x", a.shape, float64), input_node("y", b.shape, float64)
    output = PRIMITIVES[name](x, y)
    (want,) = evaluate_nodes([output], {x: a, y: b})
    (got,) = decomposed(Graph((x, y), (output,)), [a, b])
    np.testing.assert_allclose(got, want, rtol=4e-15, atol=0.0)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(want))


def test_an_element_that_is_not_there_is_nan() -> None:
    x, n = input_node("x", (3,), float64), input_node("n", (4,), int64)
    checked = indexing.checked_index(n, extent=3)
    output = indexing.gather(x, checked, axis=0)
    got = decomposed(
        Graph((x, n), (output,)), [np.array([1.0, 2.0, 3.0]), np.array([0, 3, 2, -7])]
    )[0]
    np.testing.assert_array_equal(got, [1.0, np.nan, 3.0, np.nan])
