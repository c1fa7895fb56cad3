"""The code that runs a program in one way, as it is run and as it is printed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.operations import calls, texts
from tests.fuzz.programs import DTYPES, FLOATS, Program, literal, numbers, source
from tests.fuzz.reference import Evaluation, evaluate, uniform


def weights(shape: tuple[int, ...], dtype: str, salt: int) -> Any:
    """Numbers from -1 to 1 for a cotangent or a tangent, the same for the same arguments."""
    count = int(np.prod(shape))
    drawn = uniform(np.arange(1.0, count + 1), 100 + salt)
    return (np.round(drawn * 64) / 64).reshape(shape).astype(DTYPES[dtype])


def cotangents(program: Program, reference: Evaluation) -> dict[str, Any]:
    """A weight for each element of the outputs, by the names that the code has for them."""
    return {
        f"w{place}": weights(np.shape(reference.lanes[n][0]), reference.dtypes[n], place)
        for place, n in enumerate(program.outputs)
        if reference.dtypes[n] in FLOATS
    }


def tangents(program: Program) -> dict[str, Any]:
    """A direction for each floating input, by the names that the code has for them."""
    return {
        f"t{n}": weights(item.array.shape, item.dtype, 50 + n)
        for n, item in enumerate(program.inputs)
        if item.dtype in FLOATS
    }


def definition(program: Program, way: str) -> str:
    """The function as code; eagerly, operators of arrays would be NumPy's."""
    return source(program, calls() if way == "eager" else texts())


_BOTH = """    def both(x):
        return np.stack([x, np.flip(x)])
"""


def caller(program: Program, way: str) -> str:
    """A function `run` that calls the program in one way, on its inputs, weights and directions."""
    xs = [f"x{n}" for n in range(len(program.inputs))]
    moving = [n for n, item in enumerate(program.inputs) if item.dtype in FLOATS]
    ws = [f"w{place}" for place in range(len(program.outputs))]
    ts = [f"t{n}" for n in moving]
    given = {"vjp": xs + ws, "grad": xs + ws, "jvp": xs + ts, "second": xs + ws + ts}.get(way, xs)
    x, w, argnums = ", ".join(xs), ", ".join(ws), f"argnums={tuple(moving)}"
    values = ", ".join(f"v{place}" for place in range(len(ws)))
    total = (
        f"    def total({x}, {w}):\n"
        f"        {values} = program({x})\n"
        f"        return {' + '.join(f'dt.sum(v{n} * w{n})' for n in range(len(ws)))}\n"
    )
    gradient = f"dt.grad(total, {argnums})({x}, {w})"
    directions = ", ".join(f"t{n}" if n in moving else "None" for n in range(len(xs)))
    turned = " + ".join(f"dt.sum(found[{i}] * {t})" for i, t in enumerate(ts))
    body = {
        "value": f"    return dt.op(program)({x})\n",
        "alone": f"    return dt.op(program)({x})\n",
        "eager": f"    return program({x})\n",
        "vmap": f"{_BOTH}    return dt.vmap(program)({', '.join(f'both({n})' for n in xs)})\n",
        "vjp": f"    value, pullback = dt.vjp(program, {x})\n"
        f"    return value, pullback({w if len(ws) == 1 else f'({w})'})\n",
        "grad": f"{total}    return {gradient}\n",
        "jvp": f"    return dt.jvp(program, ({x},), ({directions},))\n",
        "second": f"{total}    def turned({x}, {w}, {', '.join(ts)}):\n"
        f"        found = {gradient}\n"
        f"        return {turned}\n"
        f"    return dt.grad(turned, {argnums})({x}, {w}, {', '.join(ts)})\n",
    }[way]
    return f"def run({', '.join(given)}):\n{body}"


def arguments(program: Program, way: str, reference: Evaluation) -> dict[str, Any]:
    """What `run` is called with."""
    found: dict[str, Any] = {f"x{n}": array for n, array in enumerate(program.arguments())}
    if way in ("vjp", "grad", "second"):
        found |= cotangents(program, reference)
    if way in ("jvp", "second"):
        found |= tangents(program)
    return found


def script(program: Program, way: str) -> str:
    """All of it as a script."""
    given = {f"x{n}": literal(item) for n, item in enumerate(program.inputs)}
    for name, array in arguments(program, way, evaluate(program)).items():
        if name not in given:
            given[name] = numbers(array)
    listed = "".join(f"    {name}={text},\n" for name, text in given.items())
    return (
        "import ml_dtypes\nimport numpy as np\nimport dovetail as dt\ninf, nan = np.inf, np.nan\n\n"
        f"{definition(program, way)}\n{caller(program, way)}\nprint(run(\n{listed}))\n"
    )
