"""Optimizers, each as the update of one parameter.

In the equations p is the parameter, g its gradient, t the step counted from 1; <- assigns. Every
optimizer also takes `clip_norm=`, `clip_value=` and `maximize=`.
"""

from __future__ import annotations

from typing import Any

from dovetail.extension.optimizer import Optimizer, Scheduled
from dovetail.extension.parameters import State
from dovetail.language.namespace import NAMESPACE as dt

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Lion", "NAdam", "RMSprop"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum as PyTorch states it.

        g <- g + weight_decay p
        v <- momentum v + g
        p <- p - lr v                       (nesterov: p - lr (g + momentum v))

    Polyak 1964, doi:10.1016/0041-5553(64)90137-5; Nesterov's form as in Sutskever et al.
    2013. Keras folds lr into v, which is the same as long as lr does not change.
    """

    lr: Scheduled = 0.01
    momentum: Scheduled = 0.0
    weight_decay: Scheduled = 0.0
    nesterov: bool = False
    velocity = State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        grad = grad + self.weight_decay * param
        self.velocity = self.momentum * self.velocity + grad
        direction = grad + self.momentum * self.velocity if self.nesterov else self.velocity
        return param - self.lr * direction


class Adam(Optimizer):
    """Adam, with weight decay added to the gradient.

        g <- g + weight_decay p
        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    Kingma & Ba 2015, arXiv:1412.6980. `eps` is 1e-8 as in the paper and PyTorch (Keras: 1e-7).
    `amsgrad`: the largest v so far in place of v, as in both. Reddi et al. 2018, arXiv:1904.09237.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    amsgrad: bool = False
    mean = State(like="param", init="zeros")
    variance = State(like="param", init="zeros")
    largest = State(like="param", init="zeros", when="amsgrad")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        grad = grad + self.weight_decay * param
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        mean = self.mean / (1 - self.beta1**self.step)
        second = self.variance
        if self.amsgrad:
            second = self.largest = dt.maximum(self.largest, second)
        variance = second / (1 - self.beta2**self.step)
        return param - self.lr * mean / (dt.sqrt(variance) + self.eps)


class AdamW(Optimizer):
    """Adam with weight decay decoupled from the gradient.

        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps) - lr weight_decay p

    Loshchilov & Hutter 2019, arXiv:1711.05101. `weight_decay` is 0.01 as in PyTorch
    (Keras: 0.004). `amsgrad` as in Adam.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: Scheduled = 0.01
    amsgrad: bool = False
    mean = State(like="param", init="zeros")
    variance = State(like="param", init="zeros")
    largest = State(like="param", init="zeros", when="amsgrad")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        mean = self.mean / (1 - self.beta1**self.step)
        second = self.variance
        if self.amsgrad:
            second = self.largest = dt.maximum(self.largest, second)
        variance = second / (1 - self.beta2**self.step)
        direction = mean / (dt.sqrt(variance) + self.eps)
        return param - self.lr * (direction + self.weight_decay * param)


class NAdam(Optimizer):
    """Adam with Nesterov's look-ahead, at a constant beta1.

        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        d <- beta1 m / (1 - beta1^(t+1)) + (1 - beta1) g / (1 - beta1^t)
        p <- p - lr d / (sqrt(v / (1 - beta2^t)) + eps)

    Dozat 2016, "Incorporating Nesterov momentum into Adam". PyTorch and Keras also warm
    beta1 up over the first steps; this is the paper's algorithm without that schedule.
    """

    lr: Scheduled = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    mean = State(like="param", init="zeros")
    variance = State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        ahead = self.beta1 * self.mean / (1 - self.beta1 ** (self.step + 1))
        ahead = ahead + (1 - self.beta1) * grad / (1 - self.beta1**self.step)
        variance = self.variance / (1 - self.beta2**self.step)
        return param - self.lr * ahead / (dt.sqrt(variance) + self.eps)


class Lion(Optimizer):
    """Lion: the sign of an interpolated momentum.

        d <- sign(beta1 m + (1 - beta1) g)
        m <- beta2 m + (1 - beta2) g
        p <- p - lr (d + weight_decay p)

    Chen et al. 2023, arXiv:2302.06675. Wants an lr three to ten times below AdamW's.
    """

    lr: Scheduled = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: Scheduled = 0.0
    momentum = State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        direction = dt.sign(self.beta1 * self.momentum + (1 - self.beta1) * grad)
        self.momentum = self.beta2 * self.momentum + (1 - self.beta2) * grad
        return param - self.lr * (direction + self.weight_decay * param)


class RMSprop(Optimizer):
    """RMSprop, with momentum on the scaled gradient.

        s <- rho s + (1 - rho) g^2
        v <- momentum v + g / (sqrt(s) + eps)
        p <- p - lr v

    Tieleman & Hinton 2012, lecture 6.5 of "Neural networks for machine learning". Defaults
    as in Keras; PyTorch has lr 0.01, rho 0.99 and eps 1e-8.
    """

    lr: Scheduled = 1e-3
    rho: float = 0.9
    momentum: Scheduled = 0.0
    eps: float = 1e-7
    square = State(like="param", init="zeros")
    velocity = State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.square = self.rho * self.square + (1 - self.rho) * grad * grad
        self.velocity = self.momentum * self.velocity + grad / (dt.sqrt(self.square) + self.eps)
        return param - self.lr * self.velocity


class Adagrad(Optimizer):
    """Adagrad: each element's rate falls with the squares it has seen.

        s <- s + g^2
        p <- p - lr g / (sqrt(s) + eps)

    Duchi, Hazan & Singer 2011, JMLR 12:2121. The sum starts at 0 as in PyTorch (Keras: 0.1).
    """

    lr: Scheduled = 0.01
    eps: float = 1e-10
    square = State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.square = self.square + grad * grad
        return param - self.lr * grad / (dt.sqrt(self.square) + self.eps)
