"""Shapes from fields that are tuples, first values from fields, states in a parameter's type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors
from tests.hosts.declared_arrays import Kept, Scaled


def test_a_field_may_hold_several_dimensions_and_the_first_value() -> None:
    layer = Scaled((2, 3), lead=2)
    assert layer.scale.shape == (2, 2, 3)
    np.testing.assert_array_equal(layer.scale, 0.5)
    np.testing.assert_array_equal(layer.calls, np.full((2, 3), 0.5, np.float32))
    assert Scaled((), start=2.0).scale.shape == (1,)
    np.testing.assert_array_equal(Scaled((2,), start="ones").scale, 1.0)
    counted = Scaled((4,), start=lambda rng, shape, dtype: np.ones(shape) * np.arange(shape[-1]))
    np.testing.assert_array_equal(counted.calls, np.arange(4))
    drawn = [Scaled((8,), start="normal", seed=seed).scale for seed in (0, 0, 1)]
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()
    x = np.ones((5, 2, 3), np.float32)
    np.testing.assert_array_equal(layer(x, training=True), x)
    np.testing.assert_array_equal(layer.calls, 1.5)
    assert dt.from_config(dt.get_config(layer)).scale.shape == (2, 2, 3)


@pytest.mark.parametrize("shape", [(2, -1), (2, 1.5), (True,), "ab", None], ids=str)
def test_what_is_no_size_is_refused(shape: Any) -> None:
    with pytest.raises(errors.DefinitionError, match=r"Scaled.*'shape'"):
        Scaled(shape).build((3, 2))


def test_a_name_that_is_neither_a_field_nor_an_initial_value() -> None:
    with pytest.raises(errors.ArgumentError, match="zeros, ones"):
        Scaled((2,), start="wrong").build((3, 2))


def test_states_of_an_optimizer_in_the_type_of_the_parameter() -> None:
    for dtype in (np.float64, np.float32, np.float16):
        params = {"w": np.zeros(4, dtype)}
        optimizer = Kept(first=0.5)
        state: Any = optimizer.init(params)
        assert state["steps"]["w"].shape == (2, 3)
        assert state["steps"]["w"].dtype == dtype
        assert state["wide"]["w"].dtype == np.float32  # as declared before: not the parameter's
        np.testing.assert_array_equal(state["total"]["w"], 0.5)
        new, state = optimizer.apply(params, {"w": np.ones(4, dtype)}, state)
        np.testing.assert_allclose(new["w"], -0.15, rtol=2e-3)
        np.testing.assert_array_equal(state["steps"]["w"], np.full((2, 3), 1.5, dtype))
        assert state["steps"]["w"].dtype == dtype


class Grouped(dt.Layer):
    """A sum over the neighbours of each group."""

    groups: int = 2
    features: int = dt.from_input(axis=-1)
    weight = dt.Parameter("groups", "features / groups", init="ones")

    def forward(self, x: Any) -> Any:
        return dt.reshape(x, (*x.shape[:-1], *self.weight.shape)) * self.weight


def test_a_dimension_may_be_the_quotient_of_two_fields() -> None:
    layer = Grouped(3)
    assert layer(np.ones((4, 6))).shape == (4, 3, 2)
    assert layer.weight.shape == (3, 2)
    loaded = Grouped(3)
    loaded.load({"weight": np.zeros((3, 5), np.float32)})  # which gives the size of the input
    assert loaded.features == 15
    assert Grouped(2, 8).weight.shape == (2, 4)
    for groups in (4, 0):
        with pytest.raises(errors.DefinitionError, match=rf"6 / {groups}(.*\n)*.*divides features"):
            Grouped(groups).build((4, 6))
    with pytest.raises(errors.DefinitionError, match=r"'grups'.*no such field"):

        class Wrong(Grouped):
            weight = dt.Parameter("features / grups")

        Wrong().build((4, 6))
