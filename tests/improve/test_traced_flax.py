"""Modules of Flax with a `__call__` of their own: traced, changed, and given back as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import UnsupportedError
from dovetail.improve import dependencies, flax_source
from dovetail.improve.data import Examples
from dovetail.improve.flax_graph import traced_flax

jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
jnp, nn = jax.numpy, jax.nn
pytestmark = pytest.mark.usefixtures("quick_measurement")
COMPILE = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
RNG = np.random.default_rng(0)


class Block(nnx.Module):  # type: ignore[misc, name-defined]
    """A residual block with a depthwise convolution."""

    def __init__(self, channels: int, rngs: Any) -> None:
        self.first = nnx.Conv(channels, channels, (3, 3), use_bias=False, rngs=rngs)
        self.norm = nnx.BatchNorm(channels, rngs=rngs)
        self.second = nnx.Conv(channels, channels, (3, 3), feature_group_count=channels, rngs=rngs)
        self.drop = nnx.Dropout(0.1, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return nn.gelu(x + self.drop(self.second(nnx.relu(self.norm(self.first(x))))))


class Network(nnx.Module):  # type: ignore[misc, name-defined]
    """A residual block in a list, a concatenation, a parameter of its own."""

    def __init__(self, rngs: Any) -> None:
        self.stem = nnx.Conv(2, 8, (3, 3), rngs=rngs)
        self.blocks = nnx.List([Block(8, rngs)])
        self.dense, self.head = nnx.Linear(256, 16, rngs=rngs), nnx.Linear(16, 3, rngs=rngs)
        self.gain = nnx.Param(jnp.ones(16))

    def __call__(self, x: Any) -> Any:
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = nnx.max_pool(jnp.concatenate([x, -x], -1), (2, 2), (2, 2))
        return self.head(jnp.tanh(self.dense(x.reshape(x.shape[0], -1)) * self.gain))


class Tied(nnx.Module):  # type: ignore[misc, name-defined]
    """One table at both ends, and a residual link."""

    def __init__(self, rngs: Any) -> None:
        self.table = nnx.Embed(11, 16, rngs=rngs)
        self.out, self.back = nnx.Linear(16, 24, rngs=rngs), nnx.Linear(24, 16, rngs=rngs)

    def __call__(self, tokens: Any) -> Any:
        x = self.table(tokens)
        return self.table.attend(x + self.back(nnx.silu(self.out(x))))[:, -1]


def network() -> Any:
    module = Network(nnx.Rngs(0))
    norm = module.blocks[0].norm
    norm.mean[...] = jnp.asarray(RNG.uniform(-0.5, 0.5, 8))
    norm.var[...] = jnp.asarray(RNG.uniform(0.3, 1.0, 8))
    return module


def data() -> tuple[Any, Any]:
    x = RNG.normal(size=(64, 8, 8, 2)).astype(np.float32)
    return x, (x[..., 0].mean(axis=(1, 2)) > 0).astype(np.int64)


def outputs(module: Any, x: Any) -> Any:
    module = nnx.clone(module)
    module.eval()
    return np.asarray(module(x))


def test_norms_are_folded_into_the_users_own_call() -> None:
    module, x = network(), data()[0]
    result, expected = dt.improve.fold(module, validation=x), outputs(module, x)
    assert type(result.changed) is Network and result.changed is not module
    assert result.report.notes == ("blocks.0.norm folded into blocks.0.first",)
    assert result.changed.blocks[0].norm is flax_source.identity
    assert result.changed.blocks[0].first.bias.get_value().shape == (8,)
    found = outputs(result.changed, x)
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()


def test_channels_that_meet_are_pruned_together() -> None:
    module, (x, y) = network(), data()
    result = dt.improve.prune(
        module, (x, y), multiply_adds=0.5, epochs=0, score="magnitude", compile=COMPILE
    )
    changed, block = result.changed, result.changed.blocks[0]
    assert type(changed) is Network
    assert result.report.after.multiply_adds <= 0.51 * result.report.before.multiply_adds
    channels = changed.stem.out_features
    assert channels < 8 == module.stem.out_features
    assert block.first.in_features == block.second.out_features == channels
    inner = block.second.feature_group_count
    assert inner == block.first.out_features == block.norm.num_features == channels
    assert changed.dense.in_features == 2 * channels * 16
    assert changed.gain.get_value().shape == (changed.head.in_features,)
    accuracy = float((outputs(changed, x).argmax(axis=-1) == y).mean())
    assert abs(accuracy - result.report.after.metrics["accuracy"]) < 1e-6


def test_a_table_at_both_ends_stays_one() -> None:
    tokens = RNG.integers(0, 11, (64, 5))
    module, targets = Tied(nnx.Rngs(0)), RNG.integers(0, 11, 64)
    result = dt.improve.prune(
        module, (tokens, targets), multiply_adds=0.2, epochs=0, compile=COMPILE
    )
    changed = result.changed
    width = changed.table.features
    assert width == changed.table.embedding.get_value().shape[1] < 16
    assert width == changed.out.in_features == changed.back.out_features
    result = dt.improve.quantise(module, validation=tokens)
    assert "table stays: something else reads its table" in result.report.notes
    assert type(result.changed.table) is nnx.Embed and type(result.changed.out) is not nnx.Linear
    result = dt.improve.factorise(module, tokens, energy=0.5)
    assert type(result.changed.out) is nnx.Sequential
    assert result.report.difference > 0.0


# Faults that are planted have to be found.


class Residual(nnx.Module):  # type: ignore[misc, name-defined]
    """Two operands of a sum."""

    def __init__(self, rngs: Any) -> None:
        self.first, self.second = nnx.Linear(4, 8, rngs=rngs), nnx.Linear(8, 8, rngs=rngs)
        self.head = nnx.Linear(8, 3, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = self.first(x)
        return self.head(x + nnx.relu(self.second(x)))


def pruned_residual(module: Any) -> Any:
    x = RNG.normal(size=(32, 4)).astype(np.float32)
    return dt.improve.prune(
        module, (x, RNG.integers(0, 3, 32)), multiply_adds=0.6, epochs=0, score="magnitude",
        compile=COMPILE,
    )  # fmt: skip


def same_elements_left(module: Any, changed: Any) -> bool:
    """Whether the second kernel has lost the elements that the first one has lost."""
    first, second, less, lesser = (
        np.asarray(each.kernel.get_value())
        for each in (module.first, module.second, changed.first, changed.second)
    )
    kept = [n for n in range(8) if (first[:, [n]] == less).all(axis=0).any()]
    return len(kept) < 8 and bool(np.array_equal(lesser, second[kept][:, kept]))


def test_both_operands_of_a_sum_lose_the_same() -> None:
    module = Residual(nnx.Rngs(0))
    changed = pruned_residual(module).changed
    assert changed.first.out_features == changed.second.out_features == changed.head.in_features < 8
    assert same_elements_left(module, changed)


def test_a_forgotten_residual_partner_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the tie between the operands of a sum, the test above fails."""
    generic, module = dependencies._generic, Residual(nnx.Rngs(0))

    def forgetful(node: Any, operands: Any) -> Any:
        is_sum = node.op == "add" and all(arg.op != "broadcast" for arg in node.args)
        return operands[0] if is_sum and node.shape[-1] == 8 else generic(node, operands)

    monkeypatch.setattr(dependencies, "_generic", forgetful)
    assert not same_elements_left(module, pruned_residual(module).changed)


def test_a_wrong_mask_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements of the right number, but other ones."""
    write = flax_source._write

    def shifted(made: Any, place: Any, layer: Any) -> None:
        write(made, place, layer)
        if place.owner == ("second",):
            made.second.kernel.set_value(jnp.roll(made.second.kernel.get_value(), 1, axis=1))

    monkeypatch.setattr(flax_source, "_write", shifted)
    with pytest.raises(UnsupportedError, match="returns something else than its graph"):
        pruned_residual(Residual(nnx.Rngs(0)))


# What cannot be traced.


class Small(nnx.Module):  # type: ignore[misc, name-defined]
    """A linear layer, and what is done with its output."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.dense, self.function = nnx.Linear(4, 6, rngs=nnx.Rngs(0)), function
        self.norm, self.layer_norm = (
            kind(6, rngs=nnx.Rngs(0)) for kind in (nnx.BatchNorm, nnx.LayerNorm)
        )
        self.conv, self.masked = (
            nnx.Conv(1, 2, 3, mask=mask, rngs=nnx.Rngs(1))
            for mask in (None, jnp.arange(6.0).reshape(3, 1, 2))
        )
        self.gain = nnx.Param(jnp.ones(6))
        self.mask = nnx.Variable(jnp.arange(6) % 3 > 0)
        self.count = nnx.Variable(jnp.zeros(()))

    def __call__(self, *x: Any, **named: Any) -> Any:
        return self.function(self, *x, **named)


def counted(module: Any, x: Any) -> Any:
    module.count[...] = module.count[...] + 1
    return module.dense(x)


def normalised(m: Any, x: Any, **given: Any) -> Any:
    return m.norm(m.dense(x), **given)


def summed(m: Any, x: Any) -> Any:
    return m.dense(x).sum()


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "control": (lambda m, x: m.dense(x) if x.sum() > 0 else -m.dense(x), "control flow depends"),
    "loop": (lambda m, x: jax.lax.fori_loop(0, 2, lambda i, y: 2 * y, m.dense(x)), "scan, at"),
    "examples": (lambda m, x: m.dense(x) * (x.shape[0] ** 2), "something else"),
    "primitive": (lambda m, x: jnp.sort(m.dense(x)), "the primitive sort, at .*test_traced_flax"),
    "state": (counted, "its call changes count"),
    "scalar": (summed, "without a row for each example"),
    "grad": (lambda m, x: jax.grad(lambda x: summed(m, x))(x), "a transformation such as jax.vmap"),
    "complex": (lambda m, x: abs(m.dense(x) + 0j), "arrays of complex64, at .*test_traced_flax"),
    "mask": (lambda m, x: normalised(m, x, mask=x[:, :1] > 0), ": norm is called with mask, at"),
    "training": (
        lambda m, x: normalised(m, x, use_running_average=False),
        "norm is called as in training",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_traced_is_named(name: str) -> None:
    function, said = REFUSED[name]
    with pytest.raises(UnsupportedError, match=said):
        dt.improve.fold(Small(function), validation=np.ones((8, 4), np.float32))


@jax.jit  # type: ignore[untyped-decorator]
def relu(x: Any) -> Any:
    """Another function than jax.nn's of the name."""
    return 3 * x


def everything(module: Any, x: Any) -> Any:
    """Many primitives, whose values are compared with JAX'; x is (n, 4)."""
    y = module.dense(x)
    n = x.shape[0]
    image = jnp.broadcast_to(y[:, None, :, None], (n, 3, 6, 2))
    kernel = jnp.arange(24.0).reshape(2, 2, 2, 3) / 24
    numbers = ("NHWC", "HWIO", "NHWC")
    parts = [
        jax.lax.conv_general_dilated(image, kernel, (1, 2), "SAME", dimension_numbers=numbers),
        nnx.avg_pool(image, (2, 3), (1, 3)), nnx.max_pool(image, (3, 2), padding="SAME"),
        nn.softmax(y), nn.log_sigmoid(x), nn.leaky_relu(y, 0.2), nn.gelu(y, approximate=False),
        jnp.einsum("ni,nj->nij", x, y), jnp.pad(x, ((0, 0), (1, 2)), constant_values=0.5),
        jnp.where(x > 0.3, jnp.exp(x), -jnp.abs(x)).cumsum(1), y[:, ::-1][:, 1::2] ** 3,
        jnp.take(y, jnp.array([3, 0, 2]), axis=1), jnp.clip(x, -1, 0.5) // 0.2, x.var(1),
        jnp.concatenate(jnp.split(y, 3, axis=1)[::-1], 1), x.argmax(1) * 1.5, x.mean((0,)) + x,
        jnp.logical_and(x > 0, x < 1).any(1).astype(float), nn.standardize(y),
        jnp.stack([x, x.max(1)[:, None] - x], 2), jnp.arange(4.0) * x, jax.lax.rsqrt(x * x + 1),
        jax.nn.dot_product_attention(image, image, image), relu(nn.relu(y)) * module.mask[...],
        (x.argmax(1) - 2) // 2, jax.lax.div(x.argmin(1) - 3, 2), x.argmax(1) & 1 | 2,
        jax.jit(lambda gain, y: gain * y)(module.gain[...], y), jnp.full((n, 2), 2.5),
        nnx.jit(lambda module, x: module.dense(inputs=x))(module, x),
        module.conv(x[:, None, :, None]), module.masked(x[..., None]),
        module.layer_norm(y, mask=(y < 9) & module.mask[...]),
    ]  # fmt: skip
    return jnp.concatenate([part.reshape(n, -1) for part in parts], 1)


def test_primitives_have_jaxs_values() -> None:
    x = RNG.normal(size=(7, 4)).astype(np.float32)
    module = Small(everything)
    expected = outputs(module, x)
    model = traced_flax(module, Examples(x))
    assert "relu" in model.layers and "relu_1" not in model.layers  # jax.nn's alone
    found = model.predict(x)
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()


def by_name(module: Any, z: Any, a: Any) -> Any:
    """Another order of names than the alphabet's, which is JAX'."""
    return {"z": module.dense(z["c"] - 2 * z["b"]), "a": a}


class Gains(nnx.Module):  # type: ignore[misc, name-defined]
    """Arrays as attributes and in containers, beside variables."""

    def __init__(self, fixed: bool) -> None:
        rngs = nnx.Rngs(0)
        self.first, self.head = nnx.Linear(4, 8, rngs=rngs), nnx.Linear(8, 3, rngs=rngs)
        self.gain = jnp.arange(8.0) + 1.0
        self.more, self.named = nnx.List([jnp.arange(8.0)]), nnx.Dict(one=jnp.arange(8.0))
        self.fixed = nnx.data((jnp.ones(8),)) if fixed else None

    def __call__(self, x: Any) -> Any:
        x = self.first(x) * self.gain - self.more[0] * self.named["one"]
        return self.head(x if self.fixed is None else x * self.fixed[0])


def test_arrays_that_are_no_variables_shrink_too() -> None:
    """Those in a tuple, which cannot be written, keep the elements that meet them."""
    changed = pruned_residual(Gains(fixed=False)).changed
    left = np.asarray(changed.gain)
    assert changed.first.out_features == left.size < 8 and set(left) < set(range(1, 9))
    for each in changed.more[0], changed.named["one"]:
        assert np.array_equal(np.asarray(each), left - 1)
    result = pruned_residual(Gains(fixed=True))
    assert result.changed.first.out_features == 8
    x = RNG.normal(size=(5, 4)).astype(np.float32)
    assert np.array_equal(outputs(result.changed, x), outputs(Gains(fixed=True), x))


class Subclasses(nnx.Module):  # type: ignore[misc, name-defined]
    """Modules whose own calls are traced."""

    def __init__(self) -> None:
        rngs = nnx.Rngs(0)
        self.table, self.dense, self.conv = (
            type("Own", (kind,), {})(*sizes, rngs=rngs)
            for kind, *sizes in ((nnx.Embed, 4, 8), (nnx.Linear, 8, 8), (nnx.Conv, 8, 8, 1))
        )
        self.head = nnx.Linear(8, 3, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = nnx.relu(self.dense(nnx.relu(self.table(x))))
        return self.head(nnx.relu(self.conv(x[:, None]))[:, 0])


def test_sizes_of_subclasses_follow_their_arrays() -> None:
    pair = RNG.integers(0, 4, 32), RNG.integers(0, 3, 32)
    changed = dt.improve.prune(
        Subclasses(), pair, multiply_adds=0.2, epochs=0, score="magnitude", compile=COMPILE
    ).changed
    table, dense, conv = changed.table, changed.dense, changed.conv
    assert (table.num_embeddings, table.features) == table.embedding.shape
    assert (dense.in_features, dense.out_features) == dense.kernel.shape
    assert (1, conv.in_features, conv.out_features) == conv.kernel_shape == conv.kernel.shape
    assert max(table.features, dense.out_features, conv.out_features) < 8


def test_inputs_and_outputs_keep_their_names() -> None:
    z, b, a = (RNG.normal(size=(5, 4)).astype(np.float32) for _ in range(3))
    x = {"z": {"c": z, "b": b}, "a": a}
    module = Small(by_name)
    found = traced_flax(module, Examples(x)).predict(x)
    expected = by_name(module, **x)
    for name in x:
        assert np.abs(found[name] - np.asarray(expected[name])).max() < 1e-5
