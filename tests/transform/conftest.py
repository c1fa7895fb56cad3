"""Fixtures: comparison of derivatives, and examples of every primitive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from dovetail.graph.dtypes import DType, float64
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.row import input_node
from dovetail.transform.derivative import jvp, vjp

from .primitive_examples import EXAMPLES

Values = Mapping[Node, np.ndarray]


@dataclass
class Checks:
    """Derivatives of a graph against finite differences and against one another."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def input(self, name: str, shape: Shape, dtype: DType = float64) -> Node:
        return input_node(name, shape, dtype)

    def floating(self, nodes: Sequence[Node]) -> list[Node]:
        return [node for node in nodes if node.dtype.is_floating]

    def directional(
        self, outputs: Sequence[Node], values: Values, moves: Values
    ) -> list[np.ndarray]:
        """The change of the outputs along `moves`: central differences of sixth order."""
        step = 2e-3
        weights = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
        result = [np.zeros(output.shape) for output in outputs]
        for count, weight in weights.items():
            for side in (1, -1):
                moved = {
                    node: value + side * count * step * moves[node] if node in moves else value
                    for node, value in values.items()
                }
                for index, value in enumerate(evaluate_nodes(outputs, moved)):
                    result[index] = result[index] + side * weight * value / step
        return result

    def derivatives(
        self, outputs: Sequence[Node], values: Values, order: int = 2, tolerance: float = 1e-7
    ) -> None:
        """jvp against finite differences, vjp against jvp, and both again on the derivatives."""
        outputs = self.floating(outputs)
        wrt = self.floating(list(values))
        moves = {node: self.rng.normal(size=node.shape) for node in wrt}
        tangents = [input_node(f"tangent{order}.{i}", n.shape, n.dtype) for i, n in enumerate(wrt)]
        cotangents = [
            input_node(f"cotangent{order}.{i}", n.shape, n.dtype) for i, n in enumerate(outputs)
        ]
        seeds = {node: self.rng.normal(size=node.shape) for node in cotangents}
        pushed = jvp(outputs, wrt, tangents)
        pulled = vjp(outputs, wrt, cotangents)
        assert [node.shape for node in pushed] == [node.shape for node in outputs]
        assert [node.shape for node in pulled] == [node.shape for node in wrt]
        assert [node.dtype for node in pulled] == [node.dtype for node in wrt]
        everything = {
            **values,
            **seeds,
            **{t: moves[n] for t, n in zip(tangents, wrt, strict=True)},
        }
        forward = evaluate_nodes(pushed, everything)
        reverse = evaluate_nodes(pulled, everything)
        expected = self.directional(outputs, values, moves)
        for mine, theirs in zip(forward, expected, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)
        by_forward = sum(
            float(np.sum(seeds[c] * f)) for c, f in zip(cotangents, forward, strict=True)
        )
        by_reverse = sum(float(np.sum(moves[n] * r)) for n, r in zip(wrt, reverse, strict=True))
        scale = 1 + abs(by_forward)
        assert abs(by_forward - by_reverse) <= 1e-9 * scale, (by_forward, by_reverse)
        if order > 1:
            self.derivatives(pulled, {**values, **seeds}, order - 1, tolerance * 10)
            along = {t: moves[n] for t, n in zip(tangents, wrt, strict=True)}
            self.derivatives(pushed, {**values, **along}, order - 1, tolerance * 10)


@pytest.fixture
def checks() -> Checks:
    return Checks()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "example" in metafunc.fixturenames:
        metafunc.parametrize("example", EXAMPLES, ids=str)
