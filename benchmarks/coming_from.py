"""Lines and speed of the pieces side by side on the pages docs/from.

Run: `python benchmarks/coming_from.py [torch jax keras tensorflow_addons triton keops]`.

Each page is run as its readers would run it; the pieces are taken from there, and their lines
counted (no blank lines, comments and docstrings). The results are compared, then all are called in
turn, in rounds, on one processor. The figure is the shortest call of each, in microseconds of the
wall: on a machine that others use, what they do only makes calls longer. A page whose framework is
missing is left out, and so is a peer. Unset `OPENBLAS_CORETYPE` and `OPENBLAS_L2_SIZE` first, where
the environment pins them.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "from"
BLOCK = re.compile(r"^```(python|py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROUNDS, BURST = 15, 0.02  # seconds of calls in each round
TOLERANCE = 1e-4  # of the largest element of a result
Call = Callable[[], Any]
Names = dict[str, Any]
rng = np.random.default_rng(0)


def floats(*shape: int) -> Any:
    """Normal numbers in float32."""
    return rng.normal(size=shape).astype(np.float32)


def of_torch(names: Names) -> Mapping[str, Call]:
    """A million elements, value and gradient."""
    torch = importlib.import_module("torch")
    x = torch.tensor(floats(1_000_000), requires_grad=True)
    ones = torch.ones(1_000_000)

    def both(function: Callable[[Any], Any]) -> Call:
        return lambda: torch.autograd.grad(function(x), x, ones)[0]

    theirs, ours = names["Squareplus"], names["squareplus"]
    return {"theirs": both(lambda x: theirs.apply(x, 4.0)), "ours": both(lambda x: ours(x, b=4.0))}


def of_jax(names: Names) -> Mapping[str, Call]:
    """A million elements, value and gradient in jax.jit."""
    jax = importlib.import_module("jax")
    x = jax.numpy.asarray(floats(1_000_000))

    def both(function: Callable[[Any], Any]) -> Call:
        compiled = jax.jit(jax.grad(lambda x: function(x).sum()))
        return lambda: compiled(x).block_until_ready()

    return {"theirs": both(names["theirs"]), "ours": both(names["ours"])}


def of_keras(names: Names) -> Mapping[str, Call]:
    """A step of `train_on_batch` of a model of the layer alone, 1,024 x 256."""
    keras = importlib.import_module("keras")
    x, y = floats(1024, 256), floats(1024, 256)

    def step(layer: Any) -> Call:
        model = keras.Sequential([keras.Input((256,)), layer])
        model.compile("sgd", "mse")
        return lambda: model.train_on_batch(x, y)

    return {"theirs": step(names["KerasScale"]()), "ours": step(names["Scale"].keras())}


def of_addons(names: Names) -> Mapping[str, Call]:
    """1,024 x 256, value and gradient, with a tape."""
    tf = importlib.import_module("tensorflow")
    x = tf.Variable(floats(1024, 256))

    def both(function: Callable[[Any], Any]) -> Call:
        def call() -> Any:
            with tf.GradientTape() as tape:
                value = function(x)
            return tape.gradient(value, x, output_gradients=x)

        return call

    theirs = names["addons_sparsemax"]
    return {
        "theirs": both(theirs), "theirs in tf.function": both(tf.function(theirs)),
        "ours": both(names["sparsemax"]),
    }  # fmt: skip


def of_triton(names: Names) -> Mapping[str, Call]:
    """2,048 x 1,024, value and gradients, beside what PyTorch has on CPUs."""
    torch = importlib.import_module("torch")
    x = torch.tensor(floats(2048, 1024), requires_grad=True)
    weight = torch.tensor(floats(1024), requires_grad=True)
    cotangent = torch.tensor(floats(2048, 1024))

    def both(function: Callable[[Any, Any], Any]) -> Call:
        return lambda: torch.autograd.grad(function(x, weight), (x, weight), cotangent)[0]

    def own(x: Any, weight: Any) -> Any:
        return torch.nn.functional.rms_norm(x, (1024,), weight, eps=1e-6)

    return {
        "F.rms_norm": both(own), "torch.compile": both(torch.compile(own)),
        "ours": both(names["rms_norm"]),
    }  # fmt: skip


def of_keops(names: Names) -> Mapping[str, Call]:
    """3,000 by 2,000 points of three coordinates."""
    x, y, b = floats(3000, 3), floats(2000, 3), floats(2000)
    ours = names["ours"]
    calls: dict[str, Call] = {"NumPy, all pairs stored": lambda: pairs(x, y) @ b}
    if importlib.util.find_spec("pykeops"):
        exec(next(code for code in blocks("keops", "py")), names)
        theirs = names["theirs"]
        calls["theirs"] = lambda: theirs(x, y, b)
    return calls | {"ours": lambda: ours(x, y, b)}


def pairs(x: Any, y: Any) -> Any:
    """exp(-|x_i - y_j|^2 / 2) as an array."""
    return np.exp(-sum((x[:, None, k] - y[None, :, k]) ** 2 for k in range(3)) / 2)


# The framework, the names of the two pieces, and the calls to compare.
PAGES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], Callable[[Names], Any]]] = {
    "torch": ("torch", ("Squareplus",), ("squareplus",), of_torch),
    "jax": ("jax", ("theirs", "forward", "backward", "theirs.defvjp"), ("ours",), of_jax),
    "keras": ("keras", ("KerasScale",), ("Scale",), of_keras),
    "tensorflow_addons": ("tensorflow", ("addons_sparsemax",), ("sparsemax",), of_addons),
    "triton": ("torch", ("_forward", "_backward", "RMSNormFunction"), ("rms_norm",), of_triton),
    "keops": ("numpy", ("theirs",), ("ours",), of_keops),
}


def blocks(page: str, *languages: str) -> Iterator[str]:
    """The code of a page; "py" is shown and not run by the tests."""
    for language, code in BLOCK.findall((FOLDER / f"{page}.md").read_text()):
        if language in languages:
            yield code


def lines(page: str, names: tuple[str, ...]) -> int:
    """The lines of the statements that define or complete these names, where they first are."""
    wanted, total = list(names), 0
    for code in blocks(page, "py", "python"):
        for statement in ast.parse(code).body:
            name = _name(statement)
            if name in wanted:
                wanted.remove(name)
                total += len(ast.unparse(_plain(statement)).splitlines())
    if wanted:
        raise SystemExit(f"docs/from/{page}.md does not define {', '.join(wanted)}")
    return total


def _name(statement: ast.stmt) -> str:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement.name
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func)
    return ""


def _plain(statement: ast.stmt) -> ast.stmt:
    """The statement without docstrings; `ast.unparse` drops comments and writes one line each."""
    for node in ast.walk(statement):
        body = getattr(node, "body", None)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = body[1:] or [ast.Pass()]
    text = "\n".join(line for line in ast.unparse(statement).splitlines() if line.strip())
    return ast.parse(text).body[0]


def shortest(calls: Mapping[str, Call]) -> dict[str, float]:
    """The microseconds of the shortest call of each, in rounds over all of them."""
    for call in calls.values():
        call(), call()  # compiles
    best = dict.fromkeys(calls, float("inf"))
    order = list(calls)
    for number in range(ROUNDS):
        for name in order[number % len(order) :] + order[: number % len(order)]:
            time.sleep(0.015)  # threads of the call before spin
            end = time.perf_counter() + BURST
            while (start := time.perf_counter()) < end:
                calls[name]()
                best[name] = min(best[name], 1e6 * (time.perf_counter() - start))
    return best


def compare(calls: Mapping[str, Call]) -> None:
    """Refuse results that differ."""
    results = {name: np.asarray(call()) for name, call in calls.items()}
    expected = next(iter(results.values()))
    for name, found in results.items():
        error = float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))
        if not error < TOLERANCE:
            raise SystemExit(f"{name} differs by {error:.1e} of the largest element")


def measure(page: str) -> None:
    """Print the rows of a page's table."""
    _, theirs, ours, calls_of = PAGES[page]
    names: Names = {"__name__": "page"}
    with contextlib.redirect_stdout(io.StringIO()):
        for code in blocks(page, "python"):
            exec(compile(code, f"{page}.md", "exec"), names)
    calls = calls_of(names)
    if page != "keras":  # a training step changes its model
        compare(calls)
    print(f"{page}: {lines(page, theirs)} lines of theirs, {lines(page, ours)} of ours")
    found = shortest(calls)
    for name, microseconds in found.items():
        print(f"  {name:26} {microseconds:10,.0f} µs {microseconds / found['ours']:8.2f}")


if __name__ == "__main__":
    given = sys.argv[1:] or list(PAGES)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # every library has one thread
    os.environ.update(OMP_NUM_THREADS="1", DOVETAIL_NUM_THREADS="1")
    if len(given) == 1:
        measure(given[0])
        raise SystemExit
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for each in given:  # a process for each, which has one framework
        if importlib.util.find_spec(PAGES[each][0]):
            subprocess.run([sys.executable, __file__, each], check=True)
        else:
            print(f"{each}: needs {PAGES[each][0]}")
