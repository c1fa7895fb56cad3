"""Files with faults: bytes that changed, and records that someone has rewritten.

A rewritten file has right checksums, so that what reads records, graphs and headers of arrays meets
the fault.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

Members = dict[str, bytes]

# In place of a value.
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 2**31, 2**40, 2**62, -(2**63), 10**30, 0.5, -0.0, 1e308, "",
    "x", "n0", "n99", "inf", "nan", "float32", "__class__", "os.system", "builtins:eval", [], [[]],
    {}, {"leaf": 0}, {"leaf": 99}, {"layer": 0}, {"extension": 0}, {"piece": "Dense"},
    {"piece": "os"}, [0, 1], [1 << 40, 1 << 40], {"tuple": [None]}, {"float": "nan"}, "../weights",
    "scan", "declared", "literal", "input", "gather", "pad", "reshape", "broadcast", "matmul",
)  # fmt: skip


def members_of(content: bytes) -> Members:
    """The members of a file but its manifest."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {n: archive.read(n) for n in archive.namelist() if n != "dovetail.json"}


def packed(members: Members, manifest: dict[str, Any] | None = None) -> bytes:
    """A file of members, with a right manifest but for what is given of it."""
    contents = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
    }
    whole = {"format": 1, "needs": 1, "dovetail": "0.1.0", "members": contents, **(manifest or {})}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("dovetail.json", json.dumps(whole))
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def rewritten(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A file whose records were changed."""
    members = members_of(content)
    record = json.loads(members["model.json"])
    change(record)
    return packed({**members, "model.json": json.dumps(record).encode()})


def mutated(content: bytes, draw: random.Random) -> bytes:
    """A file with one to three faults."""
    kind = draw.random()
    if kind < 0.2:
        return _bytes_changed(content, draw)
    members = members_of(content)
    arrays = [name for name in members if name.endswith(".safetensors")]
    if kind < 0.3 and arrays:
        name = draw.choice(arrays)
        return packed({**members, name: _header_changed(members[name], draw)})
    if kind < 0.35:
        name = draw.choice(list(members))
        return packed({**members, name: _bytes_changed(members[name], draw)})
    if kind < 0.4:
        manifest = {draw.choice(("format", "needs", "members", "other")): draw.choice(HOSTILE)}
        return packed(members, manifest)
    record = json.loads(members["model.json"])
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        _change_value(record, draw)
    return packed({**members, "model.json": json.dumps(record).encode()})


def _bytes_changed(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    if not changed:
        return b"\0"
    kind = draw.randrange(5)
    start = draw.randrange(len(changed))
    if kind == 0:
        for _ in range(draw.randrange(1, 9)):
            changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    elif kind == 1:
        del changed[start:]
    elif kind == 2:
        del changed[start : start + draw.randrange(1, 64)]
    elif kind == 3:
        changed[start:start] = draw.randbytes(draw.randrange(1, 64))
    else:
        changed[start : start + 8] = changed[:8]
    return bytes(changed)


def _header_changed(content: bytes, draw: random.Random) -> bytes:
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    _change_value(header, draw)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def _change_value(record: Any, draw: random.Random) -> None:
    """Change one value anywhere in a record."""
    places = list(_places(record))
    if not places:
        return
    holder, key = draw.choice(places)
    kind = draw.random()
    if kind < 0.5:
        holder[key] = copy.deepcopy(draw.choice(HOSTILE))
    elif kind < 0.6 and isinstance(holder, dict):
        del holder[key]
    elif kind < 0.7 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(draw.choice(holder)))
    elif kind < 0.75 and isinstance(holder, list):
        del holder[key]
    else:  # what is elsewhere
        other, place = draw.choice(places)
        holder[key] = copy.deepcopy(other[place])


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        yield value, key
        if isinstance(item, (dict, list)):
            yield from _places(item)
