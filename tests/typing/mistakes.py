"""A user's file: a type checker reports the lines that are marked, and no others."""

from typing import Any

import numpy as np

import dovetail as dt


@dt.activation
def mish(x: Any, slope: float = 1.0) -> Any:
    return x * dt.tanh(dt.softplus(x)) * slope


@dt.op
def swiglu(x: Any, gate: Any) -> Any:
    return x * gate * dt.sigmod(gate)  # wrong


@dt.loss
def focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    return dt.softmax(logits, axes=-1) ** gamma * labels  # wrong


class RMSNorm(dt.Layer):
    features: int = dt.from_input(axis=-1)
    eps: float = 1e-6
    scale = dt.Parameter("features", init="ones")

    def forward(self, x: Any) -> Any:
        return x * self.scale * dt.mean(x, axis="last")  # wrong


class Lion(dt.Optimizer):
    lr: float = 1e-4

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * grad


class Block(dt.Model):
    units: int
    norm: RMSNorm

    def forward(self, x: Any) -> Any:
        return self.norm(x)


x = np.ones((3, 4), np.float32)

mish()  # wrong
mish(x, x)  # wrong
mish(x, slop=2.0)  # wrong
mish(x, slope="2")  # wrong
swiglu(x)  # wrong
swiglu(x, x, x)  # wrong
focal(x)  # wrong
focal(x, x, gama=1.0)  # wrong
focal(x, x, reduction="average")  # wrong
dt.huber(x, x, gamma=1.0)  # wrong

dt.exp("x")  # wrong
dt.exp(x, x)  # wrong
dt.concat(x, x)  # wrong
dt.leaky_relu(x, slope=0.1)  # wrong

dt.grad(mish)(x, slop=2.0)  # wrong
dt.grad(mish, argnum=1)  # wrong
dt.vmap(mish)(x, slope="2")  # wrong
dt.vjp(mish, x, slop=2.0)  # wrong

RMSNorm(epsilon=1e-5)  # wrong
RMSNorm("4")  # wrong
RMSNorm(4, 1e-5, 0)  # wrong
RMSNorm(scale=x)  # wrong
RMSNorm(seed="0")  # wrong
Block(4)  # wrong
dt.Dense()  # wrong
dt.Dense(4, bias=False)  # wrong

Lion(lr="fast")  # wrong
Lion(1e-3, 1.0)  # wrong
Lion(clip_nrm=1.0)  # wrong
dt.Adam(0.1, beta_1=0.9)  # wrong
dt.Adam(maximize="yes")  # wrong
