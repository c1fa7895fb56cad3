"""What the writers of a CPU's tasks have in common: words and buffers are in memory."""

from __future__ import annotations

from dovetail.compile.cpu import native, shared_functions
from dovetail.compile.loops import MOST_INLINED, Nest
from dovetail.compile.scalar.writer import Writer


class TaskWriter(Writer):
    """Writes the task of one nest."""

    first_metadata = 1  # 0 is that of words, which do not change

    def __init__(self, nest: Nest) -> None:
        super().__init__(nest)
        self.code.fuses = native.has_fused_multiply_add()
        if nest.transcendental > MOST_INLINED:
            self.code.call = shared_functions.call
        self.group: str | None = None

    def word(self, position: int) -> str:
        address = self.code.add(f"getelementptr i64, ptr %sizes, i64 {position}")
        return self.load("i64", address, ", !invariant.load !0")

    def buffer(self, number: int) -> str:
        address = self.integer(f"getelementptr ptr, ptr %buffers, i64 {number}")
        return self.load("ptr", address, ", !invariant.load !0")

    def scalar(self, number: int) -> str:
        slot = self.integer(f"getelementptr double, ptr %scalars, i64 {number}")
        return self.load("double", slot, ", !invariant.load !0")

    def note(self) -> str:
        return f", !llvm.access.group {self.group}" if self.group else ""
