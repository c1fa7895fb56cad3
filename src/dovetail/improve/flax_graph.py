"""Modules of flax.nnx with a `__call__` of their own, by their jaxpr.

Modules of flax.nnx that the library has as layers stand in the jaxpr as one equation each; the
others are functions of the language. JAX is not imported: whoever gives a module has imported it.
A jaxpr has the number of examples in its shapes as a number, so the module is traced with two
numbers, and what differs follows from the number of examples.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import operator
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import DovetailError, UnsupportedError
from dovetail.improve.flax_source import ARRAYS, FlaxSource, Path, array_at, at, evaluated, nnx
from dovetail.improve.lax import ACTIVATIONS, FUNCTIONS, INNER
from dovetail.improve.trace_errors import (
    Located,
    cannot_trace,
    files_of,
    folder_of,
    line_in,
)
from dovetail.improve.traced import (
    ArrayOf,
    Held,
    HeldState,
    Place,
    Reading,
    Size,
    TracedModel,
    arguments,
    few,
)
from dovetail.language.tree import flatten, unflatten
from dovetail.library.layers import Activation
from dovetail.train.conversion import give
from dovetail.train.flax_layers import converted
from dovetail.train.functional import Step, Value
from dovetail.train.naming import unique

COUNTS = 2, 5  # numbers of examples that a module is traced with
LAYER = "dovetail_layer"  # the name of the equation of a layer


def traced_flax(module: Any, examples: Any) -> TracedModel:
    """The model of a module, traced with some inputs."""
    return FlaxSource(module, few(examples), read).model()


def read(module: Any, x: Any) -> Reader:
    """The layers and steps of a module."""
    reader = Reader(evaluated(module))
    reader.read(x)
    return reader


@functools.cache
def _marker() -> Any:
    """The primitive that stands for the call of a layer."""
    made = importlib.import_module("jax.extend.core").Primitive(LAYER)
    made.def_abstract_eval(lambda x, *, out, path: out)
    return made


def _stand_in(leaf: Any, path: Path) -> None:
    """Make the call of a module one equation of the jaxpr."""
    jax: Any = sys.modules["jax"]
    own = type(leaf)
    signature = inspect.signature(own.__call__)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = list(signature.bind(self, *args, **kwargs).arguments.items())[1:]
        x, settings = given[0][1], {name: each for name, each in given[1:] if each is not None}
        if settings.pop("use_running_average", True) is False or (
            settings.pop("deterministic", True) is False
        ):
            raise NotImplementedError(f"{'.'.join(map(str, path))} is called as in training")
        settings.pop("rngs", None)
        if settings and own.__name__ == "BatchNorm":
            names = " and ".join(settings)
            raise NotImplementedError(f"{'.'.join(map(str, path))} is called with {names}")
        several = own.__name__ == "Conv" and x.ndim != len(self.kernel_size) + 2
        if settings or several:  # a mask, for example, or several axes of examples
            return own.__call__(self, *args, **kwargs)
        found = jax.eval_shape(lambda x: own.__call__(self, x), x)
        out = jax.core.ShapedArray(found.shape, found.dtype)
        return _marker().bind(x, out=out, path=path)

    leaf.__class__ = type(own.__name__, (own,), {"__call__": call})


@dataclass(eq=False)
class Reader(Reading):
    """Turns the equations of a jaxpr into layers and steps."""

    module: Any  # in evaluation

    def __post_init__(self) -> None:
        self.names: dict[Path, str] = {}  # of modules that are layers
        self.owners: dict[Path, ArrayOf] = {}
        self.count = 0
        self.files = _files(self.module)
        self.graph, self.state = nnx().split(self.module)
        for path, each in nnx().iter_modules(self.module):
            kind = type(each)
            if kind.__module__.startswith("flax.nnx.") and kind.__name__ in ARRAYS:
                self._layer(tuple(path), each)

    def _layer(self, path: Path, module: Any) -> None:
        """Let a module be a layer; one that the library does not have is traced as it is."""
        name = ".".join(map(str, path)) or type(module).__name__.lower()
        kind = type(module).__name__
        try:
            layer = converted(name, module)
        except UnsupportedError:
            if kind in ("BatchNorm", "Dropout"):  # which are others in training
                raise
            return
        arrays: dict[str, Path] = {}
        for ours, theirs in ARRAYS[kind].items():
            variable = getattr(module, theirs, None)
            if variable is not None and variable.get_value() is not None:
                arrays[ours] = (*path, theirs)
        self.layers[name] = layer
        self.places[name] = Place(path, arrays)
        self.names[path] = name
        for ours, place in arrays.items():
            self.owners[place] = ArrayOf(name, ours)

    # Tracing.

    def read(self, x: Any) -> None:
        """The equations in order."""
        first, second = (self._traced(x, count) for count in COUNTS)
        jaxpr, shapes = first
        leaves, _ = sys.modules["jax"].tree_util.tree_flatten_with_path(self.state)
        paths = [tuple(key.key for key in keys if hasattr(key, "key")) for keys, _ in leaves]
        known: dict[Any, Any] = dict(zip(jaxpr.jaxpr.invars, paths, strict=False))
        inputs = jaxpr.jaxpr.invars[len(paths) :]
        self.count = len(inputs)
        known.update((var, Value(number)) for number, var in enumerate(inputs))
        self._inline(jaxpr.jaxpr, jaxpr.consts, second[0].jaxpr, known)
        self._check_state(jaxpr, paths, known)
        tree: Any = sys.modules["jax"].tree
        whole = tree.structure(shapes[0])
        ends = jaxpr.jaxpr.outvars[: whole.num_leaves]
        self.outputs = tree.unflatten(whole, [self._value(var, var, known) for var in ends])

    def _traced(self, x: Any, count: int) -> tuple[Any, Any]:
        """The jaxpr for a number of examples, and the shapes of its outputs."""
        jax: Any = sys.modules["jax"]
        leaves, tree = flatten(x)  # JAX has another order of a dict

        def call(state: Any, inputs: Any) -> Any:
            module = nnx().merge(self.graph, state)
            for path, each in list(nnx().iter_modules(module)):
                if tuple(path) in self.names:
                    _stand_in(each, tuple(path))
            args, kwargs = arguments(unflatten(tree, inputs))
            return module(*args, **kwargs), nnx().state(module)

        rows = np.arange(count)
        inputs = [np.asarray(array)[rows % len(array)] for _, array in leaves]
        try:
            return jax.make_jaxpr(call, return_shape=True)(self.state, inputs)
        except Exception as error:
            raise self._refused(_reason(self.module, error)) from error

    def _check_state(self, jaxpr: Any, paths: list[Path], known: dict[Any, Any]) -> None:
        """Refuse a module whose variables are others after a call."""
        after = jaxpr.jaxpr.outvars[len(jaxpr.jaxpr.outvars) - len(paths) :]
        for path, var in zip(paths, after, strict=True):
            if known.get(var) != path:
                name = ".".join(map(str, path))
                raise self._refused(f"its call changes {name}")

    # Equations.

    def _inline(
        self, jaxpr: Any, consts: Any, other: Any, known: dict[Any, Any], outer: str = ""
    ) -> None:
        """All equations of a jaxpr, and of those inside it.

        `other`: the jaxpr with more examples; `outer`: the line of the equation that it is in.
        """
        known.update(zip(jaxpr.constvars, map(np.asarray, consts), strict=True))
        if len(jaxpr.eqns) != len(other.eqns):
            raise self._fixed(outer)
        for eqn, second in zip(jaxpr.eqns, other.eqns, strict=True):
            self._equation(eqn, second, known, _where(self.files, eqn) or outer)

    def _equation(self, eqn: Any, second: Any, known: dict[Any, Any], where: str) -> None:
        name = str(eqn.primitive.name)
        if name != str(second.primitive.name):
            raise self._fixed(where)
        operands = list(zip(eqn.invars, second.invars, strict=True))
        called = str(eqn.params.get("name", ""))
        named = called in ACTIVATIONS and len(operands) == 1
        if name in INNER and not (named and _is_of_jax(eqn.params[INNER[name]])):
            args = tuple(self._found(one, two, known) for one, two in operands)
            self._call(eqn, second, args, known, where)
            return
        args = tuple(self._value(one, two, known) for one, two in operands)
        if name == LAYER:
            self._add(eqn, Step(self.names[eqn.params["path"]], args, {}), known)
            return
        if name in INNER:
            path = unique(called, self.layers)
            self.layers[path] = Activation(called)
            self._add(eqn, Step(path, args, {}), known)
            return
        if name not in FUNCTIONS:
            flow = name in ("while", "cond", "scan")
            reason = "its control flow is" if flow else "the primitive"
            raise self._refused(f"{reason} {name}{where}")
        params = {
            key: self._merged(value, second.params[key], where) for key, value in eqn.params.items()
        }
        function = Located(FUNCTIONS[name], FlaxSource.tracer, type(self.module).__name__, where)
        several = bool(eqn.primitive.multiple_results)
        self._add(eqn, Step(function, args, params), known, several)

    def _call(self, eqn: Any, second: Any, args: Any, known: dict[Any, Any], where: str) -> None:
        """An equation with a jaxpr of its own, equation by equation."""
        key = INNER[eqn.primitive.name]
        inner, other = eqn.params[key], second.params[key]
        consts = getattr(inner, "consts", ())
        inner, other = getattr(inner, "jaxpr", inner), getattr(other, "jaxpr", other)
        local = dict(zip(inner.invars, args, strict=True))
        self._inline(inner, consts, other, local, where)
        for var, result in zip(eqn.outvars, inner.outvars, strict=True):
            known[var] = self._found(result, result, local)

    def _add(self, eqn: Any, step: Step, known: dict[Any, Any], several: bool = False) -> None:
        self.steps.append(step)
        whole = Value(self.count)
        self.count += 1
        if not several:
            known[eqn.outvars[0]] = whole
            return
        for number, var in enumerate(eqn.outvars):
            self.steps.append(Step(operator.getitem, (whole, number), {}))
            known[var] = Value(self.count)
            self.count += 1

    def _value(self, var: Any, other: Any, known: dict[Any, Any]) -> Any:
        found = self._found(var, other, known)
        return self._array(found) if isinstance(found, tuple) else found

    def _found(self, var: Any, other: Any, known: dict[Any, Any]) -> Any:
        """What a variable of a jaxpr is; the path of an array of the module."""
        if hasattr(var, "val"):  # a literal
            return self._merged(var.val, other.val, "") if var is not other else var.val
        return known[var]

    def _array(self, path: Path) -> Any:
        """An array of the module that an equation reads by itself."""
        if path not in self.owners:
            array, variable = array_at(self.module, path), at(self.module, path)
            name, dtype = ".".join(map(str, path)), str(array.dtype)
            in_tuple = variable is array and isinstance(at(self.module, path[:-1]), tuple)
            if dtype.startswith(("bool", "int", "uint")) or in_tuple:  # a mask, for example
                return np.asarray(array)
            if not dtype.startswith(("float", "bfloat")):
                raise self._refused(f"it computes with {name}, of {dtype}")
            kind: Any = Held if isinstance(variable, nnx().Param) else HeldState
            place = unique(name, self.layers)
            self.layers[place] = give(kind(tuple(array.shape)), {"value": np.asarray(array)})
            self.places[place] = Place(None, {"value": path})
            self.owners[path] = ArrayOf(place, "value")
        return self.owners[path]

    def _merged(self, one: Any, two: Any, where: str) -> Any:
        """A parameter of an equation, in which sizes may follow from the number of examples."""
        if isinstance(one, (tuple, list)) and not hasattr(one, "_fields"):
            if len(one) != len(two):
                raise self._fixed(where)
            return tuple(self._merged(a, b, where) for a, b in zip(one, two, strict=True))
        if isinstance(one, np.ndarray) and one.ndim == 0:
            one, two = one.item(), two.item()
        if isinstance(one, (int, float, np.number)) and not isinstance(one, bool) and one != two:
            low, high = COUNTS
            times = (two - one) / (high - low)
            plus = one - times * low
            whole = isinstance(one, (int, np.integer))
            if whole and not (float(times).is_integer() and float(plus).is_integer()):
                raise self._fixed(where)
            return Size(int(times), int(plus)) if whole else Size(float(times), float(plus))
        return one

    def _fixed(self, where: str) -> DovetailError:
        return self._refused(f"what it computes depends on the number of examples{where}")

    def _refused(self, reason: str) -> DovetailError:
        return cannot_trace(FlaxSource.tracer, self.module, reason)


def _files(module: Any) -> set[str]:
    return files_of((each for _, each in nnx().iter_modules(module)), "flax")


def _where(files: set[str], eqn: Any) -> str:
    """The user's line of an equation."""
    trace = getattr(eqn.source_info, "traceback", None)
    for frame in getattr(trace, "frames", ()):
        if frame.file_name in files:
            return f", at {frame.file_name}:{frame.line_num}"
    return ""


def _is_of_jax(inner: Any) -> bool:
    """Whether a jaxpr inside another one is of a function of JAX, and not of the user's."""
    info = getattr(getattr(inner, "jaxpr", inner), "debug_info", None)
    return f" at {folder_of('jax')}" in str(getattr(info, "func_src_info", ""))


def _reason(module: Any, error: Exception) -> str:
    """What failed, with the user's line."""
    where = line_in(_files(module), error)
    if "Tracer" in type(error).__name__ or "Concret" in type(error).__name__:
        return f"its control flow depends on values{where}"
    text = (str(error).splitlines() or [""])[0]
    if LAYER in text:
        return f"a layer is called inside a transformation such as jax.vmap or jax.grad{where}"
    ours = isinstance(error, NotImplementedError)  # see _stand_in
    return f"{text}{where}" if ours else f"{type(error).__name__}: {text}{where}"
