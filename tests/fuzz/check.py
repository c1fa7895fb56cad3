"""Run a program by Dovetail in one of several ways, and compare it with the reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fuzz.compare import described
from tests.fuzz.derivatives import Derivatives, differentiable
from tests.fuzz.operations import texts
from tests.fuzz.programs import DTYPES, FLOATS, Program, compiled, literal, source
from tests.fuzz.reference import evaluate, uniform


@dataclass(frozen=True)
class Failure:
    """A program that Dovetail runs wrongly: which way of running it, and what is wrong."""

    program: Program
    way: str
    kind: str  # "number", or the name of an exception
    message: str

    def code(self) -> str:
        """The program as code that can be run."""
        return script(self.program, self.way)

    def __str__(self) -> str:
        told = "\n".join(f"# {line}" for line in self.message.splitlines())
        return f"{self.code()}{told}\n"


def weights(shape: tuple[int, ...], dtype: str, salt: int) -> Any:
    """Numbers from -1 to 1 for a cotangent or a tangent, the same for the same arguments."""
    count = int(np.prod(shape))
    numbers = uniform(np.arange(1.0, count + 1), 100 + salt)
    return (np.round(numbers * 64) / 64).reshape(shape).astype(DTYPES[dtype])


class Ways:
    """The ways to run a program. Each returns pairs (what, found, lanes, dtype)."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.reference = evaluate(program)

    def _outputs(self, results: Any) -> list[tuple[str, Any, Any, str]]:
        results = results if isinstance(results, tuple) else (results,)
        return [
            (f"output {place}", found, self.reference.lanes[n], self.reference.dtypes[n])
            for place, (found, n) in enumerate(zip(results, self.program.outputs, strict=True))
        ]

    def _scope(self) -> dict[str, Any]:
        arguments = self.program.arguments()
        scope = {f"x{n}": argument for n, argument in enumerate(arguments)}
        for place, n in enumerate(self.program.outputs):
            dtype = self.reference.dtypes[n]
            if dtype in FLOATS:
                scope[f"w{place}"] = weights(self.reference.lanes[n][0].shape, dtype, place)
        for place, item in enumerate(self.program.inputs):
            if item.dtype in FLOATS:
                scope[f"t{place}"] = weights(item.array.shape, item.dtype, 50 + place)
        return scope

    def _run(self, way: str) -> Any:
        run = compiled(f"{definition(self.program)}\n{caller(self.program, way)}", "run")
        return run(**self._scope())

    def _floats(self) -> list[int]:
        return [n for n, item in enumerate(self.program.inputs) if item.dtype in FLOATS]

    def value(self) -> list[tuple[str, Any, Any, str]]:
        """The values of all outputs, compiled together."""
        return self._outputs(self._run("value"))

    def eager(self) -> list[tuple[str, Any, Any, str]]:
        """Each step by itself, on arrays."""
        return self._outputs(self._run("eager"))

    def alone(self) -> list[tuple[str, Any, Any, str]]:
        """Each output by itself has the same bits as among the others."""
        found = []
        together = self._run("value")
        together = together if isinstance(together, tuple) else (together,)
        for place, n in enumerate(self.program.outputs):
            single = Program(self.program.inputs, self.program.steps, (n,))
            value = np.asarray(Ways(single)._run("value"))
            lanes = [np.asarray(together[place]).astype(np.float64)] * 5
            same = np.array_equal(_bits(value), _bits(together[place]))
            dtype = self.reference.dtypes[n]
            exact = value if same else value.astype(np.float64)
            found.append((f"output {place} alone", exact, lanes if not same else [value] * 5, dtype))
        return found

    def vmap(self) -> list[tuple[str, Any, Any, str]]:
        """A batch of two: the arguments, and the arguments backwards."""
        return self._outputs(tuple(np.asarray(r)[0] for r in self._tuple(self._run("vmap"))))

    def _tuple(self, results: Any) -> tuple[Any, ...]:
        return results if isinstance(results, tuple) else (results,)

    def _gradients(self, found: Any, lanes: list[Any], what: str) -> list[tuple[str, Any, Any, str]]:
        return [
            (f"{what} of x{n}", found_one, lanes_one, self.program.inputs[n].dtype)
            for n, found_one, lanes_one in zip(self._floats(), found, lanes, strict=True)
        ]

    def vjp(self) -> list[tuple[str, Any, Any, str]]:
        """The pullback of random cotangents."""
        scope = self._scope()
        lanes = Derivatives(self.program).vjp([scope[f"w{p}"] for p in range(len(self.program.outputs))])
        value, found = self._run("vjp")
        return [
            *self._outputs(value),
            *self._gradients([found[n] for n in self._floats()], lanes, "cotangent"),
        ]

    def grad(self) -> list[tuple[str, Any, Any, str]]:
        """The gradient of a weighted sum of the outputs."""
        scope = self._scope()
        lanes = Derivatives(self.program).vjp([scope[f"w{p}"] for p in range(len(self.program.outputs))])
        return self._gradients(self._tuple(self._run("grad")), lanes, "gradient")

    def jvp(self) -> list[tuple[str, Any, Any, str]]:
        """The tangents of the outputs along random tangents."""
        scope = self._scope()
        lanes = Derivatives(self.program).jvp([scope[f"t{n}"] for n in self._floats()])
        value, found = self._run("jvp")
        moved = [
            (f"tangent of output {place}", tangent, one, self.reference.dtypes[n])
            for place, (n, tangent, one) in enumerate(
                zip(self.program.outputs, self._tuple(found), lanes, strict=True)
            )
        ]
        return [*self._outputs(value), *moved]

    def second(self) -> list[tuple[str, Any, Any, str]]:
        """The gradient of the gradient, along random tangents."""
        scope = self._scope()
        lanes = Derivatives(self.program).second(
            [scope[f"w{p}"] for p in range(len(self.program.outputs))],
            [scope[f"t{n}"] for n in self._floats()],
        )
        return self._gradients(self._tuple(self._run("second")), lanes, "second derivative")


def _bits(array: Any) -> Any:
    array = np.ascontiguousarray(array)
    nan = np.isnan(array.astype(np.float64)) if array.dtype.kind != "b" else np.zeros(array.shape, bool)
    return np.where(nan, 0, array.view(f"u{array.dtype.itemsize}").reshape(array.shape))


def definition(program: Program) -> str:
    """The function as code."""
    return source(program, texts())


def caller(program: Program, way: str) -> str:
    """A function `run` that calls the program in one way."""
    names = [f"x{n}" for n in range(len(program.inputs))]
    floats = [n for n, item in enumerate(program.inputs) if item.dtype in FLOATS]
    xs = ", ".join(names)
    ws = ", ".join(f"w{p}" for p in range(len(program.outputs)))
    ts = ", ".join(f"t{n}" for n in floats)
    one = len(program.outputs) == 1
    comma = "," if len(floats) == 1 else ""
    total = " + ".join(f"dt.sum(v{p} * w{p})" for p in range(len(program.outputs)))
    values = ", ".join(f"v{p}" for p in range(len(program.outputs)))
    scalar = f"    def total({xs}, {ws}):\n        {values} = program({xs})\n        return {total}\n"
    head = "def run(**given):\n    " + "".join(
        f"{name} = given.get('{name}'); " for name in [*names, *ws.split(", "), *filter(None, ts.split(", "))]
    ) + "\n"
    body = {
        "value": f"    return dt.op(program)({xs})\n",
        "alone": f"    return dt.op(program)({xs})\n",
        "eager": f"    return program({xs})\n",
        "vmap": "    def both(x):\n        x = np.asarray(x)\n        return np.stack([x, np.flip(x)])\n"
        f"    return dt.vmap(program)({', '.join(f'both({n})' for n in names)})\n",
        "vjp": f"    value, pullback = dt.vjp(program, {xs})\n"
        f"    return value, pullback({ws if one else f'({ws})'})\n",
        "grad": f"{scalar}    return dt.grad(total, argnums=({', '.join(map(str, floats))}{comma}))({xs}, {ws})\n",
        "jvp": f"    return dt.jvp(program, ({xs},), ("
        + "".join(f"t{n}, " if n in floats else "None, " for n in range(len(names))) + "))\n",
        "second": f"{scalar}    def turned({xs}, {ws}, {ts}):\n"
        f"        found = dt.grad(total, argnums=({', '.join(map(str, floats))}{comma}))({xs}, {ws})\n"
        f"        return {' + '.join(f'dt.sum(found[{i}] * t{n})' for i, n in enumerate(floats))}\n"
        f"    return dt.grad(turned, argnums=({', '.join(map(str, floats))}{comma}))({xs}, {ws}, {ts})\n",
    }[way]  # fmt: skip
    return head + body


def script(program: Program, way: str) -> str:
    """All of it as a script."""
    lines = ["import ml_dtypes", "import numpy as np", "import dovetail as dt", "inf, nan = np.inf, np.nan", ""]
    lines += [definition(program), caller(program, way)]
    given = [f"x{n}={literal(item)}" for n, item in enumerate(program.inputs)]
    lanes = evaluate(program)
    if way in ("vjp", "grad", "second"):
        for place, n in enumerate(program.outputs):
            shape, dtype = lanes.lanes[n][0].shape, lanes.dtypes[n]
            given.append(f"w{place}={_small(weights(shape, dtype, place))}")
    if way in ("jvp", "second"):
        for place, item in enumerate(program.inputs):
            if item.dtype in FLOATS:
                given.append(f"t{place}={_small(weights(item.array.shape, item.dtype, 50 + place))}")
    joined = ",\n    ".join(given)
    return "\n".join(lines) + f"\nprint(run(\n    {joined},\n))\n"


def _small(array: Any) -> str:
    name = "ml_dtypes.bfloat16" if array.dtype.name == "bfloat16" else f"np.{array.dtype.name}"
    listed = array.astype(np.float64).tolist() if array.size else f"np.zeros({array.shape})"
    return f"np.array({listed}, {name})"


WAYS = ("value", "vjp", "grad", "jvp", "second", "vmap", "eager", "alone")
DERIVATIVES = ("vjp", "grad", "jvp", "second")


def possible(program: Program, way: str) -> bool:
    """Whether a program can be run this way."""
    if way not in DERIVATIVES:
        return True
    dtypes = evaluate(program).dtypes
    outputs = all(dtypes[n] in FLOATS for n in program.outputs)
    inputs = any(item.dtype in FLOATS for item in program.inputs)
    return inputs and outputs and differentiable(program)


def check(program: Program, way: str, ways: Callable[[Program], Ways] = Ways) -> Failure | None:
    """Run a program one way; what is wrong, or None."""
    try:
        compared: Sequence[tuple[str, Any, Any, str]] = getattr(ways(program), way)()
    except Exception as error:
        return Failure(program, way, type(error).__name__, f"{type(error).__name__}: {error}")
    for what, found, lanes, dtype in compared:
        finite_only = not what.startswith("output")
        message = described(found, lanes, dtype, finite_only)
        if message is not None:
            return Failure(program, way, "number", f"{what}: {message}")
    return None
