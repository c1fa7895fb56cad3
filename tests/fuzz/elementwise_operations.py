"""Rows of the table of operations that work element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.fuzz import exactness
from tests.fuzz.operations import define, of_torch, torch

_ERF = np.vectorize(math.erf, otypes=[np.float64])
_ERFC = np.vectorize(math.erfc, otypes=[np.float64])
_HALF_ROOT = math.sqrt(0.5)
TINY = 2.0**-1074


def _sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


# PyTorch's own derivatives of these are 1 - y^2 and the like, which lose digits.


def _shaped(value: Any, smooth: Any) -> Any:
    """One function's value with another one's derivatives."""
    return value.detach() + (smooth - smooth.detach())


def _torch_sigmoid(x: Any) -> Any:
    small, large = torch.exp(-x.clamp(min=0)), torch.exp(x.clamp(max=0))
    return torch.where(x >= 0, 1 / (1 + small), large / (1 + large))


def _torch_tanh(x: Any) -> Any:
    return _shaped(torch.tanh(x), 2 * _torch_sigmoid(2 * x))


def _torch_expm1(x: Any) -> Any:
    return _shaped(torch.expm1(x), torch.exp(x))


def _torch_softplus(x: Any) -> Any:
    return torch.logaddexp(x, x.new_zeros(()))


_TORCH = {"tanh": _torch_tanh, "expm1": _torch_expm1}

for _name, _options in {
    "exp": {"vanishing": True, "high": 80.0}, "exp2": {"vanishing": True, "high": 100.0},
    "expm1": {"high": 80.0},
    "log": {"pole": True, "low": TINY}, "log2": {"pole": True, "low": TINY},
    "log10": {"pole": True, "low": TINY}, "log1p": {"pole": True, "low": -0.99},
    "sqrt": {"pole": True, "low": TINY, "rounded": exactness.roots}, "sin": {}, "cos": {},
    "tan": {"low": -1.5, "high": 1.5}, "asin": {"pole": True, "low": -0.99, "high": 0.99},
    "acos": {"pole": True, "low": -0.99, "high": 0.99}, "atan": {},
    "sinh": {"low": -80.0, "high": 80.0}, "cosh": {"low": -80.0, "high": 80.0}, "tanh": {},
    "asinh": {}, "acosh": {"pole": True, "low": 1.01},
    "atanh": {"pole": True, "low": -0.99, "high": 0.99},
}.items():  # fmt: skip
    _numpy = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh",
              "acosh": "arccosh", "atanh": "arctanh"}.get(_name, _name)  # fmt: skip
    define(
        _name,
        f"dt.{_name}({{0}})",
        getattr(np, _numpy),
        _TORCH.get(_name) or of_torch(_name),
        **_options,
    )

define("rsqrt", "dt.rsqrt({0})", lambda x: 1 / np.sqrt(x), of_torch("rsqrt"), low=TINY, pole=True)
define("reciprocal", "dt.reciprocal({0})", lambda x: 1 / x, of_torch("reciprocal"), pole=True)
define("erf", "dt.erf({0})", lambda x: _ERF(x).astype(x.dtype), of_torch("erf"))
define("erfc", "dt.erfc({0})", lambda x: _ERFC(x).astype(x.dtype), of_torch("erfc"), vanishing=True)
define(
    "ndtr",
    "dt.ndtr({0})",
    lambda x: (0.5 * _ERFC(-x * _HALF_ROOT)).astype(x.dtype),
    # PyTorch's own ndtr is 0 from -8.3 on.
    lambda x: 0.5 * of_torch("special.erfc")(x * -(0.5**0.5)),
    vanishing=True,
)
define("sigmoid", "dt.sigmoid({0})", _sigmoid, _torch_sigmoid, vanishing=True)
define("softplus", "dt.softplus({0})", _softplus, _torch_softplus, vanishing=True)
define("silu", "dt.silu({0})", lambda x: x * _sigmoid(x), lambda x: x * _torch_sigmoid(x))
define(
    "gelu",
    "dt.gelu({0})",
    lambda x: x * (0.5 * _ERFC(-x * _HALF_ROOT)).astype(x.dtype),
    of_torch("nn.functional.gelu"),
)
define(
    "mish",
    "dt.mish({0})",
    lambda x: x * np.tanh(_softplus(x)),
    lambda x: x * _torch_tanh(_torch_softplus(x)),
)
define(
    "log_sigmoid",
    "dt.log_sigmoid({0})",
    lambda x: -_softplus(-x),
    lambda x: -_torch_softplus(-x),
)
define("softsign", "dt.softsign({0})", lambda x: x / (1 + np.abs(x)), lambda x: x / (1 + x.abs()))

_EXACT = {"exact": True, "result": "same"}
define("negative", "-{0}", np.negative, lambda x: -x, **_EXACT)
define("abs", "dt.abs({0})", np.abs, of_torch("abs"), edge="kink", **_EXACT)
define("sign", "dt.sign({0})", np.sign, of_torch("sign"), edge="round", **_EXACT)
define(
    "relu",
    "dt.relu({0})",
    lambda x: np.where(x <= 0, 0, x),
    of_torch("relu"),
    edge="kink",
    exact=True,
)
define("stop_gradient", "dt.stop_gradient({0})", lambda x: x, lambda x: x.detach(), **_EXACT)
define(
    "square",
    "dt.square({0})",
    np.square,
    of_torch("square"),
    result="same",
    rounded=lambda x: exactness.products(x, x),
)
for _name, _numpy in {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "round": "rint"}.items():
    define(
        _name, f"dt.{_name}({{0}})", getattr(np, _numpy), of_torch(_name), edge="round", **_EXACT
    )

# Two operands.
define("add", "{0} + {1}", np.add, lambda x, y: x + y, result="same", rounded=exactness.sums)
define(
    "subtract",
    "{0} - {1}",
    np.subtract,
    lambda x, y: x - y,
    result="same",
    rounded=lambda x, y: exactness.sums(x, -y),
)
define(
    "multiply",
    "{0} * {1}",
    np.multiply,
    lambda x, y: x * y,
    result="same",
    rounded=exactness.products,
)
define("divide", "{0} / {1}", np.divide, lambda x, y: x / y, rounded=exactness.quotients, pole=True)
define("maximum", "dt.maximum({0}, {1})", np.maximum, of_torch("maximum"), edge="kink", **_EXACT)
define("minimum", "dt.minimum({0}, {1})", np.minimum, of_torch("minimum"), edge="kink", **_EXACT)
define("atan2", "dt.atan2({0}, {1})", np.arctan2, of_torch("atan2"))
define("hypot", "dt.hypot({0}, {1})", np.hypot, of_torch("hypot"))
define("logaddexp", "dt.logaddexp({0}, {1})", np.logaddexp, of_torch("logaddexp"))
define(
    "copysign", "dt.copysign({0}, {1})", np.copysign, of_torch("copysign"), exact=True, edge="kink"
)
define("pow", "{0} ** {1}", np.power, lambda x, y: x**y, low=TINY, pole=True)
define(
    "floor_divide",
    "{0} // {1}",
    np.floor_divide,
    lambda x, y: torch.div(x, y, rounding_mode="floor"),
    result="same",
    edge="round",
    pole=True,
)
define(
    "remainder",
    "{0} % {1}",
    np.remainder,
    lambda x, y: x % y,
    result="same",
    edge="round",
    pole=True,
)

# One operand and a number.
define(
    "add_number",
    "{0} + {c}",
    lambda x, c: x + c,
    lambda x, c: x + c,
    result="same",
    rounded=lambda x, c: exactness.sums(x, c),
)
define(
    "subtract_number",
    "{0} - {c}",
    lambda x, c: x - c,
    lambda x, c: x - c,
    result="same",
    rounded=lambda x, c: exactness.sums(x, -c),
)
define(
    "number_minus",
    "{c} - {0}",
    lambda x, c: c - x,
    lambda x, c: c - x,
    result="same",
    rounded=lambda x, c: exactness.sums(-x, c),
)
define(
    "multiply_number",
    "{0} * {c}",
    lambda x, c: x * c,
    lambda x, c: x * c,
    result="same",
    rounded=lambda x, c: exactness.products(x, c),
)
define(
    "divide_number",
    "{0} / {c}",
    lambda x, c: x / c,
    lambda x, c: x / c,
    rounded=lambda x, c: exactness.quotients(x, c),
    pole=True,
)
define(
    "number_over",
    "{c} / {0}",
    lambda x, c: c / x,
    lambda x, c: c / x,
    rounded=lambda x, c: exactness.quotients(c, x),
    pole=True,
)
define("pow_number", "{0} ** {c}", lambda x, c: x**c, lambda x, c: x**c, pole=True)
define(
    "maximum_number",
    "dt.maximum({0}, {c})",
    np.maximum,
    lambda x, c: x.maximum(x.new_tensor(c)),
    edge="kink",
    **_EXACT,
)
define(
    "clip",
    "dt.clip({0}, {low}, {high})",
    lambda x, low, high: np.clip(x, low, high),
    lambda x, low, high: torch.clamp(x, low, high),
    edge="kink",
    **_EXACT,
)

# Truth.
for _name, _sign in {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==",
    "not_equal": "!=",
}.items():  # fmt: skip
    define(
        _name,
        f"{{0}} {_sign} {{1}}",
        getattr(np, _name),
        of_torch(
            _name.replace("equal", "equal")
            if _name not in ("equal", "not_equal")
            else {"equal": "eq", "not_equal": "ne"}[_name]
        ),
        result="bool",
        exact=True,
        edge="compare",
    )
define(
    "greater_number",
    "{0} > {c}",
    lambda x, c: x > c,
    lambda x, c: x > c,
    result="bool",
    exact=True,
    edge="compare",
)
define("isnan", "dt.isnan({0})", np.isnan, of_torch("isnan"), result="bool", exact=True)
define("isfinite", "dt.isfinite({0})", np.isfinite, of_torch("isfinite"), result="bool", exact=True)
define(
    "logical_and", "{0} & {1}", np.logical_and, of_torch("logical_and"), result="bool", exact=True
)
define("logical_or", "{0} | {1}", np.logical_or, of_torch("logical_or"), result="bool", exact=True)
define("logical_not", "~{0}", np.logical_not, of_torch("logical_not"), result="bool", exact=True)
define("where", "dt.where({0}, {1}, {2})", np.where, of_torch("where"), result="choice", exact=True)
define(
    "where_number",
    "dt.where({0}, {1}, {c})",
    lambda m, x, c: np.where(m, x, x.dtype.type(c)),
    lambda m, x, c: torch.where(m, x, x.new_tensor(c)),
    result="choice",
    exact=True,
)

# Casts.
for _dtype in ("float64", "float32", "float16", "bfloat16"):
    define(
        f"to_{_dtype}", f"dt.astype({{0}}, dt.{_dtype})", lambda x: x, lambda x: x, result=_dtype
    )
define(
    "to_int32",
    "dt.astype({0}, dt.int32)",
    lambda x: np.trunc(x),
    lambda x: x.trunc().long(),
    result="int32",
    exact=True,
    edge="round",
)
