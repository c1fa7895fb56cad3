"""Keras' own checks, which `dt.check` runs.

A definition's form is saved as a configuration and made again, has the shapes and types in a
symbolic call that it has on data, and is called inside a model that is saved and loaded.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dovetail.extension.parameters import Parameter
from dovetail.hosts.keras.symbolic import output_spec
from dovetail.hosts.keras.tensors import BACKEND, SYMBOLIC, data_type, from_numpy, to_numpy
from dovetail.hosts.protocol import Validator
from dovetail.language.tree import map_leaves

Array = np.ndarray[Any, Any]


def versions() -> dict[str, str]:
    """Keras, and the backend that it runs on."""
    return {"keras": keras.__version__, "keras backend": BACKEND}


def optimize(
    optimizer: Any, params: Mapping[str, Array], gradients: Sequence[Mapping[str, Any]]
) -> list[dict[str, Array]]:
    """The parameters after each step, from NumPy arrays and as NumPy arrays.

    The gradients belong to losses with the identity as their Hessian.
    """
    variables = {
        name: keras.Variable(from_numpy(array), dtype=array.dtype.name)
        for name, array in params.items()
    }
    # Not the instance's form, which holds the states of the user.
    own = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer.keras))
    own.build(list(variables.values()))
    found: list[dict[str, Array]] = []
    for each in gradients:
        present = [name for name in variables if each.get(name) is not None]
        given = [from_numpy(np.asarray(each[name])) for name in present]
        _apply(optimizer, own, given, [variables[name] for name in present])
        found.append({name: to_numpy(v.value).copy() for name, v in variables.items()})
    return found


def _apply(optimizer: Any, own: Any, gradients: Any, variables: Any) -> None:
    """One step, of a loss with the identity as its Hessian."""
    start = [keras.ops.copy(variable.value) for variable in variables]

    def again(points: Any) -> Any:
        moves = [point - old for point, old in zip(points, start, strict=True)]
        return keras.ops.zeros(()), [g + move for g, move in zip(gradients, moves, strict=True)]

    functions = {"again": again, "hessian": list}
    own.apply(gradients, variables, **{kind: functions[kind] for kind in optimizer.asks})


def _differences(what: str, got: Any, want: Any) -> Iterator[str]:
    pairs = zip(keras.tree.flatten(got), keras.tree.flatten(want), strict=True)
    for number, (one, other) in enumerate(pairs):
        if not np.array_equal(to_numpy(one), to_numpy(other), equal_nan=True):
            yield f"output {number} of {what} differs"


def _arrays(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(map_leaves(from_numpy, arg) for arg in args)


def symbolic(definition: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """A symbolic call has the shapes and types of a call on data."""
    given = _arrays(args)
    got = keras.tree.flatten(definition(*given, **settings))
    symbols = map_leaves(lambda x: SYMBOLIC(tuple(x.shape), data_type(x).name), given)
    for one, other in zip(keras.tree.flatten(output_spec(definition, symbols, settings)), got,
                          strict=True):  # fmt: skip
        promised, real = (tuple(one.shape), one.dtype), (tuple(other.shape), data_type(other).name)
        if promised != real:
            yield f"a symbolic call promises {promised}, and a call on data gives {real}"


def configured(definition: Any, args: Any, settings: dict[str, Any]) -> Iterator[str]:
    """A loss is the same again from its configuration."""
    loss = definition.keras(**{**settings, "reduction": "none"})
    config = keras.losses.serialize(loss)
    again = keras.losses.deserialize(json.loads(json.dumps(config)))
    if keras.losses.serialize(again) != config:
        yield "its configuration changes when it is made again from it"
    given = _arrays(args)
    if len(given) == 2:
        right, predicted = (given if definition.signature.array_names[0] == "y_true"
                            else reversed(given))  # fmt: skip
        yield from _differences(
            "the loss made again", again(right, predicted), loss(right, predicted)
        )


def saved(definition: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """A layer in a model of Keras gives the same after saving and loading."""
    layer: Any = type(definition).keras.from_config(definition.keras.get_config())
    given = _arrays(args)
    layer(*given, **settings)  # in training its states move
    still = {name: value for name, value in settings.items() if name != "training"}
    want = layer(*given, **still)
    trained = sum(
        isinstance(declaration, Parameter) and inner.is_present(declaration)
        for inner, _ in layer.inner.walk()
        for declaration in inner.declared.values()
    )
    if len(layer.trainable_weights) != trained:
        yield f"{len(layer.trainable_weights)} weights are trained, and {trained} are declared"
    if not all(len(getattr(array, "shape", ())) for array in given):
        return
    inputs: Any = [
        keras.Input(batch_shape=tuple(array.shape), dtype=data_type(array).name) for array in given
    ]
    model = keras.Model(inputs, layer(*inputs, **still))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again: Any = keras.models.load_model(path)
    yield from _differences("the model that was loaded", again(list(given)), want)


def resumed(definition: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """An optimizer continues from saved states."""
    (params,) = args
    first = keras.optimizers.deserialize(keras.optimizers.serialize(definition.keras))
    second = keras.optimizers.deserialize(keras.optimizers.serialize(definition.keras))
    one, other = ([keras.Variable(from_numpy(a)) for a in params.values()] for _ in range(2))
    gradients = [from_numpy(np.asarray(a)) for a in params.values()]
    _apply(definition, first, gradients, one)
    second.build(other)
    store: dict[str, Any] = {}
    first.save_own_variables(store)
    second.load_own_variables(store)
    for variable, value in zip(other, one, strict=True):
        variable.assign(value)
    _apply(definition, first, gradients, one)
    _apply(definition, second, gradients, other)
    yield from _differences(
        "the step after loading", [v.value for v in other], [v.value for v in one]
    )


VALIDATORS: tuple[Validator, ...] = (
    Validator("Keras' symbolic call", ("op", "activation"), symbolic),
    Validator("Keras' configuration", ("loss",), configured),
    Validator("Keras' save and load", ("layer",), saved),
    Validator("Keras' optimizer states", ("optimizer",), resumed),
)
