"""Direct calls: agreement with NumPy's host, types, numbers, mixed arguments, export, errors."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail import library  # noqa: E402
from dovetail.errors import ArgumentError, DovetailError, DTypeError, ShapeError  # noqa: E402
from dovetail.language.functions import KINDS  # noqa: E402
from tests.hosts.jax.pairs import attended, focal, gated, mish, normalised, polar, totals  # noqa: E402

ACTIVATIONS = sorted(name for name, kind in KINDS.items() if kind == "activation")

EPS = 2.0**-23


def _off(got: Any, want: Any) -> float:
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    error = np.where(same, 0.0, np.abs(got - want) / np.maximum(np.abs(want), 1e-30))
    return float(error.max(initial=0.0))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_have_the_bits_of_the_numpy_host(name: str) -> None:
    function = getattr(dt, name)
    x = np.linspace(-6, 6, 1001)
    for dtype in (np.float32, np.float16):
        given = x.astype(dtype)
        np.testing.assert_array_equal(np.asarray(function(jnp.asarray(given))), function(given))
    with jax.enable_x64(True):
        np.testing.assert_array_equal(np.asarray(function(jnp.asarray(x))), function(x))


def test_activations_agree_where_xla_computes_them() -> None:
    from tests.hosts.jax.kernels import forced  # noqa: PLC0415

    x = np.concatenate([np.linspace(-6, 6, 1001), np.linspace(-0.01, 0.01, 101)])
    names = ACTIVATIONS

    def everything(given: Any) -> Any:
        return {name: getattr(dt, name)(given) for name in names}

    with forced(False):
        narrow = jax.jit(everything)(x.astype(np.float32))
        with jax.enable_x64(True):
            wide = jax.jit(everything)(jnp.asarray(x))
    short = x.astype(np.float32)
    for name in names:
        function = getattr(dt, name)
        assert _off(wide[name], function(x)) < 1e-12, name
        exact = function(short.astype(np.float64))
        # A function that is steep in the tails has the error of its rounded argument.
        most = max(4.0, 1.25 * _off(function(short), exact) / EPS)
        assert _off(narrow[name], exact) / EPS <= most, name


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_types_stay(name: str) -> None:
    with jax.enable_x64(True):
        x = jnp.linspace(0.1, 1.0, 6, dtype=name)
        assert mish(x).dtype == name
        assert gated(x, x, power=2.0).dtype == name
        assert jax.grad(lambda v: mish(v).sum())(x).dtype == name
        hyper, angle, above = polar(x, x)
        assert (hyper.dtype, angle.dtype, above.dtype) == (name, name, bool)


def test_64_bit_types_on_and_off() -> None:
    before = jax.config.jax_enable_x64
    assert mish(jnp.ones(3)).dtype == jnp.float32
    assert dt.argmax(jnp.arange(3.0)).dtype == jnp.int32
    with jax.enable_x64(True):
        assert mish(jnp.ones(3)).dtype == jnp.float64
        assert dt.argmax(jnp.arange(3.0)).dtype == jnp.int64
        assert mish(jnp.ones(3, jnp.float32)).dtype == jnp.float32
    assert mish(np.ones(3, np.float64)).dtype == np.float64  # NumPy's own host
    assert gated(np.ones(3, np.float64), jnp.ones(3)).dtype == jnp.float32
    assert jax.config.jax_enable_x64 == before


def test_weak_types() -> None:
    weak = jnp.asarray(2.0)
    assert weak.weak_type
    assert mish(weak).weak_type
    assert jax.jit(mish)(weak).weak_type
    half = jnp.ones(3, jnp.bfloat16)
    assert gated(half, weak).dtype == jnp.bfloat16
    assert jax.jit(lambda x: gated(x, 1.5))(half).dtype == jnp.bfloat16
    assert not mish(half).weak_type
    gradient = jax.grad(lambda w: gated(half, w).sum().astype(jnp.float32))(weak)
    assert gradient.dtype == jnp.float32


def test_floats_change_without_compiling() -> None:
    x = jnp.linspace(0.1, 1.0, 7)
    traced = 0

    @dt.op
    def powered(x: Any, power: float = 2.0) -> Any:
        nonlocal traced
        traced += 1
        return x**power

    powered(x, power=1.5)
    seen = traced
    for power in (1.25, 2.5, -1.0):
        np.testing.assert_allclose(powered(x, power=power), x**power, rtol=1e-6)
        np.testing.assert_allclose(powered(x, power=jnp.asarray(power)), x**power, rtol=1e-6)
    assert traced <= seen + 1  # once more for a number that JAX holds


def test_floats_keep_64_bits_while_arrays_have_32() -> None:
    @dt.op
    def near_one(x: Any, beta: float = 0.9) -> Any:
        return x * (1.0 - beta)

    from tests.hosts.jax.kernels import forced  # noqa: PLC0415

    x = jnp.ones(3)
    for kernel in (True, False):
        with forced(kernel):
            got = jax.jit(lambda v: near_one(v, beta=0.99999))(x)
        np.testing.assert_array_equal(got, np.float32(1.0 - 0.99999))


def test_shapes() -> None:
    for shape in ((), (0,), (1,), (3, 0, 2), (2, 3)):
        x = jnp.ones(shape)
        assert mish(x).shape == shape
        assert jax.grad(lambda v: mish(v).sum())(x).shape == shape
    x = jnp.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(mish(x.T), mish(x).T)
    found = totals(x, axis=-1)
    assert set(found) == {"sum", "largest"} and found["sum"].shape == (3,)


def test_numpy_arrays_and_numbers_beside_jax() -> None:
    logits, labels = np.ones((4, 3), np.float32), np.arange(4) % 3
    want = focal(logits, labels)
    assert isinstance(focal(jnp.asarray(logits), labels), jax.Array)
    np.testing.assert_allclose(focal(jnp.asarray(logits), labels), want, rtol=1e-6)
    np.testing.assert_allclose(focal(logits, jnp.asarray(labels)), want, rtol=1e-6)
    x = jnp.ones(3)
    assert normalised(x, 2.0).shape == (3,)
    assert isinstance(mish.jax(np.ones(3)), jax.Array)
    assert mish.jax is mish.jax and mish.jax.__name__ == "mish"
    assert library.huber.jax(x, np.zeros(3), delta=0.5).shape == ()


def test_products_inside_agree_with_numpy() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s).astype(np.float32) for s in ((2, 3, 4), (2, 5, 4), (2, 5, 3))]
    got = attended(*map(jnp.asarray, arrays))
    np.testing.assert_allclose(got, attended(*arrays), rtol=2e-6, atol=1e-6)
    half = attended(*(jnp.asarray(each, jnp.bfloat16) for each in arrays))
    assert half.dtype == jnp.bfloat16


def test_export_and_another_process() -> None:
    from jax import export  # noqa: PLC0415

    x = jnp.linspace(-1.0, 1.0, 8)
    program = export.export(jax.jit(lambda v: normalised(mish(v), v)))(x)
    assert "dovetail_" not in program.mlir_module()  # no address of this process
    again = export.deserialize(program.serialize())
    np.testing.assert_allclose(again.call(x), normalised(mish(x), x), rtol=1e-6, atol=1e-6)
    gradient = export.export(jax.jit(jax.grad(lambda v: mish(v).sum())))(x)
    np.testing.assert_allclose(
        export.deserialize(gradient.serialize()).call(x), jax.grad(lambda v: mish(v).sum())(x),
        rtol=1e-6,
    )  # fmt: skip


def test_programs_kept_on_disk_find_their_kernels(tmp_path: Any) -> None:
    code = (
        "import jax, jax.numpy as jnp, dovetail as dt\n"
        f"jax.config.update('jax_compilation_cache_dir', {str(tmp_path)!r})\n"
        "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0)\n"
        "jax.config.update('jax_persistent_cache_min_entry_size_bytes', 0)\n"
        "print(float(jax.jit(lambda x: dt.mish(x))(jnp.ones(5)).sum()))\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert any(tmp_path.iterdir())
    assert runs[0].stdout == runs[1].stdout
    assert abs(float(runs[0].stdout) - 5 * float(mish(np.ones(())))) < 1e-5


def test_importing_the_host_imports_no_jax() -> None:
    code = (
        "import sys, dovetail, dovetail.hosts.jax\n"
        "assert not {'jax', 'jaxlib', 'flax', 'optax'} & set(sys.modules), 'imported'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_errors_say_what_is_wrong() -> None:
    x = jnp.ones(3)
    with pytest.raises(DTypeError, match="not a data type"):
        mish(x.astype(jnp.complex64))
    with pytest.raises(ArgumentError, match="an array"):
        gated(x, "gate")
    with pytest.raises(ArgumentError, match="hyperparameter"):
        totals(x, axis=jnp.ones(3))
    with pytest.raises(ShapeError, match="broadcast"):
        gated(x, x, power=jnp.ones(4))
    with pytest.raises(DovetailError):
        gated(x, jnp.ones(4))
    with pytest.raises(DovetailError):
        jax.jit(lambda v: gated(v, jnp.ones(4)))(x)


def _operands_and_results(function: Any, *args: Any) -> list[tuple[int, int]]:
    """Of each custom call of ours: how many arrays it is given, and how many it returns."""
    text = jax.jit(function).lower(*args).as_text()
    found: list[tuple[int, int]] = []
    for row in text.splitlines():
        if "custom_call @dovetail" in row:
            given, made = row.rsplit(" : (", 1)[1].split(") -> ")
            found.append((given.count("tensor<"), made.count("tensor<")))
    return found


def test_a_kernel_is_given_what_it_reads_and_returns_what_it_computes() -> None:
    """The gradient of x + bias by x is the cotangent, and neither array is read."""
    biased = dt.op(lambda x, bias: x + bias)
    scaled = dt.op(lambda x, scale, factor: (x * scale * factor, x))
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, 64, 32)).astype(np.float32)
    bias = rng.normal(size=32).astype(np.float32)

    def gradients(x: Any, bias: Any) -> Any:
        return jax.vjp(biased, x, bias)[1](weights)

    assert _operands_and_results(gradients, x, bias) == [(1, 1)]
    by_x, by_bias = jax.jit(gradients)(x, bias)
    np.testing.assert_array_equal(by_x, weights)
    np.testing.assert_allclose(by_bias, weights.astype(np.float64).sum(0), rtol=1e-5, atol=1e-5)

    def cotangents(x: Any, bias: Any) -> Any:
        return jax.vjp(lambda *args: scaled(*args, 3.0), x, bias)[1]((weights, x))

    by_x, by_scale = jax.jit(cotangents)(x, bias)
    np.testing.assert_allclose(by_x, 3.0 * weights * bias + x, rtol=1e-5, atol=1e-5)
    right = (3.0 * weights.astype(np.float64) * x).sum(0)
    np.testing.assert_allclose(by_scale, right, rtol=1e-4, atol=1e-4)


def test_arrays_of_other_sizes_have_calls_of_their_own() -> None:
    biased = dt.op(lambda x, bias: x + bias)
    for count in (3, 4, 5, 6):  # from the second on, graphs are filled in
        weights = np.arange(40.0 * count, dtype=np.float32).reshape(40, count)
        found = jax.jit(lambda x, b, w=weights: jax.vjp(biased, x, b)[1](w))(
            np.zeros((40, count), np.float32), np.zeros(count, np.float32)
        )
        np.testing.assert_allclose(found[1], weights.sum(0), rtol=1e-5)


def _rows_and_loop(held: Any) -> tuple[Any, Any]:
    def step(total: Any, row: Any) -> Any:
        return total * 0.5 + row * held, ()

    rows = dt.op(lambda x: dt.softmax(x * held))
    return rows, dt.op(lambda x: dt.scan(step, x[0] * 0.0, x)[0])


def test_arrays_in_definitions_are_part_of_a_kernels_name() -> None:
    """Programs that differ in nothing else, of rows and of a loop, have kernels of their own."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6, 32)).astype(np.float32)
    wide, names = x.astype(np.float64), set[str]()
    for held in rng.normal(size=(2, 32)).astype(np.float32):
        scores = np.exp(wide * held - (wide * held).max(-1, keepdims=True))
        total = np.zeros(32)
        for row in wide:
            total = total * 0.5 + row * held
        expected = [scores / scores.sum(-1, keepdims=True), total]
        for piece, right in zip(_rows_and_loop(held), expected, strict=True):
            text = jax.jit(piece).lower(x).as_text()
            names |= {row.partition("(")[0] for row in text.split() if "@dovetail_" in row}
            np.testing.assert_allclose(jax.jit(piece)(x), right, rtol=1e-5, atol=1e-6)
    assert len(names) == 4
