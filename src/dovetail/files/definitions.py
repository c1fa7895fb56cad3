"""Definitions as maths: extensions that a file holds and that no module has.

A saved definition is traced for each kind of call that it is used with. The loaded one is an
ordinary extension whose function looks up the call that fits its arguments and builds that graph on
them: derivatives, batches and hosts work as with any other.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from typing import Any, get_args

from dovetail.errors import DovetailError, SerialisationError
from dovetail.extension.activation import Activation
from dovetail.extension.base import Extension
from dovetail.extension.loss import IGNORE, REDUCTIONS, Loss, Targets
from dovetail.extension.op import Op
from dovetail.extension.signature import Signature, read_signature
from dovetail.files import tracing, trees
from dovetail.files.calls import SavedCall, chosen
from dovetail.files.records import Record
from dovetail.graph.node import Array

Uses = Sequence[tuple[Sequence[Any], Mapping[str, Any]]]  # arguments of calls, with specs

KINDS: Mapping[str, Any] = {"op": Op, "activation": Activation, "loss": Loss}
_ADDED = ("reduction", IGNORE)  # to the arguments of losses


class Replay:
    """A function that has a graph for each kind of arguments."""

    def __init__(
        self, name: str, signature: inspect.Signature, calls: Sequence[SavedCall],
        static: Sequence[str] = (), literal: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.__name__ = self.__qualname__ = name
        self.__module__ = __name__
        self.__signature__ = signature
        self.__dovetail_static__, self.__dovetail_literal__ = tuple(static), tuple(literal)
        self.calls = tuple(calls)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result, on tracers."""
        return chosen(self.calls, [args, kwargs], self.__name__)


# Writing.


def written_signature(signature: Signature) -> list[dict[str, Any]]:
    """The arguments of a definition as records."""
    found: list[dict[str, Any]] = []
    for argument in signature.arguments:
        record: dict[str, Any] = {"name": argument.name}
        flags = ("keyword_only", "variadic", "positional_only", "static", "literal")
        record |= {flag: True for flag in flags if getattr(argument, flag)}
        if argument.default is not inspect.Parameter.empty:
            record["default"] = trees.written(argument.default)
        found.append(record)
    return found


def write(
    extension: Extension[..., Any], uses: Uses, arrays: dict[str, Array], optional: Uses = ()
) -> dict[str, Any]:
    """An extension as a record: its signature, and a call for each kind of arguments in use.

    `optional`: arguments that it may refuse. With a declared derivative the graphs are those of
    `inline`, which has it; of a loss there is then one for each reduction.
    """
    whole = extension.rule is not None
    function = extension.inline if whole else extension.definition
    subject = tracing.Subject(
        extension.name, extension.location, lambda values: function(*values[0], **values[1])
    )
    signature = extension.signature
    if isinstance(extension, Loss):
        uses, optional = _uses_of_loss(uses, whole), _uses_of_loss(optional, whole)
        if not whole:
            own = tuple(each for each in signature.arguments if each.name not in _ADDED)
            signature = Signature(extension.name, own, extension.location)
    calls: list[dict[str, Any]] = []
    failed: DovetailError | None = None
    for number, (args, kwargs) in enumerate((*uses, *optional)):
        try:
            calls.append(tracing.written(subject, [tuple(args), dict(kwargs)], arrays))
        except DovetailError as reason:
            if number < len(uses):
                raise
            failed = failed if isinstance(failed, SerialisationError) else reason
    if not calls:
        raise _no_calls(extension) if failed is None else failed
    record: dict[str, Any] = {
        "kind": extension.kind,
        "name": extension.name,
        "doc": inspect.getdoc(extension) or "",
        "arguments": written_signature(signature),
        "calls": distinct(calls),
    }
    if isinstance(extension, Loss):
        record |= {"targets": extension.targets, "whole": whole}
    return record


def _no_calls(extension: Extension[..., Any]) -> SerialisationError:
    return SerialisationError(
        f"{extension.name} cannot be saved: no call of it is known, so neither are the ranks and "
        "types of its arguments",
        "at least one call of it in this process, or examples of its arguments",
        "call it first, or pass calls=[(x, y)] to dt.save",
        extension.location,
    )


def _uses_of_loss(uses: Uses, whole: bool) -> Uses:
    """The calls of the definition; with a declared derivative, those with each reduction."""
    found: list[tuple[Sequence[Any], dict[str, Any]]] = []
    for args, kwargs in uses:
        own = {name: value for name, value in kwargs.items() if name not in _ADDED}
        more: Sequence[dict[str, Any]] = ({},)
        if whole:
            given = {name: value for name, value in kwargs.items() if name == IGNORE}
            more = [{**given, "reduction": reduction} for reduction in REDUCTIONS]
        found += [(args, {**own, **each}) for each in more]
    return found


def distinct(calls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls, each once."""
    found: list[dict[str, Any]] = []
    for call in calls:
        if call not in found:
            found.append(call)
    return found


# Reading.


class SavedLoss(Loss[..., Any]):
    """A loss with a declared derivative, whose graphs are those of its reductions."""

    def _read_signature(self) -> Signature:
        return read_signature(self.definition, self.name)

    def evaluate(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The loss, reduced."""
        return self.definition(*args, **kwargs)


def read(record: Record, arrays: Mapping[str, Array]) -> Extension[..., Any]:
    """The extension of a record."""
    kind = record.chosen("kind", tuple(KINDS))
    name = read_name(record)
    replay = read_replay(record, name, arrays)
    replay.__doc__ = record.text("doc")
    made: Extension[..., Any]
    if kind == "loss":
        targets: Any = record.chosen("targets", get_args(Targets))
        made = (SavedLoss if record.flag("whole") else Loss)(replay, name=name, targets=targets)
    else:
        made = KINDS[kind](replay, name=name)
    for call in replay.calls:
        made.uses.add(*call.use_of(2))
    return made


def read_replay(record: Record, name: str, arrays: Mapping[str, Array]) -> Replay:
    """The function of a record with arguments and calls."""
    signature, static, literal = read_signature_of(record)
    calls = [SavedCall(each, arrays, name, (tuple, dict)) for each in record.records("calls")]
    return Replay(name, signature, calls, static, literal)


def read_signature_of(record: Record) -> tuple[inspect.Signature, list[str], list[str]]:
    """The arguments of a record, and the names of the static and of the literal ones."""
    static: list[str] = []
    literal: list[str] = []
    parameters: list[inspect.Parameter] = []
    for argument in record.records("arguments"):
        parameter = _parameter(argument)
        parameters.append(parameter)
        for flag, names in (("static", static), ("literal", literal)):
            if flag in argument and argument.flag(flag):
                names.append(parameter.name)
    try:
        return inspect.Signature(parameters), static, literal
    except ValueError as reason:
        raise record.wrong("arguments", f"the arguments of a function ({reason})") from None


def declared_in(record: Record) -> list[tuple[str, Record]]:
    """The names of what a class declares, each with its record."""
    found: list[tuple[str, Record]] = []
    for pair in record.items_of("declared"):
        fits = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        if not fits or not isinstance(pair[1], dict) or not is_identifier(pair[0]):
            raise record.wrong("declared", "a list of names with what they are")
        found.append((pair[0], Record(pair[1], f"{record.path}{pair[0]:.40}.")))
    return found


def read_name(record: Record) -> str:
    """The name of a definition."""
    name = record.text("name")
    if len(name) > 200 or not name.isprintable():
        raise record.wrong("name", "a short text")
    return name


def is_identifier(name: str) -> bool:
    """Whether a name may be that of an argument, a field or an attribute."""
    return name.isidentifier() and not name.startswith("_") and not iskeyword(name)


def is_class_name(name: str) -> bool:
    """Whether a name may be that of a class."""
    return name.isidentifier() and "__" not in name and not iskeyword(name) and len(name) < 200


def _parameter(record: Record) -> inspect.Parameter:
    name = record.text("name")
    if not name.isidentifier() or iskeyword(name) or len(name) > 200:
        raise record.wrong("name", "the name of an argument")
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    for flag, other in (
        ("keyword_only", inspect.Parameter.KEYWORD_ONLY),
        ("variadic", inspect.Parameter.VAR_POSITIONAL),
        ("positional_only", inspect.Parameter.POSITIONAL_ONLY),
    ):
        if flag in record and record.flag(flag):
            kind = other
    default = inspect.Parameter.empty
    if "default" in record:
        default = trees.read(record.value("default"), f"{record.path}default")
    try:
        return inspect.Parameter(name, kind, default=default)
    except ValueError as reason:
        raise record.wrong("default", f"fitting ({reason})") from None
