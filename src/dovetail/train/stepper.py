"""Runs the steps of a model on batches: one native call for each, in place.

Parameters, states and optimizer states stay where they are and are overwritten; only the addresses
of a batch and the number of the step change. An array that somebody replaces (`set_weights`, a
callback) is bound again before the next step.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import is_
from typing import Any

import numpy as np

from dovetail.extension.op import op
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Array
from dovetail.hosts.numpy.prepared import PreparedCall
from dovetail.language.tree import Tree, flatten, map_leaves, unflatten
from dovetail.train.state import Training, overwritable
from dovetail.train.stateful_metrics import StatefulMetric
from dovetail.train.step import Steps, predictor

Figures = dict[str, float]
Key = tuple[Any, ...]


@dataclass(eq=False, slots=True)
class Batch:
    """Examples: the leaves of a tree {"x", "y", "weights"} of arrays in C order.

    With `rows` (int64, in C order) the examples are those rows of the arrays, which stay the same
    for many batches. `key`: batches of one key run the same prepared step; it is computed if it is
    not passed.
    """

    leaves: list[Array]
    structure: Tree
    rows: Array | None = None
    key: Key = ()

    def __post_init__(self) -> None:
        if not self.key:
            rows = None if self.rows is None else len(self.rows)
            specs = tuple((leaf.shape, leaf.dtype) for leaf in self.leaves)
            self.key = (rows, self.structure, specs)

    @property
    def examples(self) -> int:
        """How many there are."""
        return len(self.leaves[0] if self.rows is None else self.rows)

    def data(self) -> dict[str, Any]:
        """The tree, with the rows."""
        tree: dict[str, Any] = unflatten(self.structure, self.leaves)
        return tree if self.rows is None else {**tree, "rows": self.rows}


def batch_of(data: Mapping[str, Any], rows: Array | None = None) -> Batch:
    """A batch of a tree of arrays."""
    leaves, structure = flatten(dict(data))
    return Batch([leaf for _, leaf in leaves], structure, rows)


class Totals:
    """Sums over an epoch, which the steps add to: of each figure, and of the examples.

    `stateful`: the metrics that have a state of their own, by name.
    """

    def __init__(self, names: list[str], stateful: Mapping[str, StatefulMetric]) -> None:
        self._names = names
        self._table = np.zeros((len(names), 2))
        self._results = {name: (metric, op(metric.result)) for name, metric in stateful.items()}
        self.tree: dict[str, dict[str, Array]] = {
            name: _own(stateful[name].state())
            if name in stateful
            else {"sum": row[:1].reshape(()), "number": row[1:].reshape(())}
            for name, row in zip(names, self._table, strict=True)
        }

    def reset(self) -> None:
        """Begin another epoch."""
        self._table[...] = 0.0
        for name, (metric, _) in self._results.items():
            for part, first in metric.state().items():
                self.tree[name][part][...] = first

    def continue_from(self, other: Totals) -> None:
        """Take over the sums of another one of the same figures."""
        self.set_state(other.tree)

    def get_state(self) -> dict[str, dict[str, Array]]:
        """Copies of the sums."""
        return map_leaves(np.copy, self.tree)

    def set_state(self, state: Mapping[str, Mapping[str, Array]]) -> None:
        """Go on from sums of the same figures."""
        for name, parts in self.tree.items():
            for part, array in parts.items():
                array[...] = state[name][part]

    def figures(self) -> Figures:
        """The means so far; NaN over nothing."""
        with np.errstate(invalid="ignore"):
            means = self._table[:, 0] / self._table[:, 1]
        found: Figures = dict(zip(self._names, means.tolist(), strict=True))
        for name, (_, result) in self._results.items():
            found[name] = float(result(self.tree[name]))
        return found


def _own(state: Mapping[str, Any]) -> dict[str, Array]:
    """A state as arrays that steps write into."""
    return {part: np.array(value, np.float64, order="C") for part, value in state.items()}


class _Call:
    """A prepared step, and what it was last given."""

    def __init__(self, call: PreparedCall, version: int) -> None:
        self.call = call
        self.version = version
        self.leaves: list[Array] = []
        self.places = call.positions[1]
        self.numbers = [place for places in call.positions[3:] for place in places]

    def give(self, batch: Batch) -> None:
        """Use the examples of this batch, which has the key of those before."""
        put = self.call.put
        if batch.rows is not None:
            if self.leaves is not batch.leaves:
                for place, leaf in zip(self.places, batch.leaves, strict=False):
                    put(place, address(leaf))
                self.leaves = batch.leaves
            put(self.places[-1], address(batch.rows))
            return
        for place, leaf in zip(self.places, batch.leaves, strict=True):
            put(place, address(leaf))


def address(array: Array) -> int:
    """Where the elements of an array lie."""
    found: int = array.__array_interface__["data"][0]
    return found


class Stepper:
    """The arrays of a model in training, and its prepared steps by the sizes of their batches."""

    def __init__(self, model: Any, training: Training, steps: Steps) -> None:
        self.model = model
        self.training = training
        self.steps = steps
        self.totals = Totals(steps.figure_names, steps.stateful)
        self.tested = Totals(steps.figure_names, steps.stateful)
        self._calls: dict[Key, _Call] = {}
        self._latest: dict[str, tuple[Key, _Call]] = {}  # by kind; spares hashing the key
        self._version = 0
        self.testing = threading.RLock()  # held while figures are added to `tested`
        self._held: list[tuple[dict[str, Array], str, Array]] = []
        self._optimizer: list[Any] = []
        self._hyper: list[float] | None = None
        # The parameters to predict with, if the optimizer computes others than it trains.
        self._evaluated: dict[str, Array] = {}
        self._gather()

    # The arrays.

    def _gather(self) -> None:
        """Collect the model's arrays, and what belongs to each parameter."""
        model, training = self.model, self.training
        parameters, states = (
            {path: _in_place(holder, name) for path, holder, name in slots}
            for slots in model.slots()
        )
        self._held = [
            (holder, name, holder[name]) for slots in model.slots() for _, holder, name in slots
        ]
        frozen = model.frozen_paths()
        trained = {path: each for path, each in parameters.items() if path not in frozen}
        slots = training.slots_of(trained)
        self.changed: dict[str, Any] = {
            "parameters": trained, "states": states, "slots": slots, "totals": self.totals.tree,
        }  # fmt: skip
        settings = training.settings
        if settings.ema_momentum is not None:
            self.changed["averages"] = training.averages_of(trained)
        if settings.gradient_accumulation_steps > 1:
            self.changed["gradients"] = training.gradients_of(trained)
        if settings.scales_loss:
            self.changed["loss_scale"] = training.scale_of_loss()
        self._slots = training.slots
        self.frozen = {path: each for path, each in parameters.items() if path in frozen}
        self.states = states
        self._version += 1

    @property
    def current(self) -> bool:
        """Whether the compiled steps are those of the model and optimizer as they are."""
        return self.model.program is self.steps.program and self._optimizer_is_known()

    def _optimizer_is_known(self) -> bool:
        values = list(vars(self.training.optimizer).values())
        known = self._optimizer
        if len(known) == len(values) and all(map(is_, known, values)):
            return True
        if self.training.optimizer.program is not self.steps.update:
            return False
        self._optimizer, self._hyper = values, None
        return True

    def _refresh(self) -> None:
        """Bind arrays that were replaced."""
        if self.training.slots is not self._slots:
            self._gather()
            return
        for holder, name, array in self._held:
            if holder.get(name) is not array:
                self._gather()
                return

    # Running.

    def train(self, batch: Batch) -> bool:
        """One step; False if the loss was not finite, and then nothing has changed."""
        training = self.training
        pending = training.pending + 1
        last = pending >= training.settings.gradient_accumulation_steps
        self._refresh()
        call = self._call("train" if last else "accumulate", batch)
        count = training.slots["step"] + 1
        if last:
            scalars = call.call.scalars
            scalars[call.numbers[1]] = count
            for place, value in zip(call.numbers[2:], self._hyperparameters(count), strict=True):
                scalars[place] = value
        call.give(batch)
        scale = self._loss_scale()
        done = call.call.run()
        self.last = call.call.outputs
        if done and self._loss_scale() >= scale:  # otherwise the gradients have overflowed
            training.pending = 0 if last else pending
            training.slots["step"] += last
        return done

    def _loss_scale(self) -> float:
        """What the loss is multiplied by; 1 if it is not scaled."""
        state = self.changed.get("loss_scale")
        return 1.0 if state is None else float(state["scale"])

    def begin_test(self) -> None:
        """Begin anew with the figures of `test`, for the parameters as they are now."""
        self.tested.reset()
        if self.training.optimizer.evaluates:
            self._refresh()
            self.evaluated()

    def test(self, batch: Batch) -> None:
        """Add the figures of a batch to `tested`, not in training mode."""
        self._refresh()
        call = self._call("test", batch)
        call.give(batch)
        call.call.run()
        self.last = call.call.outputs

    def figures(self) -> Figures:
        """The figures of the last batch."""
        _, means = self.last
        return {name: float(value) for name, value in means.items()}

    @property
    def loss(self) -> float:
        """The loss of the last batch."""
        return float(self.last[0])

    def _hyperparameters(self, count: int) -> list[float]:
        """The optimizer's numbers at this step; asked for again where they may have changed."""
        if self._hyper is None:
            optimizer = self.training.optimizer
            found = list(optimizer.hyper(count).values())
            if not any(map(callable, self._optimizer)) and not getattr(optimizer, "groups", ()):
                self._hyper = found
            return found
        return self._hyper

    def _call(self, kind: str, batch: Batch) -> _Call:
        latest = self._latest.get(kind)
        if latest is not None and latest[0] is batch.key:
            found = latest[1]
        else:
            key = (kind, batch.key)
            if key not in self._calls:
                self._calls[key] = self._prepared(kind, batch)
            found = self._calls[key]
            self._latest[kind] = batch.key, found
        if found.version != self._version:
            arguments = self._arguments(kind)
            for number, tree in arguments.items():
                found.call.bind(number, [leaf for _, leaf in flatten(tree)[0]])
            found.version = self._version
        return found

    def _arguments(self, kind: str) -> dict[int, Any]:
        """The trees of arrays that belong to the model, by argument."""
        if kind in ("train", "accumulate"):
            return {0: self.changed, 2: {"parameters": self.frozen}}
        changed = {"totals": self.tested.tree} if kind == "test" else {}
        return {0: changed, 2: {"parameters": self.evaluated(), "states": self.states}}

    def evaluated(self) -> dict[str, Array]:
        """The parameters to predict with: moving averages, or those of the optimizer."""
        trained = self.changed.get("averages", self.changed["parameters"])
        if self.training.optimizer.evaluates and "averages" not in self.changed:
            found = self.training.evaluated(trained)
            if self._evaluated.keys() != found.keys():
                self._evaluated = found
                self._version += 1
            for path, array in found.items():
                np.copyto(self._evaluated[path], array)
            trained = self._evaluated
        return {**trained, **self.frozen}

    def _prepared(self, kind: str, batch: Batch) -> _Call:
        steps, trees = self.steps, self._arguments(kind)
        args: list[Any] = [trees[0], batch.data(), trees[2], float(batch.examples)]
        if kind == "train":
            args += [1.0, self.training.optimizer.hyper(1)]
        step = getattr(steps, kind)
        finite = 1 if kind in ("train", "accumulate") and self.training.settings.stop_on_nan else 0
        with np.errstate(all="ignore"):
            call = PreparedCall(step, *args, finite=finite)
        return _Call(call, self._version)


def _in_place(holder: dict[str, Array], name: str) -> Array:
    """An array of a layer that compiled code may write into: it replaces one that it may not."""
    array = holder[name] = overwritable(holder[name])
    return array


class Predictor:
    """The forward pass of a model on batches, prepared in the same way; needs no optimizer.

    Several threads may predict at once: they take turns by the batch.
    """

    def __init__(self, model: Any, compute: DType | None) -> None:
        self.program = model.program
        self._step = predictor(model, compute)
        self._calls: dict[Key, _Call] = {}
        self._bound: dict[Key, list[Array]] = {}  # the arrays of the model, by call
        self._lock = threading.Lock()

    def outputs(
        self, parameters: Mapping[str, Array], states: Mapping[str, Array], batches: Iterable[Batch]
    ) -> Iterator[Any]:
        """The outputs of each batch."""
        fixed = {"parameters": _in_c_order(parameters), "states": _in_c_order(states)}
        leaves = [leaf for _, leaf in flatten(fixed)[0]]
        for batch in batches:
            with self._lock:
                found = map_leaves(np.copy, self._run(batch, fixed, leaves))
            yield found

    def _run(self, batch: Batch, fixed: dict[str, Any], leaves: list[Array]) -> Any:
        """The outputs of a batch, which the next one overwrites."""
        call = self._calls.get(batch.key)
        if call is None:
            prepared = PreparedCall(self._step, {}, batch.data(), fixed)
            call = self._calls[batch.key] = _Call(prepared, 0)
        elif self._bound[batch.key] is not leaves:
            call.call.bind(2, leaves)
        self._bound[batch.key] = leaves
        call.give(batch)
        call.call.run()
        return call.call.outputs


def _in_c_order(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {path: np.asarray(array, order="C") for path, array in arrays.items()}
