"""A user's file: every public kind, defined and used. A type checker reports nothing."""

from typing import Any

import numpy as np

import dovetail as dt


class Tensor:
    """An array of some framework."""

    shape: tuple[int, ...] = ()
    dtype: str = "float32"


@dt.activation
def mish(x: Any, slope: float = 1.0) -> Any:
    """Mish."""
    return x * dt.tanh(dt.softplus(x)) * slope


@mish.vjp(surrogate=True)
def _(x: Any, *, out: Any, cotangent: Any) -> Any:
    return cotangent


@dt.op
def swiglu(x: Any, gate: Any) -> Any:
    return x * gate * dt.sigmoid(gate)


@swiglu.vjp
def _(x: Any, gate: Any, *, out: Any, cotangent: Any) -> Any:
    return cotangent, cotangent


@dt.loss
def focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    log_p = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]
    return -((1.0 - dt.exp(log_p)) ** gamma) * log_p


@focal.samples
def _(rng: np.random.Generator) -> Any:
    return rng.normal(size=(3, 4)), rng.integers(0, 4, 3)


@dt.loss(targets="labels")
def cross_entropy(logits: Any, labels: Any) -> Any:
    return -dt.take_along_axis(dt.log_softmax(logits), labels[..., None], axis=-1)[..., 0]


class RMSNorm(dt.Layer):
    features: int = dt.from_input(axis=-1)
    eps: float = 1e-6
    scale = dt.Parameter("features", init="ones")
    passes = dt.State(init="zeros")
    key = dt.RandomKey()

    def forward(self, x: Any, *, training: bool = False) -> Any:
        self.passes = self.passes + 1
        y = dt.dropout(x, self.key) if training else x
        return y * dt.rsqrt(dt.mean(y * y, axis=-1, keepdims=True) + self.eps) * self.scale


class Lion(dt.Optimizer):
    lr: float = 1e-4
    beta1: float = 0.9
    momentum = dt.State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        self.momentum = self.beta1 * self.momentum + (1 - self.beta1) * grad
        return param - self.lr * dt.sign(self.momentum) / self.step


class Block(dt.Model):
    units: int
    norm: RMSNorm

    def forward(self, x: Any) -> Any:
        return self.norm(x)


class WithItsOwnInit(dt.Layer):
    def __init__(self, width: int) -> None:
        super().__init__(seed=0)
        self.inner = dt.Dense(width)

    def forward(self, x: Any) -> Any:
        return self.inner(x)


x = np.ones((3, 4), np.float32)
labels = np.zeros(3, np.int64)

mish(x)
mish(x, 2.0)
mish(x=Tensor(), slope=2)
swiglu(x, gate=x)
focal(x, labels, gamma=3)
focal(x, labels, reduction="sum")
focal(x, labels, 3.0, reduction="none")
cross_entropy(x, labels, ignore_index=-1)
dt.huber(x, x, delta=2.0, reduction="sum")
print(mish.torch, focal.keras, RMSNorm.jax, Lion.tensorflow, mish.numpy)

dt.exp(Tensor())
dt.exp(2.0)
dt.add(x, 1)
dt.sum(x, axis=(0, 1), keepdims=True)
dt.concat([x, x], axis=0)
dt.where(x > 0, x, 0.0)
dt.astype(x, dt.float32)

dt.grad(focal, argnums=(0,))(x, labels, gamma=2.0)
dt.grad(focal)(x, labels, reduction="sum")
value, gradient = dt.value_and_grad(focal)(x, labels)
dt.vmap(mish, in_axes=1)(x, slope=2.0)
value, pullback = dt.vjp(mish, x, slope=2.0)
cotangents = pullback(value)
value, tangent = dt.jvp(swiglu, (x, x), (x, x))

RMSNorm()
RMSNorm(4, 1e-5)
layer = RMSNorm(eps=1e-5, seed=0)
layer(layer(x), training=True)
names = {layer: "a layer can be a key"}
parameters, states = layer.pure(x).init(0)
Block(4, RMSNorm())
WithItsOwnInit(3)

Lion()
Lion(1e-3, clip_norm=1.0, maximize=True)
dt.Adam(lambda step: 1e-3 / step, clip_value=1)
dt.SGD(0.1, 0.9, nesterov=True)

model = dt.Sequential(dt.Dense(64, "relu"), mish, dt.Dense(10, dt.relu, use_bias=False), seed=1)
model.compile(optimizer=dt.Adam(1e-3), loss=cross_entropy, metrics=["accuracy"])
history = model.fit(x, labels, epochs=1, batch_size=2, validation_data=(x, labels))
dt.check(mish)
dt.show(mish, x)
