"""The compiled result, which was rewritten, beside the definition evaluated as it is written.

Terms in another order, or scaled later, give the same for ordinary arguments. For very small or
large ones, an intermediate result may leave the range of float32 where none of the definition does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.verify.context import Context
from dovetail.verify.envelope import scaled
from dovetail.verify.forward import judged
from dovetail.verify.programs import Call
from dovetail.verify.verdict import Verdict

SCALES = (1e-34, 1e-28, 1e-22, 1e-15, 1e-8, 1e8, 1e15, 1e22, 1e28, 1e34)


def rewriting(context: Context) -> Verdict:
    """As accurate as the formula for arguments from 1e-34 to 1e34, wherever that survives them."""
    return judged(context, _at_every_scale(context), float32)


def _at_every_scale(context: Context) -> Iterator[Call]:
    for call in context.subject.calls:
        for scale in SCALES:
            sample = scaled(call.sample, scale).labelled(f"times {scale:.0e}")
            there = call.with_sample(sample)
            written = there.reference.plain(sample.leaves)
            if all(np.isfinite(out).all() for out in written if out.dtype.kind == "f"):
                yield there
