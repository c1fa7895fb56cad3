"""`dt.show`: print how an extension is compiled, from its graph to its assembly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax

from dovetail.compile.pipeline import compile_graph
from dovetail.compile.stages import Stage, stages
from dovetail.errors import ArgumentError
from dovetail.extension.base import Extension
from dovetail.extension.derived import derived
from dovetail.extension.layer import Layer
from dovetail.extension.pullback import vjp
from dovetail.graph.node import Graph
from dovetail.hosts.numpy.host import HOST, Executable, NumpyCaller
from dovetail.language.creation import ones_like
from dovetail.language.tree import map_leaves

PUBLIC = ["show"]


def _graphs(
    extension: Extension, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[tuple[Graph, Sequence[tuple[int, ...] | None]]]:
    seen: list[tuple[Graph, Sequence[tuple[int, ...] | None]]] = []

    def record(graph: Graph, strides: Sequence[tuple[int, ...] | None]) -> Executable:
        seen.append((graph, strides))
        return compile_graph(graph, strides)

    NumpyCaller(HOST, extension, record)(args, kwargs)
    return seen


def _gradient(function: Callable[..., Any]) -> Extension:
    """The vjp of ones, as an extension of the same arguments."""

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, pullback = vjp(function, *args, **kwargs)
        return pullback(map_leaves(ones_like, value))

    return derived(_gradient, function, {}, gradient)


def stages_of(
    extension: Extension[..., Any] | Layer, *args: Any, target: str | None = None, **kwargs: Any
) -> list[tuple[str, list[Stage]]]:
    """The stages of an extension called on these arrays, and of its gradient, by their names."""
    if not isinstance(extension, (Extension, Layer)):
        raise ArgumentError(
            "dt.show", "extension", extension, "an extension or a layer",
            "put @dt.op above a function; of an optimizer, show its update as an op",
        )  # fmt: skip
    if isinstance(extension, Layer):
        layer = extension
        layer.build(*args)
        extension = layer.program
        args = (layer.parameters(), layer.states(), *args)
    found: list[tuple[str, list[Stage]]] = [
        (extension.name, stages(*compiled, target)) for compiled in _graphs(extension, args, kwargs)
    ]
    if any(np.asarray(arg).dtype.kind in "fV" for arg in args if not isinstance(arg, dict)):
        gradient = _gradient(extension)
        name = f"gradient of {extension.name}"
        found += [(name, stages(*compiled, target)) for compiled in _graphs(gradient, args, kwargs)]
    return found


def show(extension: Extension[..., Any] | Layer, *args: Any, target: str | None = None,
         console: Console | None = None, **kwargs: Any) -> None:  # fmt: skip
    """Print every stage of an extension called on these arrays, and of its gradient.

    The graph as traced and after each pass, the program, and for each kernel its loops,
    its LLVM and its assembly. With a `target` such as `"sm_90"`, the kernels for that GPU:
    schedule, PTX, and what NVIDIA's assembler says of it, where that is installed.
    """
    found = stages_of(extension, *args, target=target, **kwargs)
    console = console or Console()
    for name, each in found:
        for stage in each:
            console.print(Rule(f"[bold]{name}[/]: {stage.title}", align="left"))
            if console.is_terminal:
                console.print(Syntax(stage.text, stage.language, background_color="default"))
            else:
                console.print(stage.text, markup=False, highlight=False, soft_wrap=True)
