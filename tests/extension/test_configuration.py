"""What a layer or optimizer was made with comes back, or is refused."""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ChangedSinceMadeError, SerialisationError
from tests.extension.definitions import Dense

X = np.ones((2, 3), np.float32)


class Net(dt.Layer):
    """An `__init__` with positional, variadic, keyword and passed-on arguments."""

    eps: float = 1e-3

    def __init__(self, w: int = 64, *more: int, act: str = "relu", **fields: Any) -> None:
        super().__init__(**fields)
        self.a = dt.Dense(w)
        self._rest = [dt.Dense(m, act) for m in more]

    def forward(self, x: Any) -> Any:
        x = self.a(x) + self.eps
        for layer in self._rest:
            x = layer(x)
        return x


class Deep(Net):
    """A second level, with a value that follows from an argument."""

    def __init__(self, half: int, scale: float = 2.0, seed: int | None = None) -> None:
        super().__init__(half * 2, 3, seed=seed)
        self.scale = scale * 2

    @functools.cached_property
    def tripled(self) -> float:
        return self.scale * 3

    def forward(self, x: Any) -> Any:
        return super().forward(x) * self.scale


class Stack(dt.Sequential):
    def __init__(self, units: Any, /, last: int = 2) -> None:
        super().__init__(*(dt.Dense(n, "tanh") for n in units), dt.Dense(last))


class Rule(dt.Optimizer):
    lr: float = 0.1

    def __init__(self, k: int, lr: float = 0.5) -> None:
        super().__init__(lr=lr)
        self.k = k

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * self.k * grad


MADE: dict[str, Any] = {
    "keyword": lambda: Net(w=8),
    "defaults": Net,
    "all kinds": lambda: Net(8, 5, 6, act="tanh", eps=0.5, seed=3),
    "a field passed on": lambda: Net(eps=0.25),
    "two levels": lambda: Deep(4, scale=0.5),
    "a seed": lambda: Deep(4, seed=7),
    "Sequential": lambda: Stack([7, 5], last=3),
    "by fields": lambda: Dense(4),
}


@pytest.mark.parametrize("name", MADE)
def test_layers_come_back(name: str) -> None:
    layer = MADE[name]()
    again = dt.from_config(json.loads(json.dumps(dt.get_config(layer))))
    layer.build(X)
    if layer.seed is not None:
        np.testing.assert_array_equal(again(X), layer(X))
    again.build(X)
    again.load({**layer.parameters(), **layer.states()})
    np.testing.assert_array_equal(again(X), layer(X))
    # A layer that was built says the same, and may resolve sizes that the first one did not have.
    later = dt.from_config(dt.get_config(layer))
    later.build(X)
    assert list(later.parameters()) == list(layer.parameters())


def test_an_optimizer_comes_back() -> None:
    rule = dt.from_config(dt.get_config(Rule(3, lr=0.25)))
    new, _ = rule.apply({"w": X}, {"w": X}, rule.init({"w": X}))
    np.testing.assert_array_equal(new["w"], X * 0.25)


def test_fields_that_were_set_afterwards_come_along() -> None:
    net = Deep(4)
    net.eps = 0.5
    assert dt.from_config(dt.get_config(net)).eps == 0.5
    assert net.tripled == 12.0
    assert dt.from_config(dt.get_config(net)).tripled == 12.0
    rule = Rule(3)
    rule.clip_norm = 2.0
    assert dt.from_config(dt.get_config(rule)).clip_norm == 2.0


def test_what_does_not_follow_from_the_arguments_is_refused() -> None:
    net = Deep(4)
    net.scale = 7.0
    with pytest.raises(ChangedSinceMadeError, match="'scale'"):
        dt.get_config(net)
    net = Net(8)
    net.a = dt.Dense(9)
    with pytest.raises(ChangedSinceMadeError, match="'a'"):
        dt.get_config(net)
    plain = dt.Dense(3)
    plain.alpha = 2.0  # type: ignore[attr-defined]
    with pytest.raises(ChangedSinceMadeError, match="'alpha'"):
        dt.get_config(plain)
    with pytest.raises(SerialisationError, match="activation"):
        dt.get_config(dt.Dense(3, activation=lambda x: x))


def test_another_definition_under_the_name() -> None:
    """A notebook cell that is run again says the same; one that was edited does not."""
    source = "import dovetail as dt\n@dt.activation\ndef bend(x): return x * {}\n"
    space = globals()
    exec(source.format(2.0), space)
    first = space["bend"]
    exec(source.format(2.0), space)
    assert dt.from_config(dt.get_config(first)) is space["bend"]
    exec(source.format(3.0), space)
    with pytest.raises(SerialisationError, match="bend"):
        dt.get_config(first)
    del space["bend"]
