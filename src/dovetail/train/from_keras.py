"""Models of Keras as models of Dovetail: `dt.from_keras(model)`, by layers of the library.

Keras is not imported: a model is read by its layers and its configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dovetail.train.conversion import unknown
from dovetail.train.functional import Input
from dovetail.train.keras_layers import MERGES, OPERATIONS, ROWS, converted, refused
from dovetail.train.model import Model
from dovetail.train.networks import Functional, Sequential

_FUNCTIONAL = ("Functional", "Model")
_IGNORED_CALLS = (None, False)


def from_keras(model: Any) -> Model:
    """The model of a `keras.Sequential` or functional `keras.Model`, or of one layer.

    Taken over are layers, their settings and arrays (float64 stays float64, other types become
    float32), and which layers are frozen. Not taken over are regularisers, constraints,
    initialisers, mixed precision, and what `compile` was given. A layer that the library's layers
    cannot say is an error that names it.
    """
    _check_layers(model, "")
    return _model(model, "")


def _kind(model: Any) -> str:
    """What a model or layer is: "Sequential", "Functional" or "" for a layer."""
    if not type(model).__module__.startswith("keras."):
        return ""
    name = type(model).__name__
    return "Functional" if name in _FUNCTIONAL else name if name == "Sequential" else ""


def _members(model: Any, path: str) -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        yield f"{path}.{layer.name}" if path else layer.name, layer


def _check_layers(model: Any, path: str) -> None:
    """Raises for a layer that is not in the tables, before the model is asked about its graph."""
    if not _kind(model):
        if type(model).__name__ not in MERGES:
            converted(path, model)
        return
    if not model.built:
        raise unknown(
            "from_keras", ("Keras",), path, f"{type(model).__name__} {model.name!r}",
            ": it has not been built, and so has no arrays",
        )  # fmt: skip
    for inner, layer in _members(model, path):
        _check_layers(layer, inner)


def _model(model: Any, path: str) -> Model:
    kind = _kind(model)
    if kind == "Functional":
        made: Model = _functional(model, path)
    else:
        layers = list(_members(model, path)) if kind else [(path, model)]
        members = [
            _model(layer, inner) if _kind(layer) else converted(inner, layer)
            for inner, layer in layers
        ]
        made = Sequential(*(each for each in members if each is not None))
        shape = _known_shape(model)
        if shape is not None:
            made.build((None, *shape))
    if not model.trainable:
        made.trainable = False
    return made


def _known_shape(model: Any) -> tuple[int, ...] | None:
    """The shape of one example of the only input, if Keras knows it and it holds floats."""
    shape = getattr(model, "input_shape", None) if _kind(model) else None
    inputs = getattr(model, "inputs", None) or ()
    if not isinstance(shape, tuple) or None in shape[1:] or len(inputs) != 1:
        return None
    return shape[1:] if str(inputs[0].dtype).startswith("float") else None


# Functional models.


class _Calls:
    """The calls of a functional model, by its configuration."""

    def __init__(self, model: Any, path: str) -> None:
        self.model, self.path = model, path
        self.config = model.get_config()
        self.values: dict[tuple[str, int, int], Any] = {}
        self.functions: dict[str, Callable[..., Any] | None] = {}
        for entry in self.config["layers"]:
            if entry["class_name"] == "InputLayer":
                own = entry["config"]
                shape = tuple(own["batch_shape"][1:])
                self.values[own["name"], 0, 0] = Input(shape, dtype=own["dtype"], name=own["name"])

    def tensor(self, history: Any) -> Any:
        """The symbol of a value of Keras, or None where it has not been computed."""
        name, node, number = history
        return self.values.get((name, node, number))

    def run(self) -> None:
        """Call every layer, each when its inputs are there."""
        waiting = [
            (entry, number, node)
            for entry in self.config["layers"]
            for number, node in enumerate(entry["inbound_nodes"])
        ]
        while waiting:
            left = [each for each in waiting if not self._call(*each)]
            assert len(left) < len(waiting), "Keras' graph has no cycles"
            waiting = left

    def _call(self, entry: Any, number: int, node: Any) -> bool:
        """Call a layer, if its inputs are there."""
        missing: list[Any] = []
        args, kwargs = self._tree((node["args"], node["kwargs"]), missing)
        if missing:
            return False
        name = entry["name"]
        found = self._called(entry, name, args, kwargs)
        outputs = found if isinstance(found, (tuple, list)) else [found]
        for place, each in enumerate(outputs):
            self.values[name, number, place] = each
        return True

    def _tree(self, value: Any, missing: list[Any]) -> Any:
        """Arguments with symbols in place of Keras'."""
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                found = self.tensor(value["config"]["keras_history"])
                if found is None:
                    missing.append(value)
                return found
            return {key: self._tree(each, missing) for key, each in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)([self._tree(each, missing) for each in value])
        return value

    def _called(self, entry: Any, name: str, args: Any, kwargs: Any) -> Any:
        kind, path = entry["class_name"], f"{self.path}.{name}" if self.path else name
        is_layer = not entry["module"].startswith("keras.src.ops")
        row = ROWS.get(kind) if is_layer else None
        given: dict[str, Any] = {}
        for key, value in kwargs.items():
            if row is not None and key in row.call:
                given[key] = value
            elif not any(value is each for each in _IGNORED_CALLS):
                raise refused(path, kind, f": it is called with {key}={value!r:.80}")
        if not is_layer:
            if kind not in OPERATIONS or given:
                raise refused(path, f"{entry['module']}.{kind}")
            return OPERATIONS[kind](*args)
        if kind in MERGES:
            return MERGES[kind](*args)
        function = self._function(name, path)
        if function is None:
            return args[0]
        return function(*args, **given)

    def _function(self, name: str, path: str) -> Callable[..., Any] | None:
        """The layer of a name, made once."""
        if name not in self.functions:
            layer = self.model.get_layer(name)
            self.functions[name] = _model(layer, path) if _kind(layer) else converted(path, layer)
            if getattr(layer, "mask_zero", False):
                raise refused(path, type(layer).__name__, ": it passes a mask on unseen")
        return self.functions[name]


def _is_history(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple)) and len(value) == 3 and isinstance(value[0], str)
        and all(type(each) is int for each in value[1:])
    )  # fmt: skip


def _functional(model: Any, path: str) -> Model:
    calls = _Calls(model, path)
    calls.run()

    def symbols(value: Any) -> Any:
        if _is_history(value):
            return calls.tensor(value)
        if isinstance(value, Mapping):
            return {key: symbols(each) for key, each in value.items()}
        return [symbols(each) for each in value]

    inputs, outputs = (symbols(calls.config[name]) for name in ("input_layers", "output_layers"))
    return Functional(inputs, outputs)
