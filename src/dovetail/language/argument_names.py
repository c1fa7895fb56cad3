"""Names of arguments: the error for one that is unknown, and what other libraries call ours."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from dovetail.errors import CallError

# Names of arguments in PyTorch, Keras and NumPy, and ours for them: the first that the call has.
_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "dim": ("axis", "axes"), "dims": ("axes", "axis"), "axes": ("axis",), "axis": ("axes",),
    "keepdim": ("keepdims",), "keep_dims": ("keepdims",), "unbiased": ("correction",),
    "ddof": ("correction",), "p": ("ord", "rate"), "learning_rate": ("lr",), "alpha": ("lr",),
    "beta_1": ("beta1",), "beta_2": ("beta2",), "betas": ("beta1",), "epsilon": ("eps",),
    "wd": ("weight_decay",), "decay": ("weight_decay",), "clipnorm": ("clip_norm",),
    "clipvalue": ("clip_value",), "out_features": ("units",), "bias": ("use_bias",),
    "input": ("x", "x1"), "other": ("x2",), "minval": ("low",), "maxval": ("high",),
    "a_min": ("min",), "a_max": ("max",), "label_smoothing": ("smoothing",),
}  # fmt: skip


def _meant(name: str, known: list[str]) -> tuple[str, str] | None:
    """The argument that is meant, and the name elsewhere by which it was found."""
    for elsewhere in [name, *difflib.get_close_matches(name, _ELSEWHERE, 1, 0.8)]:
        for ours in _ELSEWHERE.get(elsewhere, ()):
            if ours in known:
                return ours, elsewhere
    return None


def unknown_argument(call: str, name: str, known: Iterable[str], location: str | None) -> CallError:
    """A keyword that names no argument."""
    known = list(known)
    close = difflib.get_close_matches(name, known, 1)
    meant = _meant(name, known)
    if meant is not None and (meant[1] == name or not close):
        remedy = f"write {meant[0]}= instead of {name}="
    else:
        remedy = f"did you mean {close[0]!r}?" if close else "leave it out, or correct the name"
    expected = f"one of {', '.join(known) or '(none)'}"
    return CallError(f"{call} has no argument {name!r}", expected, remedy, location)


def check_keywords(function: Callable[..., Any], keywords: Iterable[str]) -> None:
    """Raises for a keyword that a function does not take."""
    parameters = inspect.signature(function).parameters
    known = [
        name for name, each in parameters.items()
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]  # fmt: skip
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return
    for name in keywords:
        if name not in known:
            raise unknown_argument(function.__name__, name, known, None)
