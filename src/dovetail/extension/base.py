"""An extension: a definition in array maths that can be called on any host's arrays.

A call goes to the host of its first argument's type. With tracers among the arguments, or inside
a running trace, the definition is inlined instead. It is traced once for each signature of its
arguments; globals and closures are read at that moment.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cached_property, partial, update_wrapper
from types import FunctionType
from typing import Any, ClassVar, Generic, ParamSpec, Self, TypeVar, overload

from dovetail.errors import CallError, DefinitionError
from dovetail.extension.call_errors import not_callable, on_a_method
from dovetail.extension.declared import RULE_NAMES, Rule, declare_outputs
from dovetail.extension.dispatch import Caller, Definition, Host, hosts, recorder, untraced
from dovetail.extension.signature import Signature, read_signature, unreadable
from dovetail.extension.uses import Uses
from dovetail.extension.values import leaves_of, output_leaves
from dovetail.language.location import location_of
from dovetail.language.scope import running
from dovetail.language.trace import Traced, trace
from dovetail.language.tracer import Tracer
from dovetail.language.tree import LEAF, unflatten

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])


class Extension(Definition, Generic[Arguments, Result]):
    """A function over arrays of any host. Made by @dt.op, @dt.activation or @dt.loss."""

    kind: str = "op"  # or activation, loss
    # A host that saves definitions by name sets this, to tell those of one name apart.
    naming: ClassVar[Callable[[Any], str] | None] = None

    @property
    def _kind(self) -> str:
        return self.kind

    def __init__(self, definition: Callable[Arguments, Result], *, name: str | None = None) -> None:
        if not callable(definition):
            raise not_callable(f"@dt.{self.kind}", definition)
        if _is_method(definition):
            raise on_a_method(self.kind, definition.__qualname__, location_of(definition))
        self.definition: Callable[..., Any] = definition
        update_wrapper(self, definition, updated=())
        self.__name__: str = name or getattr(definition, "__name__", f"{type(definition)}")
        self.__qualname__: str = getattr(definition, "__qualname__", self.__name__)
        self.rule: Rule | None = None
        self.example: Callable[..., Any] | None = None
        self._callers: dict[type, Caller] = {}  # by the type of the first argument
        self._sought: dict[type, Caller] = {}  # found by `_seek`
        # For calls with arrays alone; see operations/fast_calls.py.
        self.fast_paths: dict[type, Callable[..., Any]] = {}
        self._by_host: dict[object, Caller] = {}
        self.uses = Uses()

    @property
    def name(self) -> str:
        return self.__name__

    @property
    def location(self) -> str | None:
        """`file:line` of the definition."""
        return location_of(self.definition)

    @cached_property
    def signature(self) -> Signature:
        """Which arguments are arrays and which are hyperparameters."""
        return self._read_signature()

    def _read_signature(self) -> Signature:
        return read_signature(self.definition, self.name, location=self.location)

    # Calling.

    def __call__(self, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if args:
            caller = self._callers.get(args[0].__class__)
            if caller is not None:
                return caller(args, kwargs)
        return self.dispatch(args, kwargs)

    # For subclasses with a `__call__` of their own: a framework that traces Python does not find
    # through `super` what operations/fast_calls.py replaces both with.
    _call = __call__

    def dispatch(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Inline where a tracer is among the arguments; else call on their host."""
        if args:
            kind = args[0].__class__
            if self._seek(kind):
                return self._sought[kind](args, kwargs)
        if running() is not None:
            return self.inline(*args, **kwargs)
        leaves = leaves_of((args, kwargs))
        if any(isinstance(leaf, Tracer) for leaf in leaves):
            return self.inline(*args, **kwargs)
        symbol = recorder(leaves)
        if symbol is not None:
            return symbol.__dovetail_call__(self, args, kwargs)
        host = hosts().host_of(leaves, self.name)
        return self.caller_on(host)(args, kwargs)

    @untraced
    def _seek(self, kind: type) -> bool:
        """Find the caller for a first argument of this type; whether there is one."""
        if running() is not None:
            return False
        host = hosts().host_of_type(kind)
        if host is None:
            return False
        self._sought[kind] = self.caller_on(host)
        # A framework that traces this call checks `_callers` before each later one.
        if not host.traces_python():
            self._callers[kind] = self._sought[kind]
        return True

    def caller_on(self, host: Host) -> Caller:
        """The caller of a host for this extension, made once."""
        caller = self._by_host.get(host)
        return self._by_host.setdefault(host, host.caller(self)) if caller is None else caller

    def into(self, out: Sequence[Any], /, *args: Any, **kwargs: Any) -> None:
        """Like a call, but writes the outputs into the arrays `out`; NumPy arrays only."""
        first: object = out[0]
        kind = type(first)
        caller: Any = self._callers.get(kind)
        if caller is None:
            host = hosts().host_of([*out, *leaves_of((args, kwargs))], self.name)
            caller = self._callers[kind] = self.caller_on(host)
        caller.into(out, args, kwargs)

    def inline(self, /, *args: Any, **kwargs: Any) -> Any:
        """The definition on tracers, with its outputs checked and its rule attached."""
        values = self.signature.bind(args, kwargs)
        given, named = self.signature.spread(values)
        result, structure = self.evaluate(given, named), LEAF
        if isinstance(result, Tracer):
            leaves = [result]
        else:
            leaves, structure = output_leaves(self.name, result, self.location)
        self.check_outputs(values, leaves, structure)
        if self.rule is not None:
            leaves = declare_outputs(
                self.rule, self.signature, self.evaluate, values, leaves, structure
            )
        return unflatten(structure, leaves)

    def traced(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Traced:
        """The graph of a call with specs in place of arrays and floats."""
        traced = trace(self, args, kwargs)
        self.uses.add(args, kwargs)
        return traced

    def evaluate(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """What the definition returns for these arguments."""
        return self.definition(*args, **kwargs)

    def check_outputs(self, values: list[Any], leaves: list[Tracer], structure: Any) -> None:
        """Raises where the outputs are not what this kind of extension returns."""

    # Declaring.

    @overload
    def vjp(self, rule: Function, *, surrogate: bool = False) -> Function: ...

    @overload
    def vjp(self, *, surrogate: bool = False) -> Callable[[Function], Function]: ...

    def vjp(self, rule: Any = None, *, surrogate: bool = False) -> Any:
        """Declare the derivative: `(*arrays, out, cotangent)` to a cotangent of each array.

        A learned hyperparameter has the derivative of the definition itself.

        `surrogate`: it differs from the true derivative on purpose, such as straight-through.
        """
        if rule is None:
            return partial(self.vjp, surrogate=surrogate)
        if not callable(rule):
            raise CallError(
                f"{self.name}.vjp was given {rule!r:.80}",
                "the rule itself, or surrogate=True",
                f"write @{self.name}.vjp or @{self.name}.vjp(surrogate=True) over the rule",
            )
        if self.rule is not None:
            raise _declared_twice(self, "vjp")
        for name in RULE_NAMES:
            if name in inspect.signature(self.definition).parameters:
                reason = f"its argument {name!r} has the name of an argument of declared vjps"
                raise unreadable(self.name, reason, self.location)
        self.rule = Rule(self.name, rule, surrogate, location_of(rule))
        self.forget_callers()
        return rule

    def forget_callers(self) -> None:
        """Have hosts make again what calls this, as after a change of what it means."""
        for made in (self.fast_paths, self._callers, self._sought, self._by_host):
            made.clear()

    def samples(self, function: Function) -> Function:
        """Declare example arguments for the checker: a function of a NumPy random generator."""
        if self.example is not None:
            raise _declared_twice(self, "samples")
        self.example = function
        return function

    # Identity.

    def get_config(self) -> dict[str, str]:
        """Its module and name, for frameworks that save configurations."""
        config = {"module": self.__module__, "name": self.__qualname__}
        if Extension.naming is not None:
            config["known_as"] = Extension.naming(self)
        return config

    def __repr__(self) -> str:
        return f"<dovetail {self.kind} {self.signature}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return self.__qualname__

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __copy__(self) -> Self:
        return self


def _is_method(definition: Any) -> bool:
    """Whether a function is written in a class, with `self` as its first argument."""
    if not isinstance(definition, FunctionType):
        return False
    code, around = definition.__code__, definition.__qualname__.rpartition(".")[0]
    in_class = bool(around) and not around.endswith("<locals>")
    return in_class and code.co_varnames[: code.co_argcount][:1] == ("self",)


def _declared_twice(extension: Extension[..., Any], what: str) -> DefinitionError:
    found = f"{extension.name} already has a declared {what}"
    return DefinitionError(found, "one", "keep one of the two", extension.location)
