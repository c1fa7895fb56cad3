"""Making a layer's parameters and states: shapes from its inputs, values from its seed."""

from __future__ import annotations

import copy
import threading
import zlib
from typing import Any

import numpy as np

from dovetail.extension.initializers import initial
from dovetail.extension.layer_tree import LayerTree
from dovetail.extension.parameters import Declaration, RandomKey
from dovetail.graph.node import Array

Seed = tuple[int, str]
building = threading.RLock()


def seeds_of(root: LayerTree) -> dict[int, Seed]:
    """By id of each layer: the seed of the nearest layer that has one, and the path below it."""
    found: dict[int, Seed] = {}

    def visit(layer: Any, seed: int, prefix: str) -> None:
        if id(layer) not in found:
            found[id(layer)] = (seed, prefix)
            for path, child in layer.children().items():
                own = child.seed
                visit(child, *((seed, f"{prefix}{path}.") if own is None else (own, "")))

    visit(root, root.entropy(), "")
    return found


def draws(root: LayerTree) -> bool:
    """Whether an initial value is random without a seed; random keys, which hosts draw, aside."""
    found: set[int] = set()

    def visit(layer: Any, seeded: bool) -> bool:
        if id(layer) in found:
            return False
        found.add(id(layer))
        seeded = seeded or layer.seed is not None
        own = not seeded and any(
            _is_random(declaration.initial_value(layer))
            for declaration in layer.declared.values()
            if layer.is_present(declaration) and not isinstance(declaration, RandomKey)
        )
        return own or any(visit(child, seeded) for child in layer.children().values())

    return visit(root, False)


def random_keys(root: LayerTree) -> dict[str, LayerTree]:
    """The random keys of a layer and the layers in it: by dotted path, the layer it belongs to."""
    return {
        f"{prefix}{name}": layer
        for layer, prefix in root.walk()
        for name, declaration in layer.declared.items()
        if isinstance(declaration, RandomKey) and layer.is_present(declaration)
    }


def _is_random(init: Any) -> bool:
    return callable(init) or (isinstance(init, str) and init not in ("zeros", "ones"))


def reseeded(root: LayerTree, seed: int) -> LayerTree:
    """A copy of a built layer, with parameters and states drawn from another seed."""
    layer = copy.deepcopy(root)
    layer.__dict__["seed"] = seed
    for inner, _ in layer.walk():
        inner.drop_arrays()
    make_missing(layer)
    return layer


def make_missing(root: LayerTree) -> None:
    """Make the arrays that no forward pass has read, where their shapes are known."""
    seeds = seeds_of(root)
    layers: Any = [layer for layer, _ in root.walk()]
    for layer in layers:
        for name, declaration in layer.declared.items():
            known = layer.has_array(name) or not layer.is_present(declaration)
            if not known and layer.sizes_known:
                layer.keep_array(name, make_array(layer, declaration, seeds[id(layer)]))


def made_whole(root: LayerTree) -> bool:
    """Whether all parameters and states are there; made first where all sizes are known."""
    layers: Any = [layer for layer, _ in root.walk()]
    if not all(layer.sizes_known for layer in layers):
        return False
    make_missing(root)
    return all(
        layer.has_array(name) or not layer.is_present(declaration)
        for layer in layers
        for name, declaration in layer.declared.items()
    )


def make_array(layer: Any, declaration: Declaration, seed: Seed) -> Array:
    """The initial value of a parameter or state of a layer, or of its shadow."""
    where = f"{type(layer).__name__}.{declaration.name}"
    shape = declaration.extents(layer)
    key = zlib.crc32(f"{seed[1]}{declaration.name}".encode())
    rng = np.random.default_rng([seed[0], key])
    init = declaration.initial_value(layer)
    return initial(where, init, rng, shape, declaration.data_type(layer))
