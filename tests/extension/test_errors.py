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
    (errors.DefinitionError, r"keywords.*\*\*options", lambda: dt.op(keywords)(X)),
    (errors.DefinitionError, "reduction", lambda: own_reduction(X)),
    (errors.CallError, "4 positional.*at most 3", lambda: focal(X, N, 2.0, 3.0)),
    (errors.CallError, "swiglu.*without 'gate'", lambda: swiglu(X)),
    (errors.CallError, "'gama'.*did you mean 'gamma'", lambda: focal(X, N, gama=1.0)),
    (errors.CallError, "'x' twice", lambda: mish(X, x=X)),
    (errors.ArgumentError, "'gamma'.*str 'a'", lambda: focal(X, N[:2], gamma="a")),
    (errors.ArgumentError, "ndarray", lambda: focal(X, N[:2], reduction=X)),
    (errors.ShapeError, "broadcast", lambda: focal(X, N[:2], gamma=X)),
    (errors.ArgumentError, "reduction.*set", lambda: focal(X, N, reduction={1})),
    (errors.ArgumentError, "lr", lambda: apply(Momentum(lr="fast"))),
    (errors.ArgumentError, "'x' of mish.*'text'", lambda: mish("text")),
    (errors.ArgumentError, "'gate'.*object", lambda: swiglu(X, object())),
    (errors.HostError, "MaskedArray", lambda: mish(np.ma.masked_array(X))),
    (errors.DTypeError, "object", lambda: mish(np.array([None]))),
    (errors.DTypeError, "complex64", lambda: mish(X.astype(np.complex64))),
    (errors.DTypeError, "<U1", lambda: mish(np.array(["a"]))),
    (errors.ArgumentError, "rows differ", lambda: mish([[1.0], [1.0, 2.0]])),
    (errors.DefinitionError, "NoneType.*return", lambda: dt.op(nothing)(X)),
    (errors.DefinitionError, "str 'x'", lambda: dt.op(lambda x: "x")(X)),
    (errors.DefinitionError, "2 arrays.*one array", lambda: doubled(X)),
    (errors.DefinitionError, "two_losses.*2 arrays", lambda: two_losses(X)),
    (errors.DefinitionError, r"halved.*\(1, 3\).*\(2, 3\).*dt\.op", lambda: halved(X)),
    (errors.DefinitionError, "2 arrays: x, y", lambda: binary(X, X)),
    (errors.ArgumentError, "'men'.*'mean', 'sum', 'none'", lambda: focal(X, N, reduction="men")),
    (errors.GradientError, "1 cotangents.*2", lambda: dt.vjp(miscounted, X, X)[1](X)),
    (errors.GradientError, r"shape \(\).*\(2, 3\)", lambda: dt.vjp(misshapen, X)[1](X)),
    (errors.DefinitionError, "vjp", declare_twice),
    (errors.DefinitionError, "samples", sample_twice),
    (errors.CallError, "surrogate=True", lambda: dt.op(lambda x: x).vjp(True)),
    (errors.CallError, "@dt.op.*int 3", lambda: dt.op(3)),
    (errors.CallError, "dt.grad", lambda: dt.grad(3)),
    (errors.ArgumentError, "argnums.*int 1.*-1 to 0", lambda: dt.grad(dt.sin, 1)(X)),
    (errors.ArgumentError, "True", lambda: dt.grad(lambda x: x, argnums=True)(1.0)),
    (errors.GradientError, "'x'.*int64", lambda: dt.grad(lambda x: dt.sum(x * 1.0))(N)),
    (errors.GradientError, "output.*int64",
     lambda: dt.grad(lambda x: dt.astype(dt.sum(x), dt.int64))(X)),
    (errors.GradientError, r"shape \(2, 3\).*dt.sum", lambda: dt.grad(mish)(X)),
    (errors.GradientError, "2 arrays", lambda: dt.grad(lambda x: (x, x))(1.0)),
    (errors.GradientError, "has_aux", lambda: dt.grad(dt.sum, has_aux=True)(X)),
    (errors.StructureError, r"cotangent 0.*\(3,\)", lambda: dt.vjp(mish, X)[1](X[0])),
    (errors.StructureError, "structure", lambda: dt.vjp(mish, X)[1]((X, X))),
    (errors.StructureError, "2 tangents", lambda: dt.jvp(mish, (X,), (X, X))),
    (errors.StructureError, "tangent 0", lambda: dt.jvp(mish, (X,), (X[0],))),
    (errors.StructureError, "gradients of Lion", lambda: apply(Lion(), (X,), [X])),
    (errors.StructureError, r"gradient of Lion.*\(3,\)", lambda: apply(Lion(), X, X[0])),
    (errors.ArgumentError, "2.*shape", lambda: dt.vmap(mish, in_axes=2)(X)),
    (errors.ArgumentError, "one axis for each of 1", lambda: dt.vmap(mish, in_axes=(0, 0))(X)),
    (errors.ArgumentError, "None.*some argument", lambda: dt.vmap(mish, in_axes=None)(X)),
    (errors.ArgumentError, "output", lambda: dt.vmap(dt.sum, out_axes=1)(X)),
    (errors.ShapeError, "mapped axes.*2 and 3", lambda: dt.vmap(swiglu)(X, N)),
    (errors.CallError, "4 positional.*units", lambda: Dense(1, True, 2, 3)),
    (errors.CallError, "'unit'.*'units'", lambda: Dense(unit=3)),
    (errors.CallError, "'clip_nrm'.*'clip_norm'", lambda: Lion(clip_nrm=1.0)),
    (errors.CallError, "Dense.*'units'", lambda: Dense()),
    (errors.CallError, "'units' twice", lambda: Dense(3, units=3)),
    (errors.UnresolvedFieldError, "RMSNorm.features", lambda: RMSNorm().features),
    (errors.ShapeError, r"features.*axis -1.*\(\)", lambda: RMSNorm()(1.0)),
    (errors.ShapeError, r"features = 4.*\(2, 3\)", lambda: RMSNorm(4)(X)),
    (errors.DefinitionError, "'rate'.*float 0.5", lambda: BadShape()(X)),
    (errors.DefinitionError, "'widht'.*no such field", lambda: NoField()(X)),
    (errors.ArgumentError, "'onse'.*zeros, ones", lambda: BadInit()(X)),
    (errors.ShapeError, r"initial value.*\(3,\).*\(2,\)", lambda: BadInitShape()(X)),
    (errors.DefinitionError, "scale", lambda: setattr(RMSNorm().build((3,)), "scale", X)),
    (errors.DefinitionError, r"Assigns.state.*\(\).*\(3,\)", lambda: Assigns("shape")(X[0])),
    (errors.DefinitionError, "NoneType", lambda: Assigns("none")(X[0])),
    (errors.DefinitionError, "Assigns.kernel.*dt.State", lambda: Assigns()(X[0])),
    (errors.UnknownNameError, "'bias'.*scale", lambda: RMSNorm().build((3,)).get("bias")),
    (errors.NotBuiltError, "RMSNorm.scale", lambda: RMSNorm().scale),
    (errors.NotBuiltError, "BatchNorm: 'bias'",
     lambda: BatchNorm(3).pure(X).apply({"scale": X[0]}, BatchNorm(3).build(X).states(), X)),
    (errors.NotBuiltError, "momentum", lambda: Lion().momentum),
    (errors.DefinitionError, r"NoForward.*forward\(self, x\)", lambda: NoForward()(X)),
    (errors.DefinitionError, r"update\(self, param, grad\)", lambda: apply(NoUpdate())),
    (errors.CallError, "'reul'", lambda: Sequential("reul")),
    (errors.CallError, "a class", lambda: Sequential(Dense)),
    (errors.CallError, "int 3", lambda: Sequential(3)),
    (errors.DefinitionError, r"update returned.*\(\).*\(2, 3\)", lambda: apply(Wrong("shape"))),
    (errors.DefinitionError, "float64.*float32", lambda: apply(Wrong("dtype"))),
    (errors.DefinitionError, "None", lambda: apply(Wrong("none"))),
    (errors.DefinitionError, r"Wrong.state.*\(\).*\(2, 3\)", lambda: apply(Wrong("state"))),
    (errors.GradientError, "Lion.*int64", lambda: apply(Lion(), N, N)),
    (errors.SerialisationError, "lambda", lambda: dt.get_config(Sequential(lambda x: x))),
    (errors.TraceError, "truth value", lambda: dt.op(lambda x: x if x > 0 else -x)(X)),
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
        (errors.CallError, lambda: swiglu(X)),
        (errors.CallError, lambda: Dense(unit=3)),
    ]:
        with pytest.raises(kind, match=r"definitions\.py:\d+"):
            fault()


def test_a_failed_build_leaves_no_trace() -> None:
    layer = RMSNorm()
    with pytest.raises(errors.ShapeError, match="axis"):
        layer(1.0)
    model = Sequential(layer, NoForward())
    with pytest.raises(errors.DefinitionError, match="no method"):
        model(X)
    assert "features" not in vars(layer)
    assert layer(np.ones((2, 7))).shape == (2, 7)


def test_a_loss_of_examples_only() -> None:
    with pytest.raises(errors.DefinitionError, match="None"):
        dt.loss(nothing)(X)


def test_an_extension_called_before_hosts_are_there() -> None:
    from dovetail.extension import dispatch  # noqa: PLC0415

    installed = dispatch.hosts()
    dispatch._Hook.hosts = None
    try:
        with pytest.raises(errors.HostError, match="import dovetail"):
            dt.op(lambda x: x)(X)
    finally:
        dispatch.install(installed)


@pytest.mark.parametrize(
    "kind",
    [errors.ArgumentError, errors.ShapeError, errors.StructureError, errors.UnknownNameError],
)
def test_a_whole_message_makes_an_error(kind: Any) -> None:
    """So Keras raises the errors of a layer again, with its own words around them."""
    assert str(kind("a message")) == "a message."


def test_a_value_whose_repr_fails() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise NotImplementedError

    assert str(errors.ArgumentError("f", "x", Broken())).startswith("x of f is a Broken")
