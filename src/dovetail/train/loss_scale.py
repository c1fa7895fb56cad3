"""The scale of the loss in float16, so that small gradients do not become 0.

It is halved at a step whose gradients are not finite: that step changes no parameter and does not
count. It is doubled after `GROWTH` steps without one. Micikevicius et al. 2018, arXiv:1710.03740.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.tree import flatten, unflatten

INITIAL, GROWTH, LARGEST = 2.0**15, 2000.0, 2.0**24

Scale = dict[str, Any]


def initial_scale() -> Scale:
    """The scale to begin with, and the steps since it was changed."""
    return {"scale": np.array(INITIAL, np.float32), "steps": np.array(0.0, np.float32)}


def unscaled(gradients: dict[str, Any], scale: Any) -> tuple[dict[str, Any], Any]:
    """The gradients of the loss itself, and whether all of them are finite."""
    found = {path: gradient / scale for path, gradient in gradients.items()}
    finite = [dt.all(dt.isfinite(gradient)) for gradient in found.values()]
    return found, functools.reduce(dt.logical_and, finite)


def chosen(finite: Any, new: Any, old: Any) -> Any:
    """The new tree if the gradients were finite, else the old one."""
    (leaves, structure), (others, _) = flatten(new), flatten(old)
    pairs = zip(leaves, others, strict=True)
    return unflatten(structure, [dt.where(finite, one, other) for (_, one), (_, other) in pairs])


def next_scale(state: Scale, finite: Any) -> Scale:
    """The scale for the next step."""
    steps = state["steps"] + 1.0
    grows = steps >= GROWTH
    larger = dt.minimum(state["scale"] * 2.0, LARGEST)
    scale = dt.where(finite, dt.where(grows, larger, state["scale"]), state["scale"] * 0.5)
    return {
        "scale": dt.maximum(scale, 1.0),
        "steps": dt.where(finite, dt.where(grows, 0.0, steps), 0.0),
    }
