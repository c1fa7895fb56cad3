"""Graphs as formulas in MathML, which browsers show and screen readers read.

A value that is used more than once, or whose formula would be long, is named t1, t2 and so on, and
defined before it is used. What a primitive looks like is in one table; others are written as a
function of their operands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape

from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.row import is_number
from dovetail.transform.simplify import simplify

LONGEST = 12  # nodes of one formula
SUM, PRODUCT, UNARY, ATOM = 1, 2, 3, 4  # how tightly a formula binds


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _operator(text: str) -> str:
    return f"<mo>{escape(text)}</mo>"


def _fenced(text: str) -> str:
    return _row(_operator("("), text, _operator(")"))


Formula = tuple[str, int]
Writer = Callable[..., Formula]


def _at(formula: Formula, level: int) -> str:
    """In parentheses where it binds less tightly."""
    text, own = formula
    return text if own >= level else _fenced(text)


def _infix(sign: str, level: int, right: int) -> Writer:
    return lambda a, b: (_row(_at(a, level), _operator(sign), _at(b, right)), level)


def _named(name: str) -> Writer:
    def write(*operands: Formula) -> Formula:
        inside = _operator(",").join(text for text, _ in operands)
        return _row(f"<mi>{escape(name)}</mi>", _operator("\u2061"), _fenced(inside)), ATOM

    return write


def _power(a: Formula, b: Formula) -> Formula:
    return f"<msup>{_row(_at(a, ATOM))}{_row(b[0])}</msup>", UNARY


TABLE: Mapping[str, Writer] = {
    "add": _infix("+", SUM, SUM), "subtract": _infix("−", SUM, PRODUCT),  # noqa: RUF001
    "multiply": _infix("·", PRODUCT, UNARY),
    "divide": lambda a, b: (f"<mfrac>{_row(a[0])}{_row(b[0])}</mfrac>", ATOM),
    "negative": lambda a: (_row(_operator("−"), _at(a, PRODUCT)), SUM),  # noqa: RUF001
    "power": _power, "sqrt": lambda a: (f"<msqrt>{a[0]}</msqrt>", ATOM),
    "exp": lambda a: (f"<msup><mi>e</mi>{_row(a[0])}</msup>", UNARY),
    "absolute": lambda a: (_row(_operator("|"), a[0], _operator("|")), ATOM),
    "matmul": _infix("", PRODUCT, UNARY), "less": _infix("<", SUM, SUM),
    "greater": _infix(">", SUM, SUM), "less_equal": _infix("≤", SUM, SUM),
    "greater_equal": _infix("≥", SUM, SUM), "equal": _infix("=", SUM, SUM),
    "fused_multiply_add": lambda a, b, c: (
        _row(_at(a, PRODUCT), _operator("·"), _at(b, UNARY), _operator("+"), c[0]), SUM
    ),
    "select": lambda c, a, b: (
        _row(_operator("{"), "<mtable>"
             f"<mtr><mtd>{a[0]}</mtd><mtd><mtext> if </mtext>{c[0]}</mtd></mtr>"
             f"<mtr><mtd>{b[0]}</mtd><mtd><mtext> otherwise</mtext></mtd></mtr></mtable>"), SUM
    ),
}  # fmt: skip
PASSED = frozenset({"broadcast", "cast"})


def formulas(graph: Graph, inputs: Sequence[str], names: Sequence[str]) -> list[str]:
    """The definitions of a graph, one `math` element for each; `names`: of the outputs."""
    whole = Graph(graph.inputs, tuple(simplify(graph.outputs)))
    writer = _Formulas(whole, inputs)
    for name, node in zip(names, whole.outputs, strict=True):
        writer.define(name, node)
    return [f'<math display="block">{line}</math>' for line in writer.lines]


class _Formulas:
    """Writes the nodes of a graph. `lines`: the definitions until now."""

    def __init__(self, graph: Graph, inputs: Sequence[str]) -> None:
        self.uses = Counter(_through(arg) for node in graph for arg in node.args)
        self.lines: list[str] = []
        self.known: dict[Node, Formula] = {}
        self.lengths: dict[Node, int] = {}
        self.named = 0
        for node, name in zip(graph.inputs, inputs, strict=True):
            self.known[node] = f"<mi>{escape(name)}</mi>", ATOM
        for node in graph:  # operands come before what uses them
            if node not in self.known and not _passes(node):
                self._write(node)

    def define(self, name: str, node: Node) -> None:
        """A line that says what an output is."""
        self._line(f"<mi>{escape(name)}</mi>", self.known[_through(node)][0])

    def _line(self, name: str, text: str) -> None:
        self.lines.append(_row(name, _operator("="), text))

    def _write(self, node: Node) -> None:
        if is_number(node) or node.op == "constant":
            self.known[node] = _number(node.attr("value"))
            return
        operands = [self.known[_through(arg)] for arg in node.args]
        found = TABLE.get(node.op, _named(_words(node)))(*operands)
        length = 1 + sum(self.lengths.get(_through(arg), 0) for arg in node.args)
        if self.uses[node] > 1 or length >= LONGEST:
            self.named += 1
            name = f"<msub><mi>t</mi><mn>{self.named}</mn></msub>"
            self._line(name, found[0])
            found, length = (name, ATOM), 0
        self.known[node], self.lengths[node] = found, length


def _passes(node: Node) -> bool:
    """Whether a node is written as its operand: a conversion, or dimensions of size 1."""
    if node.op != "reshape":
        return node.op in PASSED
    before, after = ([n for n in each.shape if n != 1] for each in (node.args[0], node))
    return before == after


def _through(node: Node) -> Node:
    while _passes(node):
        node = node.args[0]
    return node


def _number(value: float) -> Formula:
    text = f"{value:.7g}"
    return f"<mn>{escape(text)}</mn>", ATOM if not text.startswith("-") else SUM


def _words(node: Node) -> str:
    """The name of a primitive, with the axes that it runs over."""
    name = node.op.replace("_", " ")
    attributes = dict(node.attrs)
    axes = attributes.get("axes", attributes.get("axis"))
    return name if axes is None else f"{name} over {axes}"
