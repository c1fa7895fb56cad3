"""SavedModel, in this process and in others, and what `import dovetail` does for it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from tests.hosts.tensorflow.pairs import gradient  # noqa: E402

PIECES = '''
"""Extensions that a saved model needs."""

import dovetail as dt


@dt.activation
def wiggle(x, depth=1.5):
    return x + depth * dt.sin(x)


class Centred(dt.Layer):
    features: int = dt.from_input(axis=-1)
    momentum: float = 0.9
    scale = dt.Parameter("features", init="ones")
    mean = dt.State("features", init="zeros")

    def forward(self, x, *, training=False):
        if training:
            self.mean = self.momentum * self.mean + (1 - self.momentum) * dt.mean(x, axis=0)
        return wiggle(x - self.mean) * self.scale
'''

LOAD = """
import sys
import warnings
warnings.simplefilter("ignore")
{imports}
import numpy as np
model = tf.saved_model.load(sys.argv[1])
x = tf.constant(np.load(sys.argv[2]))
with tf.GradientTape() as tape:
    tape.watch(x)
    y = model(x)
np.savez(sys.argv[3], y=y, slope=tape.gradient(y, x), by_scale=model.slope(x))
"""


def _run(folder: Path, imports: str, *, path: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if path:
        known = os.environ.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(folder), *([known] if known else [])])
    return subprocess.run(
        [
            sys.executable, "-c", textwrap.dedent(LOAD).format(imports=imports),
            str(folder / "model"), str(folder / "x.npy"), str(folder / "found.npz"),
        ],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, Any]:
    """A saved model of an activation and a layer; it, and its input."""
    folder = tmp_path_factory.mktemp("saved")
    (folder / "saved_pieces.py").write_text(PIECES)
    sys.path.insert(0, str(folder))
    try:
        import saved_pieces  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
    finally:
        sys.path.remove(str(folder))

    class Model(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = saved_pieces.Centred.tensorflow()

        @tf.function(input_signature=[tf.TensorSpec([None, 4])])
        def __call__(self, x: Any) -> Any:
            deep = saved_pieces.wiggle(x, depth=0.25)
            products = dt.matmul(x, dt.matrix_transpose(x))
            return self.layer(deep) + dt.softmax(products)[:, :1] + dt.vmap(dt.mish)(x)

        @tf.function(input_signature=[tf.TensorSpec([None, 4])])
        def slope(self, x: Any) -> Any:
            with tf.GradientTape() as tape:
                value = tf.reduce_sum(self.layer(x, training=True) ** 2)
            return tape.gradient(value, self.layer.parameters["scale"])

    model = Model()
    x = tf.constant(np.random.default_rng(0).normal(size=(5, 4)), tf.float32)
    model(x)
    np.save(folder / "x.npy", x.numpy())
    tf.saved_model.save(model, str(folder / "model"))
    return folder, model, x


@pytest.mark.parametrize("imports", [
    "import dovetail\nimport tensorflow as tf",
    "import tensorflow as tf\nimport dovetail",
])  # fmt: skip
def test_a_fresh_process_needs_no_more_than_import_dovetail(
    saved: tuple[Path, Any, Any], imports: str
) -> None:
    folder, model, x = saved
    done = _run(folder, imports)
    assert done.returncode == 0, done.stderr
    found = np.load(folder / "found.npz")
    np.testing.assert_array_equal(found["y"], model(x).numpy())
    np.testing.assert_allclose(found["slope"], _slope(model, x), rtol=1e-6, atol=1e-6)
    loaded: Any = tf.saved_model.load(str(folder / "model"))
    np.testing.assert_array_equal(found["by_scale"], loaded.slope(x).numpy())


def _slope(model: Any, x: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x)
    return tape.gradient(y, x).numpy()


def test_without_dovetail_the_error_says_what_is_missing(saved: tuple[Path, Any, Any]) -> None:
    done = _run(saved[0], "import tensorflow as tf")
    assert done.returncode != 0
    assert "Dovetail>NeedsImportDovetail" in done.stderr


def test_without_the_definition_the_error_names_it(saved: tuple[Path, Any, Any]) -> None:
    done = _run(saved[0], "import dovetail\nimport tensorflow as tf", path=False)
    assert done.returncode != 0
    assert "No module named 'saved_pieces'" in done.stderr
    assert "remedy" in done.stderr


def test_loaded_in_this_process_and_differentiated(saved: tuple[Path, Any, Any]) -> None:
    folder, model, x = saved
    loaded: Any = tf.saved_model.load(str(folder / "model"))
    np.testing.assert_array_equal(loaded(x).numpy(), model(x).numpy())
    np.testing.assert_array_equal(_slope(loaded, x), _slope(model, x))
    twice = gradient(lambda v: gradient(loaded)(v)[0])(x)[0]
    want = gradient(lambda v: gradient(model)(v)[0])(x)[0]
    np.testing.assert_allclose(twice, want, rtol=1e-5, atol=1e-5)
    for rows in (1, 9):
        more = tf.ones([rows, 4])
        np.testing.assert_array_equal(loaded(more).numpy(), model(more).numpy())


def test_a_function_compiled_by_xla_is_served_without_dovetail(tmp_path: Path) -> None:
    model = tf.Module()
    model.layer = dt.Dense.tensorflow(3, features=4)
    signature = [tf.TensorSpec([None, 4])]

    @tf.function(input_signature=signature, jit_compile=True)
    def call(x: Any) -> Any:
        return dt.mish(model.layer(x))

    model.call = call
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    np.savez(tmp_path / "right.npz", x=x, y=call(x))
    tf.saved_model.save(model, str(tmp_path / "model"))
    code = """
        import sys
        import numpy as np, tensorflow as tf
        known = np.load("right.npz")
        loaded = tf.saved_model.load("model")
        assert np.array_equal(loaded.call(known["x"]), known["y"])
        assert not any(name.startswith("dovetail.hosts") for name in sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
