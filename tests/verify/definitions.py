"""Definitions to check; many are wrong on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

import dovetail as dt
from dovetail.extension.loss import Loss


@dt.activation
def bend(x):
    return x * dt.tanh(dt.softplus(x))


@dt.activation
def plain_exp(x):
    return dt.exp(x)


@dt.activation
def hinge_at_zero(x):
    return dt.relu(x)


@dt.activation
def held(x):
    return dt.clip(x, -1.0, 1.0)


@dt.op
def product(x, y):
    return x * dt.sigmoid(y)


@dt.op
def larger(x, y):
    return dt.maximum(x, y)


@dt.op
def rows(x):
    return dt.softmax(x, axis=-1)


# Wrong definitions.


@dt.activation
def overflows(x):
    """exp(2 x) overflows at 44.4; the logarithm of the sum is about 2 x there."""
    return dt.log(1.0 + dt.exp(x) + dt.exp(2.0 * x))


@dt.activation
def swallows(x):
    return dt.where(x > 0, x, 0.0)


@dt.op
def size_inside(x):
    return dt.sum(x, axis=-1) / x.shape[-1]


@dt.activation
def misdeclared(x):
    return dt.sin(x)


@misdeclared.vjp
def _(x, *, out, cotangent):
    return cotangent * dt.cos(x) * 1.001


@dt.activation
def straight_through(x):
    return dt.sign(x)


@straight_through.vjp(surrogate=True)
def _(x, *, out, cotangent):
    return cotangent


@dt.activation
def well_declared(x):
    return dt.sin(x)


@well_declared.vjp
def _(x, *, out, cotangent):
    return cotangent * dt.cos(x)


@dt.op
def unreachable(x):
    return dt.log(-1.0 - dt.abs(x))


@dt.op
def labelled(x, labels):
    return dt.take_along_axis(x, labels[..., None], axis=-1)[..., 0]


@labelled.samples
def _(rng):
    return rng.normal(size=(7, 3)), rng.integers(0, 3, 7)


@dt.op
def badly_sampled(x, y):
    return x @ y


@badly_sampled.samples
def _(rng):
    return np.ones((2, 3)), np.ones((2, 3))


@dt.loss
def square(predictions, targets):
    return dt.mean((predictions - targets) ** 2, axis=-1)


@dt.loss
def averages_by_itself(predictions, targets):
    return dt.mean((predictions - targets) ** 2)


class _Unbiased(Loss):
    """Divides the sum by n - 1."""

    def evaluate(self, args: Any, kwargs: dict[str, Any]) -> Any:
        losses = super().evaluate(args, {**kwargs, "reduction": "none"})
        how = kwargs["reduction"]
        if how == "none":
            return losses
        total = dt.sum(losses)
        return total if how == "sum" else total / (losses.shape[0] - 1)


class _SumMeansMean(Loss):
    def evaluate(self, args: Any, kwargs: dict[str, Any]) -> Any:
        how = "mean" if kwargs["reduction"] == "sum" else kwargs["reduction"]
        return super().evaluate(args, {**kwargs, "reduction": how})


unbiased = _Unbiased(square.definition, name="unbiased")
sum_means_mean = _SumMeansMean(square.definition, name="sum_means_mean")


# Layers.


class Scale(dt.Layer):
    features: int = dt.from_input(axis=-1)
    momentum: float = 0.9
    scale = dt.Parameter("features", init="ones")
    seen = dt.State("features", init="zeros")

    def forward(self, x, *, training=False):
        if training:
            self.seen = self.momentum * self.seen + (1 - self.momentum) * dt.mean(x, axis=0)
        return (x - self.seen) * self.scale


class Transposes(dt.Layer):
    """Stores its kernel with another shape than declared."""

    features: int = dt.from_input(axis=-1)
    kernel = dt.Parameter("features", 3, init="ones")

    def keep_array(self, name: str, array: Any) -> None:
        super().keep_array(name, array.T if array.shape[0] != 3 else array)

    def forward(self, x):
        kernel = self.kernel
        return x @ (kernel if kernel.shape[0] == x.shape[-1] else dt.matrix_transpose(kernel))


class Restless(Scale):
    """Updates its state in evaluation too."""

    def __call__(self, *inputs: Any, training: Any = None, **kwargs: Any) -> Any:
        super().__call__(*inputs, training=True, **kwargs)
        return super().__call__(*inputs, training=training, **kwargs)


class Stuck(Scale):
    """Never stores the new state."""

    def __call__(self, *inputs: Any, training: Any = None, **kwargs: Any) -> Any:
        before = {path: np.array(a) for path, a in self.states().items()}
        result = super().__call__(*inputs, training=training, **kwargs)
        if self._binding is None and before:
            self.load(before)
        return result


class Forgets(Scale):
    """Its state is not saved."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "seen" in self._arrays:
            self._arrays["seen"] = np.zeros_like(self._arrays["seen"])


class Hidden(dt.Layer):
    """Its result depends on an attribute that is not a field."""

    factor: float = 1.0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        Hidden.made += 1
        self.gain = float(Hidden.made)

    def forward(self, x):
        return x * self.factor * self.gain


Hidden.made = 0


class Unseeded(dt.Layer):
    """Draws its parameter from an unseeded generator."""

    features: int = dt.from_input(axis=-1)
    scale = dt.Parameter(
        "features", init=lambda rng, shape, dtype: np.random.default_rng().normal(size=shape)
    )

    def forward(self, x):
        return x * self.scale


# Optimizers.


class Descent(dt.Optimizer):
    lr: float = 0.01
    decay: float = 0.9
    mean = dt.State(like="param", init="zeros")

    def update(self, param, grad):
        self.mean = self.decay * self.mean + (1 - self.decay) * grad
        return param - self.lr * self.mean / (1 - self.decay**self.step)


class Ascends(Descent):
    def update(self, param, grad):
        return param + self.lr * grad


class CountsFromZero(Descent):
    def apply(
        self, params: Any, grads: Any, state: Any, *, again: Any = None, hessian: Any = None
    ) -> Any:
        new, after = super().apply(params, grads, {**state, "step": max(state["step"] - 1, 0)})
        return new, {**after, "step": state["step"] + 1}


class SkipsCount(Descent):
    def apply(
        self, params: Any, grads: Any, state: Any, *, again: Any = None, hessian: Any = None
    ) -> Any:
        new, after = super().apply(params, grads, state)
        return new, {**after, "step": state["step"] + 2}


class IgnoresNorm(Descent):
    def _norm_factor(self, gradients: Any, hyper: Any) -> float:
        return 1.0


class IgnoresValue(Descent):
    def apply(
        self, params: Any, grads: Any, state: Any, *, again: Any = None, hessian: Any = None
    ) -> Any:
        limit, self.clip_value = self.clip_value, None
        try:
            return super().apply(params, grads, state)
        finally:
            self.clip_value = limit


class OnlyDown(Descent):
    def apply(
        self, params: Any, grads: Any, state: Any, *, again: Any = None, hessian: Any = None
    ) -> Any:
        up, self.maximize = self.maximize, False
        try:
            return super().apply(params, grads, state)
        finally:
            self.maximize = up


class Drifts(Descent):
    def apply(
        self, params: Any, grads: Any, state: Any, *, again: Any = None, hessian: Any = None
    ) -> Any:
        new, after = super().apply(params, grads, state)
        return {name: a * (1 + 1e-6) for name, a in new.items()}, after


class TwiceInPlace(Descent):
    def apply_in_place(
        self, params: Any, grads: Any, state: Any, *, again: Any = None, hessian: Any = None
    ) -> Any:
        super().apply_in_place(params, grads, dict(state))
        return super().apply_in_place(params, grads, state)


class WritesInputs(Descent):
    def apply(
        self, params: Any, grads: Any, state: Any, *, again: Any = None, hessian: Any = None
    ) -> Any:
        after = super().apply_in_place(params, grads, dict(state))
        return {name: np.array(a) for name, a in params.items()}, after


class LosesState(Descent):
    """Its rate is not saved."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({**state, "lr": 0.5})
