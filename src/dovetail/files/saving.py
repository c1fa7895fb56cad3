"""`dt.save` and `dt.load`: layers, models, extensions and optimizers as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dovetail.errors import ArgumentError, DovetailError, SerialisationError
from dovetail.extension.base import Extension
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer
from dovetail.files import container, example_calls, layer_arrays, optimizers, safetensors
from dovetail.files.container import Contents, Place
from dovetail.files.library import name_of_piece
from dovetail.files.reader import FAULTS, Reader
from dovetail.files.records import Record, text_of
from dovetail.files.writer import Writer

Arrays = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """How one kind of thing is written and read.

    `write(thing, writer, calls)`: its record, and members of arrays by name. `read(record, reader,
    arrays_of)`: the thing again.
    """

    owner: type
    write: Callable[[Any, Writer, Any], tuple[dict[str, Any], Mapping[str, Arrays]]]
    read: Callable[[Record, Reader, Callable[[str], Arrays]], Any]


_KINDS: dict[str, Kind] = {}  # the last that fits a thing writes it


def register(name: str, kind: Kind) -> None:
    """Add a kind of thing that files can hold."""
    _KINDS[name] = kind


def save(thing: Any, path: Place, *, calls: Sequence[Sequence[Any]] | None = None) -> None:
    """Write a model, layer, optimizer or extension into a file that `dt.load` reads anywhere.

    Definitions of Dovetail's library are in it by name, all others as maths: for each combination
    of ranks, data types and static arguments that they have been called with in this process, or
    for `calls`, a list of arguments such as `[(x, y)]`. A definition that branches on a size is
    refused.
    """
    name = next((n for n, kind in reversed(_KINDS.items()) if isinstance(thing, kind.owner)), None)
    if name is None:
        expected = "a model, a layer, an optimizer or an extension"
        raise ArgumentError("save", "thing", thing, expected, "wrap a function with dt.op")
    writer = Writer()
    record, members = _KINDS[name].write(thing, writer, calls)
    content = {
        "kind": name,
        "extensions": writer.extensions,
        "layers": writer.layers,
        name: record,
    }
    files = {"model.json": text_of(content)}
    for member, found in {**members, "maths": writer.arrays}.items():
        if found:
            files[f"{member}.safetensors"] = safetensors.encode(found)
    container.write(path, files)


def load(path: Place) -> Any:
    """What a file holds. Nothing in it is run or imported: your definitions are graphs in it."""
    contents = Contents(path)
    try:
        record = contents.record("model.json")
        kind = record.text("kind")
        if kind not in _KINDS:
            raise record.wrong("kind", f"one of {', '.join(_KINDS)}")

        def arrays_of(member: str) -> Arrays:
            name = f"{member}.safetensors"
            return safetensors.decode(contents.member(name), name) if contents.has(name) else {}

        reader = Reader(record, arrays_of("maths"))
        return _KINDS[kind].read(record.record(kind), reader, arrays_of)
    except DovetailError as reason:
        raise container.damaged(path, reason.found) from reason
    except FAULTS as reason:  # a fault that no check found
        raise container.damaged(path, f"it is ill-formed ({reason!r:.120})") from reason


# Weights alone.


def save_weights(layer: Layer, path: Place) -> None:
    """Write the parameters and states of a layer in the safetensors format."""
    found = layer_arrays.of_layer(layer)
    if not found or not layer_arrays.is_whole(layer):
        raise SerialisationError(
            f"the weights of {layer.name} cannot be saved: it has not been built",
            "parameters, which are made at the first call",
            "call the layer, or build it, first",
            layer.location,
        )
    container.replace_file(Path(path), safetensors.encode(found))


def load_weights(layer: Layer, path: Place) -> None:
    """Replace the parameters and states of a layer by those that a file has by the same paths."""
    try:
        content = Path(path).read_bytes()
        found = safetensors.decode(content, "content")
    except OSError as reason:
        raise SerialisationError(
            f"{path} cannot be opened: {reason.strerror or reason}",
            "the path of a file of weights",
            "correct the path",
        ) from reason
    except SerialisationError as reason:
        writer = "model.save_weights or dt.save_weights"
        raise container.damaged(path, reason.found, writer) from None
    layer_arrays.load(layer, found, path)


# Kinds of this floor.


def write_layer(
    layer: Layer, writer: Writer, calls: Any = None
) -> tuple[dict[str, Any], dict[str, Arrays]]:
    """A layer as a record, and its arrays."""
    for args, kwargs in example_calls.given(calls):
        layer.build(*args)
        layer.uses.add(args, kwargs)
    writer.outputs = writer.see(layer)
    number = writer.layer(layer)
    frozen = [prefix for each, prefix in layer.walk() if not each.trainable]
    built = layer_arrays.is_whole(layer)
    members = {"weights": layer_arrays.of_layer(layer) if built else {}}
    return {"layer": number, "built": built, "frozen": frozen}, members


def read_layer(record: Record, reader: Reader, arrays_of: Callable[[str], Arrays]) -> Layer:
    """The layer of a record, with its arrays."""
    layer = reader.layer(record, "layer")
    if record.flag("built"):
        layer_arrays.restore(layer, arrays_of("weights"))
    frozen = set(record.texts("frozen"))
    for each, prefix in layer.walk():
        if prefix in frozen:
            each.trainable = False
    return layer


def _write_extension(
    extension: Extension[..., Any], writer: Writer, calls: Any
) -> tuple[Any, Mapping[str, Arrays]]:
    if name_of_piece(extension) is not None:
        pass  # its name is enough
    elif calls is None:
        writer.extension(extension, optional=tuple(example_calls.usual(extension)))
    else:
        writer.extension(extension, example_calls.given(calls))
    return {"value": writer.value(extension)}, {}


def _read_extension(
    record: Record, reader: Reader, arrays_of: Callable[[str], Arrays]
) -> Extension[..., Any]:
    found = reader.value(record.value("value"), "extension")
    if not isinstance(found, Extension):
        raise record.wrong("value", "an extension")
    return found


register("extension", Kind(Extension, _write_extension, _read_extension))
register("layer", Kind(Layer, write_layer, read_layer))
register(
    "optimizer",
    Kind(
        Optimizer,
        lambda optimizer, writer, calls: optimizers.write(optimizer, writer),
        lambda record, reader, arrays_of: optimizers.read(record, reader, dict)[0],
    ),
)
