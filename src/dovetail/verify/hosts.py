"""Agreement of the hosts, and each framework's own validators."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import float32
from dovetail.graph.node import Array
from dovetail.hosts.protocol import Host
from dovetail.language.tree import map_leaves
from dovetail.verify.calls import Call
from dovetail.verify.context import Context
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed, skipped

AGREED = "{hosts} agree"


def agreement(context: Context) -> Verdict:
    """Values and gradients of every other host, within the tolerance of the definition."""
    others = [host for host in context.hosts if host is not context.host]
    if not others:
        return skipped(f"{context.host.name} is the only host")
    for call in context.target.calls:
        variant = call.with_sample(call.sample.cast(float32))
        for host in others:
            for each in variant.with_gradient(context.rng()):
                got = each.on(host) if each.value is None else _gradient(host, each, variant)
                for found in context.compared(each, got):
                    if found.wrong.any():
                        index, right, value = found.example
                        fail(
                            f"{each.what} on {host.name} is {value:.9g}, expected {right:.9g}",
                            f"the form for {host.name} differs: report it with this example",
                            each.case(right, value, index),
                        )
    return passed(AGREED.format(hosts=", ".join(host.name for host in context.hosts)))


def _gradient(host: Host, gradient: Call, call: Call) -> list[Array]:
    """The gradient by the host's own autograd, or by Dovetail's if the host has none."""
    args, cotangents = map_leaves(host.from_numpy, gradient.sample.args)
    found = host.vjp(call.function, args, dict(call.sample.settings), cotangents)
    if found is NotImplemented:
        return gradient.on(host)
    return [host.to_numpy(leaf) for leaf in leaves_of(found)]


def validators(context: Context) -> Verdict:
    """The framework's own validators: opcheck, gradcheck, layer tests, save and load."""
    kind = context.target.kind
    chosen = [each for each in context.host.validators() if kind in each.kinds]
    if not chosen:
        return not_applicable(f"{context.host.name} has no validator for a kind {kind!r}")
    definition = context.target.definition
    for each in chosen:
        for args, settings, call in _arguments(context):
            complaints = list(each.validate(definition, args, settings))
            if complaints:
                case = None if call is None else call.case("no complaint", complaints[0])
                fail(
                    f"{each.name}: {complaints[0]}",
                    f"see what {each.name} of {context.host.name} requires",
                    case,
                )
    return passed(f"{', '.join(each.name for each in chosen)} passed")


def _arguments(context: Context) -> list[tuple[tuple[Any, ...], dict[str, Any], Call | None]]:
    if context.target.kind == "optimizer":
        params = {"kernel": context.rng().normal(size=(4, 3)).astype(np.float32)}
        return [((params,), {}, None)]
    found: list[tuple[tuple[Any, ...], dict[str, Any], Call | None]] = []
    for call in context.target.calls:
        sample = call.sample.cast(float32)
        inputs = sample.args[2:] if context.target.kind == "layer" else sample.args
        found.append((inputs, dict(sample.settings), call))
    return found
