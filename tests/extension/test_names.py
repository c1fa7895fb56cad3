"""Names that are taken are refused where the class is defined; all others are the user's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DefinitionError

X = np.linspace(-1.0, 1.0, 3, dtype=np.float32)
NEEDED = ("signature", "program", "states", "parameters", "build", "fields", "name", "seed",
          "torch", "path", "_arrays", "_path", "training")  # fmt: skip
FREE = ("kind", "init", "apply", "layers", "own", "weights", "_own_field", "type", "dtype")


def forward(self: Any, x: Any) -> Any:
    return dt.tanh(x)


def field(name: str) -> dict[str, Any]:
    return {"__annotations__": {name: str}, name: "tanh"}


WAYS: dict[str, Any] = {
    "field": field,
    "field without default": lambda name: {"__annotations__": {name: str}},
    "attribute": lambda name: {name: "tanh"},
    "parameter": lambda name: {name: dt.Parameter(3)},
    "state": lambda name: {name: dt.State(3)},
    "method": lambda name: {name: lambda self, one, two: 1},
}


def layer(body: dict[str, Any]) -> Any:
    return type("Cell", (dt.Layer,), {"forward": forward, "__module__": __name__, **body})


@pytest.mark.parametrize("way", WAYS)
def test_of_layers(way: str) -> None:
    for name in NEEDED:
        if name == "training" and way in ("attribute", "method"):
            continue  # an argument of forward, and no attribute
        if name.startswith("_") and way == "field without default":
            continue
        with pytest.raises(DefinitionError, match=f"'{name}'"):
            layer(WAYS[way](name))
    for name in FREE:
        if way != "field without default":
            np.testing.assert_allclose(layer(WAYS[way](name))()(X), np.tanh(X), rtol=1e-6)


def test_of_attributes_that_are_set() -> None:
    def made(name: str) -> Any:
        def init(self: Any) -> None:
            dt.Layer.__init__(self)
            setattr(self, name, "tanh")

        return layer({"__init__": init})()

    for name in ("states", "signature", "_arrays", "forward"):
        with pytest.raises(DefinitionError, match=f"'{name}'"):
            made(name)
    for name in FREE:
        np.testing.assert_allclose(made(name)(X), np.tanh(X), rtol=1e-6)


def test_of_forward_and_of_what_is_mixed_in() -> None:
    with pytest.raises(DefinitionError, match="'forward'"):
        layer({"__annotations__": {"forward": str}})
    mixed = type("Mixed", (), {"states": 3})
    with pytest.raises(DefinitionError, match="'states'"):
        type("Cell", (mixed, dt.Layer), {"forward": forward})


def test_methods_are_overridden_with_the_same_arguments() -> None:
    class Counted(dt.Layer):
        def forward(self, x: Any) -> Any:
            return x

        def build(self, *inputs: Any) -> Any:
            built.append(inputs)
            return super().build(*inputs)

    built: list[Any] = []
    Counted()(X)
    assert built


def test_layers_under_private_names_are_trained() -> None:
    class Net(dt.Layer):
        def __init__(self) -> None:
            super().__init__(seed=0)
            self._inner = dt.Dense(2)
            self._rest = [dt.Dense(1)]

        def forward(self, x: Any) -> Any:
            return self._rest[0](self._inner(x))

    net = Net()
    net.build((4, 3))
    assert list(net.parameters()) == [
        "_inner.kernel", "_inner.bias", "_rest.0.kernel", "_rest.0.bias",
    ]  # fmt: skip
    parameters, states = net.pure().init()
    gradient = dt.grad(lambda p: dt.sum(net.pure().apply(p, states, np.ones((4, 3)))[0]))
    assert all(np.any(each != 0) for each in gradient(parameters).values())


@pytest.mark.parametrize(
    "name", ["step", "params", "grad", "norm_factor", "maximize", "clip_norm", "init", "name"]
)
def test_of_optimizers(name: str) -> None:
    body = {"update": lambda self, param, grad: param, "__module__": __name__}
    for way in ("field", "state"):
        with pytest.raises(DefinitionError, match=f"'{name}'"):
            type("Rule", (dt.Optimizer,), {**body, **WAYS[way](name)})


def test_an_attribute_of_an_optimizer() -> None:
    class Rule(dt.Optimizer):
        kind: str = "plain"

        def update(self, param: Any, grad: Any) -> Any:
            return param - grad if self.kind == "plain" else param

    rule = Rule()
    with pytest.raises(DefinitionError, match="'step'"):
        rule.step = 3
    for kind, moved in (("plain", True), ("other", False)):
        rule.kind = kind
        new, _ = rule.apply({"w": X}, {"w": X + 1}, rule.init({"w": X}))
        assert np.array_equal(new["w"], X) is not moved


def test_arguments_with_the_names_of_ours() -> None:
    @dt.op
    def named(self: Any, out: Any, cotangent: Any, name: float = 1.0, key: float = 2.0) -> Any:
        return self + 2.0 * out + 4.0 * cotangent + name * key

    one = np.ones(3)
    assert named(one, one, one)[0] == named(self=one, out=one, cotangent=one)[0] == 9.0
    with pytest.raises(DefinitionError, match="'out'"):
        named.vjp(lambda self, out, cotangent: None)

    class Recurrent(dt.Layer):
        def forward(self, x: Any, states: Any, *, parameters: Any = 2.0) -> Any:
            return x + states * parameters

    cell = Recurrent()
    assert cell(one, one)[0] == cell(one, states=one)[0] == 3.0
    assert cell(one, one, parameters=5.0)[0] == 6.0


def test_a_state_of_a_layer_that_is_not_there() -> None:
    class Counter(dt.Layer):
        counts: bool = False
        count = dt.State(when="counts")

        def forward(self, x: Any) -> Any:
            self.count = dt.asarray(1.0)
            return x

    with pytest.raises(DefinitionError, match="counts"):
        Counter()(X)
    Counter(counts=True)(X)
