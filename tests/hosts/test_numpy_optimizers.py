"""Updates of many NumPy arrays in one call: the bits of the way array by array."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from dovetail.hosts.numpy.optimizers import update_in_place
from dovetail.library import optimizers, optimizers_elementwise
from dovetail.library.optimizers import AdamW, Lion

SHAPES = ((3, 4), (5,), (), (0, 3), (70_000,), (2, 3, 4))


def arrays(seed: int, dtype: Any = np.float32) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {str(n): np.asarray(rng.normal(size=s), dtype) for n, s in enumerate(SHAPES)}


def in_one_call(optimizer: Any, params: Any, grads: Any, state: dict[str, Any]) -> bool:
    """Whether the native call took it."""
    hyper = optimizer.hyper(1)
    states = [list(state[name].values()) for name in optimizer.declared if name in state]
    program = optimizer.group_program(tuple(hyper))
    given = list(params.values()), list(grads.values())
    return update_in_place(program, *given, states, int(state["step"]) + 1, hyper)


def array_by_array(optimizer: Any, params: Any, grads: Any, state: Any) -> dict[str, Any]:
    step = state["step"] + 1
    states = {name: state[name] for name in optimizer.declared if name in state}
    hyper = optimizer.hyper(step)
    return {"step": step, **optimizer._each(params, grads, states, step, hyper, in_place=True)[1]}


ELEMENTWISE = [getattr(m, n) for m in (optimizers, optimizers_elementwise) for n in m.__all__]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("definition", ELEMENTWISE)
def test_the_same_bits(definition: Any, dtype: Any) -> None:
    optimizer = definition(clip_value=0.8, maximize=True)
    one, other = arrays(0, dtype), arrays(0, dtype)
    states = [optimizer.init(one), optimizer.init(other)]
    assert in_one_call(optimizer, arrays(0, dtype), arrays(1, dtype), optimizer.init(one))
    for step in range(1, 4):
        given = arrays(step, dtype)
        given["1"] = None if step == 2 else given["1"]
        states[0] = optimizer.apply_in_place(one, given, states[0])
        states[1] = array_by_array(optimizer, other, given, states[1])
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])
        for state in states[1].keys() - {"step"}:
            np.testing.assert_array_equal(states[0][state][name], states[1][state][name])
    assert states[0]["step"] == 3


def test_the_norm_of_all_gradients() -> None:
    optimizer = AdamW(clip_norm=0.5)
    one, other = arrays(0, np.float64), arrays(0, np.float64)
    optimizer.apply_in_place(one, arrays(1, np.float64), optimizer.init(one))
    array_by_array(optimizer, other, arrays(1, np.float64), optimizer.init(other))
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-12)


def test_other_arrays_than_before() -> None:
    """The tables of the last call are not taken for them."""
    optimizer = Lion()
    for seed in range(3):
        one, other = arrays(seed), arrays(seed)
        optimizer.apply_in_place(one, arrays(9), optimizer.init(one))
        array_by_array(optimizer, other, arrays(9), optimizer.init(other))
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_parameters_are_not_kept_alive() -> None:
    optimizer, params = Lion(), arrays(0)
    optimizer.apply_in_place(params, arrays(1), optimizer.init(params))
    watched = weakref.ref(params["4"])
    del params
    gc.collect()
    assert watched() is None


@pytest.mark.parametrize("kind", ["itself", "a part", "transposed", "another type", "twice"])
def test_what_is_left_to_the_other_way(kind: str) -> None:
    optimizer = Lion(lr=0.1)

    def case() -> tuple[dict[str, Any], dict[str, Any]]:
        memory = np.arange(1.0, 31.0, dtype=np.float32)
        params = {"a": memory[:16].reshape(4, 4), "b": np.ones(2, np.float32)}
        grads = {"a": np.ones((4, 4), np.float32), "b": np.ones(2, np.float32)}
        if kind == "itself":
            grads["a"] = params["a"]
        elif kind == "a part":
            grads["a"] = memory[4:20].reshape(4, 4)
        elif kind == "transposed":
            params["a"] = params["a"].T
        elif kind == "another type":
            grads["a"] = np.ones((4, 4), np.float64)
        else:
            params["b"] = params["a"][0, :2]
        return params, grads

    params, grads = case()
    state = optimizer.init(params)
    assert not in_one_call(optimizer, params, grads, state)
    if kind == "another type":
        return
    params, grads = case()
    expected, _ = optimizer.apply(params, {k: v.copy() for k, v in grads.items()}, state)
    if kind != "twice":
        optimizer.apply_in_place(params, grads, optimizer.init(params))
        np.testing.assert_allclose(params["a"], expected["a"], rtol=1e-6)


def test_a_parameter_that_may_not_be_written() -> None:
    optimizer, params = Lion(), arrays(0)
    state = optimizer.apply_in_place(params, arrays(1), optimizer.init(params))
    params["0"].flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        optimizer.apply_in_place(params, arrays(1), state)
