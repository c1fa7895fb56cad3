"""The list of checks."""

from __future__ import annotations

from dovetail.graph.dtypes import float32, float64
from dovetail.verify import (
    behaviour,
    descent,
    envelope,
    exhaustive,
    forward,
    gradients,
    halves,
    hosts,
    kinks,
    layers,
    losses,
    magnitudes,
    optimizers,
    rewriting,
    saturation,
    shapes,
)
from dovetail.verify.context import Check

FUNCTIONS = ("op", "activation", "loss", "layer")
ROBUST = ("activation", "loss", "layer")  # an op may be a root, which has none at 0
OPTIMIZER = ("optimizer",)
EVERY = (*FUNCTIONS, *OPTIMIZER)

CHECKS: tuple[Check, ...] = (
    Check("float32 values", FUNCTIONS, forward.values(float32), "as accurate as the formula"),
    Check("float64 values", FUNCTIONS, forward.values(float64), "as accurate as the formula"),
    Check("signed bias", FUNCTIONS, forward.bias, "no signed bias"),
    Check("envelope", FUNCTIONS, envelope.envelope, "finite where the maths is"),
    Check("special values", FUNCTIONS, envelope.special, "NaN and infinity as IEEE 754"),
    Check("rewriting", FUNCTIONS, rewriting.rewriting, "as the formula, from 1e-34 to 1e34"),
    Check("magnitudes", FUNCTIONS, magnitudes.magnitudes, "norms from 1e-18 to 1e18"),
    Check("half precisions", FUNCTIONS, halves.halves, "rounded once"),
    Check("all of float32", FUNCTIONS, exhaustive.exhaustive, "every value", thorough=True),
    Check("gradient", FUNCTIONS, gradients.gradient, "that of the maths"),
    Check("forward mode", FUNCTIONS, gradients.forward_mode, "that of the maths"),
    Check("second order", FUNCTIONS, gradients.second_order, "that of the maths"),
    Check("float32 gradient", FUNCTIONS, gradients.in_float32, "as accurate as the formula"),
    Check("gradients at edges", ROBUST, saturation.edges, "a number where the value is one"),
    Check("backward pass", FUNCTIONS, gradients.backward, "keeps what it reads"),
    Check("kinks", FUNCTIONS, kinks.kinks, "the stated convention"),
    Check("declared derivative", FUNCTIONS, kinks.declared, "the derived one"),
    Check("shapes", FUNCTIONS, shapes.shapes, "empty, 0-d, size 1, any size"),
    Check("layouts", FUNCTIONS, shapes.layouts, "any strides"),
    Check("broadcasting", FUNCTIONS, shapes.broadcasting, "gradients of the argument's shape"),
    Check("data types", FUNCTIONS, shapes.types, "as promotion says"),
    Check("inputs unmodified", FUNCTIONS, behaviour.unmodified, "inputs stay as they are"),
    Check("aliasing", FUNCTIONS, behaviour.aliasing, "outputs share no memory"),
    Check("threads", FUNCTIONS, behaviour.threads, "the same bits on any number"),
    Check("repetition", FUNCTIONS, behaviour.repetition, "the same bits from run to run"),
    Check("recompilation", FUNCTIONS, behaviour.recompilation, "none for a size alone"),
    Check("concurrency", FUNCTIONS, behaviour.concurrency, "calls at the same time"),
    Check("reductions", ("loss",), losses.reductions, "mean and sum of the examples' losses"),
    Check("parameters", ("layer",), layers.parameters, "the declared shapes"),
    Check("states", ("layer",), layers.states, "move in training only"),
    Check("serialisation", ("layer",), layers.serialisation, "nothing is lost"),
    Check("rebuilding", ("layer",), layers.rebuilding, "the same from its configuration"),
    Check("update rule", OPTIMIZER, optimizers.update_rule, "what `update` says"),
    Check("step count", OPTIMIZER, optimizers.counting, "from 1"),
    Check("clipping", OPTIMIZER, optimizers.clipping, "by value and by norm"),
    Check("maximize", OPTIMIZER, optimizers.maximising, "the other way"),
    Check("in place", OPTIMIZER, optimizers.in_place, "the same bits"),
    Check("state round trip", OPTIMIZER, optimizers.round_trip, "goes on as before"),
    Check("convergence", OPTIMIZER, descent.convergence, "downhill"),
    Check(
        "steps on all hosts", OPTIMIZER, optimizers.agreement, "the same on every host",
        pair_summary=optimizers.AGREED,
    ),
    Check(
        "host agreement", FUNCTIONS, hosts.agreement, "the same on every host",
        pair_summary=hosts.AGREED,
    ),
    Check("host validators", EVERY, hosts.validators, "the framework's own", every_host=True),
)  # fmt: skip
"""In the order in which they run; the report puts the worst first."""
