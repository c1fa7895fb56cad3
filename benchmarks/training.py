"""Training steps of the same models by Dovetail, JAX with optax, Keras and PyTorch.

Run: `python benchmarks/training.py [--only mission-128] [--without compile] [--seconds 2]`.

Each row trains one model with Adam on the same batches from the same weights. First the losses of
ten steps are compared; then the columns are timed in interleaved rounds. A step is what a user's
loop does: take the batch from arrays in memory, one update, and the loss. Figures are
microseconds: of the wall, the least over the rounds, and the time of all threads of the process.
On a machine that others use, the second is the one to read; it counts threads that wait by
spinning. Then each trains from the first weights until the mean loss of twenty batches is below a
target, and the seconds are shown. `--quick` only shows that everything runs and agrees.

Unset `OPENBLAS_CORETYPE` and `OPENBLAS_L2_SIZE` first, where the environment pins OpenBLAS to an
older processor: the products of NumPy take twice as long with them.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import training_sequences as sequences

TOLERANCE = 2e-4  # of the losses of ten steps, in float32
KERAS_TOLERANCE = 2e-3  # its Adam adds eps elsewhere, which tells where gradients are small
RATE = 1e-3
Array = np.ndarray[Any, Any]
Step = Callable[[Array], Any]  # the rows of a batch; returns the loss


@dataclass(frozen=True)
class Problem:
    """A model and its data. `sizes`: of the layers, or of the embeddings."""

    name: str
    kind: str  # dense, images, factors, lstm or transformer
    batch: int
    sizes: tuple[int, ...]
    examples: int = 8000
    target: float = 0.0  # of the loss

    def data(self) -> tuple[Any, Array]:
        """The inputs and targets."""
        rng = np.random.default_rng(0)
        if self.kind == "factors":
            users, items, _ = self.sizes
            left, right = rng.normal(size=(users, 4)), rng.normal(size=(items, 4))
            rows = rng.integers(0, users, self.examples), rng.integers(0, items, self.examples)
            scores = (left[rows[0]] * right[rows[1]]).sum(1) / 2
            return rows, scores.astype(np.float32)
        from dovetail.data import load_digits  # noqa: PLC0415

        digits = load_digits()
        x = digits.x_train[: self.examples].astype(np.float32) / np.float32(255)
        shape = {"dense": (784,), "images": (28, 28, 1)}.get(self.kind, (28, 28))
        return x.reshape(-1, *shape), digits.y_train

    def weights(self) -> list[Array]:
        """The weights to begin with, in the order of the layers."""
        rng = np.random.default_rng(1)
        ones = sequences.ones(self.kind)
        return [
            (rng.normal(size=shape) / max(1.0, np.prod(shape[:-1])) ** 0.5).astype(np.float32)
            if len(shape) > 1 else np.full(shape, float(number in ones), np.float32)
            for number, shape in enumerate(self._shapes())
        ]  # fmt: skip

    def _shapes(self) -> list[tuple[int, ...]]:
        if self.kind == "factors":
            users, items, width = self.sizes
            return [(users, width), (items, width)]
        if self.kind in SEQUENCES:
            return sequences.shapes(self.kind, *self.sizes)
        if self.kind == "images":
            return [(5, 5, 1, 6), (6,), (5, 5, 6, 16), (16,), (400, 120), (120,), (120, 84), (84,),
                    (84, 10), (10,)]  # fmt: skip
        pairs = zip(self.sizes[:-1], self.sizes[1:], strict=True)
        return [shape for pair in pairs for shape in (pair, pair[1:])]

    @property
    def floor(self) -> tuple[int, int]:
        """(multiply-adds, bytes) that a step needs at least: products; weights and batch."""
        parameters = sum(int(np.prod(shape)) for shape in self._shapes())
        # Adam reads weights, gradients and two moments, and writes weights and moments.
        moved = 28 * parameters
        if self.kind == "factors":
            return 6 * self.batch * self.sizes[2], moved + 12 * self.batch * self.sizes[2]
        if self.kind == "images":
            forward = 28 * 28 * 150 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 840
            return 3 * self.batch * forward - self.batch * 28 * 28 * 150, moved + 3136 * self.batch
        if self.kind in SEQUENCES:
            forward = sequences.products(self.kind, *self.sizes)
            first = 28 * sequences.shapes(self.kind, *self.sizes)[0][1] * 28
            return self.batch * (3 * forward - first), moved + 3136 * self.batch
        products = [a * b for a, b in zip(self.sizes[:-1], self.sizes[1:], strict=True)]
        return self.batch * (3 * sum(products) - products[0]), moved + 4 * 784 * self.batch


SEQUENCES = ("lstm", "transformer")
MISSION = (784, 64, 64, 10)
PROBLEMS = [
    Problem("mission-32", "dense", 32, MISSION, target=0.3),
    Problem("mission-128", "dense", 128, MISSION, target=0.3),
    Problem("lenet-128", "images", 128, (), target=0.3),
    Problem("lstm-64", "lstm", 64, (64,), target=0.5),
    Problem("transformer-64", "transformer", 64, (32,), target=0.5),
    Problem("factors-1024", "factors", 1024, (10_000, 10_000, 64), examples=100_000),
]


def batches(problem: Problem, seed: int) -> Iterator[Array]:
    """The rows of the batches of an epoch after the other, all of one size."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(problem.examples)
        for start in range(0, problem.examples - problem.batch + 1, problem.batch):
            yield np.ascontiguousarray(order[start : start + problem.batch])


# Dovetail.


def dovetail_step(problem: Problem) -> Step:
    import dovetail as dt  # noqa: PLC0415
    from dovetail.train.examples import read_examples  # noqa: PLC0415
    from dovetail.train.stepper import batch_of  # noqa: PLC0415

    x, y = problem.data()
    loss = "sparse_categorical_crossentropy"
    if problem.kind == "dense":
        parts = [dt.Dense(n, "relu") for n in problem.sizes[1:-1]]
        model: Any = dt.Sequential(*parts, dt.Dense(10))
    elif problem.kind in SEQUENCES:
        model = sequences.dovetail_model(problem.kind, *problem.sizes)
    elif problem.kind == "images":
        model = dt.Sequential(
            dt.Conv2D(6, 5, padding="same", activation="tanh"), dt.AveragePool2D(2),
            dt.Conv2D(16, 5, activation="tanh"), dt.AveragePool2D(2), dt.Flatten(),
            dt.Dense(120, "tanh"), dt.Dense(84, "tanh"), dt.Dense(10),
        )  # fmt: skip
    else:
        count, others, width = problem.sizes

        class Factors(dt.Model):  # type: ignore[name-defined,misc]
            """The dot product of two embeddings."""

            users = dt.Parameter(count, width)
            items = dt.Parameter(others, width)

            def forward(self, user: Any, item: Any) -> Any:
                left = dt.take(self.users, user, axis=0)
                return dt.sum(left * dt.take(self.items, item, axis=0), axis=-1)

        model, loss = Factors(), "mse"
    model.compile(dt.Adam(RATE, eps=1e-8), loss)
    data, terms = read_examples(model, "", x, y, None)
    names = [path for path, _, _ in model.slots()[0]]
    model.set_weights(dict(zip(names, problem.weights(), strict=True)))
    stepper = model.stepper(terms)
    whole = batch_of(data, np.arange(problem.batch))

    def step(rows: Array) -> Any:
        batch = type(whole)(whole.leaves, whole.structure, rows, whole.key)
        stepper.train(batch)
        return stepper.loss

    return step


# JAX.


def jax_step(problem: Problem) -> Step:
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415
    import optax  # noqa: PLC0415

    x, y = problem.data()
    optimizer = optax.adam(RATE, eps=1e-8)
    sequence = sequences.jax_scores(problem.kind) if problem.kind in SEQUENCES else None

    def dense(w: Any, h: Any, activation: Any) -> Any:
        for n in range(0, len(w), 2):
            h = h @ w[n] + w[n + 1]
            h = activation(h) if n + 2 < len(w) else h
        return h

    def conv(h: Any, kernel: Any, bias: Any, padding: str) -> Any:
        numbers = ("NHWC", "HWIO", "NHWC")
        out = jax.lax.conv_general_dilated(h, kernel, (1, 1), padding, dimension_numbers=numbers)
        h = jnp.tanh(out + bias)
        return jax.lax.reduce_window(h, 0.0, jax.lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4

    def loss(w: Any, x: Any, y: Any) -> Any:
        if problem.kind == "factors":
            return ((w[0][x[0]] * w[1][x[1]]).sum(-1) - y).__pow__(2).mean()
        if problem.kind == "images":
            h = conv(conv(x, w[0], w[1], "SAME"), w[2], w[3], "VALID")
            scores = dense(w[4:], h.reshape(len(h), -1), jnp.tanh)
        elif sequence is not None:
            scores = sequence(w, x)
        else:
            scores = dense(w, x, jax.nn.relu)
        return optax.softmax_cross_entropy_with_integer_labels(scores, y).mean()

    def update(w: Any, state: Any, x: Any, y: Any) -> Any:
        value, grads = jax.value_and_grad(loss)(w, x, y)
        updates, state = optimizer.update(grads, state)
        return optax.apply_updates(w, updates), state, value

    jitted = jax.jit(update, donate_argnums=(0, 1))
    w = [jnp.asarray(each) for each in problem.weights()]
    known = [w, optimizer.init(w)]

    def step(rows: Array) -> Any:
        taken = tuple(each[rows] for each in x) if isinstance(x, tuple) else x[rows]
        *known[:], value = jitted(*known, taken, y[rows])
        return float(value)

    return step


# PyTorch.


def torch_step(problem: Problem, compiled: bool = False) -> Step:
    import torch  # noqa: PLC0415
    from torch.nn import functional as F  # noqa: PLC0415

    x, y = problem.data()
    inputs = [torch.from_numpy(each) for each in (x if isinstance(x, tuple) else (x,))]
    targets = torch.from_numpy(y)
    w = problem.weights()
    if problem.kind == "images":
        inputs = [inputs[0].permute(0, 3, 1, 2).contiguous()]
        for n in (0, 2):
            w[n] = np.ascontiguousarray(w[n].transpose(3, 2, 0, 1))
        # The features of Flatten are rows, columns, channels there, and channels first here.
        w[4] = np.ascontiguousarray(
            w[4].reshape(5, 5, 16, 120).transpose(2, 0, 1, 3).reshape(400, 120)
        )
    first = 4 if problem.kind == "images" else 0
    module: Any = None
    if problem.kind in SEQUENCES:
        module = sequences.torch_model(problem.kind, *problem.sizes, w)
        parameters = [each for each in module.parameters() if each.requires_grad]
    elif problem.kind != "factors":
        for n in range(first, len(w), 2):
            w[n] = np.ascontiguousarray(w[n].T)
    if module is None:
        parameters = [torch.nn.Parameter(torch.from_numpy(each.copy())) for each in w]
    optimizer = torch.optim.Adam(parameters, lr=RATE, eps=1e-8, fused=True)

    def dense(h: Any, activation: Any) -> Any:
        for n in range(first, len(parameters), 2):
            h = F.linear(h, parameters[n], parameters[n + 1])
            h = activation(h) if n + 2 < len(parameters) else h
        return h

    def loss(y: Any, *x: Any) -> Any:
        if problem.kind == "factors":
            p, q = parameters
            return (((F.embedding(x[0], p) * F.embedding(x[1], q)).sum(-1) - y) ** 2).mean()
        if problem.kind == "images":
            p = parameters
            h = F.avg_pool2d(torch.tanh(F.conv2d(x[0], p[0], p[1], padding=2)), 2)
            h = F.avg_pool2d(torch.tanh(F.conv2d(h, p[2], p[3])), 2)
            return F.cross_entropy(dense(h.flatten(1), torch.tanh), y)
        return F.cross_entropy(dense(x[0], F.relu) if module is None else module(x[0]), y)

    run = torch.compile(loss) if compiled else loss

    def step(rows: Array) -> Any:
        index = torch.from_numpy(rows)
        optimizer.zero_grad()
        value = run(targets[index], *(each[index] for each in inputs))
        value.backward()
        optimizer.step()
        return value.item()

    return step


# Keras.


def keras_step(problem: Problem) -> Step:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras  # noqa: PLC0415
    from keras import layers  # noqa: PLC0415

    x, y = problem.data()
    loss: Any = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if problem.kind == "dense":
        parts = [layers.Dense(n, "relu") for n in problem.sizes[1:-1]]
        model = keras.Sequential([keras.Input((784,)), *parts, layers.Dense(10)])
    elif problem.kind == "images":
        model = keras.Sequential([
            keras.Input((28, 28, 1)), layers.Conv2D(6, 5, padding="same", activation="tanh"),
            layers.AveragePooling2D(2), layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2), layers.Flatten(), layers.Dense(120, "tanh"),
            layers.Dense(84, "tanh"), layers.Dense(10),
        ])  # fmt: skip
    elif problem.kind in SEQUENCES:
        model = sequences.keras_model(problem.kind, *problem.sizes)
    else:
        users, items, width = problem.sizes
        user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
        pair = layers.Embedding(users, width)(user), layers.Embedding(items, width)(item)
        out = layers.Lambda(lambda p: (p[0] * p[1]).sum(-1), output_shape=())(pair)
        model, loss = keras.Model([user, item], out), "mse"
    model.compile(keras.optimizers.Adam(RATE, epsilon=1e-8), loss)
    model.set_weights(problem.weights())

    def step(rows: Array) -> Any:
        taken = [each[rows] for each in x] if isinstance(x, tuple) else x[rows]
        return model.train_on_batch(taken, y[rows])

    return step


COLUMNS: dict[str, Callable[[Problem], Step]] = {
    "Dovetail": dovetail_step,
    "JAX + optax": jax_step,
    "Keras": keras_step,
    "PyTorch": torch_step,
    "compiled": lambda problem: torch_step(problem, compiled=True),
}
NEEDS = {"JAX + optax": "optax", "Keras": "keras", "PyTorch": "torch", "compiled": "torch"}


def process_seconds() -> float:
    """The time of all threads of this process, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(problem: Problem, names: list[str], seconds: float) -> dict[str, tuple[float, float]]:
    """Seconds of a step for each column: wall and processors, each the least of the rounds."""
    steps = {name: COLUMNS[name](problem) for name in names}
    curves: dict[str, list[float]] = {}
    for name, step in steps.items():
        rows = batches(problem, 2)
        curves[name] = [float(np.asarray(step(next(rows)))) for _ in range(10)]
    for name, curve in curves.items():
        expected = np.array(curves["Dovetail"])
        worst = float(np.max(np.abs(np.array(curve) - expected) / np.abs(expected)))
        if worst > (KERAS_TOLERANCE if name == "Keras" else TOLERANCE):
            print(f"{problem.name}: {name} differs from Dovetail by {worst:.1e}", file=sys.stderr)
            del steps[name]
    found = dict.fromkeys(steps, (np.inf, np.inf))
    rows = batches(problem, 3)
    end = time.perf_counter() + seconds * len(steps)
    while time.perf_counter() < end:
        for name, step in steps.items():
            time.sleep(0.015)  # threads that spin go to sleep
            chosen = [next(rows) for _ in range(20)]
            for each in chosen[:4]:
                step(each)
            wall, used = time.perf_counter(), process_seconds()
            for each in chosen[4:]:
                step(each)
            wall, used = time.perf_counter() - wall, process_seconds() - used
            known = found[name]
            found[name] = min(known[0], wall / 16), min(known[1], used / 16)
    return found


def seconds_to_target(problem: Problem, name: str) -> tuple[float, int]:
    """The seconds, and the steps, until the mean loss of twenty batches is below the target."""
    step, rows = COLUMNS[name](problem), batches(problem, 4)
    step(next(rows))  # compiles
    start, losses = time.perf_counter(), list[float]()
    while len(losses) < 20 or sum(losses[-20:]) / 20 > problem.target:
        losses.append(float(np.asarray(step(next(rows)))))
    return time.perf_counter() - start, len(losses)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="names of rows, with commas between")
    parser.add_argument("--without", default="", help="names of columns, with commas between")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each column of a row")
    parser.add_argument("--quick", action="store_true", help="0.2 s a column, and no targets")
    options = parser.parse_args()
    names = [
        name
        for name in COLUMNS
        if name not in options.without.split(",")
        and importlib.util.find_spec(NEEDS.get(name, "numpy"))
    ]
    chosen = options.only.split(",") if options.only else [each.name for each in PROBLEMS]
    print("µs of a step: wall (all threads); peers relative to Dovetail's wall")
    print(_line("model", ["GFLOP", "MB", *names]), flush=True)
    for problem in PROBLEMS:
        if problem.name not in chosen:
            continue
        found = measured(problem, names, 0.2 if options.quick else options.seconds)
        operations, moved = problem.floor
        ours = found["Dovetail"][0]
        cells = [
            f"{found[name][0] * 1e6:.0f} ({found[name][1] * 1e6:.0f}) {found[name][0] / ours:.2f}"
            if name in found else "wrong"
            for name in names
        ]  # fmt: skip
        floor = [f"{2e-9 * operations:.4f}", f"{moved / 1e6:.2f}"]
        print(_line(problem.name, [*floor, *cells]), flush=True)
        if problem.target and not options.quick:
            reached = {name: seconds_to_target(problem, name) for name in found}
            shown = [f"{reached[name][0]:.2f} s" if name in found else "" for name in names]
            steps = reached["Dovetail"][1]
            print(_line(f"  {steps} steps", ["", "", *shown]), flush=True)


def _line(name: str, cells: list[str]) -> str:
    """A row of the table, which is printed as soon as it is known."""
    widths = [7, 6, *[22] * (len(cells) - 2)]
    return f"{name:<15}" + " ".join(
        f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)
    )


if __name__ == "__main__":
    main()
