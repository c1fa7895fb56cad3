"""One framework in one mode: what a contestant does, and how a worker measures it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from dovetail import files
from dovetail.graph.node import Array
from dovetail.measure.loading import Source
from dovetail.measure.memory import can_measure, status

Batch = tuple[tuple[Array, ...], Array]  # the inputs, and the targets
Export = str  # the name of a format

WATCHED = 20  # steps whose mean loss is compared with the target


class Contestant(ABC):
    """A model in one framework, with an optimizer, ready to take steps.

    `compiled`: by the framework's compiler, or eager. A step returns the loss as the framework has
    it; `number` waits for it.
    """

    exports: ClassVar[tuple[Export, ...]] = ()

    def __init__(self, model: Any, loss: Any, optimizer: Any, compiled: bool, batch: Batch) -> None:
        self.model, self.loss, self.optimizer, self.compiled = model, loss, optimizer, compiled
        self.example = batch
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Make the framework's own objects of the model and the optimizer."""

    @abstractmethod
    def batch(self, batch: Batch) -> Any:
        """A batch as the framework's arrays."""

    @abstractmethod
    def step(self, batch: Any) -> Any:
        """One step of training; its loss."""

    @abstractmethod
    def infer(self, batch: Any) -> Any:
        """The outputs, in evaluation mode, complete."""

    @abstractmethod
    def checked(self, batch: Batch) -> tuple[Array, list[tuple[Array, Array]]]:
        """The outputs in evaluation mode; and for each parameter its value and its gradient."""

    def number(self, loss: Any) -> float:
        """The loss as a number, once it is there."""
        return float(loss)

    def export(self, name: Export, folder: Path) -> None:
        """Write the model in a format."""
        raise NotImplementedError(name)

    def set_threads(self, count: int) -> None:  # noqa: B027  # most follow the environment
        """The threads of one operation, where the environment does not say it."""


class Measured:
    """The object of a worker: it makes a contestant and measures it."""

    def __init__(self, source: Source, compiled: bool, folder: str, threads: int) -> None:
        begun = time.perf_counter()
        self.kind: type[Contestant] = source.load()
        self.import_seconds = time.perf_counter() - begun
        self.compiled, self.folder = compiled, Path(folder)
        with np.load(self.folder / "data.npz") as data:
            arrays = {name: data[name] for name in data.files}
        count = sum(name.startswith("x") for name in arrays)
        self.inputs = tuple(arrays[f"x{number}"] for number in range(count))
        self.targets = arrays["y"]
        self.size = int(arrays["batch"])
        self.kind.set_threads(self, threads)  # type: ignore[arg-type]  # it has no state yet
        self.order = np.random.default_rng(0)
        self.rows = np.empty(0, np.int64)
        self.contestant: Contestant | None = None

    def build(self) -> dict[str, float]:
        """Make the model; seconds of the import and of that."""
        begun = time.perf_counter()
        self.contestant = self._made()
        return {"import": self.import_seconds, "build": time.perf_counter() - begun}

    def _made(self) -> Contestant:
        model = files.load(self.folder / "model.dovetail")
        loss = files.load(self.folder / "loss.dovetail")
        optimizer = files.load(self.folder / "optimizer.dovetail")
        return self.kind(model, loss, optimizer, self.compiled, self._batch(self.size))

    @property
    def _known(self) -> Contestant:
        assert self.contestant is not None
        return self.contestant

    def _batch(self, size: int) -> Batch:
        """The next rows of the data, shuffled in each epoch."""
        if len(self.rows) < size:
            self.rows = self.order.permutation(len(self.targets))
        chosen, self.rows = self.rows[:size], self.rows[size:]
        return tuple(x[chosen] for x in self.inputs), self.targets[chosen]

    def _taken(self, size: int) -> float:
        """Seconds of one step: the batch is cut and converted in it, and its loss read."""
        begun = time.perf_counter()
        self._known.number(self._known.step(self._known.batch(self._batch(size))))
        return time.perf_counter() - begun

    def first_step(self) -> float:
        """Seconds of the first step, in which the framework compiles."""
        return self._taken(self.size)

    def new_shape(self) -> float:
        """Seconds of the first step with another size of the batch."""
        return self._taken(self.size - self.size // 4)

    def steps(self, count: int) -> list[float]:
        """Seconds of each of some steps."""
        return [self._taken(self.size) for _ in range(count)]

    def inferences(self, size: int, count: int) -> list[float]:
        """Seconds of each of `count` inferences of `size` examples."""
        inputs = tuple(x[:size] for x in self.inputs)
        found: list[float] = []
        for _ in range(count):
            begun = time.perf_counter()
            self._known.infer(self._known.batch((inputs, self.targets[:size])))
            found.append(time.perf_counter() - begun)
        return found

    def checked(self, size: int) -> tuple[Array, list[tuple[Array, Array]]]:
        """What a fresh model gives for the first examples: outputs, parameters, gradients."""
        batch = tuple(x[:size] for x in self.inputs), self.targets[:size]
        return self._made().checked(batch)

    def reach(self, target: float, most: float) -> tuple[float, int, float]:
        """Train a fresh model until the mean loss of some steps is below a target.

        The seconds, the steps, and the last mean loss; `most`: seconds after which it stops.
        """
        contestant = self._made()
        self.order, self.rows = np.random.default_rng(1), np.empty(0, np.int64)
        contestant.number(contestant.step(contestant.batch(self._batch(self.size))))  # compiles
        losses: list[float] = []
        begun = time.perf_counter()
        while True:
            losses.append(
                contestant.number(contestant.step(contestant.batch(self._batch(self.size))))
            )
            seconds = time.perf_counter() - begun
            mean = sum(losses[-WATCHED:]) / len(losses[-WATCHED:])
            if (len(losses) >= WATCHED and mean <= target) or seconds > most:
                return seconds, len(losses), mean

    def exported(self) -> dict[str, str]:
        """For each format "" or why it cannot be written."""
        found: dict[str, str] = {}
        for name in self.kind.exports:
            try:
                self._known.export(name, self.folder)
                found[name] = ""
            except Exception as error:  # the framework's own refusal is a result
                lines = str(error).strip().splitlines()
                found[name] = f"{type(error).__name__}: {lines[0] if lines else ''}"[:200]
        return found

    def peak(self) -> int:
        """Peak memory of the process in bytes; 0 if it is not known."""
        return status("VmHWM") if can_measure() else 0


def in_order(
    given: Sequence[tuple[Array, Array]], parameters: Mapping[str, Array]
) -> dict[str, Array]:
    """The gradients by the paths of the parameters, which are told by their values."""
    left = list(given)
    found: dict[str, Array] = {}
    for path, array in parameters.items():
        place = next(
            (n for n, (value, _) in enumerate(left)
             if value.shape == array.shape and np.array_equal(value, array)), None,
        )  # fmt: skip
        if place is not None:
            found[path] = left.pop(place)[1]
    return found
