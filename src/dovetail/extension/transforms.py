"""The transforms of functions: each takes a function or an extension and returns another.

What they return runs on every host, is traced through inside another trace, and may be
transformed again to any order.
"""

from __future__ import annotations

from dovetail.extension.batching import vmap
from dovetail.extension.gradients import grad, value_and_grad
from dovetail.extension.pullback import jvp, vjp

__all__ = ["grad", "jvp", "value_and_grad", "vjp", "vmap"]
