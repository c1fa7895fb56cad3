"""Linear-chain conditional random fields: best paths, partition function, likelihood, a layer.

A path y of states through a sequence has the score

    initial[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_t, y_(t+1)] + final[y_T]

and the probability e^score / Z, where Z, the partition function, is the sum of e^score over all
paths. Lafferty, McCallum & Pereira 2001, ICML; Rabiner 1989, doi:10.1109/5.18626. `emissions`
are (batch, time, states), `transitions` (states, states), from the first to the second; `initial`
and `final` (states,) are 0 where they are left out. `lengths` (batch,), from 0 to time, says how
many steps of each example count (all, without it). A score of -inf forbids a state or transition.
"""

from __future__ import annotations

from typing import Any

from dovetail.errors import DTypeError, ShapeError
from dovetail.extension.layer import Layer
from dovetail.extension.op import op
from dovetail.extension.parameters import Parameter, from_input
from dovetail.extension.values import as_tracer
from dovetail.language.data_types import astype
from dovetail.language.indexing import label_index
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating, widened
from dovetail.library.log_semiring import log_sum

__all__ = ["CRF", "crf_log_likelihood", "crf_log_partition", "viterbi"]


class _Chain:
    """The arguments of a call, checked; time first, half precisions in float32."""

    def __init__(
        self, name: str, emissions: Any, transitions: Any, initial: Any, final: Any, lengths: Any
    ) -> None:
        emissions = floating(emissions)
        if emissions.ndim != 3 or not emissions.shape[1] or not emissions.shape[2]:
            raise ShapeError(
                f"emissions of {name}", [emissions.shape],
                "shape (batch, time, states), with a step and a state at least",
                "add the missing axes, or leave empty sequences out",
            )  # fmt: skip
        self.dtype = emissions.dtype
        self.batch, self.time, self.states = emissions.shape
        self.emissions = dt.moveaxis(widened(emissions), 1, 0)
        self.transitions = self._array(name, "transitions", transitions, 2)
        self.initial = self._array(name, "initial", initial, 1)
        self.final = self._array(name, "final", final, 1)
        self.lengths = self._lengths(name, lengths)

    def _array(self, name: str, argument: str, value: Any, rank: int) -> Any:
        """An array of scores by states; zeros for None."""
        expected = (self.states,) * rank
        if value is None:
            return dt.zeros(expected, dtype=self.emissions.dtype)
        array = widened(value)
        if array.shape != expected:
            raise ShapeError(
                f"{argument} of {name}", [array.shape], f"shape {expected}",
                f"give one score for each of the {self.states} states",
            )  # fmt: skip
        return array

    def _lengths(self, name: str, lengths: Any) -> Any:
        """The number of steps of each example; None if all count."""
        if lengths is None:
            return None
        return label_index(_whole(name, "lengths", lengths, (self.batch,)), self.time + 1)

    def goes_on(self) -> Any:
        """(time, batch, 1): whether a step counts; a tree without arrays if all do."""
        if self.lengths is None:
            return ()
        return (dt.arange(self.time)[:, None] < self.lengths)[..., None]

    def of_counted(self, value: Any) -> Any:
        """A value of each example in the type of the emissions, 0 for examples without steps."""
        if self.lengths is not None:
            value = dt.where(self.lengths == 0, 0.0, value)
        return astype(value, self.dtype)

    def last(self, combine: Any) -> tuple[Any, Any]:
        """The scores (batch, states) of the last steps that count, and what `combine` stacked.

        `combine(scores (batch, from, to)) -> (scores (batch, to), stacked)`.
        """

        def step(scores: Any, x: Any) -> Any:
            emitted, counts = x
            combined, stacked = combine(scores[:, :, None] + self.transitions)
            combined = combined + emitted
            if self.lengths is not None:
                combined = dt.where(counts, combined, scores)
            return combined, stacked

        first = self.initial + self.emissions[0]
        return dt.scan(step, first, (self.emissions[1:], self.goes_on()[1:]))

    def log_partition(self) -> Any:
        """log Z of each example, in the type that is computed in."""
        scores, _ = self.last(lambda scores: (log_sum(scores, axis=1), ()))
        return log_sum(scores + self.final, axis=1)


def _whole(name: str, argument: str, value: Any, shape: tuple[int, ...]) -> Any:
    """An array of integers of this shape, as int64."""
    array = as_tracer(value)
    if array.shape != shape:
        raise ShapeError(
            f"{argument} of {name}", [array.shape], f"shape {shape}", "give each example its own"
        )
    if not array.dtype.is_integer:
        raise DTypeError(
            f"{argument} of {name} have data type {array.dtype}", "integers",
            "convert them with astype('int64')",
        )  # fmt: skip
    return astype(array, dt.int64)


@op
def viterbi(
    emissions: Any, transitions: Any, initial: Any = None, final: Any = None, lengths: Any = None
) -> tuple[Any, Any]:
    """The path (batch, time) of the highest score, and that score (batch,). Viterbi 1967.

    doi:10.1109/TIT.1967.1054010. The path is of integers, -1 beyond an example's length; of equal
    scores the first state wins. The score is differentiable: ties share, as in `max`.
    """
    chain = _Chain("viterbi", emissions, transitions, initial, final, lengths)

    def best(scores: Any) -> tuple[Any, Any]:
        return dt.max(scores, axis=1), dt.argmax(scores, axis=1)

    scores, pointers = chain.last(best)
    scores = scores + chain.final
    state = dt.argmax(scores, axis=1)
    counts = chain.goes_on()

    def follow(state: Any, x: Any) -> Any:
        pointer, counts = x
        before = dt.take_along_axis(pointer, state[:, None], axis=1)[:, 0]
        return (before if lengths is None else dt.where(counts[:, 0], before, state)), state

    first, later = dt.scan(follow, state, (pointers, counts[1:]), reverse=True)
    path = dt.concat([first[None], later], axis=0)
    if lengths is not None:
        path = dt.where(counts[..., 0], path, -1)
    return dt.moveaxis(path, 0, 1), chain.of_counted(dt.max(scores, axis=1))


@op
def crf_log_partition(
    emissions: Any, transitions: Any, initial: Any = None, final: Any = None, lengths: Any = None
) -> Any:
    """log Z (batch,): the logarithm of the sum of e^score over all paths.

    The forward algorithm, Rabiner 1989, doi:10.1109/5.18626; its gradient by the emissions is the
    probability of each state.
    """
    chain = _Chain("crf_log_partition", emissions, transitions, initial, final, lengths)
    return chain.of_counted(chain.log_partition())


def _path_score(chain: _Chain, tags: Any, name: str) -> Any:
    """The score of given paths (batch, time); tags that do not count are not looked at."""
    tags = dt.moveaxis(_whole(name, "tags", tags, (chain.batch, chain.time)), 1, 0)
    counts = chain.goes_on()
    if chain.lengths is not None:
        tags = dt.where(counts[..., 0], tags, 0)
    tags = label_index(tags, chain.states)
    emitted = dt.take_along_axis(chain.emissions, tags[..., None], axis=-1)[..., 0]
    moved = chain.transitions[tags[:-1], tags[1:]]
    last = tags[-1]
    if chain.lengths is not None:
        emitted = dt.where(counts[..., 0], emitted, 0.0)
        moved = dt.where(counts[1:, :, 0], moved, 0.0)
        at = dt.maximum(chain.lengths - 1, 0)[None]
        last = dt.take_along_axis(tags, at, axis=0)[0]
    ends = dt.take(chain.initial, tags[0]) + dt.take(chain.final, last)
    return dt.sum(emitted, axis=0) + dt.sum(moved, axis=0) + ends


@op
def crf_log_likelihood(
    emissions: Any,
    tags: Any,
    transitions: Any,
    initial: Any = None,
    final: Any = None,
    lengths: Any = None,
) -> Any:
    """score(tags) - log Z (batch,): the log probability of the path `tags` (batch, time).

    Its negative mean is the loss that trains a CRF: Lafferty et al. 2001, ICML. Tags beyond the
    lengths may be anything.
    """
    name = "crf_log_likelihood"
    chain = _Chain(name, emissions, transitions, initial, final, lengths)
    return chain.of_counted(_path_score(chain, tags, name) - chain.log_partition())


class CRF(Layer):
    """A linear-chain conditional random field over emissions (batch, time, units).

    Without `tags`: the best path (batch, time), as `viterbi` gives it. With `tags` (batch, time):
    -log p(tags) (batch,), whose mean is the loss to train with. `lengths` (batch,): how many steps
    count. `transitions` (units, units) starts Glorot-uniform, and the scores of the first and
    the last state, `initial` and `final` (units,), which `use_boundaries=False` leaves out, at 0.
    Lafferty, McCallum & Pereira 2001, ICML.
    """

    units: int = from_input(axis=-1)
    use_boundaries: bool = True
    transitions = Parameter("units", "units", init="glorot_uniform")
    initial = Parameter("units", init="zeros", when="use_boundaries")
    final = Parameter("units", init="zeros", when="use_boundaries")

    def forward(self, emissions: Any, tags: Any = None, lengths: Any = None) -> Any:
        """The best path, or the negative log likelihood of the tags."""
        scores = self.transitions, self.initial, self.final
        if tags is None:
            return viterbi(emissions, *scores, lengths)[0]
        return -crf_log_likelihood(emissions, tags, *scores, lengths)


def _scores(rng: Any) -> tuple[Any, ...]:
    """Scores of transitions and of both ends, and lengths."""
    return *(rng.normal(size=shape) for shape in ((4, 4), 4, 4)), rng.integers(1, 6, 3)


@crf_log_likelihood.samples
def _samples(rng: Any) -> Any:
    return rng.normal(size=(3, 5, 4)), rng.integers(0, 4, (3, 5)), *_scores(rng)


@viterbi.samples
@crf_log_partition.samples
def _samples_without_tags(rng: Any) -> Any:
    return rng.normal(size=(3, 5, 4)), *_scores(rng)
