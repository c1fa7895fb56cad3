"""The order in which blocks of code run, so that lanes that branched apart meet again.

Of the lanes of a warp those go on that are at the earliest block. Every block comes after all that
lead to it, and a loop comes whole before what follows it; the order of the text need not be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dovetail.verify.emulator.ptx_text import Function


def ordered(function: Function) -> list[int]:
    """The numbers of the blocks of code in that order."""
    return list(_ordered(range(len(function.blocks)), dict(enumerate(_followers(function)))))


def _followers(function: Function) -> Iterator[list[int]]:
    """The blocks that each block leads to."""
    for number, block in enumerate(function.blocks):
        last = block.lines[-1] if block.lines else None
        found = [] if last is None or last.parts[0] != "bra" else [last]
        after = [function.labels[line.operands[0]] for line in found]
        always = last is not None and last.parts[0] in ("bra", "ret") and last.guard is None
        if not always and number + 1 < len(function.blocks):
            after.append(number + 1)
        yield after


def _ordered(blocks: Sequence[int], after: Mapping[int, Sequence[int]]) -> Iterator[int]:
    for component in _components(blocks, after):
        if len(component) == 1:
            yield component[0]
            continue
        inside = set(component)
        entered = {to for block in blocks if block not in inside for to in after[block]} & inside
        first = min(entered or inside)  # the head of a loop, whose other blocks follow it
        left = {block: [to for to in after[block] if to in inside and to != first]
                for block in component}  # fmt: skip
        yield from _ordered(sorted(component), left)


def _components(blocks: Sequence[int], after: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """The strongly connected components, each before those that it leads to."""
    reached = {block: {block, *after[block]} for block in blocks}
    for middle in blocks:  # Warshall 1962
        for found in reached.values():
            if middle in found:
                found |= reached[middle]
    components = {
        frozenset(to for to in found if block in reached[to]): None
        for block, found in reached.items()
    }
    return sorted(map(sorted, components), key=lambda each: -len(reached[each[0]]))
