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
    for component in reversed(_components(blocks, after)):
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
    """The strongly connected components, each after those that it leads to (Tarjan 1972)."""
    found: list[list[int]] = []
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    open_ = set[int]()
    for root in blocks:
        if root in index:
            continue
        path = [(root, iter(after[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        open_.add(root)
        while path:
            block, rest = path[-1]
            to = next(rest, None)
            if to is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[block])
                if low[block] == index[block]:
                    start = stack.index(block)
                    found.append(stack[start:])
                    open_.difference_update(stack[start:])
                    del stack[start:]
            elif to not in index:
                index[to] = low[to] = len(index)
                stack.append(to)
                open_.add(to)
                path.append((to, iter(after[to])))
            elif to in open_:
                low[block] = min(low[block], index[to])
    return found
