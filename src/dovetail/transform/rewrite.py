"""The rule engine: rewrites a graph bottom-up by a table of rules until none applies.

A rule is data: a pattern over primitives, and what takes its place. Patterns are built
with `of`, and read like the expressions they match:

    Rule("log of exp", of(log, of(exp, "x")), "x", kind="reassociating")

In a pattern a name captures any node (the same name, the same node), a number matches
a constant of that value, and `Known` captures constants. Both orders of a commutative
primitive are tried. A replacement is such an expression over the captures, or a
function of the match that returns the new node, or None where the rule doesn't apply.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from weakref import WeakSet

from dovetail.graph.node import Node, Nodes, rebuild
from dovetail.graph.primitives.row import Primitive, constant, constant_, size_

# More rewrites mean that the rules do not terminate: in all, for each settled node, of one node.
_MOST_REWRITES, _MOST_PER_NODE, _MOST_OF_ONE = 1000, 50, 400


@dataclass(frozen=True)
class Capture:
    """Any node; the same name must be the same node."""

    name: str


@dataclass(frozen=True)
class Number:
    """A constant of one value, exact or as its type rounds it; to the sign of zero."""

    value: float

    def matches(self, node: Node) -> bool:
        if node.op != "constant":
            return False
        value = float(node.attr("value"))
        if value == self.value:
            return value != 0 or value.hex() == self.value.hex()
        return node.dtype.is_floating and value == float(node.dtype.compute.numpy.type(self.value))


@dataclass(frozen=True)
class Known:
    """A constant of any value; with `sizes`, a number that follows from shapes as well."""

    name: str
    sizes: bool = False

    def matches(self, node: Node) -> bool:
        return node.op == "constant" or (self.sizes and node.op == "size")


@dataclass(frozen=True)
class Application:
    """A primitive applied to operands that match; None: to any operands."""

    primitive: Primitive
    operands: tuple[Pattern, ...] | None


Pattern = Capture | Number | Known | Application
Part = Pattern | str | float


def of(primitive: Primitive, *operands: Part) -> Application:
    """A pattern: the primitive applied to these operands, or to any where none are given."""
    return Application(primitive, tuple(map(_part, operands)) or None)


def _part(part: Part) -> Pattern:
    if isinstance(part, str):
        return Capture(part)
    if isinstance(part, (int, float)):
        return Number(float(part))
    return part


class Match:
    """Where a pattern matched: the node, and what the names captured."""

    __slots__ = ("captured", "root")

    def __init__(self, root: Node) -> None:
        self.root = root
        self.captured: dict[str, Node] = {}

    def __getitem__(self, name: str) -> Node:
        return self.captured[name]

    def value(self, name: str) -> float:
        return self.captured[name].attr("value")


Replacement = Part | Callable[[Match], Node | None]


@dataclass(frozen=True)
class Rule:
    """One rewrite. `exact`: the same bits; `reassociating`: equal but for rounding.

    `having`: some operand must be of this primitive.
    """

    name: str
    pattern: Application
    replacement: Replacement
    kind: Literal["exact", "reassociating"] = "exact"
    condition: Callable[[Match], bool] | None = None
    having: Primitive | None = None

    def apply(self, match: Match) -> Node | None:
        if self.condition is not None and not self.condition(match):
            return None
        if callable(self.replacement):
            return self.replacement(match)
        built = build(_part(self.replacement), match)
        if isinstance(built, Node):
            return built
        return constant(built, match.root.shape, match.root.dtype)


def stable(
    name: str,
    pattern: Application,
    replacement: Replacement,
    condition: Callable[[Match], bool] | None = None,
) -> Rule:
    """A rule for accuracy: equal in exact arithmetic, not in rounding."""
    return Rule(name, pattern, replacement, "reassociating", condition)


def build(part: Pattern, match: Match) -> Node | float:
    """The expression over the captures of a match; a bare number stays a number."""
    match part:
        case Capture(name) | Known(name):
            return match[name]
        case Number(value):
            return value
        case Application(primitive, operands):
            return primitive(*(build(operand, match) for operand in operands or ()))


def orders(pattern: Pattern) -> Iterator[Pattern]:
    """The pattern in every order of the operands of its commutative primitives."""
    if not isinstance(pattern, Application) or pattern.operands is None:
        yield pattern
        return
    found: dict[Application, None] = {}
    for operands in itertools.product(*map(orders, pattern.operands)):
        found[Application(pattern.primitive, operands)] = None
        if pattern.primitive.commutative:
            found[Application(pattern.primitive, operands[::-1])] = None
    yield from found


def matches(pattern: Pattern, node: Node, match: Match) -> bool:
    match pattern:
        case Capture(name):
            return match.captured.setdefault(name, node) is node
        case Number():
            return pattern.matches(node)
        case Known(name):
            return pattern.matches(node) and match.captured.setdefault(name, node) is node
        case Application(primitive, operands):
            if primitive is not node.primitive:
                return False
            return operands is None or (
                len(operands) == len(node.args)
                and all(
                    matches(operand, arg, match)
                    for operand, arg in zip(operands, node.args, strict=True)
                )
            )


def _may_match(pattern: Pattern, primitive: Primitive) -> bool:
    match pattern:
        case Capture():
            return True
        case Number() | Known():
            return primitive in (constant_, size_)
        case Application():
            return pattern.primitive is primitive


class Rewriter:
    """A table of rules, ready to be applied. Earlier rules go first."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_root: dict[Primitive, list[tuple[Application, Rule]]] = {}
        for rule in self.rules:
            for pattern in orders(rule.pattern):
                assert isinstance(pattern, Application)
                self._by_root.setdefault(pattern.primitive, []).append((pattern, rule))
        # Most nodes match nothing: rules are found by the primitives of a node and its operands.
        self._candidates: dict[tuple[Primitive, ...], tuple[tuple[Application, Rule], ...]] = {}
        # Nodes that no rule changes: to rewrite a graph again costs next to nothing.
        self._unchanging: WeakSet[Node] = WeakSet()

    def __call__(self, outputs: Sequence[Node], fired: Counter[str] | None = None) -> Nodes:
        """The outputs, rewritten; `fired` counts the rules that were applied."""
        settled: dict[Node, Node] = {}
        for output in outputs:
            self._settle(output, settled, fired)
        return tuple(settled[output] for output in outputs)

    def step(self, node: Node, fired: Counter[str] | None = None) -> Node | None:
        """The node after the first rule that changes it; None where no rule does."""
        signature = (node.primitive, *(arg.primitive for arg in node.args[:3]))
        candidates = self._candidates.get(signature)
        if candidates is None:
            candidates = self._candidates[signature] = tuple(self._select(node))
        for pattern, rule in candidates:
            match = Match(node)
            if matches(pattern, node, match):
                replaced = rule.apply(match)
                if replaced is not None and replaced is not node:
                    if fired is not None:
                        fired[rule.name] += 1
                    return replaced
        return None

    def _select(self, node: Node) -> Iterator[tuple[Application, Rule]]:
        primitives = [arg.primitive for arg in node.args[:3]]
        for pattern, rule in self._by_root.get(node.primitive, ()):
            if rule.having is not None and rule.having not in primitives:
                continue
            if pattern.operands is None or all(map(_may_match, pattern.operands, primitives)):
                yield pattern, rule

    def _settle(self, root: Node, settled: dict[Node, Node], fired: Counter[str] | None) -> None:
        """Record the settled form of `root` and of everything below it."""
        # (node, the nodes that became it): operands first, then the node, until no rule applies.
        stack: list[tuple[Node, Nodes]] = [(root, ())]
        rewrites = 0
        while stack:
            node, origin = stack[-1]
            if node in self._unchanging:
                settled[node] = node
            elif node not in settled:
                missing = [(arg, ()) for arg in node.args if arg not in settled]
                if missing:
                    stack.extend(reversed(missing))
                    continue
                rebuilt = rebuild(node, [settled[arg] for arg in node.args])
                if rebuilt not in settled:
                    following = self.step(rebuilt, fired)
                    if following is not None:
                        rewrites += 1
                        limit = _MOST_REWRITES + _MOST_PER_NODE * len(settled)
                        endless = rewrites > limit or len(origin) > _MOST_OF_ONE
                        assert not endless, f"the rules do not settle: {node}"
                        stack[-1] = (following, (*origin, node, rebuilt))
                        continue
                    self._unchanging.add(rebuilt)
                    settled[rebuilt] = rebuilt
                settled[node] = settled[rebuilt]
            stack.pop()
            for earlier in origin:
                settled[earlier] = settled[node]
