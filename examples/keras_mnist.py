"""The classic first program of Keras, as it stands and with Dovetail's pieces dropped in.

Run: `KERAS_BACKEND=torch python examples/keras_mnist.py` (or jax, or tensorflow).

The digits are 8,000 images of MNIST to train on and 2,000 held out, which come with Dovetail.
"""

from __future__ import annotations

import argparse
import warnings

import keras
from keras.layers import Dense
from keras.models import Sequential

import dovetail as dt
from dovetail.data import load_digits


@dt.activation
def swirl(x, beta=1.0):
    """x tanh(softplus(beta x)): Mish (Misra 2019, arXiv:1908.08681) with a slope."""
    return x * dt.tanh(dt.softplus(beta * x))


@dt.loss
def focal(probabilities, labels, gamma=1.0):
    """-(1 - p)^gamma log p of the right class. Lin et al. 2017, arXiv:1708.02002."""
    p = dt.take_along_axis(probabilities, labels[..., None], axis=-1)[..., 0]
    return -((1.0 - p) ** gamma) * dt.log(dt.clip(p, 1e-7, 1.0))


class RMSNorm(dt.Layer):
    """x / sqrt(mean(x^2) + eps) scale. Zhang & Sennrich 2019, arXiv:1910.07467."""

    features: int = dt.from_input(axis=-1)
    eps: float = 1e-6
    scale = dt.Parameter("features", init="ones")

    def forward(self, x):
        """The normalised x."""
        return x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + self.eps) * self.scale


class Lion(dt.Optimizer):
    """The sign of a momentum. Chen et al. 2023, arXiv:2302.06675."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.99
    momentum = dt.State(like="param", init="zeros")

    def update(self, param, grad):
        """The parameter after one step."""
        direction = dt.sign(self.beta1 * self.momentum + (1 - self.beta1) * grad)
        self.momentum = self.beta2 * self.momentum + (1 - self.beta2) * grad
        return param - self.lr * direction


def classic():
    """The program as it stands in every introduction."""
    model = Sequential([
        Dense(64, activation="relu", input_shape=(784,)),
        Dense(64, activation="relu"),
        Dense(10, activation="softmax"),
    ])  # fmt: skip
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def with_dovetail():
    """The same with an activation, a layer, a loss and an optimizer of our own."""
    model = Sequential([
        Dense(64, activation=swirl.keras, input_shape=(784,)),
        RMSNorm.keras(),
        Dense(64, activation=swirl.keras),
        Dense(10, activation="softmax"),
    ])  # fmt: skip
    model.compile(
        optimizer=Lion.keras(learning_rate=1e-3), loss=focal.keras(gamma=0.5), metrics=["accuracy"]
    )
    return model


def main(epochs: int = 3, verbose: int = 2) -> dict[str, float]:
    """Train both; the accuracy of each on the digits held out."""
    warnings.filterwarnings("ignore", message="Do not pass an `input_shape`")
    digits = load_digits()
    x_train = digits.x_train.reshape(-1, 784).astype("float32") / 255
    x_test = digits.x_test.reshape(-1, 784).astype("float32") / 255
    found: dict[str, float] = {}
    for make in (classic, with_dovetail):
        keras.utils.set_random_seed(1)
        model = make()
        model.fit(x_train, digits.y_train, epochs=epochs, batch_size=128, verbose=verbose)
        found[make.__name__] = model.evaluate(x_test, digits.y_test, verbose=0)[1]
    for name, accuracy in found.items():
        print(f"{keras.backend.backend():10s} {name:14s} accuracy {accuracy:.4f}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    main(parser.parse_args().epochs)
