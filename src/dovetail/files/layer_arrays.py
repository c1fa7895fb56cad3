"""The parameters and states of a layer in a file."""

from __future__ import annotations

from collections.abc import Mapping

from dovetail.errors import StructureError
from dovetail.extension.layer import Layer
from dovetail.files.records import FileFault
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Array


def of_layer(layer: Layer) -> dict[str, Array]:
    """All parameters and states by path."""
    return {**layer.parameters(), **layer.states()}


def is_whole(layer: Layer) -> bool:
    """Whether this layer and the layers inside it have all their parameters and states."""
    return all(
        each.has_array(name) or not each.is_present(declaration)
        for each, _ in layer.walk()
        for name, declaration in each.declared.items()
    )


def restore(layer: Layer, arrays: Mapping[str, Array]) -> None:
    """Give a layer from a file its arrays, which must have the shapes that it declares."""
    used: set[str] = set()
    for each, prefix in layer.walk():
        for name, declaration in each.declared.items():
            path = prefix + name
            if not each.is_present(declaration):
                continue
            if path not in arrays:
                raise FileFault(f"its weights have no {path:.80}")
            used.add(path)
            array = arrays[path]
            each.infer_sizes(name, array.shape)
            shape = declaration.extents(each)
            if array.shape != shape:
                raise FileFault(
                    f"its {path:.80} has shape {array.shape}, where the layer has {shape}"
                )
            own = declaration.data_type(each, as_dtype(array.dtype))
            if own is not as_dtype(array.dtype) and declaration.has_own_type:
                raise FileFault(f"its {path:.80} is of type {array.dtype}, and not {own}")
            each.keep_array(name, array)
        each.__dict__["_built"] = True
    if len(used) < len(arrays):
        unknown = sorted(set(arrays) - used)
        raise FileFault(f"its weights have {unknown[0]:.80}, which no layer has")


def load(layer: Layer, arrays: Mapping[str, Array], place: object) -> None:
    """Replace the arrays of a user's layer by those of a file of weights, all of them."""
    declared = [
        prefix + name
        for each, prefix in layer.walk()
        for name, declaration in each.declared.items()
        if each.is_present(declaration)
    ]
    missing = [path for path in declared if path not in arrays]
    unknown = sorted(set(arrays).difference(declared))
    if missing or unknown:
        what = f"no {missing[0]}" if missing else f"{unknown[0]}, which {layer.name} has not"
        raise StructureError(
            f"the weights in {place}", what, f"{', '.join(declared)}",
            "load weights of a layer of the same structure",
        )  # fmt: skip
    for path, array in of_layer(layer).items():
        if arrays[path].shape != array.shape:
            raise StructureError(
                f"{path} in {place}", f"shape {arrays[path].shape}", f"shape {array.shape}",
                "load weights of a layer of the same sizes",
            )  # fmt: skip
    layer.load(arrays)
