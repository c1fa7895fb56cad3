"""Trees of numbers, texts and arrays as a file, such as the state of a training."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.errors import DovetailError, SerialisationError, described
from dovetail.files import container, safetensors, trees
from dovetail.files.container import Contents, Place
from dovetail.files.records import FileFault, Record, text_of

_WRITER = "BackupAndRestore"


def write(place: Place, value: Any) -> None:
    """Write a tree; a file that was there is replaced as a whole or stays."""
    arrays: dict[str, safetensors.Array] = {}

    def array(each: Any) -> dict[str, str]:
        if not isinstance(each, np.ndarray):
            raise SerialisationError(
                f"{described(each)} cannot be written into a file",
                "numbers, texts, arrays, and tuples, lists and dicts of these",
                "return one of these from get_state",
            )
        name = str(len(arrays))
        arrays[name] = each
        return {"array": name}

    members = {"values.json": text_of({"values": trees.written(value, array)})}
    container.write(place, {**members, "arrays.safetensors": safetensors.encode(arrays)})


def read(place: Place) -> Any:
    """The tree of a file; its arrays are new ones."""
    contents = Contents(place)
    try:
        record = contents.record("values.json")
        arrays = safetensors.decode(contents.member("arrays.safetensors"), "arrays.safetensors")

        def array(each: Record) -> safetensors.Array:
            name = each.text("array")
            if name not in arrays:
                raise FileFault(f"it has no array {name:.20}")
            return arrays[name]

        return trees.read(record.value("values"), "values", array)
    except DovetailError as reason:
        raise container.damaged(place, reason.found, _WRITER) from reason
