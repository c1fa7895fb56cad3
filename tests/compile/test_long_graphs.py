"""Long graphs: the work of compiling them grows in proportion, and equal kernels are made once."""

from __future__ import annotations

import cProfile
import gc
import pstats
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile import pipeline
from dovetail.compile.cpu import native
from dovetail.compile.cpu.llvm import print_module
from dovetail.compile.fuse import MOST_OPERATIONS
from dovetail.compile.loops import Nest
from dovetail.compile.program import KernelCall
from dovetail.compile.step_order import StepOrder
from dovetail.compile.steps import Kernel
from dovetail.graph import sizes

pytestmark = pytest.mark.usefixtures("earlier_left_alone")

RNG = np.random.default_rng(0)
X = RNG.normal(size=300).astype(np.float32)


def additions(x: Any, count: int) -> Any:
    y = x
    for number in range(count):
        y = y + x * (number * 0.001)
    return y


def maxima(x: Any, count: int) -> Any:
    y, z = x, x * 0.5
    for _ in range(count):
        y = dt.maximum(y, z) + x
    return y


def recurrent(x: Any, count: int) -> Any:
    xs = dt.reshape(x[:280], (4, 7, 10))
    h, u, w = dt.zeros((4, 16)), dt.reshape(x[:160], (10, 16)), dt.reshape(x[:256], (16, 16))
    for number in range(count):
        h = dt.tanh(xs[:, number % 7] @ u + h @ w)
    return h


def normalised(x: Any, count: int) -> Any:
    y = dt.reshape(x, (10, 30))
    for _ in range(count // 2):
        y = y + (y - dt.mean(y, axis=1, keepdims=True)) * 0.1
    return y


Chain = Callable[[Any, int], Any]
CHAINS = (additions, maxima, recurrent, normalised)


def gradient(chain: Chain, count: int) -> Callable[[Any], Any]:
    return dt.grad(lambda x: dt.sum(chain(x, count)))


def forward(chain: Chain, count: int) -> Callable[[Any], Any]:
    return dt.op(lambda x: chain(x, count))


def calls(run: Callable[[Any], Any]) -> int:
    """The functions that Python calls until the first result."""
    gc.collect()
    profile = cProfile.Profile()
    profile.enable()
    run(X)
    profile.disable()
    return pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("made", [forward, gradient])
def test_twice_the_operations_are_twice_the_work(chain: Chain, made: Any) -> None:
    calls(made(chain, 10))
    once, twice = calls(made(chain, 80)), calls(made(chain, 160))
    assert twice < 2.4 * once, (once, twice)


@pytest.mark.parametrize("chain", CHAINS)
def test_twice_the_operations_are_twice_the_work_with_symbolic_sizes(chain: Chain) -> None:
    """The second one of a structure, which is recorded for all sizes, and those that follow."""

    def later(count: int) -> tuple[int, int]:
        gradient(chain, count)(X)
        return calls(gradient(chain, count)), calls(gradient(chain, count))

    later(10)
    for once, twice in zip(later(80), later(160), strict=True):
        assert twice < 2.4 * once, (once, twice)


def test_guards_follow_from_the_sizes_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from the number of steps: what holds of one step's sizes holds of all."""
    replay = sizes.Recording.replay

    def most_lines(count: int) -> int:
        found: list[int] = []

        def watched(recording: sizes.Recording) -> sizes.Replay:
            made = replay(recording)
            found.append(len(recording._lines))
            return made

        with monkeypatch.context() as patched:
            patched.setattr(sizes.Recording, "replay", watched)
            for _ in range(2):
                gradient(recurrent, count)(X)
        return max(found)

    assert most_lines(90) == most_lines(45)


def nests(run: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> list[Nest]:
    """The kernels of a function."""
    found: list[Nest] = []
    build = pipeline.build_program

    def watched(*arguments: Any) -> Any:
        program = build(*arguments)
        found.extend(step.lowered.nest for step in program.steps if isinstance(step, KernelCall))
        return program

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "build_program", watched)
        run(X)
    return found


def test_equal_steps_share_their_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (nests(forward(recurrent, count), monkeypatch) for count in (40, 80))
    assert len(few) > 40 and len(many) > 80
    distinct = {nest.text() for nest in few}
    assert len(distinct) < 5 and {nest.text() for nest in many} == distinct


def test_equal_steps_of_a_gradient_share_their_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A weight's gradient is the sum over all steps, so a few kernels follow from their number."""
    few, many = (nests(gradient(recurrent, count), monkeypatch) for count in (40, 80))
    assert len(few) > 80 and len(many) > 160
    assert len({nest.text() for nest in few}) < 16 and len({nest.text() for nest in many}) < 16


@pytest.mark.parametrize("chain", CHAINS)
def test_kernels_are_of_bounded_size(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    for nest in nests(gradient(chain, 300), monkeypatch):
        # A load for each operand, and casts and constants, come on top.
        assert len(list(nest.instructions)) < 2 * MOST_OPERATIONS


def test_llvm_looks_for_no_closed_form_of_what_random_numbers_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which takes a second for some kernels: loop strength reduction stops at `freeze`."""
    noisy = dt.op(lambda x: x + dt.random_normal(dt.astype(x[:2], dt.uint32), x.shape))
    (module,) = (text for text in map(print_module, nests(noisy, monkeypatch)) if " xor " in text)
    assert re.search(r"= freeze <\d+ x i\d+>", native.optimised(module))


def test_loops_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """LLVM would unroll the loop over the rows, and inline the task into the kernel."""
    (nest,) = nests(dt.op(lambda x: dt.broadcast_to(x, (7, *x.shape))), monkeypatch)
    text = native.optimised(print_module(nest))
    assert len(re.findall(r"^vector\.body\S*:", text, re.MULTILINE)) == 1


def test_wide_expressions_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum of many terms, added as a tree: not deep, but long."""

    def tree(x: Any) -> Any:
        terms = [dt.maximum(x, number * 0.01) for number in range(1024)]
        while len(terms) > 1:
            terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0]

    found = nests(dt.op(tree), monkeypatch)
    assert all(len(list(nest.instructions)) < 2 * MOST_OPERATIONS for nest in found)
    expected = sum(np.maximum(X.astype(np.float64), np.float32(n * 0.01)) for n in range(1024))
    np.testing.assert_allclose(dt.op(tree)(X), expected, rtol=1e-5)


def test_the_values_of_split_kernels() -> None:
    x = X.astype(np.float64)
    y = x
    for number in range(300):
        y = np.maximum(y, x * 0.5) + x * 0.01 * (number % 3)

    def chain(x: Any) -> Any:
        y = x
        for number in range(300):
            y = dt.maximum(y, x * 0.5) + x * (0.01 * (number % 3))
        return y

    np.testing.assert_allclose(dt.op(chain)(x), y, rtol=1e-12)
    step = 1e-6
    moved = [np.asarray(dt.op(chain)(x + side * step)) for side in (1, -1)]
    numeric = (moved[0] - moved[1]) / (2 * step)
    smooth = np.abs(x) > 1e-3  # apart from the kink at 0
    found = np.asarray(dt.grad(lambda x: dt.sum(chain(x)))(x))
    np.testing.assert_allclose(found[smooth], numeric[smooth], rtol=1e-6)


def test_the_order_of_steps_agrees_with_a_search() -> None:
    """What must run before what, as steps and needs are added in any order."""
    generator = random.Random(0)
    for _ in range(30):
        steps = [Kernel((number,)) for number in range(25)]
        known = StepOrder()
        needs: dict[Kernel, set[Kernel]] = {}

        def before(step: Kernel, needs: dict[Kernel, set[Kernel]] = needs) -> set[Kernel]:
            found: set[Kernel] = set()
            stack = [*needs[step]]
            while stack:
                other = stack.pop()
                if other not in found:
                    found.add(other)
                    stack.extend(needs[other])
            return found

        for number, step in enumerate(steps):
            chosen = generator.sample(steps[:number], min(number, generator.randrange(3)))
            known.add(step, chosen)
            needs[step] = set(chosen)
            later, earlier = (
                generator.choice(steps[: number + 1]),
                generator.choice(steps[: number + 1]),
            )
            if later not in before(earlier) and later is not earlier:
                known.require(later, [earlier, later])
                needs[later].add(earlier)
            for target in steps[: number + 1]:
                expected = target in before(step) | {step}
                assert known.depend([step], target) == expected
        order = known.ordered()
        assert sorted(map(id, order)) == sorted(map(id, steps))
        assert all(
            order.index(other) < order.index(step) for step in steps for other in needs[step]
        )
