"""Graphs as text: one line for each node, numbered in order of evaluation."""

from __future__ import annotations

from typing import Any, cast

from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.scan import Body, bodies_in


def value_text(value: Any) -> str:
    if isinstance(value, tuple):
        items = cast(tuple[Any, ...], value)
        return "(" + ", ".join(map(value_text, items)) + ("," if len(items) == 1 else "") + ")"
    if isinstance(value, (bool, int, float, str)) or hasattr(value, "kind"):
        return str(value)
    return type(value).__name__


def type_text(node: Node) -> str:
    return f"{node.dtype}[{', '.join(map(str, node.shape))}]"


def graph_text(graph: Graph) -> str:
    """A readable, deterministic form; the same graph always gives the same text."""
    numbers = {body: number for number, body in enumerate(bodies_in(graph))}
    lines = _lines(graph, numbers)
    for body, number in numbers.items():
        lines += [f"body {number}", *(f"    {line}" for line in _lines(body.graph, numbers))]
    return "\n".join(lines)


def _lines(graph: Graph, bodies: dict[Body, int]) -> list[str]:
    names: dict[Node, str] = {}
    lines: list[str] = []
    for node in graph.inputs:
        names[node] = f"%{node.attr('name')}"
    lines.append("inputs " + ", ".join(f"{names[n]}: {type_text(n)}" for n in graph.inputs))
    for node in graph:
        if node in names:
            continue
        names[node] = f"%{len(names) - len(graph.inputs)}"
        operands = [names[arg] for arg in node.args]
        hidden = {"shape", "dtype"} if node.primitive.category == "leaf" else set[str]()
        attributes = [
            f"{k}={bodies[v] if isinstance(v, Body) else value_text(v)}"
            for k, v in node.attrs
            if k not in hidden
        ]
        call = f"{node.op}({', '.join(operands + attributes)})"
        lines.append(f"{names[node]} = {call} : {type_text(node)}")
    lines.append("return " + ", ".join(names[node] for node in graph.outputs))
    return lines
