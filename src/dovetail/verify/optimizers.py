"""Optimizers against their update rule in wide arithmetic; steps, clipping, states."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dovetail.extension.optimizer import Optimizer
from dovetail.extension.values import leaves_of
from dovetail.graph.node import Array
from dovetail.hosts.numpy.host import quadratic
from dovetail.language.tree import map_leaves
from dovetail.verify.context import Context
from dovetail.verify.reference import Reference
from dovetail.verify.sample import Sample
from dovetail.verify.verdict import (
    Case,
    Verdict,
    fail,
    passed,
    require_same_bits,
    same_bits,
    skipped,
)

STEPS = 100
AGREED = f"{{hosts}} agree over {STEPS} steps"
ASKS = "it looks at the loss again, and the gradients alone don't say what is clipped"
TOLERANCE = 1e-8  # of float64 steps, relative to the distance from the start
Tree = dict[str, Any]


def _start(rng: np.random.Generator, dtype: Any = np.float64) -> Tree:
    return {
        "kernel": rng.normal(size=(4, 3)).astype(dtype),
        "bias": rng.normal(size=3).astype(dtype),
    }


def _gradients(rng: np.random.Generator, count: int, dtype: Any = np.float64) -> list[Tree]:
    return [_start(rng, dtype) for _ in range(count)]


class Rule:
    """The update rule of an optimizer, traced for parameters and evaluated in wide arithmetic.

    Clipping, negation and the count of steps are reimplemented here in NumPy.
    """

    def __init__(self, optimizer: Optimizer, params: Tree) -> None:
        bare = _twin(optimizer, clip_norm=None, clip_value=None, maximize=False)
        self.optimizer, self.bare = optimizer, bare

        self.references: dict[tuple[Any, ...], Reference] = {}
        self.state = {name: value for name, value in bare.init(params).items() if name != "step"}

    def prepared(self, grads: Tree) -> Tree:
        """The gradients negated, clipped by value, then clipped by norm."""
        optimizer = self.optimizer
        found = {n: -g if optimizer.maximize else g for n, g in grads.items()}
        if optimizer.clip_value is not None:
            limit: Any = optimizer.clip_value
            found = {n: np.minimum(np.maximum(g, -limit), limit) for n, g in found.items()}
        if optimizer.clip_norm is not None:
            norm = np.sqrt(sum(np.sum(np.square(g)) for g in found.values()))
            norm_limit: Any = optimizer.clip_norm
            scale = min(1.0, norm_limit / norm) if norm else 1.0
            found = {n: g * scale for n, g in found.items()}
        return found

    def _update(self, asking: bool) -> Callable[..., Any]:
        """The update to trace; `asking`: with what `prepare` asks for."""

        def update(params: Any, grads: Any, states: Any, step: Any, hyper: Any) -> Any:
            asked = _answers(self.bare, params, grads) if asking else {}
            return self.bare.pure_update(params, grads, states, step, hyper, **asked)

        return update

    def step(self, params: Tree, grads: Tree, number: int) -> Tree:
        """The parameters after step `number`, counted from 1."""
        hyper = {n: np.float64(v) for n, v in self.bare.hyper(number).items()}
        args = (params, self.prepared(grads), self.state, np.float64(number), hyper)
        sample = Sample(args, {}, ("params", "grads", "states", "step", "hyper"))
        asking = bool(self.bare.asks_again(number))
        key = (*hyper, asking)
        if key not in self.references:
            narrow = map_leaves(lambda leaf: np.asarray(leaf, np.float64), args)
            self.references[key] = Reference(self._update(asking), Sample(narrow, {}, sample.names))
        reference = self.references[key]
        outputs = [np.asarray(out) for out in reference(sample.leaves)]
        count = len(leaves_of(params))
        new = dict(zip(params, outputs[:count], strict=True))
        rest = iter(outputs[count:])
        own, shared = self.bare.kept_states, self.bare.shared_states
        self.state = {name: {p: next(rest) for p in params} for name in own}
        self.state |= {name: next(rest) for name in shared}
        return new


def _answers(optimizer: Optimizer, params: Any, grads: Any) -> dict[str, Any]:
    """What `prepare` asks for, of a loss with the identity as its Hessian."""
    functions = quadratic(params, grads)
    return {kind: functions[kind] for kind in optimizer.asks}


def _case(optimizer: Optimizer, params: Tree, grads: Sequence[Tree], right: Any, got: Any,
          steps: int) -> Case:  # fmt: skip
    arrays = {f"param {n}": a for n, a in params.items()}
    arrays |= {f"gradient {n}": a for n, a in grads[-1].items()} if grads else {}
    return Case(f"{optimizer!r}.apply", arrays, {"steps": steps}, right, got)


def _against_rule(
    context: Context, optimizer: Optimizer, what: str, remedy: str, steps: int = STEPS
) -> float:
    rng = context.rng()
    params, grads = _start(rng), _gradients(rng, steps)
    rule, right, worst = Rule(optimizer, params), params, 0.0
    for number, got in enumerate(context.host.optimize(optimizer, params, grads), start=1):
        before = right
        right = rule.step(right, grads[number - 1], number)
        for name, value in got.items():
            distance = float(np.max(np.abs(right[name] - params[name]))) + 1e-6
            off = float(np.max(np.abs(value - right[name]))) / distance
            worst = max(worst, off)
            if not off <= TOLERANCE:
                fail(
                    f"{what}: after step {number}, {name} has a relative error of {off:.3g}",
                    remedy, _case(optimizer, before, grads[:number], right[name], value, number),
                )  # fmt: skip
    return worst


def changed(context: Context, **changes: Any) -> Optimizer:
    """A copy of the optimizer with other values of its fields."""
    return _twin(context.target.definition, **changes)


def _twin(optimizer: Optimizer, **changes: Any) -> Optimizer:
    """Copies attributes, because `copy` uses pickling, which a check tests."""
    twin: Optimizer = object.__new__(type(optimizer))
    vars(twin).update({**vars(optimizer), **changes, "_programs": {}})
    return twin


def update_rule(context: Context) -> Verdict:
    """100 steps against `update` evaluated step by step in wide arithmetic."""
    found = _against_rule(
        context, changed(context), "against its update rule",
        "the compiled update differs from `update`, or the step is not counted from 1",
    )  # fmt: skip
    return passed(
        f"{STEPS} steps follow `update`, relative error at most {found:.1e}",
        "",
        **{"worst error": found},
    )


def counting(context: Context) -> Verdict:
    """The state counts the steps, and schedules see them from 1."""
    optimizer = changed(context)
    params, grads = _start(context.rng()), _gradients(context.rng(), 3)
    state: Mapping[str, Any] = optimizer.init(params)
    seen: list[int] = []
    rates = [f.name for f in optimizer.fields if f.is_float and f.name in ("lr", "learning_rate")]
    if rates:
        rate = getattr(optimizer, rates[0])
        base: Any = rate(1) if callable(rate) else rate

        def schedule(step: int) -> float:
            seen.append(int(step))
            return float(base)

        vars(optimizer)[rates[0]] = schedule
    for number, given in enumerate(grads, start=1):
        params, state = optimizer.apply(params, given, state, **_answers(optimizer, params, given))
        if int(state["step"]) != number:
            fail(
                f"after {number} steps the state counts {int(state['step'])}",
                "steps are counted from 1; leave the count to dt.Optimizer",
                _case(optimizer, params, grads, number, state["step"], number),
            )
        if rates and sorted(set(seen)) != list(range(1, number + 1)):
            fail(
                f"in {number} steps the schedule was called with steps {sorted(set(seen))}",
                "steps are counted from 1; leave the count to dt.Optimizer",
                _case(optimizer, params, grads, list(range(1, number + 1)), seen, number),
            )
    return passed("steps are counted from 1" + (", for schedules too" if rates else ""))


def clipping(context: Context) -> Verdict:
    """`clip_value` and `clip_norm` clip the gradients before the update."""
    if context.target.definition.asks:
        return skipped(ASKS)
    remedy = "leave clip_value= and clip_norm= to dt.Optimizer, which prepares the gradients"
    changes: tuple[dict[str, Any], ...] = (
        {"clip_value": 0.3}, {"clip_norm": 0.5}, {"clip_value": 0.3, "clip_norm": 0.5},
        {"clip_norm": 1e6},
    )  # fmt: skip
    for each in changes:
        words = ", ".join(f"{name}={value}" for name, value in each.items())
        _against_rule(context, changed(context, **each), words, remedy, 10)
    return passed("clipping by value, by norm and by both")


def maximising(context: Context) -> Verdict:
    """`maximize=True` is the same as negated gradients."""
    if context.target.definition.asks:
        return skipped(ASKS)
    rng = context.rng()
    params, grads = _start(rng), _gradients(rng, 10)
    negated = [{n: -g for n, g in each.items()} for each in grads]
    one = context.host.optimize(changed(context, maximize=False), params, negated)[-1]
    two = context.host.optimize(changed(context, maximize=True), params, grads)[-1]
    for name in params:
        if not np.allclose(one[name], two[name], rtol=1e-12, atol=1e-12):
            fail(f"maximize=True does not negate the step of {name}",
                 "leave maximize= to dt.Optimizer",
                 _case(changed(context, maximize=True), params, grads,
                       one[name], two[name], 10))  # fmt: skip
    return passed("maximize negates the gradients")


def in_place(context: Context) -> Verdict:
    """`apply_in_place` and `apply` give the same bits, and `apply` does not write to arguments."""
    optimizer = changed(context)
    for dtype in (np.float32, np.float64):
        rng = context.rng()
        params, grads = _start(rng, dtype), _gradients(rng, 5, dtype)
        state: Any = optimizer.init(params)
        own, own_state = map_leaves(np.array, params), _arrays(optimizer.init(params))
        for number, given in enumerate(grads, start=1):
            before = [np.array(a) for a in (*leaves_of(params), *_values(state))]
            asked = _answers(optimizer, params, given)
            new, new_state = optimizer.apply(params, given, state, **asked)
            after = [*leaves_of(params), *_values(state)]
            if not all(same_bits(a, b) for a, b in zip(before, after, strict=True)):
                fail(
                    "apply has changed its arguments",
                    "apply must return new arrays; only apply_in_place writes",
                    _case(optimizer, params, grads, "unchanged", "changed", number),
                )
            own_state = optimizer.apply_in_place(own, given, own_state, **asked)
            pairs = zip(
                (*leaves_of(new), *_values(new_state)), (*leaves_of(own), *_values(own_state)),
                strict=True,
            )  # fmt: skip
            for one, two in pairs:
                require_same_bits(
                    one, two, f"after {number} steps in place, parameters or states differ",
                    "leave apply and apply_in_place to dt.Optimizer",
                    _case(optimizer, params, grads, one, two, number),
                )  # fmt: skip
            params, state = new, new_state
    return passed("in place and functional updates have the same bits")


def _values(state: Mapping[str, Any]) -> list[Array]:
    return [leaf for name, value in state.items() if name != "step" for leaf in leaves_of(value)]


def _arrays(state: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v if n == "step" else map_leaves(np.array, v) for n, v in state.items()}


def round_trip(context: Context) -> Verdict:
    """Training continues from a saved state with the same bits."""
    optimizer = changed(context)
    rng = context.rng()
    params, grads = _start(rng, np.float32), _gradients(rng, 10, np.float32)
    whole = context.host.optimize(optimizer, params, grads)[-1]
    state: Any = optimizer.init(params)
    declared = (*optimizer.kept_states, *optimizer.shared_states)
    missing = [name for name in declared if name not in state]
    if missing:
        fail(
            f"init leaves out {', '.join(missing)}",
            "leave the states to dt.Optimizer",
            _case(optimizer, params, grads, list(declared), list(state), 0),
        )
    half: Any = params
    for given in grads[:5]:
        half, state = optimizer.apply(half, given, state, **_answers(optimizer, half, given))
    try:
        saved = pickle.loads(pickle.dumps((optimizer, half, state)))
    except (pickle.PicklingError, AttributeError, TypeError) as reason:
        if "<locals>" not in type(optimizer).__qualname__ and "<locals>" not in str(reason):
            fail(
                f"it cannot be pickled: {reason}",
                "hold plain values in fields",
                _case(optimizer, params, grads, "bytes", str(reason), 5),
            )
        saved = (copy.deepcopy(optimizer), *pickle.loads(pickle.dumps((half, state))))
    other, half, state = saved
    for given in grads[5:]:
        half, state = other.apply(half, given, state, **_answers(other, half, given))
    for name in params:
        require_same_bits(
            whole[name], half[name], f"{name} differs after the state was saved and loaded again",
            "everything that an update keeps between steps has to be a dt.State",
            _case(optimizer, params, grads, whole[name], half[name], 10),
        )  # fmt: skip
    return passed("ten steps have the same bits with and without saving after five")


def agreement(context: Context) -> Verdict:
    """All hosts take the same 100 steps."""
    rng = context.rng()
    params, grads = _start(rng, np.float32), _gradients(rng, STEPS, np.float32)
    paths: dict[str, Any] = {}
    for host in context.hosts:
        found = host.optimize(changed(context), params, grads)
        if found is not NotImplemented:
            paths[host.name] = found
    if len(paths) < 2:
        return skipped("no second host implements it")
    (first, reference), *others = paths.items()
    for name, path in others:
        for number, (one, two) in enumerate(zip(reference, path, strict=True), start=1):
            for key in params:
                if not np.allclose(one[key], two[key], rtol=1e-4, atol=1e-5):
                    fail(f"after step {number}, {key} differs on {first} and {name}",
                         "epsilon, clipping and the count of steps must be the same",
                         _case(context.target.definition, params, grads, one[key],
                               two[key], number))  # fmt: skip
    return passed(AGREED.format(hosts=", ".join(paths)))
