"""All hosts give the same numbers, and each passes its own framework's judges."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import float32
from dovetail.hosts.protocol import Host
from dovetail.language.tree import map_leaves
from dovetail.verify.compare import examined
from dovetail.verify.context import Context
from dovetail.verify.programs import Call, run
from dovetail.verify.sample import Array, is_real
from dovetail.verify.verdict import Verdict, failed, not_applicable, passed, skipped

AGREED = "{hosts} agree"


def agreement(context: Context) -> Verdict:
    """Values and gradients of every other host, within what the definition allows."""
    others = [host for host in context.hosts if host is not context.host]
    if not others:
        return skipped(f"{context.host.name} is the only host that is there")
    for call in context.subject.calls:
        there = call.with_sample(call.sample.cast(float32))
        weights = there.cotangents(context.rng())
        kinds = [("the value", there)]
        if any(map(is_real, there.sample.leaves)):
            kinds.append(("the gradient", there.gradient(weights)))
        for host in others:
            for what, each in kinds:
                got = there.on(host) if each is there else _pulled(host, there, weights)
                count = context.budget.disturbances
                for found in examined(
                    each.reference, each.sample.leaves, got, count, context.rng()
                ):
                    mine, want = found.got, found.expected
                    if found.wrong.any() and found.worst is not None:
                        index = found.worst
                        return failed(
                            f"{what} on {host.name} is {float(mine[index]):.9g}, where "
                            f"{float(want.value[index]):.9g} is right",
                            f"the form for {host.name} differs: report it with this example",
                            there.case(want.value[index], mine[index], index),
                        )
    return passed(AGREED.format(hosts=", ".join(host.name for host in context.hosts)))


def _pulled(host: Host, call: Call, weights: Any) -> list[Array]:
    """The gradient by the host's own autograd; by Dovetail's where it has none."""
    args = map_leaves(host.from_numpy, call.sample.args)
    cotangents = map_leaves(host.from_numpy, weights)
    found = host.vjp(call.function, args, dict(call.sample.settings), cotangents)
    if found is NotImplemented:
        return run(host, call.vjp, (call.sample.args, weights))
    return [host.to_numpy(leaf) for leaf in leaves_of(found)]


def validators(context: Context) -> Verdict:
    """What the framework itself says: opcheck, gradcheck, layer tests, save and load."""
    kind = context.subject.kind
    mine = [each for each in context.host.validators() if kind in each.kinds]
    if not mine:
        return not_applicable(f"{context.host.name} brings no judge of a kind {kind!r}")
    definition = context.subject.definition
    for each in mine:
        for args, settings, call in _arguments(context):
            complaints = list(each.validate(definition, args, settings))
            if complaints:
                case = None if call is None else call.case("no complaint", complaints[0])
                return failed(
                    f"{each.name}: {complaints[0]}",
                    f"see what {each.name} of {context.host.name} asks for",
                    case,
                )
    return passed(f"{', '.join(each.name for each in mine)} passed")


def _arguments(context: Context) -> list[tuple[tuple[Any, ...], dict[str, Any], Call | None]]:
    if context.subject.kind == "optimizer":
        params = {"kernel": context.rng().normal(size=(4, 3)).astype(np.float32)}
        return [((params,), {}, None)]
    found: list[tuple[tuple[Any, ...], dict[str, Any], Call | None]] = []
    for call in context.subject.calls:
        sample = call.sample.cast(float32)
        inputs = sample.args[2:] if context.subject.kind == "layer" else sample.args
        found.append((inputs, dict(sample.settings), call))
    return found
