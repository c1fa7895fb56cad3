"""Optimizers in a file: those of Dovetail's library by name, all others as maths.

The update rule of any other optimizer is a graph for each rank of a parameter, from the parameter,
its gradient, the states, the step and the floats among the fields, which therefore can be set and
follow schedules as before. Other fields are constants of the maths.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from dovetail.errors import DovetailError, SerialisationError, described
from dovetail.extension.constructor import reconstruct, settings_of
from dovetail.extension.initializers import INITIALIZERS
from dovetail.extension.optimizer import COMMON, Optimizer
from dovetail.extension.parameters import LIKE_PARAMETER, Declaration, State
from dovetail.files import definitions, tracing, trees
from dovetail.files.calls import SavedCall, chosen
from dovetail.files.definitions import is_class_name, is_identifier
from dovetail.files.library import name_of_piece, piece
from dovetail.files.reader import Reader, made_of
from dovetail.files.records import FileFault, Record
from dovetail.files.trees import Leaf
from dovetail.files.writer import Writer
from dovetail.graph.dtypes import as_dtype, float32, float64
from dovetail.language.location import location_of
from dovetail.language.trace import ArraySpec, ScalarSpec
from dovetail.language.tree import flatten, map_leaves, unflatten
from dovetail.operations.unknown_sizes import example_size

Arrays = dict[str, Any]

_RANKS = range(6)
_COMMON = tuple(field.name for field in COMMON)


class SavedOptimizer(Optimizer):
    """An optimizer whose update rule is graphs of a file."""

    _reserves = True
    _calls: ClassVar[Sequence[SavedCall]] = ()
    _evaluations: ClassVar[Sequence[SavedCall]] = ()
    _constants: ClassVar[Mapping[str, Any]] = {}  # fields that are part of the maths

    def update(self, param: Any, grad: Any) -> Any:
        """The new parameter, by the maths of a file."""
        new, changed = chosen(self._calls, [param, grad, *_given(self)], self.name)
        for name, value in changed.items():
            self.write_declared(self.declared[name], value)
        return new

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._constants and self._constants[name] != value:
            raise SerialisationError(
                f"{self.name}.{name} cannot be set: it is a constant in the maths of the file",
                f"{name} = {self._constants[name]!r}",
                f"make another {self.name} by its class, and save that",
            )
        super().__setattr__(name, value)


def _given(optimizer: Any) -> list[Any]:
    """The states of a parameter, and the floats with the step."""
    kept = optimizer.kept_states
    states = {name: optimizer.read_declared(declared) for name, declared in kept.items()}
    fields = {f.name: getattr(optimizer, f.name) for f in optimizer.fields if f.is_float}
    floats = {name: value for name, value in fields.items() if value is not None}
    return [states, {**floats, "step": optimizer.step}]


def _evaluation(self: Any, param: Any) -> Any:
    """The parameter to predict with, by the maths of a file."""
    return chosen(self._evaluations, [param, *_given(self)], self.name)[0]


# Writing.


def write(
    optimizer: Optimizer, writer: Writer, state: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], Arrays]:
    """An optimizer as a record, and the arrays of its state by path."""
    name = name_of_piece(type(optimizer))
    plain = copy.copy(optimizer)
    plain.__dict__.pop("groups", None)
    record = _maths(plain, writer) if name is None else _of_library(name, plain, writer)
    if optimizer.groups:
        record["groups"] = _groups(optimizer, writer)
    if state is None:
        return record, {}
    leaves, structure = flatten({key: value for key, value in state.items() if key != "step"})
    marks = unflatten(structure, [None if leaf is None else path for path, leaf in leaves])
    arrays = {path: leaf for path, leaf in leaves if leaf is not None}
    return {**record, "step": int(state["step"]), "state": writer.value(marks)}, arrays


def _of_library(name: str, optimizer: Optimizer, writer: Writer) -> dict[str, Any]:
    arguments, changed = settings_of(optimizer)
    values = {**arguments, **changed}
    return {
        "piece": name,
        "fields": {n: _field(optimizer, n, v, writer) for n, v in values.items()},
    }


def _field(optimizer: Optimizer, name: str, value: Any, writer: Writer) -> Any:
    """A field, of which a schedule is one of the library, or refused."""
    if callable(value) and name_of_piece(type(value)) is None:
        raise SerialisationError(
            f"{optimizer.name}.{name} cannot be saved: it follows {described(value)}, which is a "
            "function of Python",
            "a number, or a schedule of Dovetail's library",
            f"set optimizer.{name} to a number before it is saved, and to the function after "
            "loading",
            location_of(value),
        )
    return writer.value(value)


def _refuse_preparation(optimizer: Optimizer) -> None:
    """Raises if a rule computes with all parameters: their number would be fixed in a graph."""
    if type(optimizer).prepares:
        raise SerialisationError(
            f"{optimizer.name} cannot be saved as maths: it has prepare, which computes with all "
            "parameters together",
            "an update of one parameter, or an optimizer of Dovetail's library",
            "save the weights by model.save_weights, and compile with the optimizer after loading",
            optimizer.location,
        )


def _groups(optimizer: Optimizer, writer: Writer) -> list[Any]:
    """The groups of parameters by pattern, with their hyperparameters."""
    found: list[Any] = []
    for where, changes in optimizer.groups:
        if not isinstance(where, str):
            raise SerialisationError(
                f"{optimizer.name} cannot be saved: {described(where)} chooses the parameters of a "
                "group",
                "patterns of their paths",
                'name them, for example with_groups({"*.bias": {"lr": 1e-4}})',
                optimizer.location,
            )
        fields = changes and {n: _field(optimizer, n, v, writer) for n, v in changes.items()}
        found.append({"where": where, "fields": fields})
    return found


def _maths(optimizer: Optimizer, writer: Writer) -> dict[str, Any]:
    owner = type(optimizer)
    _refuse_preparation(optimizer)
    floats = [field.name for field in owner.fields
              if field.is_float and getattr(optimizer, field.name) is not None]  # fmt: skip
    fields = [
        {
            "name": field.name,
            "value": _field(optimizer, field.name, getattr(optimizer, field.name), writer),
            "float": field.name in floats,
        }
        for field in owner.fields
    ]
    return {
        "class": owner.__name__,
        "doc": inspect.getdoc(owner) or "",
        "fields": fields,
        "common": {n: _field(optimizer, n, getattr(optimizer, n), writer) for n in _COMMON},
        "declared": [[n, _declaration(optimizer, d)] for n, d in optimizer.kept_states.items()],
        "calls": _calls(optimizer, floats, writer, _updated),
        "evaluation": _calls(optimizer, floats, writer, _evaluated) if owner.evaluates else None,
    }


def _declaration(optimizer: Optimizer, declaration: Declaration) -> dict[str, Any]:
    init = declaration.initial_value(optimizer)
    if not isinstance(init, (bool, int, float)) and init not in (*INITIALIZERS, LIKE_PARAMETER):
        raise SerialisationError(
            f"{optimizer.name}.{declaration.name} cannot be saved: its initial value is "
            f"{described(init)}",
            'a number, "param", or the name of an initializer',
            "give init= as one of these",
            optimizer.location,
        )
    dtype = declaration.dtype
    if declaration.has_own_type:
        dtype = declaration.data_type(optimizer).name
    record: dict[str, Any] = {"dtype": dtype, "init": trees.written(init)}
    if declaration.shape_of is not None:
        return {**record, "shape": "calls"}  # their leaves say it
    if declaration.like is not None:
        return {**record, "shape": LIKE_PARAMETER}
    return {**record, "shape": list(declaration.extents(optimizer))}


Method = Callable[[Any, list[Any]], Any]  # (the optimizer as an update sees it, arguments)


def _updated(view: Any, values: list[Any]) -> Any:
    return [view.update(*values), view.__dict__["_states"]]


def _evaluated(view: Any, values: list[Any]) -> Any:
    return [view.evaluation(values[0]), {}]


def _calls(
    optimizer: Optimizer, floats: Sequence[str], writer: Writer, method: Method
) -> list[dict[str, Any]]:
    """A method for parameters of usual ranks, in the types that it is computed in."""

    def call(values: list[Any]) -> Any:
        *arrays, states, hyper = values
        view = object.__new__(type(optimizer))
        view.__dict__.update(vars(optimizer), **hyper, _states=dict(states))
        return method(view, arrays)

    subject = tracing.Subject(optimizer.name, optimizer.location, call)
    found: list[dict[str, Any]] = []
    failed: DovetailError | None = None
    for dtype in (float32, float64):
        for rank in _RANKS:
            shape = tuple(map(example_size, range(rank)))
            states = {
                name: ArraySpec(*_widened(optimizer.state_type(each, shape, dtype)))
                for name, each in optimizer.kept_states.items()
            }
            hyper = dict.fromkeys((*floats, "step"), ScalarSpec())
            arrays = [ArraySpec(shape, dtype)] * (2 if method is _updated else 1)
            try:
                found.append(tracing.written(subject, [*arrays, states, hyper], writer.arrays))
            except SerialisationError:
                raise
            except DovetailError as reason:  # it does not take this rank
                failed = reason
    if not found and failed is not None:
        raise failed
    return definitions.distinct(found)


def _widened(given: Any) -> Any:
    shape, dtype = given
    return shape, dtype.compute


# Reading.


def read(
    record: Record, reader: Reader, arrays_of: Callable[[], Arrays]
) -> tuple[Optimizer, dict[str, Any] | None]:
    """The optimizer of a record, and its state."""
    if "piece" in record:
        owner = piece(record.text("piece"))
        if not isinstance(owner, type) or not issubclass(owner, Optimizer):
            raise record.wrong("piece", "the name of an optimizer")
        fields = reader.fields(record, "fields")
        made: Optimizer = made_of(record, lambda: reconstruct(owner, fields))
    else:
        made = made_of(record, lambda: _class(record, reader)())
    if "groups" in record:
        groups: Any = {
            each.text("where"): None if each.value("fields") is None
            else reader.fields(each, "fields")
            for each in record.records("groups")
        }  # fmt: skip
        made = made_of(record, lambda: made.with_groups(groups))
    if "step" not in record:
        return made, None
    arrays = arrays_of()
    structure = reader.value(record.value("state"), f"{record.path}state")
    if not isinstance(structure, dict):
        raise record.wrong("state", "a record of states")

    def array(mark: Any) -> Any:
        if mark is not None and (not isinstance(mark, str) or mark not in arrays):
            raise FileFault(f"its state of the optimizer names {mark!r:.60}, which it has not")
        return None if mark is None else arrays[mark]

    state = map_leaves(array, structure)
    return made, {"step": record.integer("step", least=0), **state}


def _class(record: Record, reader: Reader) -> Any:
    """The class of an optimizer that is maths, with the fields of the file as defaults."""
    name = record.text("class")
    if not is_class_name(name):
        raise record.wrong("class", "the name of a class")
    calls, evaluations = (
        [SavedCall(each, reader.arrays, name, kinds, len(kinds) - 2) for each in given]
        for given, kinds in (
            (record.records("calls"), (Leaf, Leaf, dict, dict)),
            (record.optional("evaluation", record.records) or (), (Leaf, dict, dict)),
        )
    )
    namespace: dict[str, Any] = {"__doc__": record.text("doc"), "__module__": __name__}
    annotations: dict[str, Any] = {}
    constants: dict[str, Any] = {}
    for field in record.records("fields"):
        key = field.text("name")
        if not is_identifier(key):
            raise field.wrong("name", "the name of a field")
        annotations[key] = "float" if field.flag("float") else "Any"
        namespace[key] = reader.value(field.value("value"), f"{field.path}value")
        if not field.flag("float"):
            constants[key] = namespace[key]
    for key, said in definitions.declared_in(record):
        namespace[key] = _state(said, key, calls)
    if evaluations:
        namespace["evaluation"] = _evaluation
    common = reader.fields(record, "common")
    if not set(common) <= set(_COMMON):
        raise record.wrong("common", f"values of {', '.join(_COMMON)}")
    made: Any = type(name, (SavedOptimizer,), {**namespace, "__annotations__": annotations})
    made._calls, made._evaluations, made._constants = calls, evaluations, constants
    made._location = None  # no source has it
    return lambda: made(**common)


def _state(record: Record, name: str, calls: Sequence[SavedCall]) -> State:
    init = trees.read(record.value("init"), f"{record.path}init")
    known = (*INITIALIZERS, LIKE_PARAMETER)
    if not isinstance(init, (bool, int, float)) and init not in known:
        raise record.wrong("init", f"a number, or one of {', '.join(known)}")
    dtype = record.optional("dtype", record.text)
    if dtype is not None and dtype != LIKE_PARAMETER:
        as_dtype(dtype)
    if record.value("shape") == LIKE_PARAMETER:
        return State(init=init, dtype=dtype, like=LIKE_PARAMETER)
    if record.value("shape") == "calls":
        return State(init=init, dtype=dtype, shape=lambda shape: _shape_of(name, calls, shape))
    return State(*record.integers("shape", least=0, most=2**40), init=init, dtype=dtype)


def _shape_of(name: str, calls: Sequence[SavedCall], shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of a state of a parameter of this shape, as the calls of the update have it."""
    for call in calls:
        state = call.arguments[2].get(name)
        if isinstance(state, Leaf):
            found = call.shape_beside(0, shape, state.number)
            if found is not None:
                return found
    raise SerialisationError(
        f"the state {name} was saved without its shape for parameters of shape {tuple(shape)}",
        f"parameters of at most {len(_RANKS) - 1} dimensions",
        "reshape the parameter",
    )
