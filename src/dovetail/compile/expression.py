"""What a kernel needs to compute a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from dovetail.compile.index_checks import IndexCheck
from dovetail.compile.spaces import Dims
from dovetail.graph.node import Node


@dataclass
class Expression:
    """The loads and reductions that a value needs inside a kernel."""

    loads: dict[Node, None] = field(default_factory=dict["Node", None])
    misaligned: list[Node] = field(default_factory=list["Node"])
    reductions: dict[Node, Dims] = field(default_factory=dict["Node", "Dims"])
    checks: set[IndexCheck] = field(default_factory=set["IndexCheck"])  # made as it is computed
    nodes: set[Node] = field(default_factory=set["Node"])  # loaded and computed
