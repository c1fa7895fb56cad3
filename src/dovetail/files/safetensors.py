"""Arrays in the format of the package `safetensors`: a header of JSON, then the bytes.

The package is not used, because its NumPy functions fail on bfloat16 and assume contiguous arrays.
A bfloat16 array is stored as its 16-bit words (U16), and the metadata says so, so that any reader
of the format gets the bits. Each array is a copy of its part of the file: no header can ask for
more memory than that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from dovetail.files.records import FileFault, Record, parsed
from dovetail.graph.dtypes import DType, as_dtype, bfloat16, bool_
from dovetail.graph.node import Array

_NAMES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "uint16": "U16", "int16": "I16", "uint32": "U32",
    "int32": "I32", "uint64": "U64", "int64": "I64", "float16": "F16", "float32": "F32",
    "float64": "F64",
}  # fmt: skip
_DTYPES: Mapping[str, DType] = {code: as_dtype(name) for name, code in _NAMES.items()}
_TYPES = "dovetail.dtypes"  # in the metadata: the types of arrays that are stored as words
_LONGEST_HEADER = 16 << 20
_MOST_AXES = 32


def encode(arrays: Mapping[str, Array]) -> bytes:
    """Arrays by name as the bytes of a safetensors file."""
    header: dict[str, Any] = {}
    types: dict[str, str] = {}
    parts: list[bytes] = []
    start = 0
    ordered = sorted(arrays.items(), key=lambda each: (-each[1].dtype.itemsize, each[0]))
    for name, array in ordered:  # the widest first: each is then aligned
        dtype = as_dtype(array.dtype)
        plain = np.array(array, dtype=dtype.numpy.newbyteorder("<"), order="C")
        if dtype is bfloat16:
            plain, types[name] = plain.view("<u2"), dtype.name
        content = plain.tobytes()
        code = "U16" if dtype is bfloat16 else _NAMES[dtype.name]
        end = start + len(content)
        header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [start, end]}
        parts.append(content)
        start = end
    if types:
        header["__metadata__"] = {_TYPES: json.dumps(types, separators=(",", ":"))}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def decode(content: bytes, name: str) -> dict[str, Array]:
    """The arrays in the bytes of a safetensors file; `name` is that of the member."""
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= length <= min(_LONGEST_HEADER, len(content) - 8):
        raise FileFault(f"its {name} has no header")
    header = parsed(content[8 : 8 + length], name)
    data = memoryview(content)[8 + length :]
    types = _types_in(header, name)
    found: dict[str, Array] = {}
    ranges: list[tuple[int, int]] = []
    for key in header:
        if key != "__metadata__":
            found[key], place = _array(header.record(key), data, types.get(key))
            ranges.append(place)
    ranges.sort()
    gaps = [start for (_, start), (end, _) in zip([(0, 0), *ranges], ranges, strict=False)
            if start != end]  # fmt: skip
    if gaps or (ranges[-1][1] if ranges else 0) != len(data):
        raise FileFault(f"the arrays of its {name} overlap, or do not fill it")
    return found


def _types_in(header: Record, name: str) -> dict[str, str]:
    """The types of the arrays that are stored as words, by name."""
    metadata = header.optional("__metadata__", header.record)
    if metadata is None or _TYPES not in metadata:
        return {}
    types = parsed(metadata.text(_TYPES).encode(), name)
    return {key: types.chosen(key, (bfloat16.name,)) for key in types}


def _array(said: Record, data: memoryview, kind: str | None) -> tuple[Array, tuple[int, int]]:
    """An array, and its place in the data."""
    code = said.text("dtype")
    shape = tuple(said.integers("shape", least=0))
    offsets = said.integers("data_offsets", least=0, most=len(data))
    if code == "BF16" and kind is None:  # what other writers say
        code, kind = "U16", bfloat16.name
    dtype = _DTYPES.get(code)
    if dtype is None or (kind is not None and code != "U16"):
        raise said.wrong("dtype", f"one of {', '.join(_DTYPES)}")
    if len(shape) > _MOST_AXES or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise said.wrong("data_offsets", "the start and the end of an array")
    if math.prod(shape) * dtype.itemsize != offsets[1] - offsets[0]:
        raise said.wrong("shape", f"that of {offsets[1] - offsets[0]} bytes")
    stored = np.dtype("u1") if dtype is bool_ else dtype.numpy.newbyteorder("<")
    part = np.frombuffer(data[offsets[0] : offsets[1]], stored)
    array = part.astype(dtype.numpy).reshape(shape)  # a copy; of truth values, 0 or 1
    if kind is not None:
        array = array.view(bfloat16.numpy)
    return array, (offsets[0], offsets[1])
