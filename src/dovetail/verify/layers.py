"""Layers: parameters, states, what is saved, and that a layer can be made again."""

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
from dovetail.graph.dtypes import float32
from dovetail.language.tree import map_leaves
from dovetail.verify.context import Context
from dovetail.verify.gradients import same_bits
from dovetail.verify.sample import Array
from dovetail.verify.verdict import Case, Verdict, failed, not_applicable, passed, skipped

Inputs = tuple[Any, ...]


def _layer(context: Context) -> tuple[Layer, Inputs]:
    """A copy of the layer of its own, and inputs for it."""
    sample = context.subject.calls[0].sample.cast(float32)
    return copy.deepcopy(context.subject.definition), sample.args[2:]


def _case(layer: Layer, inputs: Inputs, expected: Any, got: Any, **settings: Any) -> Case:
    arrays = {f"input {i}": a for i, a in enumerate(leaves_of(inputs))}
    return Case(repr(layer), arrays, settings, expected, got)


def parameters(context: Context) -> Verdict:
    """Every declaration is an array of its shape, reachable by its path."""
    layer, inputs = _layer(context)
    count = 0
    for inner, prefix in layer.walk():
        assert isinstance(inner, Layer)
        for name, declaration in inner.declared.items():
            if not inner.is_present(declaration):
                continue
            path = prefix + name
            kind = layer.parameters() if isinstance(declaration, Parameter) else layer.states()
            wanted = tuple(
                getattr(inner, d) if isinstance(d, str) else int(d) for d in declaration.shape
            )
            if path not in kind:
                return failed(f"{path} is declared and was not made",
                              "read it in forward, or build the layer with an input",
                              _case(layer, inputs, wanted, None))  # fmt: skip
            array = kind[path]
            if array.shape != wanted or array.dtype != declaration.data_type(inner).numpy:
                got = f"{array.dtype}{list(array.shape)}"
                right = f"{declaration.data_type(inner)}{list(wanted)}"
                return failed(f"{path} is {got} and is declared as {right}",
                              "state the shape by the names of the fields that hold it",
                              _case(layer, inputs, right, got))  # fmt: skip
            verdict = _get_and_set(layer, inputs, path, array)
            if verdict is not None:
                return verdict
            count += 1
    if not count:
        return not_applicable("no parameters and no states")
    return passed(f"{count} parameters and states have their declared shape, and get and set them")


def _get_and_set(layer: Layer, inputs: Inputs, path: str, array: Array) -> Verdict | None:
    other = array + np.ones((), array.dtype)
    layer.set(path, other)
    got = layer.get(path)
    layer.set(path, array)
    if same_bits(got, other) and same_bits(layer.get(path), array):
        return None
    return failed(
        f"{path} is not what it was set to",
        "keep arrays where dt.Layer keeps them",
        _case(layer, inputs, other, got),
    )


def states(context: Context) -> Verdict:
    """States move in training as the forward pass says, and stay as they are in evaluation."""
    layer, inputs = _layer(context)
    before = _copied({**layer.states(), **layer.parameters()})
    first = leaves_of(layer(*inputs))
    for path, old in before.items():
        new = layer.get(path)
        if not same_bits(old, new):
            return failed(f"a call without training has changed {path}",
                          "assign to a state under `if training:` only",
                          _case(layer, inputs, old, new))  # fmt: skip
    if not all(same_bits(a, b) for a, b in zip(first, leaves_of(layer(*inputs)), strict=True)):
        return failed("two calls without training differ",
                      "outside of training a layer may not depend on earlier calls",
                      _case(layer, inputs, "the same", "another"))  # fmt: skip
    if not layer.states():
        return passed("no states, and parameters stay as they are")
    if not layer.takes_training:
        return passed("states stay as they are: forward takes no `training`")
    wanted = layer.program(layer.parameters(), layer.states(), *inputs, training=True)[1]
    frozen = _copied(layer.parameters())
    layer(*inputs, training=True)
    for path, right in wanted.items():
        if not same_bits(layer.get(path), right):
            return failed(
                f"after a call with training=True, {path} is not what forward gave it",
                "leave the keeping of states to dt.Layer",
                _case(layer, inputs, right, layer.get(path), training=True),
            )
    for path, old in frozen.items():
        if not same_bits(layer.get(path), old):
            return failed(
                f"a call with training=True has changed the parameter {path}",
                "parameters are the optimizer's; declare a dt.State instead",
                _case(layer, inputs, old, layer.get(path), training=True),
            )
    moved = [path for path in wanted if not same_bits(before[path], wanted[path])]
    return passed(f"{len(moved)} of {len(wanted)} states move in training, none outside of it")


def _copied(arrays: Mapping[str, Any]) -> dict[str, Array]:
    return {path: np.array(array) for path, array in arrays.items()}


def serialisation(context: Context) -> Verdict:
    """A layer that was pickled, or copied, is the same in parameters, states and results."""
    layer, inputs = _layer(context)
    layer(*inputs, training=True)
    for path, array in {**layer.parameters(), **layer.states()}.items():
        if array.dtype.kind == "f":  # away from the initial values, which a loss would bring back
            layer.set(path, array + np.asarray(0.25, array.dtype))
    try:
        pickled: Any = pickle.loads(pickle.dumps(layer))
    except (pickle.PicklingError, AttributeError, TypeError) as reason:
        if "<locals>" in type(layer).__qualname__ or "<locals>" in str(reason):
            pickled = None
        else:
            return failed(f"it cannot be pickled: {reason}",
                          "hold plain values, layers and functions of modules in fields",
                          _case(layer, inputs, "bytes", str(reason)))  # fmt: skip
    for word, other in (("pickled", pickled), ("copied", copy.deepcopy(layer))):
        if other is None:
            continue
        mine, its = {**layer.parameters(), **layer.states()}, {**other.parameters(),
                                                               **other.states()}  # fmt: skip
        for path, array in mine.items():
            if path not in its or not same_bits(array, its[path]):
                return failed(f"{path} is lost when the layer is {word}",
                              "let dt.Layer pickle itself: every parameter and state has to go "
                              "along", _case(layer, inputs, array, its.get(path)))  # fmt: skip
        verdict = _results_agree(layer, other, inputs, word)
        if verdict is not None:
            return verdict
    what = "pickled and copied" if pickled is not None else "copied (local classes do not pickle)"
    return passed(f"{what}, parameters, states and results are the same")


def _results_agree(layer: Layer, other: Layer, inputs: Inputs, word: str) -> Verdict | None:
    for one, two in zip(leaves_of(layer(*inputs)), leaves_of(other(*inputs)), strict=True):
        if not same_bits(one, two):
            return failed(f"a layer that was {word} gives another result",
                          "what the result depends on has to be a field, parameter or state",
                          _case(layer, inputs, one, two))  # fmt: skip
    return None


def rebuilding(context: Context) -> Verdict:
    """From its configuration and its arrays, a layer is made again; a seed repeats itself."""
    layer, inputs = _layer(context)
    layer(*inputs, training=True)
    try:
        config = get_config(layer)
        again = from_config(config)
    except ChangedSinceMadeError as reason:
        return failed(f"it has no configuration: {str(reason).splitlines()[0]}",
                      "let every attribute follow from fields and the arguments of __init__",
                      _case(layer, inputs, "a dict", str(reason)))  # fmt: skip
    except (SerialisationError, AttributeError) as reason:
        if "<" in type(layer).__qualname__ or isinstance(reason, AttributeError):
            return skipped(f"a local class has no configuration: {str(reason).splitlines()[0]}")
        return failed(f"it has no configuration: {str(reason).splitlines()[0]}",
                      "hold plain values, layers and functions of modules in fields",
                      _case(layer, inputs, "a dict", str(reason)))  # fmt: skip
    again.build(*inputs)
    mine = {**layer.parameters(), **layer.states()}
    its = {**again.parameters(), **again.states()}
    if {p: a.shape for p, a in mine.items()} != {p: a.shape for p, a in its.items()}:
        return failed("made from its configuration it has other parameters",
                      "every field that shapes depend on has to be in the configuration",
                      _case(layer, inputs, sorted(mine), sorted(its)))  # fmt: skip
    again.load(mine)
    verdict = _results_agree(layer, again, inputs, "made from its configuration")
    if verdict is not None:
        return verdict
    twins = [from_config({**config, "seed": context.seed}) for _ in range(2)]
    for twin in twins:
        twin.build(*map_leaves(np.array, inputs))
    for path, array in twins[0].parameters().items():
        if not same_bits(array, twins[1].parameters()[path]):
            return failed(f"two layers of one seed start with other values of {path}",
                          "draw initial values from the generator that init is given",
                          _case(layer, inputs, array, twins[1].get(path)))  # fmt: skip
    return passed("made from its configuration it gives the same; one seed, one start")
