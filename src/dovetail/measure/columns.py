"""In a worker: one host, and the ways in which it computes a definition.

Columns: "Dovetail", and inside the framework's compilers; "composite", the same maths in the
framework's own functions; its compilers on that; "built-in", the framework's own function.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import dovetail
from dovetail.extension.values import leaves_of
from dovetail.hosts.own_functions import Call as Timed
from dovetail.hosts.own_functions import Function, Maths, OwnFunctions
from dovetail.hosts.protocol import Host
from dovetail.hosts.registry import REGISTRY
from dovetail.measure.agreement import error_of
from dovetail.measure.loading import Source
from dovetail.measure.memory import can_measure, peak_of
from dovetail.measure.subject import Problem, function_of
from dovetail.timing import Local
from dovetail.verify.calls import Call
from dovetail.verify.sample import Sample

DOVETAIL, COMPOSITE, BUILT_IN = "Dovetail", "composite", "built-in"
INSIDE = "Dovetail in "


class HostColumns:
    """The object of a worker: one host, its ways to do a thing, and the calls that are prepared."""

    problems: Sequence[Any]

    def __init__(self, host: str) -> None:
        self.host: Host = REGISTRY.named(host)
        self.import_seconds: dict[str, float] = {}
        self.calls: dict[str, Timed] = {}

    def versions(self) -> dict[str, str]:
        """Of the framework."""
        return {name: str(each) for name, each in self.host.versions().items()}

    def made(self, problem: Any, both: bool, column: str) -> Timed:
        """The call of a column."""
        raise NotImplementedError

    def burst(self, column: str, calls: int) -> float:
        """Seconds for one call, the mean of `calls`."""
        return Local(self.calls[column]).burst(calls)

    def release(self) -> None:
        """Forget the prepared calls."""
        self.calls.clear()

    def start(self, both: bool, column: str) -> dict[str, float]:
        """In a process of its own: seconds of the first call, of one with another shape, peak."""
        found = dict(self.import_seconds)
        names = ("first call seconds", "new shape seconds")
        for name, problem in zip(names, self.problems, strict=False):
            call = self.made(problem, both, column)
            begun = time.perf_counter()
            call()
            found[name] = time.perf_counter() - begun
        if can_measure():
            call = self.made(self.problems[-1], both, column)
            call()
            found["peak bytes"] = peak_of(call)
        return found


class Columns(HostColumns):
    """One host, and the ways in which it computes a definition."""

    def __init__(
        self, host: str, source: Source, samples: Sequence[tuple[Sample, str]], threads: int
    ) -> None:
        super().__init__(host)
        begun = time.perf_counter()
        for name in self.host.frameworks():
            __import__(name)
        self.import_seconds["import seconds"] = time.perf_counter() - begun
        found = self.host.own_functions()
        self.own = OwnFunctions() if found is None else found
        self.array = self.host.from_numpy if found is None else found.array
        self.has_table = found is not None
        self.own.set_threads(threads)
        self.definition = source.load()
        self.problems = [
            Problem(Call(function_of(self.definition, sample), sample), label)
            for sample, label in samples
        ]

    def names(self) -> list[str]:
        """The columns of this host."""
        inside = [INSIDE + each for each in self.own.inside]
        if not self.has_table:
            return [DOVETAIL]
        found = [DOVETAIL, *inside, COMPOSITE, *self.own.compilers]
        return [*found, BUILT_IN] if self._built_in() is not None else found

    def _built_in(self) -> Function | None:
        name = str(getattr(self.definition, "name", ""))
        if getattr(dovetail, name, None) is not self.definition:
            return None  # a user's own, whatever its name
        return self.own.built_in(name)

    def _maths(self, problem: Problem, column: str) -> tuple[Maths, str]:
        """The function of a column, and the compiler that runs it."""
        if column == BUILT_IN:
            function = self._built_in()
            assert function is not None
            return Maths(function), ""
        if column == DOVETAIL or column.startswith(INSIDE):
            compiler = column.removeprefix(INSIDE) if column != DOVETAIL else ""
            return Maths(problem.function, problem.with_gradient), compiler
        gradient = self.own.composite(problem.joint_graph) if problem.has_gradient else None
        compiler = "" if column == COMPOSITE else column
        return Maths(self.own.composite(problem.graph), gradient), compiler

    def made(self, problem: Problem, both: bool, column: str) -> Timed:
        """The call of a column."""
        maths, compiler = self._maths(problem, column)
        arrays = list(map(self.array, problem.arrays))
        if not both:
            return self.own.forward(maths, arrays, compiler)
        cotangents = list(map(self.array, problem.cotangents))
        return self.own.both(maths, arrays, problem.wrt, cotangents, compiler)

    def prepare(self, number: int, both: bool, column: str, reference: str) -> float:
        """Make the call of a column ready, and return how far its result is off."""
        call = self.made(self.problems[number], both, column)
        got = [np.asarray(self.host.to_numpy(leaf)) for leaf in leaves_of(call())]
        with np.load(Path(reference)) as known:
            error = error_of(got, [known[name] for name in known.files])
        self.calls[column] = call
        return error
