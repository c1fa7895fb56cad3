"""Calls of a definition and of its derivatives, which checks run on a host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dovetail.extension.base import Extension
from dovetail.extension.op import op
from dovetail.extension.pullback import jvp, vjp
from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.graph.node import Array
from dovetail.hosts.protocol import Host
from dovetail.language.tree import map_leaves, unflatten
from dovetail.verify.reference import Reference
from dovetail.verify.sample import Sample, is_real
from dovetail.verify.verdict import Case


def run(host: Host, function: Extension, args: Sequence[Any], **settings: Any) -> list[Array]:
    """The leaves of the result of a call on a host, as NumPy arrays."""
    given = tuple(map_leaves(host.from_numpy, arg) for arg in args)
    result = host.call(function, given, dict(settings))
    return [host.to_numpy(leaf) for leaf in leaves_of(result)]


@dataclass(frozen=True)
class Call:
    """A function with arguments. `value`: for a gradient, the call that it belongs to."""

    function: Extension
    sample: Sample
    value: Call | None = None

    @cached_property
    def reference(self) -> Reference:
        """The reference for the sample's own types."""
        return Reference(self.function, self.sample)

    def with_sample(self, sample: Sample) -> Call:
        """The same function on other arguments; derivatives are shared."""
        other = Call(self.function, sample, self.value)
        if dict(sample.settings) == dict(self.sample.settings):
            for name in ("plain", "vjp", "jvp", "second"):
                other.__dict__[name] = getattr(self, name)
        return other

    def on(self, host: Host) -> list[Array]:
        """The outputs."""
        return run(host, self.function, self.sample.args, **self.sample.settings)

    @property
    def what(self) -> str:
        """The name of the result, for reports."""
        return "the value" if self.value is None else "the gradient"

    @property
    def output_names(self) -> list[str]:
        """A name for every output, for reports."""
        if self.value is not None:
            return [f"the gradient with respect to {path}" for path in self.value.sample.paths]
        return [f"output {number}" for number in range(len(self.reference.graph.outputs))]

    @property
    def input_names(self) -> list[str]:
        """A name for every leaf of the arguments, for reports."""
        if self.value is None:
            return self.sample.paths
        paths = self.value.sample.paths
        return [*paths, *["the cotangent"] * (len(self.sample.leaves) - len(paths))]

    @property
    def output_specs(self) -> list[tuple[tuple[int, ...], DType]]:
        """The shape and type that every output should have; gradients are like the arguments."""
        if self.value is not None:
            return [(leaf.shape, as_dtype(leaf.dtype)) for leaf in self.value.sample.leaves]
        return [(node.shape, node.dtype) for node in self.reference.graph.outputs]

    def case(
        self, expected: Any, got: Any, index: tuple[int, ...] | None = None, suffix: str = ""
    ) -> Case:
        """This call as an example; for a gradient, the call whose gradient it is."""
        if self.value is not None:
            return self.value.case(expected, got, index, " [gradient]")
        name = f"{self.function.name}{suffix}"
        return Case(name, self.sample.shown(), self.sample.settings, expected, got, index)

    @cached_property
    def plain(self) -> Extension:
        """The function with its settings bound, so that it takes only arrays."""
        function, settings = self.function, dict(self.sample.settings)

        def plain(*arrays: Any) -> Any:
            return function(*arrays, **settings)

        return op(plain, name=function.name)

    @cached_property
    def vjp(self) -> Extension:
        """(args, cotangents) -> the cotangent of each argument."""
        function = self.plain

        def gradient(args: Any, cotangents: Any) -> Any:
            return vjp(function, *args)[1](cotangents)

        return op(gradient)

    @cached_property
    def jvp(self) -> Extension:
        """(args, tangents) -> the tangent of each output, by forward mode."""
        function = self.plain

        def tangent(args: Any, tangents: Any) -> Any:
            return jvp(function, args, tangents)[1]

        return op(tangent)

    @cached_property
    def second(self) -> Extension:
        """(args, cotangents, tangents) -> the gradient of the gradient along the tangents."""
        function = self.plain

        def second(args: Any, cotangents: Any, tangents: Any) -> Any:
            def gradient(*inner: Any) -> Any:
                return vjp(function, *inner)[1](cotangents)

            return vjp(gradient, *args)[1](tangents)

        return op(second)

    def gradient(self, weights: Any) -> Call:
        """The call of `vjp` with these cotangents of the outputs."""
        sample = self.sample
        arguments = ("args", "cotangents")
        return Call(self.vjp, Sample((sample.args, weights), {}, arguments, sample.label), self)

    def with_gradient(self, rng: np.random.Generator, ones: bool = False) -> list[Call]:
        """This call, and the call of its gradient where an argument is real."""
        if not any(map(is_real, self.sample.leaves)):
            return [self]
        return [self, self.gradient(self.cotangents(rng, ones))]

    def cotangents(self, rng: np.random.Generator, ones: bool = False) -> Any:
        """Random weights of the outputs, as a tree like them."""
        leaves: list[Array] = []
        for node in self.reference.graph.outputs:
            weights = np.ones(node.shape) if ones else rng.uniform(0.5, 1.5, node.shape)
            if node.dtype.is_floating:
                leaves.append(np.asarray(weights, node.dtype.numpy))
            else:
                leaves.append(np.zeros(node.shape, node.dtype.numpy))
        return unflatten(self.reference.output_tree, leaves)

    def tangents(self, rng: np.random.Generator) -> Any:
        """A random direction, as a tree like the arguments; 0 for integers."""
        return self.sample.map(lambda a: _direction(a, rng)).args


def _direction(array: Array, rng: np.random.Generator) -> Array:
    if array.dtype.kind in "biu":
        return np.zeros_like(array)
    return rng.uniform(0.5, 1.5, array.shape).astype(array.dtype)
