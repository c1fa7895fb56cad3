"""Three pieces that no framework has: an activation, a loss and an optimizer.

Each is written once, as array maths. Dovetail derives the gradients and compiles the rest.
"""

import dovetail as dt


@dt.activation
def glide(x):
    """x (1 + softsign(x)) / 2: smooth, without an exponential, bounded on the left."""
    return 0.5 * x * (1.0 + x / (1.0 + dt.abs(x)))


@dt.loss
def careful(logits, labels, gamma=1.0, smoothing=0.05):
    """A focal loss on smoothed labels: easy examples and overconfidence count less."""
    log_p = dt.log_softmax(logits, axis=-1)
    right = dt.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]
    focal = (1.0 - dt.exp(right)) ** gamma * right
    return -(1.0 - smoothing) * focal - smoothing * dt.mean(log_p, axis=-1)


class Stride(dt.Optimizer):
    """Adam with the mean magnitude of the gradients in place of their root mean square."""

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.1
    mean = dt.State(like="param", init="zeros")
    size = dt.State(like="param", init="zeros")

    def update(self, param, grad):
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.size = self.beta2 * self.size + (1 - self.beta2) * dt.abs(grad)
        mean = self.mean / (1 - self.beta1**self.step)
        size = self.size / (1 - self.beta2**self.step)
        return param - self.lr * (mean / (size + 1e-8) + self.weight_decay * param)
