"""Derivatives of every elementwise function at the edges, against PyTorch's and JAX'.

Zeros of both signs, infinities, NaN, the largest, the smallest normal and the smallest
subnormal numbers, and those whose squares leave the range: reverse mode, forward mode, and the
second derivative, in float64 and float32. Cases that agree with neither PyTorch nor JAX are in
`DEVIATIONS` and in docs/accuracy.md.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special

import dovetail as dt
from dovetail.graph.primitives import ELEMENTWISE
from dovetail.graph.primitives.row import Zero
from dovetail.language.functions import KINDS

ACTIVATIONS = sorted(name for name, kind in KINDS.items() if kind == "activation")

torch: Any = pytest.importorskip("torch")
jax: Any = pytest.importorskip("jax")
F, jnp, nn = torch.nn.functional, jax.numpy, jax.nn

Function = Callable[..., Any]


def _erfcx(x: Any) -> Any:
    return jnp.exp(x * x) * jax.scipy.special.erfc(x)


def _logaddexp_with_zero(x: Any) -> Any:
    return torch.logaddexp(x, torch.zeros_like(x))


UNARY: dict[str, tuple[Function, Function]] = {
    "abs": (torch.abs, jnp.abs), "negative": (torch.neg, jnp.negative),
    "sqrt": (torch.sqrt, jnp.sqrt), "rsqrt": (torch.rsqrt, jax.lax.rsqrt),
    "square": (torch.square, jnp.square), "reciprocal": (torch.reciprocal, jnp.reciprocal),
    "exp": (torch.exp, jnp.exp), "exp2": (torch.exp2, jnp.exp2),
    "expm1": (torch.expm1, jnp.expm1), "log": (torch.log, jnp.log),
    "log2": (torch.log2, jnp.log2), "log10": (torch.log10, jnp.log10),
    "log1p": (torch.log1p, jnp.log1p), "sigmoid": (torch.sigmoid, nn.sigmoid),
    "sin": (torch.sin, jnp.sin), "cos": (torch.cos, jnp.cos), "tan": (torch.tan, jnp.tan),
    "asin": (torch.asin, jnp.arcsin), "acos": (torch.acos, jnp.arccos),
    "atan": (torch.atan, jnp.arctan), "sinh": (torch.sinh, jnp.sinh),
    "cosh": (torch.cosh, jnp.cosh), "tanh": (torch.tanh, jnp.tanh),
    "asinh": (torch.asinh, jnp.arcsinh), "acosh": (torch.acosh, jnp.arccosh),
    "atanh": (torch.atanh, jnp.arctanh), "erf": (torch.erf, jax.scipy.special.erf),
    "erfc": (torch.erfc, jax.scipy.special.erfc),
    "ndtr": (torch.special.ndtr, jax.scipy.special.ndtr),
    "relu": (F.relu, nn.relu), "relu6": (F.relu6, nn.relu6),
    "leaky_relu": (F.leaky_relu, nn.leaky_relu), "elu": (F.elu, nn.elu),
    "celu": (F.celu, nn.celu), "selu": (F.selu, nn.selu), "gelu": (F.gelu, jax.nn.gelu),
    "silu": (F.silu, nn.silu), "mish": (F.mish, nn.mish),
    "hard_sigmoid": (F.hardsigmoid, nn.hard_sigmoid),
    "hard_swish": (F.hardswish, nn.hard_swish), "hard_tanh": (F.hardtanh, nn.hard_tanh),
    "softplus": (_logaddexp_with_zero, nn.softplus), "softsign": (F.softsign, nn.soft_sign),
    "log_sigmoid": (F.logsigmoid, nn.log_sigmoid),
    "lgamma": (torch.lgamma, jax.lax.lgamma), "digamma": (torch.digamma, jax.lax.digamma),
    "erfinv": (torch.erfinv, jax.lax.erf_inv),
    "ndtri": (torch.special.ndtri, jax.scipy.special.ndtri),
    "erfcx": (torch.special.erfcx, _erfcx),
    "log_ndtr": (torch.special.log_ndtr, jax.scipy.special.log_ndtr),
    "i0": (torch.special.i0, jax.scipy.special.i0), "i1": (torch.special.i1, jax.scipy.special.i1),
    "i0e": (torch.special.i0e, jax.lax.bessel_i0e), "i1e": (torch.special.i1e, jax.lax.bessel_i1e),
    "sinc": (torch.sinc, jnp.sinc), "logit": (torch.logit, jax.scipy.special.logit),
}  # fmt: skip
UNARY["gelu"] = (F.gelu, lambda x: nn.gelu(x, approximate=False))
POWERS = (-5, -4, -3, -2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 5)
BASES = (0.0, 0.5, 1.0, -1.0)
BINARY: dict[str, tuple[Function, Function]] = {
    "add": (torch.add, jnp.add), "subtract": (torch.sub, jnp.subtract),
    "multiply": (torch.mul, jnp.multiply), "divide": (torch.div, jnp.divide),
    "pow": (torch.pow, jnp.power), "remainder": (torch.remainder, jnp.remainder),
    "maximum": (torch.maximum, jnp.maximum), "minimum": (torch.minimum, jnp.minimum),
    "copysign": (torch.copysign, jnp.copysign), "atan2": (torch.atan2, jnp.arctan2),
    "logaddexp": (torch.logaddexp, jnp.logaddexp), "hypot": (torch.hypot, jnp.hypot),
    "fmod": (torch.fmod, jnp.fmod), "fmax": (torch.maximum, jnp.fmax),  # ties share
    "fmin": (torch.minimum, jnp.fmin), "xlogy": (torch.xlogy, jax.scipy.special.xlogy),
}  # fmt: skip

# Rows that are no function of one of these names: `select` and `cast` choose and convert, the
# compiler makes `fused_multiply_add` of products and sums after they are differentiated, and
# `normal_density` is the derivative of `ndtr`, which the second derivatives cover. JAX has no
# derivative of `nextafter`.
ELSEWHERE = {"select", "cast", "fused_multiply_add", "normal_density", "nextafter"}
RENAMED = {"absolute": "abs", "power": "pow"}


def _bessel_slope(x: Any) -> Any:
    """Of exp(-|x|) I_0(x) for large x."""
    return -0.5 / math.sqrt(2 * math.pi) / np.abs(x) / np.sqrt(np.abs(x))


def _log_ndtr_bend(x: Any) -> Any:
    """-s (x + s) for the slope s."""
    slope = math.sqrt(2 / math.pi) / scipy.special.erfcx(-x.astype(float) / math.sqrt(2))
    return np.where(x > 1e10, 0.0, -slope * (x + slope))


def _i1e_bend(x: Any) -> Any:
    """exp(-|x|) (I1'' - 2 I1' + I1) for x > 0, odd; -sign(x) near 0."""
    a = np.clip(np.abs(x.astype(np.longdouble)), 1e-10, 100)
    i0, i1 = (_scaled_bessel(order, float(3)) for order in (0, 1))
    at_3 = i1 * (2 + 2 / 9) - i0 / 3 - 2 * (i0 - i1 / 3)
    bend = np.where(a < 1, -1.0, np.where(a == 3, at_3, np.nan))
    return np.where(x == 0, 0.0, np.sign(x) * bend)


def _scaled_bessel(order: int, x: float) -> Any:
    with mpmath.workdps(30):
        return np.longdouble(mpmath.nstr(mpmath.besseli(order, x) * mpmath.exp(-x), 25))


# Where Dovetail agrees with neither, by order: what it gives instead, as a function of the point.
# docs/accuracy.md says why.
Expected = Callable[[Any], Any]
DEVIATIONS: dict[tuple[str, int], Expected] = {
    ("abs", 1): lambda x: np.where(np.isnan(x), x, np.sign(x)),
    ("relu6", 1): lambda x: np.where((x > 0) & (x < 6) | np.isnan(x), 1, 0),
    ("hard_sigmoid", 1): lambda x: np.where((np.abs(x) < 3) | np.isnan(x), 1 / 6, 0),
    ("softsign", 1): lambda x: 1 / np.square(1 + np.abs(x)),
    ("softsign", 2): lambda x: -2 * np.sign(x) / (1 + np.abs(x)) ** 3,
    ("celu", 2): lambda x: np.where(x > 0, 0, np.exp(x)),
    ("hard_swish", 2): lambda x: np.where(np.abs(x) < 3, 1 / 3, np.where(np.isnan(x), 1 / 3, 0)),
    ("asinh", 2): lambda x: np.where(np.abs(x) > 1e10, 0.0, np.nan),
    ("erf", 2): lambda x: np.where(np.abs(x) > 1e10, 0.0, np.nan),
    ("erfc", 2): lambda x: np.where(np.abs(x) > 1e10, 0.0, np.nan),
    ("ndtr", 2): lambda x: np.where(np.abs(x) > 1e10, 0.0, np.nan),
    ("gelu", 2): lambda x: np.where(np.abs(x) > 1e10, 0.0, np.nan),
    ("digamma", 2): lambda x: np.where(x > 0, 0.0, np.nan),
    ("erfcx", 1): lambda x: np.where(x > 1e10, 0.0, np.nan),
    ("erfcx", 2): lambda x: np.where(x > 1e10, 0.0, np.nan),
    ("log_ndtr", 2): _log_ndtr_bend,
    ("i0e", 2): lambda x: np.where(np.abs(x) > 1e10, 0.0, np.nan),
    ("i1e", 2): _i1e_bend,
    ("i1", 2): lambda x: np.where(np.abs(x) < 1e-10, 0.375 * x, np.nan),
    ("i0e", 1): lambda x: np.where(np.abs(x) > 1e10, _bessel_slope(x) * np.sign(x), np.nan),
    ("i1e", 1): lambda x: np.where(np.abs(x) > 1e10, _bessel_slope(x), np.nan),
    ("sinc", 2): lambda x: np.where(np.abs(x) < 1e-10, -(np.pi**2) / 3, 0.0),
    ("log_ndtr", 1): lambda x: np.where(x < -1e10, -x, np.nan),
    ("i0", 2): lambda x: np.where(np.abs(x) > 1e10, np.inf, np.nan),
    ("i0", 1): lambda x: np.where(np.isinf(x), x, np.nan),
    ("i1", 1): lambda x: np.where(np.abs(x) > 1e10, np.inf, np.nan),
    ("sinc", 1): lambda x: np.where(
        np.abs(x) < 1, -(np.pi**2) / 3 * x, np.where(np.isinf(x), 0.0, 1 / x)
    ),
}


# Sums of terms near 1 that cancel at 3: units of the type.
CANCELLING = {("i1e", 2): 4.0}


def points(dtype: Any) -> Any:
    limits = np.finfo(dtype)
    positive = [
        0.0, 1.0, 3.0, limits.max, limits.tiny, limits.smallest_subnormal,
        2 * limits.max**0.5, limits.tiny**0.5 / 2, np.inf,
    ]  # fmt: skip
    return np.asarray([*positive, *(-x for x in positive), np.nan], dtype)


def close(first: Any, second: Any, dtype: Any) -> Any:
    """Equal, NaN alike, or within rounding; what is subnormal may have been flushed."""
    limits = np.finfo(dtype)
    with np.errstate(all="ignore"):
        near = np.abs(first - second) <= 64 * limits.eps * np.maximum(np.abs(first), np.abs(second))
        small = (np.abs(first) < 4 * limits.tiny) & (np.abs(second) < 4 * limits.tiny)
    return (np.isnan(first) & np.isnan(second)) | (first == second) | near | small


def _of_torch(function: Function, arrays: tuple[Any, ...], order: int) -> list[Any]:
    given = [torch.tensor(array, requires_grad=True) for array in arrays]
    found: Any = function(*given)
    for _ in range(order):
        if not found.requires_grad:
            return [np.zeros_like(array) for array in arrays]
        grads = torch.autograd.grad(found.sum(), given, create_graph=True, allow_unused=True)
        found = grads[0]
        if found is None:
            return [np.zeros_like(array) for array in arrays]
    return [
        np.zeros_like(array) if grad is None else (grad.detach() + 0).numpy()
        for array, grad in zip(arrays, grads, strict=True)
    ]


def _of_jax(function: Function, arrays: tuple[Any, ...], order: int) -> list[Any]:
    with jax.enable_x64(True):
        for _ in range(order - 1):
            function = jax.grad(function)
        derivative = jax.vmap(jax.grad(function, tuple(range(len(arrays)))))
        return [np.asarray(part) for part in derivative(*map(jnp.asarray, arrays))]


def check_derivative(
    name: str, ours: list[Any], theirs: tuple[Function, Function], arrays: tuple[Any, ...],
    order: int, expected: list[Any] | None,
) -> None:  # fmt: skip
    dtype = arrays[0].dtype
    try:
        references = [_of_torch(theirs[0], arrays, order)]
    except RuntimeError as reason:
        assert "not implemented" in str(reason)  # a second derivative that PyTorch lacks
        references = []
    if not references or not all(
        close(got, want, dtype).all() for got, want in zip(ours, references[0], strict=True)
    ):
        references.append(_of_jax(theirs[1], arrays, order))
    if expected is not None:
        references.append(expected)
    for index, got in enumerate(ours):
        fits = np.any([close(got, want[index], dtype) for want in references], axis=0)
        if (name, order) in CANCELLING:
            rounding = CANCELLING[name, order] * np.finfo(dtype).eps
            fits |= np.any([np.abs(got - want[index]) <= rounding for want in references], axis=0)
        wrong = [
            (*(float(array[at]) for array in arrays), float(got[at]),
             *(float(want[index][at]) for want in references))
            for at in np.flatnonzero(~fits)
        ]  # fmt: skip
        assert not wrong, f"{name}, order {order}, operand {index}: (point, ours, theirs) {wrong}"


def _second(function: Function) -> Function:
    return dt.grad(lambda y: dt.sum(function(y)))


def check_unary(name: str, ours: Function, theirs: tuple[Function, Function]) -> None:
    for dtype in (np.float64, np.float32):
        x = points(dtype)
        ones = np.ones_like(x)
        first = dt.vjp(ours, x)[1](ones)[0]
        forward = dt.jvp(ours, (x,), (ones,))[1]
        second = dt.vjp(lambda x: _second(ours)(x), x)[1](ones)[0]
        for order, found in ((1, first), (1, forward), (2, second)):
            deviation = DEVIATIONS.get((name, order))
            with np.errstate(all="ignore"):
                expected = None if deviation is None else [deviation(x).astype(dtype)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                check_derivative(name, [found], theirs, (x,), order, expected)


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_operand(name: str) -> None:
    check_unary(name, getattr(dt, name), UNARY[name])


@pytest.mark.parametrize("exponent", POWERS)
def test_powers(exponent: float) -> None:
    power = lambda x: x**exponent  # noqa: E731
    check_unary(f"x ** {exponent}", dt.op(power), (power, power))


@pytest.mark.parametrize("base", BASES)
def test_exponentials(base: float) -> None:
    power = lambda x: base**x  # noqa: E731
    check_unary(f"{base} ** x", dt.op(power), (power, power))


def _hypot(x: Any, y: Any) -> list[Any]:
    """(x, y) / hypot(x, y), 0 at the origin, where the length has no derivative."""
    largest = np.maximum(np.abs(x), np.abs(y))
    unit = np.where(largest == 0, 1, largest)
    root = np.sqrt(np.square(np.minimum(np.abs(x), np.abs(y)) / unit) + 1)
    return [x / unit / root, y / unit / root]


def _atan2(y: Any, x: Any) -> list[Any]:
    """(x, -y) / (x^2 + y^2) in wider numbers: where its squares leave the range of the type."""
    x, y = (np.asarray(part, np.longdouble) for part in (x, y))
    square = x * x + y * y
    return [x / square, -y / square]


def _logaddexp(x: Any, y: Any) -> list[Any]:
    """Half and half for equal infinities, as for equal numbers."""
    half = np.where(np.isinf(x) & (x == y), 0.5, np.nan)
    return [half, half]


BINARY_DEVIATIONS: dict[str, Callable[[Any, Any], list[Any]]] = {
    "hypot": _hypot, "atan2": _atan2, "logaddexp": _logaddexp,
}  # fmt: skip


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_operands(name: str) -> None:
    function = getattr(dt, name)
    for dtype in (np.float64, np.float32):
        x, y = (
            np.ascontiguousarray(part.ravel()) for part in np.meshgrid(points(dtype), points(dtype))
        )
        ones = np.ones_like(x)
        reverse = list(dt.vjp(function, x, y)[1](ones))
        forward = [
            dt.jvp(_with_second(function, y), (x,), (ones,))[1],
            dt.jvp(_with_first(function, x), (y,), (ones,))[1],
        ]
        deviation = BINARY_DEVIATIONS.get(name)
        with np.errstate(all="ignore"):
            expected = None
            if deviation is not None:
                expected = [part.astype(dtype) for part in deviation(x, y)]
        for found in (reverse, forward):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                check_derivative(name, found, BINARY[name], (x, y), 1, expected)


def _with_second(function: Function, y: Any) -> Function:
    return lambda x: function(x, y)


def _with_first(function: Function, x: Any) -> Function:
    return lambda y: function(x, y)


def test_every_differentiable_row_and_activation_is_here() -> None:
    covered = {*UNARY, *BINARY, *ELSEWHERE}
    rows = {row.name for row in ELEMENTWISE if not isinstance(row.derivative, Zero)}
    assert {RENAMED.get(name, name) for name in rows} <= covered
    elsewhere = {"softmax", "log_softmax", "glu", "swish"}  # over axes; another name of silu
    assert {name for name in ACTIVATIONS if name not in covered | elsewhere} == set()


# A cotangent that is not finite does not reach the operand that was not taken.

WILD = np.asarray([np.nan, np.inf, -np.inf])
TAKEN: dict[str, tuple[Function, tuple[float, ...], tuple[bool, ...]]] = {
    "maximum": (dt.maximum, (1.0, 2.0), (False, True)),
    "minimum": (dt.minimum, (1.0, 2.0), (True, False)),
    "maximum of equals": (dt.maximum, (1.0, 1.0), (True, True)),
    "where": (dt.op(lambda x, y: dt.where(x < y, x, y)), (1.0, 2.0), (True, False)),
    "where, nested": (
        dt.op(lambda x, y: dt.where(x > y, x, dt.where(x < y, y, x * y))), (1.0, 2.0),
        (False, True),
    ),
    "clip below": (lambda x: dt.clip(x, 0.0, 1.0), (-1.0,), (False,)),
    "clip above": (lambda x: dt.clip(x, 0.0, 1.0), (2.0,), (False,)),
    "clip by arrays": (dt.op(lambda x, y: dt.clip(x, y, 3.0)), (1.0, 2.0), (False, True)),
    "relu": (dt.relu, (-1.0,), (False,)),
    "relu at 0": (dt.relu, (0.0,), (False,)),
    "relu6": (dt.relu6, (7.0,), (False,)),
    "hard_tanh": (dt.hard_tanh, (-2.0,), (False,)),
    "hard_sigmoid": (dt.hard_sigmoid, (-4.0,), (False,)),
    "hard_swish": (dt.hard_swish, (-4.0,), (False,)),
    "abs at 0": (dt.abs, (0.0,), (False,)),
    "copysign of 0": (dt.copysign, (0.0, 1.0), (False, False)),
    "x ** y at y = 0": (dt.op(lambda x, y: x**y), (0.0, 0.0), (False, False)),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_a_cotangent_reaches_what_was_taken_alone(name: str) -> None:
    function, operands, taken = TAKEN[name]
    for dtype in (np.float64, np.float32):
        arrays = [np.full(3, operand, dtype) for operand in operands]
        found = dt.vjp(function, *arrays)[1](WILD.astype(dtype))
        for index, (got, reached) in enumerate(zip(found, taken, strict=True)):
            assert np.array_equal(np.isfinite(got), [not reached] * 3), (index, got)
            assert reached or not got.any()
            tangents = [np.zeros(3, dtype) for _ in arrays]
            tangents[index] = WILD.astype(dtype)
            tangents_of = dt.jvp(function, tuple(arrays), tuple(tangents))[1]
            assert np.array_equal(np.isfinite(tangents_of), [not reached] * 3), (index, tangents_of)


def test_activations_that_saturate() -> None:
    """Their derivatives are the limits where an exponential or a square leaves the range."""
    for dtype in (np.float64, np.float32):
        huge = 2 * np.finfo(dtype).max ** 0.5
        for x, slopes in (
            (100.0, {"tanh_exp": 1, "squareplus": (1 + 100 / np.sqrt(100**2 + 4)) / 2}),
            (1e4, {"tanh_exp": 1}),
            (huge, {"tanh_exp": 1, "squareplus": 1, "serf": 1, "logish": np.log(2), "elish": 1}),
            (-huge, {"tanh_exp": 0, "squareplus": 0, "serf": 0, "logish": 0, "elish": 0}),
            (-1e4, {"squareplus": 1e-8 - 3e-16}),
        ):
            for name, slope in slopes.items():
                function, array = getattr(dt, name), np.full(2, x, dtype)
                got = dt.vjp(function, array)[1](np.ones_like(array))[0]
                np.testing.assert_allclose(got, slope, rtol=8 * np.finfo(dtype).eps, atol=1e-18)
    x = np.asarray([-1e4, -1.0, 0.0, 2.0])
    expected = [1e-4 - 1e-12, *((x[1:] + np.sqrt(x[1:] ** 2 + 4)) / 2)]
    np.testing.assert_allclose(dt.squareplus(x), expected, rtol=1e-14)
    np.testing.assert_allclose(dt.squareplus(x.astype("f4")), expected, rtol=4e-7)
