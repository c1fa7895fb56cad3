"""Run a program by Dovetail in one of several ways, and compare it with the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tests.fuzz.compare import DERIVATIVES, SECOND, VALUES, described
from tests.fuzz.derivatives import Derivatives, differentiable
from tests.fuzz.programs import FLOATS, Input, Program, compiled
from tests.fuzz.reference import evaluate
from tests.fuzz.scripts import arguments, caller, cotangents, definition, script, tangents
from tests.fuzz.tables import TABLE


@dataclass(frozen=True)
class Failure:
    """A program that Dovetail runs wrongly: which way of running it, and what is wrong."""

    program: Program
    way: str
    kind: str  # "number", or the name of an exception
    message: str

    def __str__(self) -> str:
        told = "\n".join(f"# {line}" for line in self.message.splitlines())
        return f"{script(self.program, self.way)}{told}\n"


class Raised(Exception):
    """Dovetail raised an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Run:
    """One program and its reference. Each way to run it yields what is wrong."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.reference = evaluate(program)
        self.moving = [n for n, item in enumerate(program.inputs) if item.dtype in FLOATS]

    def results(self, way: str) -> Any:
        """What Dovetail finds."""
        code = f"{definition(self.program, way)}\n{caller(self.program, way)}"
        run = compiled(code, "run")
        given = arguments(self.program, way, self.reference)
        try:
            return run(**given)
        except Exception as error:  # every error of a program is a finding
            raise Raised(error) from error

    def outputs(self, results: Any) -> Iterator[str | None]:
        """The values of the outputs."""
        for place, (found, n) in enumerate(
            zip(several(results), self.program.outputs, strict=True)
        ):
            lanes, dtype = self.reference.lanes[n], self.reference.dtypes[n]
            message = described(found, lanes, dtype, VALUES, not self.reference.left_range)
            yield message and f"output {place}: {message}"

    def gradients(self, found: Any, lanes: Sequence[Any], order: float) -> Iterator[str | None]:
        """What belongs to the floating inputs."""
        for n, one, lanes_of_one in zip(self.moving, found, lanes, strict=True):
            message = described(one, lanes_of_one, self.program.inputs[n].dtype, order)
            yield message and f"derivative by x{n}: {message}"

    def value(self) -> Iterator[str | None]:
        """All outputs, compiled together."""
        yield from self.outputs(self.results("value"))

    def eager(self) -> Iterator[str | None]:
        """Each step by itself, on arrays."""
        yield from self.outputs(self.results("eager"))

    def alone(self) -> Iterator[str | None]:
        """Each output by itself: the same bits as among the others.

        How a sum is cut into parts, and whether products are contracted with it, follows from
        the kernel: what was summed has the same value within its bounds only.
        """
        together = several(self.results("value"))
        for place, n in enumerate(self.program.outputs):
            run = Run(replace(self.program, outputs=(n,)))
            single = run.results("value")
            if self._sums(n):
                yield from run.outputs(single)
                continue
            differ = np.flatnonzero(_bits(single) != _bits(together[place]))
            if differ.size:
                pair = (np.asarray(a).reshape(-1)[differ[0]] for a in (together[place], single))
                yield f"output {place}: {differ.size} elements differ, " + " and alone ".join(
                    map(repr, pair)
                )

    def _sums(self, n: int) -> bool:
        """Whether a sum goes into a value."""
        first = len(self.program.inputs)
        if n < first:
            return False
        step = self.program.steps[n - first]
        row = TABLE[step.name]
        return row.accumulates or row.parts is not None or any(map(self._sums, step.operands))

    def vmap(self) -> Iterator[str | None]:
        """A batch of two: the arguments, and the arguments backwards."""
        found = several(self.results("vmap"))
        backwards = tuple(
            Input(np.flip(item.values()).reshape(item.array.shape)) for item in self.program.inputs
        )
        yield from self.outputs(tuple(np.asarray(r)[0] for r in found))
        second = Run(replace(self.program, inputs=backwards))
        yield from second.outputs(tuple(np.asarray(r)[1] for r in found))

    def vjp(self) -> Iterator[str | None]:
        """The pullback of random cotangents."""
        lanes = Derivatives(self.program).vjp(
            list(cotangents(self.program, self.reference).values())
        )
        value, found = self.results("vjp")
        yield from self.outputs(value)
        yield from self.gradients([found[n] for n in self.moving], lanes, DERIVATIVES)

    def grad(self) -> Iterator[str | None]:
        """The gradient of a weighted sum of the outputs."""
        lanes = Derivatives(self.program).vjp(
            list(cotangents(self.program, self.reference).values())
        )
        yield from self.gradients(several(self.results("grad")), lanes, DERIVATIVES)

    def jvp(self) -> Iterator[str | None]:
        """The tangents of the outputs along random tangents."""
        lanes = Derivatives(self.program).jvp(list(tangents(self.program).values()))
        value, found = self.results("jvp")
        yield from self.outputs(value)
        for place, n in enumerate(self.program.outputs):
            dtype = self.reference.dtypes[n]
            message = described(several(found)[place], lanes[place], dtype, DERIVATIVES)
            yield message and f"tangent of output {place}: {message}"

    def second(self) -> Iterator[str | None]:
        """The gradient of the gradient, along random tangents."""
        lanes = Derivatives(self.program).second(
            list(cotangents(self.program, self.reference).values()),
            list(tangents(self.program).values()),
        )
        yield from self.gradients(several(self.results("second")), lanes, SECOND)


def several(results: Any) -> tuple[Any, ...]:
    """Results as a tuple, also where there is one."""
    return results if isinstance(results, tuple) else (results,)


def _bits(array: Any) -> Any:
    """The elements as integers; every NaN is the same."""
    array = np.ascontiguousarray(array).reshape(-1)
    same = (
        array if array.dtype.kind == "b" else np.where(array != array, array.dtype.type(0), array)
    )
    return same.view(f"u{array.dtype.itemsize}")


HALVES = frozenset({"float16", "bfloat16"})
WAYS = ("value", "vjp", "grad", "jvp", "second", "vmap", "eager", "alone")


def possible(program: Program, way: str) -> bool:
    """Whether a program can be run this way."""
    if way == "alone" and not HALVES.isdisjoint(evaluate(program).dtypes):
        return False  # a half precision is rounded where it is stored, and an output is
    if way not in ("vjp", "grad", "jvp", "second"):
        return True
    dtypes = evaluate(program).dtypes
    return (
        differentiable(program)
        and all(dtypes[n] in FLOATS for n in program.outputs)
        and any(item.dtype in FLOATS for item in program.inputs)
        # Conventions for the slope at NaN differ.
        and not any(np.any(np.isnan(v)) for v in _floats(program))
    )


def _floats(program: Program) -> Iterator[Any]:
    for item in program.inputs:
        if item.dtype in FLOATS:
            yield item.values().astype(np.float64)


def check(program: Program, way: str) -> Failure | None:
    """Run a program one way; what is wrong, or None."""
    run = Run(program)
    try:
        for message in getattr(run, way)():
            if message is not None:
                return Failure(program, way, "number", message)
    except Raised as raised:
        kind = type(raised.error).__name__
        return Failure(program, way, kind, f"{kind}: {raised.error}")
    return None
