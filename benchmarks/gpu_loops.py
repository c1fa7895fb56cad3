"""Loops over time on a GPU, for gpu.py: what is compared with the CPU, and timed beside PyTorch's.

PyTorch has a kernel for CTC; the others are beside the same maths step by step in its functions,
or beside none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dovetail as dt


@dataclass(frozen=True)
class Loop:
    """A loop in ours, and in PyTorch's functions if it is timed beside them."""

    name: str
    ours: Callable[..., Any]
    arrays: Callable[[Any, str], Sequence[Any]]  # of torch and a device
    theirs: Callable[..., Any] | None = None
    backward: bool = True


@dt.op
def normed(xs: Any, scale: Any) -> Any:
    """A recurrent cell with a norm in it."""

    def step(state: Any, x: Any) -> Any:
        mixed = state * scale + x
        mixed = mixed - dt.mean(mixed, axis=-1, keepdims=True)
        state = dt.tanh(mixed * dt.rsqrt(dt.mean(mixed * mixed, axis=-1, keepdims=True) + 1e-3))
        return state, state

    return dt.scan(step, dt.zeros_like(xs[0]), xs)[1]


def _normed_by_steps(xs: Any, scale: Any) -> Any:
    import torch  # noqa: PLC0415

    state, found = torch.zeros_like(xs[0]), list[Any]()
    for x in xs:
        mixed = torch.nn.functional.layer_norm(state * scale + x, scale.shape, None, None, 1e-3)
        state = torch.tanh(mixed)
        found.append(state)
    return torch.stack(found)


@dt.op
def ctc(log_probs: Any, labels: Any, frames: Any, lengths: Any) -> Any:
    return dt.sum(dt.ctc_loss.definition(log_probs, labels, frames, lengths))


def _ctc(log_probs: Any, labels: Any, frames: Any, lengths: Any) -> Any:
    import torch  # noqa: PLC0415

    moved = log_probs.transpose(0, 1)
    return torch.nn.functional.ctc_loss(moved, labels, frames, lengths, reduction="sum")


@dt.op
def partition(emissions: Any, transitions: Any) -> Any:
    return dt.crf_log_partition(emissions, transitions)


@dt.op
def best_path(emissions: Any, transitions: Any) -> Any:
    return dt.viterbi(emissions, transitions)[1]


def loops(small: bool) -> list[Loop]:
    """The loops, of the size of an application or small."""
    batch, steps, states, classes, labels = (3, 5, 20, 6, 2) if small else (64, 500, 512, 64, 100)
    tags = 5 if small else 48

    def cell(torch: Any, device: str) -> Sequence[Any]:
        return (torch.randn(steps, batch, states, device=device),
                0.5 * torch.randn(states, device=device))  # fmt: skip

    def speech(torch: Any, device: str) -> Sequence[Any]:
        logits = torch.randn(batch, steps, classes, device=device)
        whole = torch.full((batch,), steps, device=device)
        return (logits.log_softmax(-1), torch.randint(1, classes, (batch, labels), device=device),
                whole, torch.full_like(whole, labels))  # fmt: skip

    def chain(torch: Any, device: str) -> Sequence[Any]:
        return (torch.randn(batch, steps, tags, device=device),
                torch.randn(tags, tags, device=device))  # fmt: skip

    return [
        Loop("cell with a norm", normed, cell, _normed_by_steps, False),
        Loop("cell with a norm, backward", normed, cell, _normed_by_steps),
        Loop("CTC with gradient", ctc, speech, _ctc),
        Loop("partition function of a CRF", partition, chain, backward=False),
        Loop("partition function of a CRF, backward", partition, chain),
        Loop("viterbi", best_path, chain, backward=False),
    ]
