"""What a framework has for some maths without Dovetail: for measurements beside it (measure/).

A host that has tables of its framework's functions gives an `OwnFunctions`: it evaluates graphs by
them, compiles functions by the framework's compilers, and differentiates by its autograd.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from dovetail.errors import UnsupportedError
from dovetail.graph.node import Graph

Function = Callable[..., Any]
Call = Callable[[], Any]


@dataclass(frozen=True)
class Maths:
    """A function of arrays and, if it is known, its gradient.

    `with_gradient(*arrays, *cotangents)` returns the outputs, then the cotangent of each array of
    `wrt`. Without it, the framework's autograd differentiates `function`.
    """

    function: Function
    with_gradient: Function | None = None


class OwnFunctions:
    """A framework's functions, compilers and autograd; of one that has none, direct calls.

    `compilers`: their names, the first one the usual. `inside`: those that the calls of Dovetail
    are measured in, too. `built_ins`: "module:function" for names of Dovetail's library.
    """

    framework: ClassVar[str] = ""  # as people write it
    compilers: ClassVar[tuple[str, ...]] = ()
    inside: ClassVar[tuple[str, ...]] = ()
    built_ins: ClassVar[Mapping[str, str]] = {}

    def compiled(self, function: Function, compiler: str) -> Function:
        """A function, compiled by one of `compilers`; by "" it is as it is."""
        if not compiler:
            return function
        if compiler not in self.compilers:
            raise UnsupportedError(
                f"{self.framework} has no compiler {compiler!r}",
                f"one of {', '.join(self.compilers) or 'none'}, or '' for eager calls",
                "name one of these",
            )
        return self._compile(function, compiler)

    def _compile(self, function: Function, compiler: str) -> Function:
        """Called by `compiled` for a compiler that there is."""
        raise NotImplementedError

    def composite(self, graph: Graph) -> Function:
        """The outputs of a graph by the framework's own functions."""
        raise NotImplementedError

    def forward(self, maths: Maths, arrays: Sequence[Any], compiler: str) -> Call:
        """A call on these arrays that waits for its result; `compiler`: "" runs it eagerly."""
        function = self.compiled(maths.function, compiler)
        return lambda: function(*arrays)

    def both(
        self, maths: Maths, arrays: Sequence[Any], wrt: Sequence[int], cotangents: Sequence[Any],
        compiler: str,
    ) -> Call:  # fmt: skip
        """A call that returns the outputs, then the cotangents of the arrays `wrt`.

        Here by the gradient that is known; a framework with autograd differentiates the function.
        """
        assert maths.with_gradient is not None, "nothing here differentiates"
        function = self.compiled(maths.with_gradient, compiler)
        given = [*arrays, *cotangents]
        return lambda: function(*given)

    @staticmethod
    def array(array: Any) -> Any:
        """A NumPy array as one of the framework's, of the same type."""
        return array

    def set_threads(self, count: int) -> None:  # most follow the environment
        """The threads of one operation, where the environment does not say it."""

    def steps(self, optimizer: Any) -> Mapping[str, Any]:
        """By column, what makes a step of an optimizer (own_optimizers.py)."""
        return {}

    def built_in(self, name: str) -> Function | None:
        """The framework's own function for a piece of Dovetail's library."""
        place = self.built_ins.get(name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        return found
