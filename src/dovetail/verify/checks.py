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
    saturation,
    shapes,
)
from dovetail.verify.context import Check

FUNCTIONS = ("op", "activation", "loss", "layer")
ROBUST = ("activation", "loss", "layer")  # an op may be a root, whose gradient at 0 is infinite
OPTIMIZER = ("optimizer",)
EVERY = (*FUNCTIONS, *OPTIMIZER)

CHECKS: tuple[Check, ...] = (
    Check("float32 values", FUNCTIONS, forward.values(float32)),
    Check("float64 values", FUNCTIONS, forward.values(float64)),
    Check("signed bias", FUNCTIONS, forward.bias),
    Check("envelope", FUNCTIONS, envelope.envelope),
    Check("special values", FUNCTIONS, envelope.special),
    Check("rewriting", FUNCTIONS, magnitudes.rewriting),
    Check("magnitudes", FUNCTIONS, magnitudes.magnitudes),
    Check("half precisions", FUNCTIONS, halves.halves),
    Check("all of float32", FUNCTIONS, exhaustive.exhaustive, thorough=True),
    Check("gradient", FUNCTIONS, gradients.gradient),
    Check("forward mode", FUNCTIONS, gradients.forward_mode),
    Check("second order", FUNCTIONS, gradients.second_order),
    Check("float32 gradient", FUNCTIONS, gradients.in_float32),
    Check("gradients at edges", ROBUST, saturation.edges),
    Check("backward pass", FUNCTIONS, gradients.backward, on_device=False),
    Check("kinks", FUNCTIONS, kinks.kinks),
    Check("declared derivative", FUNCTIONS, kinks.declared),
    Check("shapes", FUNCTIONS, shapes.shapes),
    Check("layouts", FUNCTIONS, shapes.layouts),
    Check("broadcasting", FUNCTIONS, shapes.broadcasting),
    Check("data types", FUNCTIONS, shapes.types),
    Check("inputs unmodified", FUNCTIONS, behaviour.unmodified),
    Check("aliasing", FUNCTIONS, behaviour.aliasing),
    Check("threads", FUNCTIONS, behaviour.threads, on_device=False),
    Check("repetition", FUNCTIONS, behaviour.repetition, on_device=False),
    Check("recompilation", FUNCTIONS, behaviour.recompilation, on_device=False),
    Check("concurrency", FUNCTIONS, behaviour.concurrency, on_device=False),
    Check("reductions", ("loss",), losses.reductions),
    Check("parameters", ("layer",), layers.parameters),
    Check("states", ("layer",), layers.states),
    Check("serialisation", ("layer",), layers.serialisation, on_device=False),
    Check("rebuilding", ("layer",), layers.rebuilding, on_device=False),
    Check("update rule", OPTIMIZER, optimizers.update_rule, on_device=False),
    Check("step count", OPTIMIZER, optimizers.counting, on_device=False),
    Check("clipping", OPTIMIZER, optimizers.clipping, on_device=False),
    Check("maximize", OPTIMIZER, optimizers.maximising, on_device=False),
    Check("in place", OPTIMIZER, optimizers.in_place, on_device=False),
    Check("state round trip", OPTIMIZER, optimizers.round_trip, on_device=False),
    Check("convergence", OPTIMIZER, descent.convergence, on_device=False),
    Check("steps on all hosts", OPTIMIZER, optimizers.agreement, pair_summary=optimizers.AGREED),
    Check("host agreement", FUNCTIONS, hosts.agreement, pair_summary=hosts.AGREED),
    Check("host validators", EVERY, hosts.validators, every_host=True),
)  # fmt: skip
"""In the order in which they run; the report lists failures first."""
