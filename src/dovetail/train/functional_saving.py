"""Functional models in files: the recorded calls, which build the model again."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import operator
from typing import Any

from dovetail.errors import DovetailError
from dovetail.extension.layer import Layer
from dovetail.files.library import Form
from dovetail.files.reader import Reader, made_of
from dovetail.files.records import FileFault, Record
from dovetail.files.trees import Leaf, filled
from dovetail.files.writer import SeeingBinding, SeenFunction, Writer, specs_of
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import trace
from dovetail.language.tree import flatten, map_leaves, unflatten
from dovetail.train.functional import BINARY, Input, Step, Value, recorded, run
from dovetail.train.networks import Functional

OPERATORS = {f"operator {n}": getattr(operator, n) for n in (*BINARY, "neg", "getitem")}
_LONGEST = 100_000  # calls of a model


def _write(model: Any, writer: Writer) -> dict[str, Any]:
    """The inputs, the calls in order, and the outputs, by the numbers of values."""
    graph = model.graph
    _see(model, writer)

    def marked(tree: Any) -> Any:
        return map_leaves(lambda leaf: Leaf(leaf.number) if isinstance(leaf, Value) else leaf, tree)

    def step(each: Step) -> dict[str, Any]:
        target = each.target
        what = model.layers[target] if isinstance(target, str) else target
        return {
            "function": writer.value(what),
            "args": writer.value(marked(each.args)),
            "kwargs": writer.value(marked(each.kwargs)),
        }

    places = [Leaf(number) for number in range(len(graph.inputs))]
    return {
        "inputs": [
            {"shape": list(each.shape[1:]), "dtype": each.dtype.name, "name": each.name}
            for each in graph.inputs
        ],
        "input": writer.value(unflatten(graph.input_tree, places)),
        "steps": [step(each) for each in graph.steps],
        "output": writer.value(unflatten(graph.output_tree, marked(graph.outputs))),
        "seed": model.seed,
    }


def _see(model: Any, writer: Writer) -> None:
    """Note the calls of functions in the graph: the writer only sees those in attributes."""
    graph = copy.copy(model.graph)
    graph.steps = [
        each if isinstance(each.target, str)
        else dataclasses.replace(each, target=SeenFunction(each.target, writer.uses))
        for each in graph.steps
    ]  # fmt: skip

    def call(arrays: Any, x: Any) -> Any:
        shadow: Any = SeeingBinding(arrays, False, writer.uses).shadow(model)
        return run(graph, shadow.layers, x)

    inputs = unflatten(graph.input_tree, [each.one_example for each in graph.inputs])
    with contextlib.suppress(DovetailError):
        trace(call, [specs_of(model), inputs])


def _read(record: Record, reader: Reader) -> Layer:
    """The model, built by the same calls."""
    values: list[Any] = []
    for each in record.records("inputs"):
        shape = each.items_of("shape")
        if any(n is not None and (type(n) is not int or not 0 <= n <= 2**40) for n in shape):
            raise each.wrong("shape", "sizes, or null for any size")
        dtype = as_dtype(each.text("dtype"))
        values.append(Input(tuple(shape), dtype=dtype, name=each.text("name")))
    inputs = _filled(record, "input", values, reader)
    steps = record.records("steps")
    if len(steps) > _LONGEST:
        raise record.wrong("steps", f"at most {_LONGEST} calls")
    for step in steps:
        function = reader.value(step.value("function"), f"{step.path}function")
        args = _filled(step, "args", values, reader)
        kwargs = _filled(step, "kwargs", values, reader)
        fits = callable(function) and isinstance(args, tuple) and isinstance(kwargs, dict)
        if not fits or isinstance(function, type):
            raise step.wrong("function", "a layer or function, with its arguments")
        found = made_of(step, lambda f=function, a=args, k=kwargs: recorded(f, a, k))
        values += [leaf for _, leaf in flatten(found)[0]]
    outputs = _filled(record, "output", values, reader)
    return made_of(record, lambda: Functional(inputs, outputs))


def _filled(record: Record, name: str, values: list[Any], reader: Reader) -> Any:
    """A tree with the values that it names, which are before it."""
    tree = reader.value(record.value(name), f"{record.path}{name}")
    for _, leaf in flatten(tree)[0]:
        if isinstance(leaf, Leaf) and leaf.number >= len(values):
            raise FileFault(f"{record.path}{name} names the value {leaf.number}, before it is made")
    return filled(tree, values)


FORM = Form(Functional, _write, _read)
