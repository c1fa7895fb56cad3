"""Running reductions: what is carried from column to column of a row, in the widest type."""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.compile.loops import RUNNING, Loop
from dovetail.compile.scalar.operations import cast, compute, literal, register_type
from dovetail.compile.scalar.reductions import identity, wide
from dovetail.compile.scalar.writer import Writer
from dovetail.graph.dtypes import DType


class RunningWriter(Writer):
    """Writes the instructions of a sequential kernel, which has one loop."""

    carried = ""  # the slot of what goes from column to column
    at_first = ""  # the slot that says whether a column is the first

    def open_running(self, loop: Loop) -> None:
        """Before the first column of a row."""
        for item in loop.body:
            if item.op in RUNNING:
                carried = wide(item.dtype)
                kind = register_type(carried)
                start = "prod" if item.op.startswith("running_prod") else "sum"
                self.carried = self.alloca(kind)
                self.store(kind, identity(start, carried), self.carried)
                if item.op == "running_recurrence":
                    self.at_first = self.alloca("i1")
                    self.store("i1", "true", self.at_first)

    def running(self, op: str, dtype: DType, operands: Sequence[str]) -> str:
        """The result at one column; the state moves on."""
        carried = wide(dtype)
        kind = register_type(carried)
        values = [cast(self.code, dtype.compute, carried, value) for value in operands]
        before = self.load(kind, self.carried)
        if op == "running_recurrence":
            # The first factor meets no state: if it is infinite, its product with 0 would be NaN.
            first = self.load("i1", self.at_first)
            self.store("i1", "false", self.at_first)
            factor = self.code.select(first, carried, literal(0, carried), values[0])
            after = compute(self.code, "fused_multiply_add", carried, (factor, before, values[1]))
        else:
            after = compute(self.code, _STEPS[op], carried, (before, values[0]))
        self.store(kind, after, self.carried)
        return cast(self.code, carried, dtype.compute, before if op in _BEFORE else after)


_STEPS = {"running_sum": "add", "running_prod": "multiply", "running_prod_before": "multiply"}
_BEFORE = frozenset({"running_prod_before", "running_recurrence"})
