"""Derivatives of a program by PyTorch's autograd in float64, lane by lane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.fuzz.backends import Torch
from tests.fuzz.operations import torch
from tests.fuzz.programs import FLOATS, Program
from tests.fuzz.reference import JITTER, LANES, PLAIN, ROUNDING, Evaluation, uniform
from tests.fuzz.tables import TABLE


def differentiable(program: Program) -> bool:
    """Whether the reference knows the derivatives of every step."""
    return torch is not None and all(
        TABLE[step.name].torch or TABLE[step.name].parts for step in program.steps
    )


def _lanes(array: Any, dtype: str) -> list[Any]:
    """A given array, in each lane a little off: its sums are sums of rounded numbers."""
    wide = np.asarray(array).astype(np.float64)
    found = [
        torch.tensor(
            wide * (1 + (JITTER[dtype] * ROUNDING[dtype] * uniform(wide, lane) if lane else 0))
        )
        for lane in range(LANES)
    ]
    return [*found, Torch().cast(torch.tensor(wide), dtype)]


class Derivatives:
    """A program that was run by PyTorch, ready to be differentiated.

    Float inputs are the variables; the outputs must be floats.
    """

    def __init__(self, program: Program) -> None:
        self.evaluation = Evaluation(Torch(), kinks=True)
        self.variables: list[list[Any]] = []
        with np.errstate(all="ignore"):
            for item in program.inputs:
                values = item.values()
                if item.dtype in FLOATS:
                    wide = values.astype(np.float64)
                    lanes = [torch.tensor(wide, requires_grad=True) for _ in range(LANES)]
                    plain = Torch().cast(torch.tensor(wide), item.dtype).requires_grad_()
                    self.variables.append([*lanes, plain])
                    self.evaluation.input(self.variables[-1], item.dtype)
                else:
                    lanes = [
                        torch.from_numpy(
                            values.astype(np.int64 if values.dtype != np.bool_ else np.bool_)
                        )
                    ] * (LANES + 1)
                    self.evaluation.input(lanes, item.dtype)
            for step in program.steps:
                self.evaluation.step(step)
        self.dtypes = [item.dtype for item in program.inputs if item.dtype in FLOATS]
        self.outputs = [self.evaluation.lanes[n] for n in program.outputs]
        self.output_dtypes = [self.evaluation.dtypes[n] for n in program.outputs]

    def _gradient(self, values: Any, weights: Any, leaves: Any, create: bool = False) -> list[Any]:
        total = sum((v.double() * w.double()).sum() for v, w in zip(values, weights, strict=True))
        if not getattr(total, "requires_grad", False):
            return [torch.zeros_like(leaf) for leaf in leaves]
        found = torch.autograd.grad(total, leaves, allow_unused=True, create_graph=create)
        return [
            torch.zeros_like(leaf) if g is None else g
            for g, leaf in zip(found, leaves, strict=True)
        ]

    def _each_lane(self, weights: list[list[Any]], work: Any) -> list[list[Any]]:
        """Results of `work(outputs, weights, variables)` in each lane, result by result."""
        found = [
            [
                np.asarray(value.detach().numpy(force=True))
                for value in work(
                    [o[lane] for o in self.outputs], [w[lane] for w in weights],
                    [v[lane] for v in self.variables], lane,
                )
            ]
            for lane in range(PLAIN + 1)
        ]  # fmt: skip
        return [list(lanes) for lanes in zip(*found, strict=True)]

    def vjp(self, cotangents: Sequence[Any]) -> list[list[Any]]:
        """The cotangent of each variable, in each lane."""
        given = [_lanes(c, d) for c, d in zip(cotangents, self.output_dtypes, strict=True)]
        return self._each_lane(given, lambda o, w, v, lane: self._gradient(o, w, v))

    def jvp(self, tangents: Sequence[Any]) -> list[list[Any]]:
        """The tangent of each output, in each lane: the transpose of the transpose."""
        given = [_lanes(t, d) for t, d in zip(tangents, self.dtypes, strict=True)]

        def work(outputs: Any, moves: Any, variables: Any, lane: int) -> list[Any]:
            weights = [torch.ones_like(o).requires_grad_() for o in outputs]
            pulled = self._gradient(outputs, weights, variables, create=True)
            return self._gradient(
                pulled, [m.to(p.dtype) for m, p in zip(moves, pulled, strict=True)], weights
            )

        found = [
            [work([o[lane] for o in self.outputs], [t[lane] for t in given],
                  [v[lane] for v in self.variables], lane) for lane in range(PLAIN + 1)]
        ][0]  # fmt: skip
        return [
            [np.asarray(value.detach().numpy(force=True)) for value in lanes]
            for lanes in zip(*found, strict=True)
        ]

    def second(self, weights: Sequence[Any], tangents: Sequence[Any]) -> list[list[Any]]:
        """The gradient of sum(gradient * tangents), where the gradient is of sum(out * weights)."""
        given = [_lanes(w, d) for w, d in zip(weights, self.output_dtypes, strict=True)]
        moves = [_lanes(t, d) for t, d in zip(tangents, self.dtypes, strict=True)]

        def work(outputs: Any, w: Any, variables: Any, lane: int) -> list[Any]:
            pulled = self._gradient(outputs, w, variables, create=True)
            return self._gradient(pulled, [m[lane] for m in moves], variables)

        return self._each_lane(given, work)
