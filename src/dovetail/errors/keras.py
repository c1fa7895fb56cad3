"""What cannot be done in Keras, or not be loaded from its files."""

from __future__ import annotations

from dovetail.errors.base import DovetailError, located


class SymbolicRankError(DovetailError, ValueError):
    """A symbolic call whose output has no rank that could be known."""

    def __init__(self, call: str, shapes: object) -> None:
        super().__init__(
            f"{call} was called on symbolic tensors of shapes {shapes}, and the number of "
            f"dimensions of its output depends on sizes that are not known.\n"
            f"  expected: an output of one rank for every size\n"
            f"  remedy: give the sizes in keras.Input(shape), or keep the dimensions with "
            f"keepdims=True"
        )


class BuildShapeError(DovetailError, ValueError):
    """A layer's parameter whose shape depends on a size that is not known."""

    def __init__(self, layer: str, path: str, shapes: object, location: str | None) -> None:
        super().__init__(
            located(
                f"{layer} is built for inputs of shapes {shapes}, and the shape of {path!r} "
                f"depends on a size that is None there.\n"
                f"  expected: a known size of every axis that a parameter has\n"
                f"  remedy: give it in keras.Input(shape), or as a field of the layer",
                location,
            )
        )


class LossArityError(DovetailError, TypeError):
    """A loss that is called with fewer or more predictions than its definition has arrays."""

    def __init__(self, call: str, wanted: int, predictions: int) -> None:
        super().__init__(
            f"the loss {call} takes {wanted} arrays and was called with {predictions} "
            f"predictions, and what is right.\n"
            f"  expected: {max(wanted - 1, 1)} predictions, as a list where there are several\n"
            f"  remedy: let the model return a list of its outputs, or use keras.Model.add_loss"
        )


class LossOrderError(DovetailError, TypeError):
    """Keras calls a definition, whose order of arguments is not Keras'."""

    def __init__(self, name: str, first: str, location: str | None) -> None:
        super().__init__(
            located(
                f"Keras calls the loss {name!r} itself, and would exchange its arguments: Keras "
                f"passes (y_true, y_pred), and the first argument of {name!r} is {first!r}.\n"
                f"  expected: Keras' form of the loss, which knows both orders\n"
                f"  remedy: compile(loss={name}.keras()), or metrics=[{name}.keras.metric()]",
                location,
            )
        )


class NotRegisteredError(DovetailError, LookupError):
    """A saved model names a definition that this process does not know."""

    def __init__(self, name: str) -> None:
        several = (
            "; where its name has an @, it was one of several definitions of one name, which the "
            "process that saved it could tell apart: give each a name of its own"
        )
        super().__init__(
            f"a saved model names Dovetail's {name!r}, which this process does not know.\n"
            f"  expected: a definition of this name, registered with Keras"
            f"{several if '@' in name else ''}\n"
            f"  remedy: import the module that defines it and call "
            f"dovetail.hosts.keras.register(module), or ask for its .keras, before loading"
        )


class AmbiguousDefinitionError(DovetailError, LookupError):
    """A saved model names a definition, and several have that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a saved model names Dovetail's {name!r}, and several definitions have this name.\n"
            f"  expected: one definition of each name\n"
            f"  remedy: give each a name of its own (its __qualname__), or let the function that "
            f"makes them take numbers, texts or arrays, which become part of the name"
        )


class UnsafeReferenceError(DovetailError, ValueError):
    """A saved model names something that must not be imported, or is no definition."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"a saved model names {name}, which was not looked up: {reason}.\n"
            f"  expected: a definition of a module that has been imported\n"
            f"  remedy: if you trust the file, import that module before loading the model"
        )
