"""More optimizers whose update is elementwise; the notation is that of optimizers.py."""

from __future__ import annotations

from typing import Any

from dovetail.extension.optimizer import Optimizer, Scheduled
from dovetail.extension.parameters import State
from dovetail.language.namespace import NAMESPACE as dt

__all__ = [
    "ADOPT", "FTRL", "MADGRAD", "AdEMAMix", "AdaBelief", "Adadelta", "Adamax", "Adan", "LaProp",
    "QHAdam", "RAdam", "Rprop", "SignSGD", "Yogi",
]  # fmt: skip


class SignSGD(Optimizer):
    """The sign of the momentum (signum); of the gradient where `momentum` is 0.

        m <- momentum m + (1 - momentum) g
        p <- p - lr (sign(m) + weight_decay p)

    Bernstein et al. 2018, arXiv:1802.04434.
    """

    lr: Scheduled = 1e-3
    momentum: float = 0.0
    weight_decay: Scheduled = 0.0
    mean = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.mean = self.momentum * self.mean + (1 - self.momentum) * grad
        return param - self.lr * (dt.sign(self.mean) + self.weight_decay * param)


class Adadelta(Optimizer):
    """Adagrad over a window, with units that agree.

        s <- rho s + (1 - rho) g^2
        d <- sqrt(a + eps) / sqrt(s + eps) g
        a <- rho a + (1 - rho) d^2
        p <- p - lr d

    Zeiler 2012, arXiv:1212.5701. Defaults as in PyTorch; Keras has lr 0.001, rho 0.95, eps 1e-7.
    """

    lr: Scheduled = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    weight_decay: Scheduled = 0.0
    square = State(like="param")
    change = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        grad = grad + self.weight_decay * param
        self.square = self.rho * self.square + (1 - self.rho) * grad * grad
        step = dt.sqrt(self.change + self.eps) / dt.sqrt(self.square + self.eps) * grad
        self.change = self.rho * self.change + (1 - self.rho) * step * step
        return param - self.lr * step


class Adamax(Optimizer):
    """Adam with the largest gradient in place of their squares.

        m <- beta1 m + (1 - beta1) g
        u <- max(beta2 u, |g| + eps)
        p <- p - lr m / ((1 - beta1^t) u)

    Kingma & Ba 2015, arXiv:1412.6980, section 7.1. As in PyTorch, eps is part of the largest one
    (Keras and Optax divide by u + eps).
    """

    lr: Scheduled = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    largest = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        grad = grad + self.weight_decay * param
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.largest = dt.maximum(self.beta2 * self.largest, dt.abs(grad) + self.eps)
        return param - self.lr / (1 - self.beta1**self.step) * self.mean / self.largest


class RAdam(Optimizer):
    """Adam that adapts only once the variance of its rate is known.

        m, v as in Adam;  rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
        r = sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho))
        p <- p - lr m / (1 - beta1^t) (r sqrt(1 - beta2^t) / (sqrt(v) + eps) if rho > 5, else 1)

    Liu et al. 2020, arXiv:1908.03265. As in PyTorch; Optax adapts from rho >= 5, and adds eps to
    the corrected square root.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    variance = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        grad = grad + self.weight_decay * param
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        power = self.beta2**self.step
        most = 2 / (1 - self.beta2) - 1
        rho = most - 2 * self.step * power / (1 - power)
        known = rho > 5
        safe = dt.where(known, rho, 6.0)  # no square root of a negative number
        ratio = (safe - 4) * (safe - 2) * most / ((most - 4) * (most - 2) * safe)
        scale = dt.sqrt(ratio * (1 - power)) / (dt.sqrt(self.variance) + self.eps)
        mean = self.mean / (1 - self.beta1**self.step)
        return param - self.lr * mean * dt.where(known, scale, 1.0)


class AdaBelief(Optimizer):
    """Adam with the distance of the gradient from its mean in place of its square.

        m <- beta1 m + (1 - beta1) g
        s <- beta2 s + (1 - beta2) (g - m)^2 + eps
        p <- p - lr (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + eps) - lr weight_decay p

    Zhuang et al. 2020, arXiv:2010.07468. `eps` is 1e-16 as in the authors' code.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-16
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    distance = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        off = grad - self.mean
        self.distance = self.beta2 * self.distance + (1 - self.beta2) * off * off + self.eps
        mean = self.mean / (1 - self.beta1**self.step)
        scale = dt.sqrt(self.distance / (1 - self.beta2**self.step)) + self.eps
        return param - self.lr * (mean / scale + self.weight_decay * param)


class Yogi(Optimizer):
    """Adam whose variance changes by at most the square of the gradient.

        m <- beta1 m + (1 - beta1) g
        v <- v - (1 - beta2) sign(v - g^2) g^2            (from v = 1e-6)
        p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    Zaheer et al. 2018, "Adaptive methods for nonconvex optimization", NeurIPS 31. Starts as in
    Optax.
    """

    lr: Scheduled = 1e-2
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-3
    mean = State(like="param", init=1e-6)
    variance = State(like="param", init=1e-6)

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        square = grad * grad
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        change = dt.sign(self.variance - square) * square
        self.variance = self.variance - (1 - self.beta2) * change
        mean = self.mean / (1 - self.beta1**self.step)
        scale = dt.sqrt(self.variance / (1 - self.beta2**self.step)) + self.eps
        return param - self.lr * mean / scale


class Adan(Optimizer):
    """Nesterov's look-ahead by the difference of successive gradients; d is 0 in the first step.

        d = g - (the gradient before)
        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) d
        n <- beta3 n + (1 - beta3) (g + beta2 d)^2
        a = lr / (sqrt(n / (1 - beta3^t)) + eps)
        p <- (p - a (m / (1 - beta1^t) + beta2 v / (1 - beta2^t))) / (1 + lr weight_decay)

    Xie et al. 2022, arXiv:2208.06677, as in the authors' code, whose betas are one minus the
    paper's. (Optax takes d times one minus beta2.)
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.98
    beta2: float = 0.92
    beta3: float = 0.99
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    difference = State(like="param")
    square = State(like="param")
    before = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        change = dt.where(self.step > 1, grad - self.before, 0.0)
        ahead = grad + self.beta2 * change
        self.before = grad
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.difference = self.beta2 * self.difference + (1 - self.beta2) * change
        self.square = self.beta3 * self.square + (1 - self.beta3) * ahead * ahead
        scale = dt.sqrt(self.square / (1 - self.beta3**self.step)) + self.eps
        mean = self.mean / (1 - self.beta1**self.step)
        difference = self.beta2 * self.difference / (1 - self.beta2**self.step)
        rate: Any = self.lr
        return (param - rate * (mean + difference) / scale) / (1 + rate * self.weight_decay)


class ADOPT(Optimizer):
    """Adam that converges for every beta2: the gradient is scaled by the variance before it.

        t = 1: v <- g^2, and p stays. Later:
        m <- beta1 m + (1 - beta1) clip(g / max(sqrt(v), eps), +-(t - 1)^(1/4))
        p <- p - lr (m + weight_decay p)
        v <- beta2 v + (1 - beta2) g^2

    Taniguchi et al. 2024, arXiv:2411.02853, with the clipping of the authors' second version.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.9999
    eps: float = 1e-6
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    variance = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        first = self.step < 2
        limit = dt.maximum(self.step - 1, 0.0) ** 0.25
        scaled = grad / dt.maximum(dt.sqrt(self.variance), self.eps)
        clipped = dt.minimum(dt.maximum(scaled, -limit), limit)  # 0 in the first step
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * clipped
        later = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        self.variance = dt.where(first, grad * grad, later)
        new = param - self.lr * (self.mean + self.weight_decay * param)
        return dt.where(first, param, new)


class AdEMAMix(Optimizer):
    """AdamW with a second, slow mean of the gradients.

        m1 <- beta1 m1 + (1 - beta1) g
        m2 <- b m2 + (1 - b) g
        v <- beta2 v + (1 - beta2) g^2
        p <- p - lr ((m1 / (1 - beta1^t) + a m2) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay p)

    Without `warmup`, b = beta3 and a = alpha. With it, a rises linearly to alpha in so many steps,
    and b from beta1 to beta3 such that its half-life does. Pagliardini et al. 2024,
    arXiv:2409.03137.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    beta3: float = 0.9999
    alpha: float = 5.0
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    warmup: int = 0
    fast = State(like="param")
    slow = State(like="param")
    variance = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        alpha, beta3 = self.alpha, self.beta3
        if self.warmup:
            part = dt.minimum(self.step / self.warmup, 1.0)
            alpha = self.alpha * part
            first, last = dt.log(self.beta1), dt.log(self.beta3)
            between = dt.exp(first * last / ((1 - part) * last + part * first))
            beta3 = dt.minimum(between, self.beta3)
        self.fast = self.beta1 * self.fast + (1 - self.beta1) * grad
        self.slow = beta3 * self.slow + (1 - beta3) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        mean = self.fast / (1 - self.beta1**self.step) + alpha * self.slow
        scale = dt.sqrt(self.variance / (1 - self.beta2**self.step)) + self.eps
        return param - self.lr * (mean / scale + self.weight_decay * param)


class QHAdam(Optimizer):
    """Adam of quasi-hyperbolic means: between the gradient and its mean.

        m, v as in Adam
        p <- p - lr ((1 - nu1) g + nu1 m / (1 - beta1^t))
                 / (sqrt((1 - nu2) g^2 + nu2 v / (1 - beta2^t)) + eps)

    Ma & Yarats 2019, arXiv:1810.06801; nu1 = nu2 = 1 is Adam.
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.995
    beta2: float = 0.999
    nu1: float = 0.7
    nu2: float = 1.0
    eps: float = 1e-8
    mean = State(like="param")
    variance = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        mean = self.nu1 * self.mean / (1 - self.beta1**self.step)
        variance = self.nu2 * self.variance / (1 - self.beta2**self.step)
        scale = dt.sqrt((1 - self.nu2) * grad * grad + variance) + self.eps
        return param - self.lr * ((1 - self.nu1) * grad + mean) / scale


class LaProp(Optimizer):
    """Adam that scales the gradient before it takes the mean.

        v <- beta2 v + (1 - beta2) g^2
        m <- beta1 m + (1 - beta1) lr g / (sqrt(v / (1 - beta2^t)) + eps)
        p <- p - m / (1 - beta1^t) - lr weight_decay p

    Ziyin, Wang & Ueda 2020, arXiv:2002.04839.
    """

    lr: Scheduled = 4e-4
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-15
    weight_decay: Scheduled = 0.0
    mean = State(like="param")
    variance = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        scale = dt.sqrt(self.variance / (1 - self.beta2**self.step)) + self.eps
        rate: Any = self.lr
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * rate * grad / scale
        step = self.mean / (1 - self.beta1**self.step)
        return param - step - rate * self.weight_decay * param


class MADGRAD(Optimizer):
    """Dual averaging with a cube root, and momentum by averaging.

        s <- s + lr sqrt(t) g
        n <- n + lr sqrt(t) g^2
        p <- momentum p + (1 - momentum) (p_0 - s / (n^(1/3) + eps))

    Defazio & Jelassi 2021, arXiv:2101.11075.
    """

    lr: Scheduled = 1e-2
    momentum: float = 0.9
    eps: float = 1e-6
    weight_decay: Scheduled = 0.0
    start = State(like="param", init="param")
    total = State(like="param")
    squares = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        grad = grad + self.weight_decay * param
        rate = self.lr * dt.sqrt(self.step)
        self.total = self.total + rate * grad
        self.squares = self.squares + rate * grad * grad
        target = self.start - self.total / (self.squares ** (1 / 3) + self.eps)
        return self.momentum * param + (1 - self.momentum) * target


class Rprop(Optimizer):
    """A step for each element, which grows while its gradient keeps the sign. For whole batches.

        f = up if g g_before > 0, down if g g_before < 0, else 1      (at first s = lr)
        s <- clip(s f, least, most);  g <- 0 where f = down;  p <- p - sign(g) s

    Riedmiller & Braun 1993, doi:10.1109/ICNN.1993.298623. As in PyTorch.
    """

    lr: float = 0.01
    down: float = 0.5
    up: float = 1.2
    least: float = 1e-6
    most: float = 50.0
    before = State(like="param")
    size = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        agreement = grad * self.before
        factor = dt.where(agreement > 0, self.up, dt.where(agreement < 0, self.down, 1.0))
        size = dt.where(self.step < 2, self.lr, self.size)
        self.size = dt.minimum(dt.maximum(size * factor, self.least), self.most)
        used = dt.where(agreement < 0, 0.0, grad)
        self.before = used
        return param - dt.sign(used) * self.size


class FTRL(Optimizer):
    """Follow the regularised leader, elementwise: l1 keeps parameters at 0.

        n_new = n + g^2
        z <- z + g + 2 l2_shrinkage p - (n_new^-power - n^-power) / lr p
        p <- (clip(z, -l1, l1) - z) / (n_new^-power / lr + 2 l2 + beta / lr);  n <- n_new

    McMahan et al. 2013, doi:10.1145/2487575.2488200. As in Keras.
    """

    lr: Scheduled = 1e-3
    power: float = -0.5
    l1: float = 0.0
    l2: float = 0.0
    l2_shrinkage: float = 0.0
    beta: float = 0.0
    squares = State(like="param", init=0.1)
    linear = State(like="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        rate: Any = self.lr
        new = self.squares + grad * grad
        after, before = new ** (-self.power), self.squares ** (-self.power)
        used = grad + 2 * self.l2_shrinkage * param
        self.linear = self.linear + used - (after - before) / rate * param
        self.squares = new
        quadratic = after / rate + 2 * self.l2 + self.beta / rate
        clipped = dt.minimum(dt.maximum(self.linear, -self.l1), self.l1)
        return (clipped - self.linear) / quadratic
