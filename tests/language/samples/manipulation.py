"""Samples of functions that move elements, and of those that pick them by index."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.language.samples.sample import draws, sample

from dovetail.language.namespace import NAMESPACE

dt: Any = NAMESPACE
f, i, _ = draws()

x3 = f(2, 3, 4)
for shape in ((6, 4), (-1,), (2, -1, 2), (24, 1)):
    sample("reshape", lambda x, s=shape: dt.reshape(x, s), lambda x, s=shape: x.reshape(s), x3)
sample("reshape", lambda x: dt.reshape(x, (5, 0)), lambda x: x.reshape(5, 0), f(0, 3))
sample("reshape", lambda x: x.reshape(3, -1), lambda x: x.reshape(3, -1), x3)
sample("reshape", lambda x: dt.reshape(x, ()), lambda x: x.reshape(()), f(1))
sample("permute_dims", lambda x: dt.permute_dims(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1), x3)
sample("permute_dims", lambda x: dt.permute_dims(x, (-1, 0, 1)), lambda x: x.transpose(2, 0, 1), x3)
for source, destination in ((0, -1), ((0, 1), (2, 0)), (-1, 0), ((0, 2), (2, 0))):
    sample("moveaxis", lambda x, s=source, d=destination: dt.moveaxis(x, s, d),
           lambda x, s=source, d=destination: np.moveaxis(x, s, d), x3)  # fmt: skip
for axis in (0, -1, (0, 2), (-1, 1)):
    sample("expand_dims", lambda x, a=axis: dt.expand_dims(x, axis=a),
           lambda x, a=axis: np.expand_dims(x, a), f(2, 3))  # fmt: skip
for axis in (None, 0, -1, (0, 2)):
    sample("squeeze", lambda x, a=axis: dt.squeeze(x, axis=a),
           lambda x, a=axis: np.squeeze(x, a), f(1, 3, 1))  # fmt: skip
for axis in (0, -1, None):
    sample("concat", lambda x, y, a=axis: dt.concat([x, y], axis=a),
           lambda x, y, a=axis: np.concatenate([x, y], axis=a), f(2, 2), f(2, 2))  # fmt: skip
sample("concat", lambda x, y: dt.concat((x, y)), lambda x, y: np.concatenate([x, y]), f(2), i(0))
sample("concat", lambda x: dt.concat([x]), lambda x: x, f(2))
for axis in (0, 1, -1):
    sample("stack", lambda x, y, a=axis: dt.stack([x, y], axis=a),
           lambda x, y, a=axis: np.stack([x, y], axis=a), f(2, 3), f(2, 3))  # fmt: skip
    sample("unstack", lambda x, a=axis: dt.unstack(x, axis=a),
           lambda x, a=axis: tuple(np.moveaxis(x, a, 0)), f(2, 3))  # fmt: skip
for cut, axis in ((3, 1), ((1, 2), 1), (2, 0), ((1, 9), -1), ((-1,), -1), ((2, 1), 2), (1, 0)):
    sample("split", lambda x, c=cut, a=axis: dt.split(x, c, axis=a),
           lambda x, c=cut, a=axis: tuple(np.split(x, c, axis=a)), x3)  # fmt: skip
for shape in ((2, 3), (5, 1, 3)):
    sample("broadcast_to", lambda x, s=shape: dt.broadcast_to(x, s),
           lambda x, s=shape: np.broadcast_to(x, s), f(1, 3))  # fmt: skip
sample("broadcast_arrays", dt.broadcast_arrays, np.broadcast_arrays, f(3, 1), f(4), f())
for axis in (None, 0, (0, -1)):
    sample("flip", lambda x, a=axis: dt.flip(x, axis=a), lambda x, a=axis: np.flip(x, a), x3)
sample("flip", dt.flip, np.flip, f(0, 2))
for shift, axis in ((1, None), (-2, 1), ((1, -1), (0, 2)), (7, (0, 1)), (0, 0)):
    sample("roll", lambda x, s=shift, a=axis: dt.roll(x, s, axis=a),
           lambda x, s=shift, a=axis: np.roll(x, s, a), x3)  # fmt: skip
for count in (2, (2,), (2, 1, 3), (2, 1, 1, 2), 0):
    sample("tile", lambda x, c=count: dt.tile(x, c), lambda x, c=count: np.tile(x, c), f(2, 3))
for axis in (None, 0, -1):
    sample("repeat", lambda x, a=axis: dt.repeat(x, 3, axis=a),
           lambda x, a=axis: np.repeat(x, 3, a), f(2, 3))  # fmt: skip
for counts, axis in (((2, 0), 0), ((1, 2, 3), -1), (np.asarray([0, 3, 1]), 1), ([2] * 6, None),
                     ((0, 0), 0)):  # fmt: skip
    sample("repeat", lambda x, c=counts, a=axis: dt.repeat(x, c, axis=a),
           lambda x, c=counts, a=axis: np.repeat(x, c, a), f(2, 3))  # fmt: skip
for width in (1, (1, 2), ((0, 1), (2, 0))):
    for value in (0, 1.5):
        sample("pad", lambda x, w=width, v=value: dt.pad(x, w, value=v),
               lambda x, w=width, v=value: np.pad(x, w, constant_values=v), f(2, 3))  # fmt: skip
sample("pad", lambda x: dt.pad(x, 1), lambda x: np.pad(x, 1), i(2, 2), dtype="int32")

# Indexing. More of it in test_indexing.py.

for axis in (0, 1, -1):
    for positions in (i(2, low=-2, high=2), i(2, 2, low=-2, high=2), i(low=0, high=2), i(0)):
        sample("take", lambda x, p, a=axis: dt.take(x, p, axis=a),
               lambda x, p, a=axis: np.take(x, p.astype(int), axis=a), x3, positions)  # fmt: skip
sample("take", dt.take, lambda x, p: np.take(x, p.astype(int)), f(4), i(3, low=-4, high=4))
for axis in (0, -1):
    sample("take_along_axis", lambda x, p, a=axis: dt.take_along_axis(x, p, axis=a),
           lambda x, p, a=axis: np.take_along_axis(x, p.astype(int), a), f(3, 4),
           i(3, 4, low=-3, high=3))  # fmt: skip
sample("take_along_axis", dt.take_along_axis, lambda x, p: np.take_along_axis(x, p, -1), f(3, 4),
       i(1, 2, low=0, high=4, dtype=np.int64))  # fmt: skip
