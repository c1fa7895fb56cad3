"""A program as data: inputs, steps and outputs, and the Python code that says the same."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import ml_dtypes
import numpy as np

import dovetail as dt

DTYPES: dict[str, Any] = {
    "float64": np.float64, "float32": np.float32, "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16, "int64": np.int64, "int32": np.int32, "bool": np.bool_,
}  # fmt: skip
FLOATS = ("float64", "float32", "float16", "bfloat16")
# Memory layouts of an array, and the code that gives `{0}` this layout.
LAYOUTS: dict[str, str] = {
    "plain": "{0}",
    "transposed": "np.asfortranarray({0})",
    "gaps": "np.repeat({0}, 2, axis=-1)[..., ::2]",
    "backwards": "{0}[::-1].copy()[::-1]",
    "broadcast": "np.broadcast_to({0}[:1], {0}.shape)",
}


@dataclass(frozen=True)
class Input:
    """An array argument: its values, contiguous, and the layout that it is passed in."""

    array: Any
    layout: str = "plain"

    @property
    def dtype(self) -> str:
        return self.array.dtype.name

    def laid_out(self) -> Any:
        """The array in its layout."""
        if not self.array.ndim:
            return self.array
        return eval(LAYOUTS[self.layout].format("x"), {"np": np, "x": self.array})

    def values(self) -> Any:
        """The values that a reader of the laid-out array sees, contiguous."""
        return np.ascontiguousarray(self.laid_out()).reshape(self.array.shape)


@dataclass(frozen=True)
class Step:
    """One call: a name in the table of operations, operands by number, and attributes.

    Values are numbered from 0: the inputs first, then the results of the steps.
    """

    name: str
    operands: tuple[int, ...]
    attributes: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Program:
    """Inputs, steps, and the numbers of the values that are returned."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    def value_name(self, number: int) -> str:
        return f"x{number}" if number < len(self.inputs) else f"v{number}"

    def arguments(self) -> list[Any]:
        """Fresh arrays for a call."""
        return [item.laid_out() for item in self.inputs]


def trimmed(program: Program) -> Program:
    """The program without steps and inputs that no output needs."""
    first = len(program.inputs)
    needed = set(program.outputs)
    for place in reversed(range(len(program.steps))):
        if first + place in needed:
            needed.update(program.steps[place].operands)
    kept = [n for n in range(first + len(program.steps)) if n in needed]
    inputs = tuple(program.inputs[n] for n in kept if n < first) or program.inputs[:1]
    offset = 0 if any(n < first for n in kept) else 1
    number = {old: new + offset for new, old in enumerate(kept)}
    steps = tuple(
        replace(step, operands=tuple(number[n] for n in step.operands))
        for step in (program.steps[n - first] for n in kept if n >= first)
    )
    return Program(inputs, steps, tuple(number[n] for n in program.outputs))


def source(program: Program, texts: dict[str, str], name: str = "program") -> str:
    """The definition of the program as code that calls `dt`."""
    first = len(program.inputs)
    lines = [f"def {name}({', '.join(f'x{n}' for n in range(first))}):"]
    for place, step in enumerate(program.steps):
        operands = [program.value_name(n) for n in step.operands]
        text = texts[step.name]
        if "{all}" in text:
            text = text.replace("{all}", ", ".join(operands))
        lines.append(f"    v{first + place} = {text.format(*operands, **dict(step.attributes))}")
    lines.append(f"    return {', '.join(program.value_name(n) for n in program.outputs)}")
    return "\n".join(lines) + "\n"


_numbers: Iterator[int] = iter(range(1 << 60))


def compiled(code: str, name: str = "program") -> Callable[..., Any]:
    """The function that some code defines; its lines can be shown in tracebacks."""
    filename = f"<fuzz {next(_numbers)}>"
    linecache.cache[filename] = (len(code), None, code.splitlines(True), filename)
    scope: dict[str, Any] = {"dt": dt, "np": np}
    exec(compile(code, filename, "exec"), scope)
    linecache.cache.pop(filename)
    return scope[name]


def numbers(array: Any) -> str:
    """Code that makes an array."""
    name = "ml_dtypes.bfloat16" if array.dtype.name == "bfloat16" else f"np.{array.dtype.name}"
    if not array.size:
        return f"np.zeros({array.shape}, {name})"
    flat = array.reshape(-1)
    if array.size > 1 and bool(np.all(flat == flat[0])):
        return f"np.full({array.shape}, {flat[0].item()!r}, {name})"
    return f"np.array({array.tolist()!r}, {name})"


def literal(item: Input) -> str:
    """Code that makes an input, in its layout."""
    if item.layout == "plain" or not item.array.ndim:
        return numbers(item.array)
    return LAYOUTS[item.layout].format(numbers(item.array))
