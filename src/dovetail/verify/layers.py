"""Layers: parameters, states, serialisation and rebuilding from the configuration."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from dovetail.errors import ChangedSinceMadeError, SerialisationError
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter
from dovetail.extension.serialisation import from_config, get_config
from dovetail.extension.values import leaves_of
from dovetail.files.layer_arrays import of_layer
from dovetail.graph.dtypes import float32
from dovetail.graph.node import Array
from dovetail.language.tree import map_leaves
from dovetail.verify.context import Context
from dovetail.verify.verdict import (
    Case,
    Verdict,
    fail,
    not_applicable,
    passed,
    require_same_bits,
    same_bits,
    skipped,
)

Inputs = tuple[Any, ...]


def _layer(context: Context) -> tuple[Layer, Inputs]:
    """A copy of the layer, and inputs for it."""
    sample = context.target.calls[0].sample.cast(float32)
    return copy.deepcopy(context.target.definition), sample.args[2:]


def _case(layer: Layer, inputs: Inputs, expected: Any, got: Any, **settings: Any) -> Case:
    arrays = {f"input {i}": a for i, a in enumerate(leaves_of(inputs))}
    return Case(repr(layer), arrays, settings, expected, got)


def parameters(context: Context) -> Verdict:
    """Every declared parameter and state is an array of its shape, accessible by path."""
    layer, inputs = _layer(context)
    count = 0
    for inner, prefix in layer.walk():
        assert isinstance(inner, Layer)
        for name, declaration in inner.declared.items():
            if not inner.is_present(declaration):
                continue
            path = prefix + name
            arrays = layer.parameters() if isinstance(declaration, Parameter) else layer.states()
            wanted = declaration.extents(inner)
            if path not in arrays:
                fail(f"{path} is declared but was not created",
                     "read it in forward, or build the layer with an input",
                     _case(layer, inputs, wanted, None))  # fmt: skip
            array = arrays[path]
            if array.shape != wanted or array.dtype != declaration.data_type(inner).numpy:
                got = f"{array.dtype}{list(array.shape)}"
                right = f"{declaration.data_type(inner)}{list(wanted)}"
                fail(f"{path} is {got}, declared as {right}",
                     "declare the shape by the names of the fields that hold it",
                     _case(layer, inputs, right, got))  # fmt: skip
            _get_and_set(layer, inputs, path, array)
            count += 1
    if not count:
        return not_applicable("no parameters and no states")
    return passed(
        f"{count} parameters and states have their declared shape and can be read and set"
    )


def _get_and_set(layer: Layer, inputs: Inputs, path: str, array: Array) -> None:
    other = array + np.ones((), array.dtype)
    layer.set(path, other)
    got = layer.get(path)
    layer.set(path, array)
    for old, new in ((other, got), (array, layer.get(path))):
        require_same_bits(
            old, new, f"{path} differs from the value it was set to",
            "leave the storage of arrays to dt.Layer", _case(layer, inputs, old, new),
        )  # fmt: skip


def states(context: Context) -> Verdict:
    """States change in training as `forward` assigns them, and do not change in evaluation."""
    layer, inputs = _layer(context)
    before = _copied(of_layer(layer))
    first = leaves_of(layer(*inputs))
    for path, old in before.items():
        new = layer.get(path)
        require_same_bits(old, new, f"a call without training has changed {path}",
                          "assign to a state only under `if training:`",
                          _case(layer, inputs, old, new))  # fmt: skip
    if not all(same_bits(a, b) for a, b in zip(first, leaves_of(layer(*inputs)), strict=True)):
        fail("two calls without training differ",
             "outside of training a layer must not depend on earlier calls",
             _case(layer, inputs, "the same", "another"))  # fmt: skip
    if not layer.states():
        return passed("no states; parameters do not change")
    if not layer.takes_training:
        return passed("states do not change: forward takes no `training`")
    wanted = layer.program(layer.parameters(), layer.states(), *inputs, training=True)[1]
    frozen = _copied(layer.parameters())
    layer(*inputs, training=True)
    for path, right in wanted.items():
        new = layer.get(path)
        require_same_bits(right, new,
                          f"after a call with training=True, {path} is not what forward assigned",
                          "leave the storage of states to dt.Layer",
                          _case(layer, inputs, right, new, training=True))  # fmt: skip
    for path, old in frozen.items():
        new = layer.get(path)
        require_same_bits(old, new, f"a call with training=True has changed the parameter {path}",
                          "only the optimizer updates parameters; declare a dt.State instead",
                          _case(layer, inputs, old, new, training=True))  # fmt: skip
    moved = [path for path in wanted if not same_bits(before[path], wanted[path])]
    return passed(f"{len(moved)} of {len(wanted)} states change in training, none outside of it")


def _copied(arrays: Mapping[str, Any]) -> dict[str, Array]:
    return {path: np.array(array) for path, array in arrays.items()}


def serialisation(context: Context) -> Verdict:
    """A pickled or copied layer has the same parameters, states and results."""
    layer, inputs = _layer(context)
    layer(*inputs, training=True)
    for path, array in of_layer(layer).items():
        if (
            array.dtype.kind == "f"
        ):  # away from the initial values, which a rebuilt layer would have
            layer.set(path, array + np.asarray(0.25, array.dtype))
    try:
        pickled: Any = pickle.loads(pickle.dumps(layer))
    except (pickle.PicklingError, AttributeError, TypeError) as reason:
        if "<locals>" in type(layer).__qualname__ or "<locals>" in str(reason):
            pickled = None
        else:
            fail(f"it cannot be pickled: {reason}",
                 "fields may hold plain values, layers and functions of modules",
                 _case(layer, inputs, "bytes", str(reason)))  # fmt: skip
    for word, other in (("pickled", pickled), ("copied", copy.deepcopy(layer))):
        if other is None:
            continue
        copied = of_layer(other)
        for path, array in of_layer(layer).items():
            if path not in copied or not same_bits(array, copied[path]):
                fail(f"{path} is lost when the layer is {word}",
                     "leave pickling to dt.Layer, which saves all parameters and states",
                     _case(layer, inputs, array, copied.get(path)))  # fmt: skip
        _compare_results(layer, other, inputs, word)
    what = "pickled and copied" if pickled is not None else "copied (local classes do not pickle)"
    return passed(f"{what}, parameters, states and results are the same")


def _compare_results(layer: Layer, other: Layer, inputs: Inputs, word: str) -> None:
    for one, two in zip(leaves_of(layer(*inputs)), leaves_of(other(*inputs)), strict=True):
        require_same_bits(one, two, f"a layer that was {word} gives another result",
                          "all that the result depends on has to be a field, parameter or state",
                          _case(layer, inputs, one, two))  # fmt: skip


def rebuilding(context: Context) -> Verdict:
    """A layer rebuilt from its configuration and arrays is the same; a seed is reproducible."""
    layer, inputs = _layer(context)
    layer(*inputs, training=True)
    try:
        config = get_config(layer)
        again = from_config(config)
    except ChangedSinceMadeError as reason:
        fail(f"it has no configuration: {str(reason).splitlines()[0]}",
             "every attribute must follow from fields and the arguments of __init__",
             _case(layer, inputs, "a dict", str(reason)))  # fmt: skip
    except (SerialisationError, AttributeError) as reason:
        if "<" in type(layer).__qualname__ or isinstance(reason, AttributeError):
            return skipped(f"a local class has no configuration: {str(reason).splitlines()[0]}")
        fail(f"it has no configuration: {str(reason).splitlines()[0]}",
             "fields may hold plain values, layers and functions of modules",
             _case(layer, inputs, "a dict", str(reason)))  # fmt: skip
    again.build(*inputs)
    before, rebuilt = of_layer(layer), of_layer(again)
    if {p: a.shape for p, a in before.items()} != {p: a.shape for p, a in rebuilt.items()}:
        fail("rebuilt from its configuration it has other parameters",
             "every field that shapes depend on has to be in the configuration",
             _case(layer, inputs, sorted(before), sorted(rebuilt)))  # fmt: skip
    again.load(before)
    _compare_results(layer, again, inputs, "rebuilt from its configuration")
    twins = [from_config({**config, "seed": context.seed}) for _ in range(2)]
    for twin in twins:
        twin.build(*map_leaves(np.array, inputs))
    for path, array in twins[0].parameters().items():
        other = twins[1].get(path)
        require_same_bits(array, other, f"{path} differs between two layers with the same seed",
                          "draw initial values from the generator that is passed to init",
                          _case(layer, inputs, array, other))  # fmt: skip
    return passed(
        "rebuilt from its configuration it gives the same results; seeds are reproducible"
    )
