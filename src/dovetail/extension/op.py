"""@dt.op: any number of arrays in, an array or a tree of arrays out."""

from __future__ import annotations

from dovetail.extension.base import Extension


class Op(Extension):
    """Arrays in, an array or a tuple, list or dict of arrays out."""

    kind = "op"


op = Op
