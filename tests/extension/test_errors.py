"""Every error of this floor: raised where it should be, naming value, expectation and remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors
from dovetail.extension.sequential import Sequential
from tests.extension.definitions import BatchNorm, Dense, Lion, Momentum, RMSNorm, focal, swiglu
from tests.extension.definitions import mish as mish

X = np.ones((2, 3), np.float32)
N = np.arange(3)


def keywords(x, **options):
    return x


def nothing(x):
    pass


@dt.activation
def halved(x):
    return x[::2]


@dt.activation
def doubled(x):
    return x, x


@dt.activation
def binary(x, y):
    return x + y


@dt.loss
def own_reduction(x, reduction="mean"):
    return x


@dt.loss
def two_losses(x):
    return x, x


@dt.op
def miscounted(x, y):
    return x + y


@miscounted.vjp
def _(x, y, *, out, cotangent):
    return cotangent


@dt.op
def misshapen(x):
    return x * 2


@misshapen.vjp
def _(x, *, out, cotangent):
    return dt.sum(cotangent)


class NoForward(dt.Layer):
    pass


class NoUpdate(dt.Optimizer):
    lr: float = 0.1


class BadShape(dt.Layer):
    rate: float = 0.5
    kernel = dt.Parameter("rate")

    def forward(self, x):
        return x * self.kernel


class NoField(dt.Layer):
    kernel = dt.Parameter("widht")

    def forward(self, x):
        return x * self.kernel


class BadInit(dt.Layer):
    init: Any = "onse"
    kernel = dt.Parameter(2, init="onse")

    def forward(self, x):
        return x * self.kernel


class BadInitShape(dt.Layer):
    kernel = dt.Parameter(2, init=lambda rng, shape, dtype: np.zeros(3))

    def forward(self, x):
        return x * self.kernel


class Assigns(dt.Layer):
    kernel = dt.Parameter(3)
    state = dt.State(3)
    what: str = "kernel"

    def forward(self, x):
        if self.what == "kernel":
            self.kernel = x
        elif self.what == "shape":
            self.state = dt.sum(x)
        else:
            self.state = None
        return x


class Wrong(dt.Optimizer):
    kind_of: str = "shape"
    lr: float = 0.1
    state = dt.State(like="param")

    def update(self, param, grad):
        if self.kind_of == "shape":
            return dt.sum(param)
        if self.kind_of == "dtype":
            return dt.astype(param, dt.float64)
        if self.kind_of == "state":
            self.state = dt.sum(param)
        return None


def apply(optimizer: dt.Optimizer, params: Any = X, grads: Any = X) -> Any:
    return optimizer.apply(params, grads, optimizer.init(params))


def declare_twice() -> None:
    op = dt.op(lambda x: x)
    op.vjp(lambda x, *, out, cotangent: cotangent)
    op.vjp(lambda x, *, out, cotangent: cotangent)


def sample_twice() -> None:
    op = dt.op(lambda x: x)
    op.samples(lambda rng: ())
    op.samples(lambda rng: ())


CASES: list[tuple[type[Exception], str, Callable[[], Any]]] = [
    (errors.SignatureError, r"keywords.*\*\*options", lambda: dt.op(keywords)(X)),
    (errors.SignatureError, "reduction", lambda: own_reduction(X)),
    (errors.ArgumentCountError, "4 positional.*at most 3", lambda: focal(X, N, 2.0, 3.0)),
    (errors.MissingArgumentError, "swiglu.*without 'gate'", lambda: swiglu(X)),
    (errors.UnknownArgumentError, "'gama'.*did you mean 'gamma'", lambda: focal(X, N, gama=1.0)),
    (errors.RepeatedArgumentError, "'x' twice", lambda: mish(X, x=X)),
    (errors.HyperparameterTypeError, "'gamma'.*str 'a'", lambda: focal(X, N[:2], gamma="a")),
    (errors.HyperparameterTypeError, "ndarray", lambda: focal(X, N[:2], gamma=X)),
    (errors.HyperparameterTypeError, "reduction.*set", lambda: focal(X, N, reduction={1})),
    (errors.HyperparameterTypeError, "lr", lambda: apply(Momentum(lr="fast"))),
    (errors.ArrayExpectedError, "'x' of mish.*'text'", lambda: mish("text")),
    (errors.ArrayExpectedError, "'gate'.*object", lambda: swiglu(X, object())),
    (errors.ArraySubclassError, "MaskedArray", lambda: mish(np.ma.masked_array(X))),
    (errors.ElementTypeError, "object", lambda: mish(np.array([None]))),
    (errors.ElementTypeError, "complex64", lambda: mish(X.astype(np.complex64))),
    (errors.ElementTypeError, "<U1", lambda: mish(np.array(["a"]))),
    (errors.RaggedArrayError, "rows differ", lambda: mish([[1.0], [1.0, 2.0]])),
    (errors.OutputTypeError, "NoneType.*return", lambda: dt.op(nothing)(X)),
    (errors.OutputTypeError, "str 'x'", lambda: dt.op(lambda x: "x")(X)),
    (errors.OutputCountError, "2 arrays.*one array", lambda: doubled(X)),
    (errors.OutputCountError, "two_losses.*2 arrays", lambda: two_losses(X)),
    (errors.OutputShapeError, r"halved.*\(1, 3\).*\(2, 3\).*dt\.op", lambda: halved(X)),
    (errors.ActivationArityError, "2 arrays: x, y", lambda: binary(X, X)),
    (errors.ReductionError, "'men'.*'mean', 'sum', 'none'", lambda: focal(X, N, reduction="men")),
    (errors.DeclaredCountError, "1 cotangents.*2", lambda: dt.vjp(miscounted, X, X)[1](X)),
    (errors.DeclaredShapeError, r"shape \(\).*\(2, 3\)", lambda: dt.vjp(misshapen, X)[1](X)),
    (errors.DeclaredTwiceError, "vjp", declare_twice),
    (errors.DeclaredTwiceError, "samples", sample_twice),
    (errors.SurrogateArgumentError, "surrogate=True", lambda: dt.op(lambda x: x).vjp(True)),
    (errors.NotCallableError, "@dt.op.*int 3", lambda: dt.op(3)),
    (errors.NotCallableError, "dt.grad", lambda: dt.grad(3)),
    (errors.ArgumentNumberError, "argnums is 1.*-1 to 0", lambda: dt.grad(dt.sin, 1)(X)),
    (errors.ArgumentNumberError, "True", lambda: dt.grad(lambda x: x, argnums=True)(1.0)),
    (errors.NotDifferentiableError, "'x'.*int64", lambda: dt.grad(lambda x: dt.sum(x * 1.0))(N)),
    (errors.NotDifferentiableError, "output.*int64",
     lambda: dt.grad(lambda x: dt.astype(dt.sum(x), dt.int64))(X)),
    (errors.NonScalarOutputError, r"shape \(2, 3\).*dt.sum", lambda: dt.grad(mish)(X)),
    (errors.NonScalarOutputError, "2 arrays", lambda: dt.grad(lambda x: (x, x))(1.0)),
    (errors.AuxiliaryOutputError, "has_aux", lambda: dt.grad(dt.sum, has_aux=True)(X)),
    (errors.StructureError, r"cotangent 0.*\(3,\)", lambda: dt.vjp(mish, X)[1](X[0])),
    (errors.StructureError, "structure", lambda: dt.vjp(mish, X)[1]((X, X))),
    (errors.StructureError, "2 tangents", lambda: dt.jvp(mish, (X,), (X, X))),
    (errors.StructureError, "tangent 0", lambda: dt.jvp(mish, (X,), (X[0],))),
    (errors.StructureError, "gradients of Lion", lambda: apply(Lion(), (X,), [X])),
    (errors.StructureError, r"gradient of Lion.*\(3,\)", lambda: apply(Lion(), X, X[0])),
    (errors.MappedAxisError, "2.*shape", lambda: dt.vmap(mish, in_axes=2)(X)),
    (errors.MappedAxisError, "one axis for each of 1", lambda: dt.vmap(mish, in_axes=(0, 0))(X)),
    (errors.MappedAxisError, "None.*some argument", lambda: dt.vmap(mish, in_axes=None)(X)),
    (errors.MappedAxisError, "output", lambda: dt.vmap(dt.sum, out_axes=1)(X)),
    (errors.BatchSizeError, "2, 3", lambda: dt.vmap(swiglu)(X, N)),
    (errors.FieldCountError, "4 positional.*units", lambda: Dense(1, True, 2, 3)),
    (errors.UnknownFieldError, "'unit'.*'units'", lambda: Dense(unit=3)),
    (errors.UnknownFieldError, "'clip_nrm'.*'clip_norm'", lambda: Lion(clip_nrm=1.0)),
    (errors.MissingFieldError, "Dense.*'units'", lambda: Dense()),
    (errors.RepeatedFieldError, "'units' twice", lambda: Dense(3, units=3)),
    (errors.UnresolvedFieldError, "RMSNorm.features", lambda: RMSNorm().features),
    (errors.InputAxisError, r"features.*axis -1.*\(\)", lambda: RMSNorm()(1.0)),
    (errors.InputAxisError, r"features = 4.*\(2, 3\)", lambda: RMSNorm(4)(X)),
    (errors.ParameterShapeError, "'rate'.*float 0.5", lambda: BadShape()(X)),
    (errors.ParameterShapeError, "'widht'.*no such field", lambda: NoField()(X)),
    (errors.InitializerError, "'onse'.*zeros, ones", lambda: BadInit()(X)),
    (errors.InitializerError, r"\(3,\).*\(2,\)", lambda: BadInitShape()(X)),
    (errors.ParameterValueError, "scale", lambda: setattr(RMSNorm().build((3,)), "scale", X)),
    (errors.ParameterValueError, r"Assigns.state.*\(\).*\(3,\)", lambda: Assigns("shape")(X[0])),
    (errors.ParameterValueError, "NoneType", lambda: Assigns("none")(X[0])),
    (errors.ParameterAssignmentError, "Assigns.kernel.*dt.State", lambda: Assigns()(X[0])),
    (errors.UnknownPathError, "'bias'.*scale", lambda: RMSNorm().build((3,)).get("bias")),
    (errors.NotBuiltError, "RMSNorm.scale", lambda: RMSNorm().scale),
    (errors.NotBuiltError, "BatchNorm: 'bias'",
     lambda: BatchNorm(3).pure(X).apply({"scale": X[0]}, BatchNorm(3).build(X).states(), X)),
    (errors.NotBuiltError, "momentum", lambda: Lion().momentum),
    (errors.MethodMissingError, r"NoForward.*forward\(self, x\)", lambda: NoForward()(X)),
    (errors.MethodMissingError, r"update\(self, param, grad\)", lambda: apply(NoUpdate())),
    (errors.MemberError, "'reul'", lambda: Sequential("reul")),
    (errors.MemberError, "a class", lambda: Sequential(Dense)),
    (errors.MemberError, "int 3", lambda: Sequential(3)),
    (errors.UpdateError, r"update returned.*\(\).*\(2, 3\)", lambda: apply(Wrong("shape"))),
    (errors.UpdateError, "float64.*float32", lambda: apply(Wrong("dtype"))),
    (errors.UpdateError, "None", lambda: apply(Wrong("none"))),
    (errors.UpdateError, r"Wrong.state.*\(\).*\(2, 3\)", lambda: apply(Wrong("state"))),
    (errors.NotDifferentiableError, "Lion.*int64", lambda: apply(Lion(), N, N)),
    (errors.ConfigurationError, "lambda", lambda: dt.get_config(Sequential(lambda x: x))),
    (errors.ControlFlowError, "truth value", lambda: dt.op(lambda x: x if x > 0 else -x)(X)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "pattern", "fault"), CASES, ids=[f"{i}-{c[0].__name__}" for i, c in enumerate(CASES)]
)
def test_the_error(kind: type[Exception], pattern: str, fault: Callable[[], Any]) -> None:
    with pytest.raises(kind, match=f"(?s){pattern}") as caught:
        fault()
    assert type(caught.value) is kind
    assert "expected" in str(caught.value)


def test_errors_name_the_line_of_the_definition() -> None:
    for kind, fault in [
        (errors.MissingArgumentError, lambda: swiglu(X)),
        (errors.UnknownFieldError, lambda: Dense(unit=3)),
    ]:
        with pytest.raises(kind, match=r"definitions\.py:\d+"):
            fault()


def test_a_failed_build_leaves_no_trace() -> None:
    layer = RMSNorm()
    with pytest.raises(errors.InputAxisError):
        layer(1.0)
    model = Sequential(layer, NoForward())
    with pytest.raises(errors.MethodMissingError):
        model(X)
    assert "features" not in vars(layer)
    assert layer(np.ones((2, 7))).shape == (2, 7)


def test_a_loss_of_examples_only() -> None:
    with pytest.raises(errors.OutputTypeError, match="None"):
        dt.loss(nothing)(X)


def test_an_extension_called_before_hosts_are_there() -> None:
    from dovetail.extension import dispatch  # noqa: PLC0415

    installed = dispatch.hosts()
    dispatch._Hook.hosts = None
    try:
        with pytest.raises(errors.NoHostsError, match="import dovetail"):
            dt.op(lambda x: x)(X)
    finally:
        dispatch.install(installed)
