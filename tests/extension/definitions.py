"""The definitions of DESIGN, section 2.1, as a user writes them."""

from __future__ import annotations

from typing import Any

import dovetail as dt


@dt.activation
def mish(x):
    """Mish. Misra 2019, arXiv:1908.08681."""
    return x * dt.tanh(dt.softplus(x))


@dt.op
def swiglu(x, gate):
    return x * gate * dt.sigmoid(gate)


@dt.loss
def focal(logits, labels, gamma=2.0):
    """Focal loss. Lin et al. 2017, arXiv:1708.02002."""
    log_p = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]
    return -((1.0 - dt.exp(log_p)) ** gamma) * log_p


class RMSNorm(dt.Layer):
    """Root-mean-square normalisation. Zhang & Sennrich 2019, arXiv:1910.07467."""

    features: int = dt.from_input(axis=-1)
    eps: float = 1e-6
    scale = dt.Parameter("features", init="ones")

    def forward(self, x):
        return x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + self.eps) * self.scale


class BatchNorm(dt.Layer):
    features: int = dt.from_input(axis=-1)
    momentum: float = 0.99
    eps: float = 1e-3
    scale = dt.Parameter("features", init="ones")
    bias = dt.Parameter("features", init="zeros")
    running_mean = dt.State("features", init="zeros")
    running_var = dt.State("features", init="ones")

    def forward(self, x, *, training=False):
        mean, var = self.running_mean, self.running_var
        if training:
            mean = dt.mean(x, axis=0)
            var = dt.mean((x - mean) ** 2, axis=0)
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        return (x - mean) * dt.rsqrt(var + self.eps) * self.scale + self.bias


class Dense(dt.Layer):
    units: int
    use_bias: bool = True
    inputs: int = dt.from_input(axis=-1)
    kernel = dt.Parameter("inputs", "units", init="glorot_uniform")
    bias = dt.Parameter("units", init="zeros", when="use_bias")

    def forward(self, x):
        y = x @ self.kernel
        return y + self.bias if self.use_bias else y


class Block(dt.Layer):
    """A layer that holds layers: one field, and a list of them."""

    width: int
    norm: dt.Layer
    stack: Any

    def forward(self, x, *, training=False):
        x = self.norm(x, training=training)
        for layer in self.stack:
            x = layer(x)
        return x


class Lion(dt.Optimizer):
    """Lion. Chen et al. 2023, arXiv:2302.06675."""

    lr: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0
    momentum = dt.State(like="param", init="zeros")

    def update(self, param, grad):
        direction = dt.sign(self.beta1 * self.momentum + (1 - self.beta1) * grad)
        self.momentum = self.beta2 * self.momentum + (1 - self.beta2) * grad
        return param - self.lr * (direction + self.weight_decay * param)


class Momentum(dt.Optimizer):
    lr: float = 0.1
    momentum: float = 0.9
    velocity = dt.State(like="param")

    def update(self, param, grad):
        self.velocity = self.momentum * self.velocity + grad
        return param - self.lr * self.velocity


class AdamW(dt.Optimizer):
    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    first = dt.State(like="param")
    second = dt.State(like="param")

    def update(self, param, grad):
        self.first = self.beta1 * self.first + (1 - self.beta1) * grad
        self.second = self.beta2 * self.second + (1 - self.beta2) * grad * grad
        mean = self.first / (1 - self.beta1**self.step)
        square = self.second / (1 - self.beta2**self.step)
        decayed = param - self.lr * self.weight_decay * param
        return decayed - self.lr * mean / (dt.sqrt(square) + self.eps)
