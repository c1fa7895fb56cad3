"""Rows of the table of operations that are compositions of others.

Their rounding errors are those of their parts: a softmax loses digits in its tangent where
one element is nearly 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.operations import compose, define, torch

_AXES = ", axis={axis}, keepdims={keepdims}"


def _finite_peak(x: Any, axis: Any) -> Any:
    peak = np.max(x, axis=axis, keepdims=True) if x.size else np.sum(x, axis=axis, keepdims=True)
    return np.where(np.isfinite(peak), peak, 0)


def _torch_finite_peak(x: Any, axis: Any) -> Any:
    return torch.from_numpy(np.asarray(_finite_peak(x.detach().numpy(force=True), axis)))


# The maximum where it is finite, as a constant: not a separate operation in any program.
define("finite_peak", "", _finite_peak, _torch_finite_peak, exact=True, result="same")


def _variance(do: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    centred = do("subtract", x, do("mean", x, axis=axis, keepdims=True))
    return do("mean", do("square", centred), axis=axis, keepdims=keepdims)


def _deviation(do: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return do("sqrt", _variance(do, x, axis, keepdims))


def _powers(do: Any, x: Any, axis: Any) -> Any:
    """e^(x - peak), the peak, and the sum of the powers."""
    peak = do("finite_peak", x, axis=axis)
    powers = do("exp", do("subtract", x, peak))
    return powers, peak, do("sum", powers, axis=axis, keepdims=True)


def _logsumexp(do: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    _, peak, total = _powers(do, x, axis)
    result = do("add", do("log", total), peak)
    return result if keepdims else do("sum", result, axis=axis, keepdims=False)


def _softmax(do: Any, x: Any, axis: int) -> Any:
    powers, _, total = _powers(do, x, axis)
    return do("divide", powers, total)


def _log_softmax(do: Any, x: Any, axis: int) -> Any:
    _, peak, total = _powers(do, x, axis)
    return do("subtract", do("subtract", x, peak), do("log", total))


def _over_root(do: Any, x: Any, eps: float) -> Any:
    """x / sqrt(mean(x^2) + eps) over the last axis."""
    moment = do("mean", do("square", x), axis=-1, keepdims=True)
    return do("divide", x, do("sqrt", do("add_number", moment, c=eps)))


def _layer_norm(do: Any, x: Any, eps: float) -> Any:
    return _over_root(do, do("subtract", x, do("mean", x, axis=-1, keepdims=True)), eps)


compose("var", "dt.var({0}" + _AXES + ")", _variance)
compose("std", "dt.std({0}" + _AXES + ")", _deviation)
compose("logsumexp", "dt.logsumexp({0}" + _AXES + ")", _logsumexp)
compose("softmax", "dt.softmax({0}, axis={axis})", _softmax)
compose("log_softmax", "dt.log_softmax({0}, axis={axis})", _log_softmax)
compose("layer_norm", "dt.layer_norm({0}, eps={eps})", _layer_norm)
compose("rms_norm", "dt.rms_norm({0}, eps={eps})", _over_root)
