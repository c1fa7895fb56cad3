"""Targets of a check: sample calls of an extension or of a layer's program."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, get_args

import numpy as np

from dovetail.errors import CheckError, DovetailError, described
from dovetail.extension.base import Extension
from dovetail.extension.fields import REQUIRED
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer
from dovetail.graph.dtypes import as_dtype, float32
from dovetail.language.trace import ArraySpec
from dovetail.language.tree import map_leaves
from dovetail.verify.calls import Call
from dovetail.verify.context import Target
from dovetail.verify.sample import REJECTED, Sample, is_real
from dovetail.verify.samples import declared, generated, no_sample

UNITS = 4


def target_of(value: Any, rng: np.random.Generator, inputs: tuple[Any, ...] = ()) -> Target:
    """The target for an extension, layer or optimizer, with samples.

    `inputs`: arrays that a layer is called on; without any they are those that it declares, or are
    found by trial.
    """
    if isinstance(value, type) and issubclass(value, (Layer, Optimizer)):
        example = vars(value).get("_example")
        if example is not None and not inputs:
            return _of_example(value, example.__func__(rng), rng)
        value = _instance(value)
    if isinstance(value, Optimizer):
        return Target(value.name, "optimizer", value, value.location)
    if isinstance(value, Layer):
        return _of_layer(value, rng, inputs)
    if isinstance(value, Extension):
        return _of_extension(value, rng)
    raise CheckError(
        f"dt.check was given {described(value)}",
        "an op, activation, loss, layer or optimizer (a class or an instance)",
        "decorate a function with @dt.op, @dt.activation or @dt.loss first",
    )


def _instance(owner: type[Any]) -> Any:
    """An instance, with small numbers for fields that have no default."""
    given: dict[str, Any] = {}
    for field in owner.fields:
        if field.default is REQUIRED:
            if _is_whole(field.annotation):
                given[field.name] = UNITS
            elif field.is_float:
                given[field.name] = 0.5
    try:
        return owner(**given)
    except DovetailError as reason:
        raise no_sample(owner.__name__, reason, None) from None


def _is_whole(annotation: Any) -> bool:
    """Whether a field holds an integer, by annotation: int, or `int | tuple[int, ...]`."""
    if isinstance(annotation, str):
        return annotation.split("|")[0].strip() == "int"
    return annotation is int or get_args(annotation)[:1] == (int,)


def _of_extension(extension: Extension, rng: np.random.Generator) -> Target:
    signature = extension.signature
    names = signature.array_names
    settings = {"reduction": "none"} if extension.kind == "loss" else {}

    def make(args: tuple[Any, ...]) -> Sample:
        labels = tuple(
            names[i] if i < len(names) and not _variadic(extension, i) else f"{names[-1]}{i}"
            for i in range(len(args))
        )
        return Sample(args, settings, labels, "generated")

    if extension.example is not None:
        samples = [
            Sample(s.args, {**settings, **s.settings}, s.names, s.label)
            for s in declared(extension, make, rng)
        ]
    else:
        arguments = [*names, *([names[-1]] if signature.variadic and names else [])]
        location = extension.location
        first = generated(extension.name, location, arguments, lambda _: extension, make, rng)
        samples = [first, *_with_optional(extension, first, rng)]
    calls = [Call(extension, sample) for sample in samples]
    if extension.kind == "loss" and extension.example is None:
        mean = {"reduction": "mean"}
        calls.append(Call(extension, replace(samples[0], settings=mean, label="mean")))
    return Target(extension.name, extension.kind, extension, extension.location, tuple(calls))


def _variadic(extension: Extension, position: int) -> bool:
    variadic = extension.signature.variadic
    return variadic is not None and position >= len(extension.signature.positional)


def _with_optional(extension: Extension, sample: Sample, rng: np.random.Generator) -> list[Sample]:
    """The sample with arrays for positional arguments `name=None`, if the definition takes them."""
    optional = [a for a in extension.signature.positional if a.default is None]
    following = extension.signature.positional[len(sample.args) :][: len(optional)]
    if not optional or list(following) != optional or not sample.leaves[0].ndim:
        return []
    extra = tuple(rng.uniform(0.5, 1.5, sample.leaves[0].shape[-1:]) for _ in optional)
    names = (*sample.names, *(a.name for a in optional))
    bigger = Sample((*sample.args, *extra), sample.settings, names, "optional arrays")
    try:
        Call(extension, bigger).reference(bigger.leaves)
    except REJECTED:
        return []
    return [bigger]


def _of_example(owner: type[Any], example: Any, rng: np.random.Generator) -> Target:
    """The target for a class of layers that declares a layer and its inputs."""
    if not isinstance(example, tuple) or len(example) < 2 or not isinstance(example[0], owner):
        raise CheckError(
            f"the samples of {owner.__name__} are {described(example)}",
            f"a {owner.__name__} and its inputs, as a tuple",
            f"return ({owner.__name__}(...), array, ...) from the function",
        )
    layer, *arrays = example
    try:
        return _of_layer(layer, rng, tuple(arrays))
    except REJECTED as reason:
        raise no_sample(owner.__name__, reason, layer.location) from None


def _of_layer(layer: Layer, rng: np.random.Generator, given: tuple[Any, ...] = ()) -> Target:
    """Build a copy of the layer for the sample; the caller's layer does not change.

    `given`: the declared inputs; without any, they are found by trial.
    """
    found: dict[int, Layer] = {}

    def make(args: tuple[Any, ...]) -> Sample:
        own = copy.deepcopy(layer)
        own.build(*(map_leaves(_spec, arg) for arg in args))
        moved = [
            {path: _moved(array, rng) for path, array in arrays.items()}
            for arrays in (own.parameters(), own.states())
        ]
        own.load(moved[0])
        own.load(moved[1])
        known = own.signature.array_names
        more = (f"{known[-1]}{number}" for number in range(len(known), len(args)))
        names = ("parameters", "states", *known[: len(args)], *more)
        sample = Sample((*moved, *args), {}, names, "generated", (0, 1))
        found[id(sample.args[0])] = own
        return sample

    def program(sample: Sample) -> Any:
        return found[id(sample.args[0])].program

    arguments = [n for n in layer.signature.array_names if n != "training"]
    if layer.signature.variadic:
        arguments = arguments[:1] or ["inputs"]
    if given:
        sample = make(given)
    else:
        extents = _extents(layer)
        sample = generated(layer.name, layer.location, arguments, program, make, rng, extents)
    own = found[id(sample.args[0])]
    samples = [sample]
    if any(isinstance(each, Layer) and each.takes_training for each, _ in own.walk()):
        training = {"training": True}
        samples.append(Sample(sample.args, training, sample.names, "training", sample.fixed))
    calls = tuple(Call(own.program, each) for each in samples)
    return Target(layer.name, "layer", own, layer.location, calls)


def _extents(layer: Layer) -> list[int]:
    """The sizes that fields of the layers have taken from an input or were given."""
    known = [
        vars(each).get(name)
        for each, _ in layer.walk()
        if isinstance(each, Layer)
        for name in each.inferred
    ]
    return list(dict.fromkeys(extent for extent in known if isinstance(extent, int)))


def _spec(array: Any) -> ArraySpec:
    value = np.asarray(array)
    return ArraySpec(value.shape, float32 if is_real(value) else as_dtype(value.dtype))


def _moved(array: Any, rng: np.random.Generator) -> Any:
    """A parameter away from its initial value of 0 or 1; variances stay positive."""
    if not is_real(array):
        return np.array(array)
    return (array + rng.uniform(0.05, 0.5, array.shape)).astype(array.dtype)
