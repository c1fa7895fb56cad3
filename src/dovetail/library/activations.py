"""Activations beyond the usual ones, and gated units. One array in, the same shape out.

The usual ones (relu, sigmoid, tanh, softplus, gelu, silu, mish, ...) are part of the language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from dovetail.extension.activation import Activation, activation
from dovetail.extension.op import op
from dovetail.language.functions import FUNCTIONS, KINDS
from dovetail.language.namespace import NAMESPACE as dt

__all__ = [
    "elish", "gaussian", "geglu", "hard_shrink", "laplace", "logish", "reglu", "relu_squared",
    "serf", "sine", "smish", "snake", "soft_shrink", "squareplus", "tanh_exp", "tanh_shrink",
]  # fmt: skip


@activation
def squareplus(x: Any, b: float = 4.0) -> Any:
    """(x + sqrt(x^2 + b)) / 2, a softplus without exponentials. Barron 2021, arXiv:2112.11687."""
    # max(x, 0) + b / 2 / (sqrt(x^2 + b) + |x|), which does not cancel for negative x.
    size = dt.where(x < 0, -x, x)
    whole = dt.sqrt(x * x + b) + size
    part = 0.5 * b / dt.where(whole == 0.0, 1.0, whole)
    return dt.where(x < 0, part, x + part)


@activation
def snake(x: Any, frequency: float = 1.0) -> Any:
    """x + sin(a x)^2 / a, for periodic data. Ziyin, Hartwig & Ueda 2020, arXiv:2006.08195."""
    wave = dt.sin(frequency * x)
    return x + wave * wave / frequency


@activation
def serf(x: Any) -> Any:
    """x erf(softplus(x)). Nag & Bhattacharyya 2021, arXiv:2108.09598."""
    return x * dt.erf(dt.softplus(x))


@activation
def tanh_exp(x: Any) -> Any:
    """x tanh(exp(x)). Liu & Di 2020, arXiv:2003.09855."""
    # tanh(exp(x)) is 1 to the last digit from x = 4 on; exp itself overflows at 89.
    return dt.where(x > 10.0, x, x * dt.tanh(dt.exp(dt.where(x > 10.0, 0.0, x))))


@activation
def logish(x: Any) -> Any:
    """x log(1 + sigmoid(x)). Zhu et al. 2021, doi:10.1016/j.neucom.2021.06.067."""
    return x * dt.log1p(dt.sigmoid(x))


@activation
def smish(x: Any) -> Any:
    """x tanh(log(1 + sigmoid(x))). Wang, Ren & Wang 2022, doi:10.3390/electronics11040540."""
    return x * dt.tanh(dt.log1p(dt.sigmoid(x)))


@activation
def elish(x: Any) -> Any:
    """x sigmoid(x) for x >= 0, (exp(x) - 1) sigmoid(x) below.

    Basirat & Roth 2018, arXiv:1808.00783.
    """
    return dt.where(x >= 0, x, dt.expm1(dt.minimum(x, 0.0))) * dt.sigmoid(x)


@activation
def relu_squared(x: Any) -> Any:
    """max(x, 0)^2. So et al. 2021 (Primer), arXiv:2109.08668."""
    positive = dt.relu(x)
    return positive * positive


@activation
def laplace(x: Any, mu: float = 0.7071067811865476, sigma: float = 0.28209479177387814) -> Any:
    """(1 + erf((x - mu) / (sigma sqrt 2))) / 2. Ma et al. 2022 (Mega), arXiv:2209.10655."""
    return dt.ndtr((x - mu) / sigma)


@activation
def gaussian(x: Any) -> Any:
    """exp(-x^2 / 2), for coordinate networks. Ramasinghe & Lucey 2021, arXiv:2111.15135."""
    return dt.exp(-0.5 * x * x)


@activation
def sine(x: Any, frequency: float = 30.0) -> Any:
    """sin(w x), for implicit representations. Sitzmann et al. 2020 (SIREN), arXiv:2006.09661."""
    return dt.sin(frequency * x)


@activation
def tanh_shrink(x: Any) -> Any:
    """x - tanh(x), as in PyTorch, and without its cancellation: a Padé approximant up to 1."""
    small = dt.abs(x) < 1.0
    s = dt.where(small, x, 0.0)
    t = s * s
    numerator = ((44.0 * t + 12870.0) * t + 810810.0) * t + 11486475.0
    denominator = (((45.0 * t + 13860.0) * t + 945945.0) * t + 16216200.0) * t + 34459425.0
    return dt.where(small, s * t * numerator / denominator, x - dt.tanh(x))


@activation
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """sign(x) max(|x| - t, 0). Donoho 1995, doi:10.1109/18.382009."""
    return dt.sign(x) * dt.relu(dt.abs(x) - threshold)


@activation
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where |x| > t, else 0. Donoho & Johnstone 1994, doi:10.1093/biomet/81.3.425."""
    return dt.where(dt.abs(x) <= threshold, 0.0, x)


@op
def geglu(x: Any, gate: Any) -> Any:
    """x gelu(gate), the exact GELU; shapes broadcast. Shazeer 2020, arXiv:2002.05202."""
    return x * gate * dt.ndtr(gate)


@op
def reglu(x: Any, gate: Any) -> Any:
    """x relu(gate); shapes broadcast. Shazeer 2020, arXiv:2002.05202."""
    return x * dt.relu(gate)


_OWN = {name: globals()[name] for name in __all__}
ACTIVATIONS: Mapping[str, Callable[..., Any]] = MappingProxyType({
    "linear": lambda x: x,
    "exp": dt.exp,
    **{name: FUNCTIONS[name] for name, kind in KINDS.items() if kind == "activation"},
    **{name: each for name, each in _OWN.items() if isinstance(each, Activation)},
})  # fmt: skip
"""The names that `Dense(64, "relu")` and `Activation("relu")` understand."""
