"""The runtime: C code, compiled to LLVM IR that lies beside it in `dovetail/runtime`.

Its tables are laid out as the structs of `abi.h`, which is read here: `words` gives the fields of
a struct in their order. tools/build_runtime.py makes the IR; nothing here needs a compiler of C.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import re
from pathlib import Path
from typing import Any

from dovetail.compile.cpu import native

_FOLDER = Path(__file__).parents[2] / "runtime"
# Large sources that call other code and compute nothing.
CALLING = ("cuda_launch", "jax_cuda", "loop", "pool", "program")


@functools.cache
def ir(name: str) -> str:
    """The IR of a source, for this processor."""
    path = _FOLDER / f"{name}.ll"
    if not path.exists():  # one of two: only x86-64 has a word for the floating-point mode
        machine = "x86_64" if platform.machine() in ("x86_64", "AMD64") else "aarch64"
        path = _FOLDER / f"{name}.{machine}.ll"
    return path.read_text()


@functools.cache
def load(name: str, copy: int = 0) -> native.NativeModule:
    """The code of a source; each `copy` of it has variables of its own."""
    _define_python(name)
    brief = native.BRIEFLY if name in CALLING else ""
    return native.load(brief + native.target_text() + ir(name), copy)


def declared(name: str) -> list[str]:
    """The functions and variables that a source expects from elsewhere."""
    pattern = r"^(?:declare .*?@([\w.]+)\(|@([\w.]+) = external )"
    found = re.findall(pattern, ir(name), re.MULTILINE)
    return [function or variable for function, variable in found]


@functools.cache
def export(name: str, *functions: str) -> native.NativeModule:
    """Load a source, and make functions of it known to all other code, by their own names."""
    module = load(name)
    for function in functions:
        native.define_symbol(function, module.address(function))
    return module


@functools.cache
def _define_python(name: str) -> None:
    """Make what the source calls of Python's C API known."""
    for symbol in declared(name):
        if symbol.startswith(("Py", "_Py")):
            place = ctypes.c_char.in_dll(ctypes.pythonapi, symbol)
            native.define_symbol(symbol, ctypes.addressof(place))


@functools.cache
def _header() -> str:
    return re.sub(r"\\\n", " ", (_FOLDER / "abi.h").read_text())


@functools.cache
def constant(name: str) -> int:
    """A number of abi.h."""
    found = re.search(rf"^#define {name} (-?\d+)", _header(), re.MULTILINE)
    assert found is not None, name
    return int(found[1])


@functools.cache
def message(name: str) -> str:
    """A text of abi.h."""
    found = re.search(rf"^#define {name} +((?:\"[^\"]*\" *)+)", _header(), re.MULTILINE)
    assert found is not None, name
    return "".join(re.findall(r'"([^"]*)"', found[1]))


@functools.cache
def fields(struct: str) -> tuple[str, ...]:
    """The fields of a struct of abi.h; those of the head of a plan stand for themselves."""
    found = re.search(rf"typedef struct (?:{struct} )?{{([^}}]*)}} {struct};", _header())
    assert found is not None, struct
    names: list[str] = []
    for line in re.sub(r"//.*", "", found[1]).split(";"):
        if line.split()[:1] == ["PlanHead"]:
            names += fields("PlanHead")
        elif line.strip():
            function = re.search(r"\(\*(\w+)\)", line)
            names.append(function[1] if function else re.findall(r"\w+", line)[-1])
    return tuple(names)


def words(struct: str, **values: Any) -> list[Any]:
    """The values of all fields of a struct, in its order."""
    names = fields(struct)
    assert len(names) == len(values), (struct, names, values)
    return [values[name] for name in names]
