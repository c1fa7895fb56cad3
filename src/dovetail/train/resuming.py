"""The state of a training, which `fit` resumes with the same bits as without interruption.

It is a tree of numbers, texts and arrays. The model, the optimizer and the data themselves are
those of the program that calls `fit` again; what of them can be compared is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from dovetail.errors import TrainingError
from dovetail.train.history import History
from dovetail.train.settings import PRECISIONS
from dovetail.train.sources import Source
from dovetail.train.state import Training

State = dict[str, Any]

_KEPT = ("slots", "averages", "gradients", "loss_scale", "pending", "stop")


@dataclass
class Progress:
    """The position of a training: an epoch, and the number of batches done in it.

    `steps` counts the batches of all epochs.
    """

    epoch: int = 0
    batches: int = 0
    steps: int = 0
    history: History = field(default_factory=History)


def state_of(
    model: Any, training: Training, source: Source, progress: Progress, totals: Any,
    callbacks: Sequence[Any],
) -> State:  # fmt: skip
    """The state of a training; `totals` is that of the sums over the epoch."""
    return {
        "program": _program(model, training),
        "progress": asdict(progress),
        "weights": {**model.parameters(), **model.states()},
        "frozen": [prefix for each, prefix in model.walk() if not each.trainable],
        "training": {name: getattr(training, name) for name in _KEPT},
        "numbers": _numbers(training.optimizer),
        "totals": totals,
        "data": {"seed": source.seed, "position": source.position()},
        "callbacks": [[type(each).__name__, each.get_state()] for each in callbacks],
    }


def restore(
    state: State, model: Any, training: Training, source: Source, seed: int | None,
    callbacks: Sequence[Any],
) -> Progress:  # fmt: skip
    """Bring model, data and callbacks into a state; `seed` is that of the call of `fit`."""
    for name, now in _program(model, training).items():
        then = state["program"].get(name)
        if now != then:
            raise _differs(f"{name} {then}", f"{now}")
    for each, prefix in model.walk():
        if each.trainable == (prefix in state["frozen"]):  # setting it compiles the steps anew
            each.trainable = not each.trainable
    model.set_weights(state["weights"])
    for name in _KEPT:
        setattr(training, name, state["training"][name])
    for name, value in state["numbers"].items():
        setattr(training.optimizer, name, value)
    data = state["data"]
    if (source.seed is None) != (data["seed"] is None) or seed not in (None, data["seed"]):
        shuffled, given = data["seed"], None if source.seed is None else seed
        raise _differs(f"the order of seed {shuffled}", f"that of seed {given}")
    source.seed = data["seed"]
    source.go_to(data["position"])
    _restore_callbacks(callbacks, state["callbacks"])
    progress = state["progress"]
    return Progress(**{**progress, "history": History(**progress["history"])})


def _restore_callbacks(callbacks: Sequence[Any], states: Sequence[Any]) -> None:
    """Give each callback the state of the one of its class; new ones begin anew."""
    left = list(states)
    for callback in callbacks:
        for pair in left:
            if pair[0] == type(callback).__name__:
                callback.set_state(pair[1])
                left.remove(pair)
                break


def _program(model: Any, training: Training) -> dict[str, Any]:
    """What has to be the same when a training is resumed."""
    settings = training.settings
    shapes = {path: list(each.shape) for path, each in model.parameters().items()}
    return {
        "parameters": shapes,
        "optimizer": type(training.optimizer).__name__,
        "precision": None if settings.precision is None else str(PRECISIONS[settings.precision]),
        "gradient_accumulation_steps": settings.gradient_accumulation_steps,
        "ema_momentum": settings.ema_momentum,
    }


def _numbers(optimizer: Any) -> dict[str, float]:
    """The hyperparameters that callbacks may have set."""
    values = {each.name: getattr(optimizer, each.name) for each in optimizer.fields}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def _differs(then: str, now: str) -> TrainingError:
    return TrainingError(
        f"a training with {then:.300} was saved, and fit was called with {now:.300}",
        "the same model, the same arguments of compile and the same seed",
        "call what was called before, or remove the folder of BackupAndRestore to begin anew",
    )


def check_resumable(source: Source, exact: bool) -> None:
    """Raises where data cannot say how far it has been read."""
    if exact and not source.resumable:
        raise TrainingError(
            "a training on this data cannot go on with the same bits: a generator, loader or "
            "dataset does not say how far it has been read, and neither does a sequence with "
            "on_epoch_begin or on_epoch_end",
            "arrays, a sequence of batches, or data with get_state() and set_state(state), or "
            "state_dict() and load_state_dict(state)",
            "define these two, or pass BackupAndRestore(..., exact=False), which goes on with "
            "other batches: after as many of them, or where an iterator begins",
        )


def last_figures(history: History) -> dict[str, float]:
    """The figures of the last epoch."""
    return {name: values[-1] for name, values in history.history.items()}
