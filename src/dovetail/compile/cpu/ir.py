"""Pieces of LLVM IR text that several modules use."""

from __future__ import annotations


def field(table: str, names: tuple[str, ...], name: str, kind: str = "i64") -> str:
    """Load a 64-bit word of a table as %table.name; `names` are the words in order."""
    return (
        f"  %{table}.{name}.at = getelementptr i64, ptr %{table}, i64 {names.index(name)}\n"
        f"  %{table}.{name} = load {kind}, ptr %{table}.{name}.at"
    )


def loop(name: str, end: str, before: str, body: str, *, start: str = "0") -> str:
    """`for %name = start .. end`, entered from the label `before`, left by the label `name.exit`.

    The body begins in the block `name.body` and may contain other blocks.
    """
    return f"""  br label %{name}.check
{name}.check:
  %{name} = phi i64 [{start}, %{before}], [%{name}.next, %{name}.end]
  %{name}.more = icmp slt i64 %{name}, {end}
  br i1 %{name}.more, label %{name}.body, label %{name}.exit
{name}.body:
{body}
  br label %{name}.end
{name}.end:
  %{name}.next = add i64 %{name}, 1
  br label %{name}.check
{name}.exit:"""


def message(name: str, text: str) -> str:
    """A constant string, terminated by zero."""
    return f'@{name} = internal constant [{len(text) + 1} x i8] c"{text}\\00"'
