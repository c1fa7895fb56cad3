"""Keep torch.compile from tracing our own code, and from dicts that its graphs cannot return.

After a graph break, torch.compile goes on to compile every function called from there, ours too:
at best for nothing, at worst wrongly, since it replaces NumPy arrays whose addresses kernels hold.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, TypeVar

import torch
from torch._guards import TracingContext

from dovetail.extension.base import Extension
from dovetail.hosts.import_hook import when_imported
from dovetail.language.tree import Tree, flatten
from dovetail.operations.fast_calls import CALL_IN_PYTHON, NAMES, fast_calls

Function = TypeVar("Function", bound=Callable[..., Any])


def dynamo_skip(function: Function) -> Function:
    """The same function, marked so that it and its callees run as plain Python, at no cost."""
    code: Any = getattr(function, "__code__", None)
    if code is not None:
        compiler: Any = torch._C
        frames = compiler._dynamo.eval_frame
        skip = frames._FrameAction.SKIP
        frames.set_code_exec_strategy(code, frames._FrameExecStrategy(skip, skip))
    return function


def is_tracing_code() -> bool:
    """Whether Dynamo is reading Python code in this thread."""
    return TracingContext.try_get() is not None


@functools.cache
def fast_calls_beside_dynamo() -> bool:
    """Whether calls take fast paths; from here on, they do.

    Dynamo traces into functions in Python. From 3.12 on `Extension.__call__` still is one. Before,
    it is a built-in method, and Dynamo must be told, once it is imported, what to trace instead.
    """
    if not fast_calls():
        return False
    if not isinstance(Extension.__call__, FunctionType):
        when_imported("torch._dynamo", _substitute_call)
    return True


def _substitute_call() -> None:
    for name in NAMES:
        native: Any = getattr(Extension, name)
        substitute = torch.compiler.substitute_in_graph(native, skip_signature_check=True)
        substitute(CALL_IN_PYTHON)


class CallInGraph:
    """A call that torch.compile puts into its graph whole: `whole` makes it.

    Autograd and transforms then work as in eager mode. `note` is what `whole` has kept of the last
    call, since a graph can return nothing but tuples of tensors.
    """

    whole: Callable[..., Any]
    note: Any = None

    # Run while torch.compile traces: to mark earlier would import the compiler.

    def mark(self) -> bool:
        """Tell torch.compile not to trace `whole`."""
        torch.compiler.allow_in_graph(self.whole)
        return True

    def last(self) -> Any:
        """The note of the last call."""
        return self.note

    mark._dynamo_marked_constant = True  # type: ignore[attr-defined]
    last._dynamo_marked_constant = True  # type: ignore[attr-defined]


# Dicts among the outputs, which a call in a graph may not return.


def without_dicts(value: Any) -> tuple[Any, Any]:
    """The leaves and the structure of dicts and tuples; the value itself if it has no dict."""
    leaves, tree = flatten(value)
    if not _holds_dict(tree):
        return value, None
    return tuple(leaf for _, leaf in leaves), _plan(tree, iter(range(len(leaves))))


def with_dicts(plan: Any, leaves: tuple[Any, ...]) -> Any:
    """The value again.

    torch.compile traces this, and cannot guard a builtin in the very first call: none is used.
    """
    kind, keys, children = plan
    if kind == "leaf":
        return leaves[keys]
    if kind == "dict":
        return {keys[number]: with_dicts(child, leaves) for number, child in children}
    items = [with_dicts(child, leaves) for _, child in children]
    return (*items,) if kind == "tuple" else items


def _holds_dict(tree: Tree) -> bool:
    if tree.kind is None:
        return False
    return issubclass(tree.kind, dict) or any(map(_holds_dict, tree.children))


def _plan(tree: Tree, numbers: Iterator[int]) -> Any:
    if tree.kind is None:
        return "leaf", next(numbers), ()
    children = tuple(enumerate([_plan(child, numbers) for child in tree.children]))
    if issubclass(tree.kind, dict):
        return "dict", tree.keys, children
    return "tuple" if issubclass(tree.kind, tuple) else "list", (), children
