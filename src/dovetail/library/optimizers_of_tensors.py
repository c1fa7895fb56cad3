"""Optimizers that compute with a whole parameter: its norms, rows, columns, singular values.

The notation is that of optimizers.py; |.| is the Euclidean norm of all elements.
"""

from __future__ import annotations

import math
from typing import Any

from dovetail.extension.optimizer import Optimizer, Scheduled
from dovetail.extension.parameters import State
from dovetail.language.namespace import NAMESPACE as dt

__all__ = ["LAMB", "LARS", "Adafactor", "Muon", "NovoGrad"]


def _norm(x: Any) -> Any:
    return dt.sqrt(dt.sum(x * x))


def _trust_ratio(param: Any, direction: Any, coefficient: Any = 1.0, eps: Any = 0.0) -> Any:
    """coefficient |p| / (|d| + eps), or 1 where either norm is 0."""
    own, other = _norm(param), _norm(direction)
    known = (own > 0) & (other > 0)
    return dt.where(known, coefficient * own / dt.where(known, other + eps, 1.0), 1.0)


class LARS(Optimizer):
    """SGD whose rate for each parameter is in proportion to its norm.

        g <- g + weight_decay p
        v <- momentum v + lr trust |p| / (|g| + eps) g       (1 in place of the ratio for a norm 0)
        p <- p - v

    You, Gitman & Ginsburg 2017, arXiv:1708.03888; one norm of the sum, as in Optax.
    """

    lr: Scheduled = 0.1
    momentum: Scheduled = 0.9
    weight_decay: Scheduled = 0.0
    trust: float = 1e-3
    eps: float = 0.0
    velocity = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        grad = grad + self.weight_decay * param
        scale = _trust_ratio(param, grad, self.trust, self.eps)
        self.velocity = self.momentum * self.velocity + self.lr * scale * grad
        return param - self.velocity


class LAMB(Optimizer):
    """AdamW whose step for each parameter is in proportion to its norm.

        m, v as in Adam
        r = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay p
        p <- p - lr |p| / |r| r                              (1 in place of the ratio for a norm 0)

    You et al. 2020, arXiv:1904.00962, with phi(x) = x.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-6
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    variance = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        mean = self.mean / (1 - self.beta1**self.step)
        scale = dt.sqrt(self.variance / (1 - self.beta2**self.step)) + self.eps
        direction = mean / scale + self.weight_decay * param
        return param - self.lr * _trust_ratio(param, direction) * direction


class NovoGrad(Optimizer):
    """Adam with one variance for each parameter: the square of its gradient's norm.

        v <- |g|^2 in the first step, later beta2 v + (1 - beta2) |g|^2
        m <- beta1 m + g / (sqrt(v) + eps) + weight_decay p
        p <- p - lr m

    Ginsburg et al. 2019, arXiv:1905.11286.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.25
    eps: float = 1e-6
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    variance = State(shape=lambda shape: ())

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        square = dt.sum(grad * grad)
        later = self.beta2 * self.variance + (1 - self.beta2) * square
        self.variance = dt.where(self.step < 2, square, later)
        scaled = grad / (dt.sqrt(self.variance) + self.eps) + self.weight_decay * param
        self.mean = self.beta1 * self.mean + scaled
        return param - self.lr * self.mean


def _is_matrix(shape: tuple[int, ...]) -> bool:
    return len(shape) >= 2


class Adafactor(Optimizer):
    """Adam without a mean, whose variance of a matrix is the product of its rows' and columns'.

        b = 1 - t^-decay;  s = g^2 + eps;  a = max(least, rms(p)) min(lr, 1 / sqrt(t))
        r <- b r + (1 - b) mean(s over columns);  c <- b c + (1 - b) mean(s over rows)
        u = g / sqrt(r c / mean(r))               (vectors: v <- b v + (1 - b) s, u = g / sqrt(v))
        p <- p - lr weight_decay p - a u / max(1, rms(u) / clip)

    rms(x) = |x| / sqrt(the number of its elements). Of more dimensions the last two are the matrix.
    Shazeer & Stern 2018, arXiv:1804.04235, algorithms 4 and 6. Defaults and weight decay as in
    PyTorch, which bounds the variance from below where the paper adds eps to the square.
    """

    lr: Scheduled = 0.01
    decay: float = 0.8
    eps: float = 1e-30
    least: float = 1e-3
    clip: float = 1.0
    weight_decay: Scheduled = 0.0
    row = State(shape=lambda shape: shape[:-1] if _is_matrix(shape) else (0,))
    column = State(shape=lambda shape: (*shape[:-2], shape[-1]) if _is_matrix(shape) else (0,))
    variance = State(shape=lambda shape: (0,) if _is_matrix(shape) else shape)

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        beta = 1 - self.step ** (-self.decay)
        square = grad * grad + self.eps
        if _is_matrix(param.shape):
            self.row = beta * self.row + (1 - beta) * dt.mean(square, axis=-1)
            self.column = beta * self.column + (1 - beta) * dt.mean(square, axis=-2)
            mean = dt.mean(self.row, axis=-1, keepdims=True)
            rows = dt.rsqrt(self.row / mean)[..., None]
            direction = grad * rows * dt.rsqrt(self.column)[..., None, :]
        else:
            self.variance = beta * self.variance + (1 - beta) * square
            direction = grad * dt.rsqrt(self.variance)
        rate = dt.minimum(self.lr, dt.rsqrt(self.step))
        rate = rate * dt.maximum(dt.sqrt(dt.mean(param * param)), self.least)
        size = dt.sqrt(dt.mean(direction * direction)) / self.clip
        param = param - param * self.weight_decay * self.lr
        return param - rate * direction / dt.maximum(size, 1.0)


# x -> a x + b x^3 + c x^5 brings singular values to about 1. Jordan et al. 2024,
# https://kellerjordan.github.io/posts/muon
_QUINTIC = 3.4445, -4.7750, 2.0315


class Muon(Optimizer):
    """The mean gradient of a matrix, with its singular values brought to about 1.

        m <- momentum m + (1 - momentum) g
        d = momentum m + (1 - momentum) g if nesterov, else m
        p <- p - lr weight_decay p - lr scale newton_schulz(d)

    newton_schulz(d): x = d / (|d| + 1e-7), then `iterations` times
    x <- a x + (b x x' + c (x x')^2) x. `scale` is sqrt(max(1, rows / columns)); with `match_rms` it
    is 0.2 sqrt(max(rows, columns)), so that lr and weight decay are AdamW's (Liu et al. 2025,
    arXiv:2502.16982).
    Scalars and vectors, and other parameters where `matrices` is false (give a group of them to
    `with_groups`: embeddings and the last layer), follow AdamW with `adam_lr`; so do those of more
    than two dimensions, unless `output_axis`, 0 or -1, says which axis counts the rows of a matrix
    (0 for PyTorch's convolutions, -1 for Dovetail's and Keras'). Computed in the type of the
    parameter, where others take bfloat16.
    """

    lr: Scheduled = 0.02
    momentum: float = 0.95
    weight_decay: Scheduled = 0.0
    adam_lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    nesterov: bool = True
    iterations: int = 5
    match_rms: bool = False
    matrices: bool = True
    output_axis: int | None = None
    mean = State(like="param")
    variance = State(shape=lambda rule, shape: (0,) if rule.is_matrix(len(shape)) else shape)

    def is_matrix(self, dimensions: int) -> bool:
        """Whether a parameter of so many dimensions is a matrix here."""
        more = dimensions > 2 and self.output_axis is not None
        return self.matrices and (dimensions == 2 or more)

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        if not self.is_matrix(param.ndim):
            return self._adam(param, grad)
        self.mean = self.momentum * self.mean + (1 - self.momentum) * grad
        ahead = self.momentum * self.mean + (1 - self.momentum) * grad
        direction = ahead if self.nesterov else self.mean
        last = param.ndim > 2 and self.output_axis == -1
        # The product is written out, since -1 is not defined where there are no elements.
        left = math.prod(param.shape[:-1] if last else param.shape[:1])
        right = math.prod(param.shape[-1:] if last else param.shape[1:])
        matrix = dt.reshape(direction, (left, right))
        matrix = dt.matrix_transpose(matrix) if last else matrix
        rows, columns = matrix.shape
        scale = max(1.0, rows / max(columns, 1)) ** 0.5
        if self.match_rms:
            scale = 0.2 * max(rows, columns) ** 0.5
        step = self._orthogonal(matrix) * scale
        step = dt.reshape(dt.matrix_transpose(step) if last else step, param.shape)
        return param - self.lr * (self.weight_decay * param + step)

    def _orthogonal(self, matrix: Any) -> Any:
        """Newton and Schulz' iteration, on the side that has fewer rows."""
        tall = matrix.shape[0] > matrix.shape[1]
        x = dt.matrix_transpose(matrix) if tall else matrix
        x = x / (_norm(x) + 1e-7)
        a, b, c = _QUINTIC
        for _ in range(self.iterations):
            gram = x @ dt.matrix_transpose(x)
            x = a * x + (b * gram + c * (gram @ gram)) @ x
        return dt.matrix_transpose(x) if tall else x

    def _adam(self, param: Any, grad: Any) -> Any:
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        mean = self.mean / (1 - self.beta1**self.step)
        scale = dt.sqrt(self.variance / (1 - self.beta2**self.step)) + self.eps
        return param - self.adam_lr * (mean / scale + self.weight_decay * param)
