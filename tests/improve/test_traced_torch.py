"""Modules of PyTorch with a forward of their own: traced, changed, and given back as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import bfloat16
from dovetail.improve import dependencies, torch_source
from dovetail.improve.data import Examples
from dovetail.improve.torch_graph import traced_module

torch = pytest.importorskip("torch")
nn = torch.nn
functional = torch.nn.functional
pytestmark = pytest.mark.usefixtures("quick_measurement")
COMPILE = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
RNG = np.random.default_rng(0)


class Block(nn.Module):  # type: ignore[misc, name-defined]
    """A residual block that works in place, as torchvision's do."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False, groups=groups)
        self.norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Any) -> Any:
        y = self.drop(self.second(self.act(self.norm(self.first(x)))))
        y += x
        return functional.relu(y)


class Network(nn.Module):  # type: ignore[misc, name-defined]
    """Residual links, a depthwise convolution, a concatenation, a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.plain, self.depthwise = Block(8, 1), Block(8, 8)
        self.dense, self.head = nn.Linear(16 * 2 * 2, 16), nn.Linear(16, 3)
        self.gain = nn.Parameter(torch.ones(16))

    def forward(self, x: Any) -> Any:
        x = functional.relu(self.norm(self.stem(x)))
        y = self.plain(x)
        y = functional.max_pool2d(torch.cat([y, self.depthwise(y)], 1), 4)
        return self.head(functional.gelu(self.dense(torch.flatten(y, 1))) * self.gain)


class Tied(nn.Module):  # type: ignore[misc, name-defined]
    """One table at both ends, positions, heads of attention."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.head = nn.Embedding(11, 16), nn.Linear(16, 11, bias=False)
        self.head.weight = self.table.weight
        self.places = nn.Parameter(torch.randn(5, 16) / 4)
        self.all, self.out = nn.Linear(16, 48), nn.Linear(16, 16)
        self.norm = nn.LayerNorm(16)
        self.register_buffer("mask", torch.ones(5, 5).tril().bool())

    def forward(self, tokens: Any) -> Any:
        x = self.table(tokens) + self.places
        count, time, _ = x.shape
        heads = [
            part.view(count, time, 4, -1).transpose(1, 2)
            for part in self.all(self.norm(x)).chunk(3, -1)
        ]
        scores = (heads[0] @ heads[1].transpose(-2, -1) / 2).masked_fill(~self.mask, float("-inf"))
        y = (scores.softmax(-1) @ heads[2]).transpose(1, 2).reshape(count, time, -1)
        return self.head(x + self.out(y))[:, -1]


def network() -> Any:
    torch.manual_seed(0)
    module = Network().eval()
    with torch.no_grad():
        for name, buffer in module.named_buffers():
            if buffer.is_floating_point():
                low = 0.3 if name.endswith("var") else -0.5
                buffer.copy_(torch.tensor(RNG.uniform(low, 1.0, tuple(buffer.shape))))
    return module


def data(count: int = 64) -> tuple[Any, Any]:
    x = RNG.normal(size=(count, 2, 8, 8)).astype(np.float32)
    return x, (x[:, 0].mean(axis=(1, 2)) > 0).astype(np.int64)


def outputs(module: Any, x: Any) -> Any:
    with torch.no_grad():
        return module.eval()(torch.as_tensor(x)).numpy()


def test_norms_are_folded_into_the_users_own_forward() -> None:
    module, x = network(), data()[0]
    result = dt.improve.fold(module, validation=x)
    changed = result.changed
    assert type(changed) is Network and changed is not module
    assert type(changed.norm) is type(changed.plain.norm) is nn.Identity
    assert changed.plain.first.bias is not None and type(module.norm) is nn.BatchNorm2d
    expected = outputs(module, x)
    assert np.abs(outputs(changed, x) - expected).max() < 1e-5 * np.abs(expected).max()


def test_a_fold_in_double_precision_is_exact_to_its_rounding() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(Block(4, 2), nn.Flatten()).double().eval()
    x = RNG.normal(size=(8, 4, 4, 4))
    with torch.no_grad():
        module[0].norm.running_var.copy_(torch.tensor(RNG.uniform(0.3, 1.0, 4)))
    result, expected = dt.improve.fold(module, validation=x), outputs(module, x)
    assert type(result.changed[0].norm) is nn.Identity
    assert np.abs(outputs(result.changed, x) - expected).max() < 1e-12 * np.abs(expected).max()


def test_channels_that_meet_are_pruned_together() -> None:
    module, (x, y) = network(), data()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    result = dt.improve.prune(module, (x, y), multiply_adds=0.5, epochs=1, compile=COMPILE)
    changed = result.changed
    assert type(changed) is Network
    assert result.report.after.multiply_adds <= 0.51 * result.report.before.multiply_adds
    channels = changed.stem.out_channels
    assert channels < 8
    for block in (changed.plain, changed.depthwise):
        assert block.first.in_channels == block.second.out_channels == channels
    inner = changed.depthwise.first
    assert inner.groups == inner.in_channels == inner.out_channels == channels
    assert changed.dense.in_features == 2 * channels * 4
    assert changed.gain.shape[0] == changed.dense.out_features == changed.head.in_features
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    accuracy = float((outputs(changed, x).argmax(axis=-1) == y).mean())
    assert abs(accuracy - result.report.after.metrics["accuracy"]) < 1e-6


def test_a_table_at_both_ends_stays_one() -> None:
    torch.manual_seed(0)
    tokens = RNG.integers(0, 11, (64, 5))
    module, targets = Tied().eval(), RNG.integers(0, 11, 64)
    result = dt.improve.prune(
        module, (tokens, targets), multiply_adds=0.5, epochs=0, compile=COMPILE
    )
    changed = result.changed
    assert changed.head.weight is changed.table.weight
    width = changed.table.embedding_dim
    assert width == changed.head.in_features == changed.places.shape[1] < 16
    assert changed.all.out_features == 48  # 4 heads are a number in its forward
    notes = "\n".join(result.report.notes)
    assert "layers.all.kernel" in notes and "torch.export" in notes
    result = dt.improve.quantise(module, validation=tokens)
    assert type(result.changed.table) is nn.Embedding
    assert "table stays: something else reads its table" in result.report.notes
    assert not isinstance(result.changed.all, nn.Linear)


def test_kernels_become_two_and_advice_names_modules() -> None:
    module, (x, y) = network(), data()
    result = dt.improve.factorise(module, (x, y), energy=0.6, compile=COMPILE)
    assert type(result.changed.dense) is nn.Sequential and len(result.changed.dense) == 2
    report = dt.improve.normalise(module, x).report
    assert {"stem", "plain.act", "depthwise.norm"} <= {each.name for each in report.layers}
    advice = dt.improve.clip(module, (x, y), compile=COMPILE)
    assert {"plain.first", "gain"} <= advice.report.layers.keys() and advice.model is module


# Faults that are planted have to be found.


class Residual(nn.Module):  # type: ignore[misc, name-defined]
    """Two operands of a sum."""

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.first, self.second, self.head = kind(4, 8), kind(8, 8), nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        x = self.first(x)
        return self.head(x + functional.relu(self.second(x)))


def pruned_residual(kind: Any = nn.Linear) -> tuple[Any, Any]:
    torch.manual_seed(0)
    module, x = Residual(kind).eval(), RNG.normal(size=(32, 4)).astype(np.float32)
    pair = x, RNG.integers(0, 3, 32)
    return module, dt.improve.prune(
        module, pair, multiply_adds=0.6, epochs=0, score="magnitude", compile=COMPILE
    )


def same_elements_left(module: Any, changed: Any) -> bool:
    """Whether the second kernel has lost the elements that the first one has lost."""
    first, second, less, lesser = (
        each.weight.detach().numpy()
        for each in (module.first, module.second, changed.first, changed.second)
    )
    kept = [n for n in range(8) if (first[n] == less).all(axis=1).any()]
    return len(kept) < 8 and bool(np.array_equal(lesser, second[kept][:, kept]))


def test_both_operands_of_a_sum_lose_the_same() -> None:
    module, result = pruned_residual()
    changed = result.changed
    assert changed.first.out_features == changed.second.out_features == changed.head.in_features < 8
    assert same_elements_left(module, changed)


def test_a_forgotten_residual_partner_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the tie between the operands of a sum, the test above fails."""
    generic = dependencies._generic

    def forgetful(node: Any, operands: Any) -> Any:
        is_sum = node.op == "add" and all(arg.op != "broadcast" for arg in node.args)
        return operands[0] if is_sum and node.shape[-1] == 8 else generic(node, operands)

    monkeypatch.setattr(dependencies, "_generic", forgetful)
    module, result = pruned_residual()
    assert not same_elements_left(module, result.changed)


def test_a_wrong_mask_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements of the right number, but other ones."""
    put = torch_source._put

    def shifted(made: Any, path: str, array: Any) -> None:
        put(made, path, np.roll(array, 1, axis=0) if path == "second.weight" else array)

    monkeypatch.setattr(torch_source, "_put", shifted)
    with pytest.raises(UnsupportedError, match="returns something else than its graph"):
        pruned_residual()


# What cannot be traced.


class Small(nn.Module):  # type: ignore[misc, name-defined]
    """A linear layer, and what is done with its output."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.dense, self.function = nn.Linear(4, 6), function
        self.rnn = nn.LSTM(4, 6, batch_first=True)
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


def overwritten(module: Any, x: Any) -> Any:
    y = module.dense(x)
    y[:, 0] = 0.0
    return y


def overwritten_later(module: Any, x: Any) -> Any:
    y = module.dense(x)
    view = y.mul_(2.0)[:, :3]
    y.add_(1.0)
    return view


def counted(module: Any, x: Any) -> Any:
    module.count += 1
    return module.dense(x)


def rounded(module: Any, x: Any) -> Any:
    with torch.autocast("cpu", torch.bfloat16):
        return module.dense(x)


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "control": (lambda m, x: m.dense(x) if x.sum() > 0 else -m.dense(x), "control flow depends"),
    "batch": (lambda m, x: m.dense(x).view(3, 6), "the number of examples is fixed"),
    "operator": (lambda m, x: m.rnn(x[:, None])[0], r"lstm has no counterpart, in 'rnn' \(LSTM\)"),
    "view": (overwritten, "overwrites an array that is shared, in Small"),
    "alias": (overwritten_later, "add_.Tensor overwrites an array that is shared"),
    "state": (counted, "overwrites an array that is shared"),
    "graph": (rounded, "wrap_with_autocast calls a graph of its own, in Small"),
    "vmap": (lambda m, x: torch.vmap(m.dense)(x), "_add_batch_dim has no counterpart, in Small"),
    "scalar": (lambda m, x: m.dense(x).sum(), "without a row for each example"),
    "negative": (lambda m, x: functional.pad(m.dense(x), (-1, 0)), "a negative number, in Small"),
    "complex": (lambda m, x: m.dense(x).to(torch.complex64).abs(), "arrays of complex64, in Small"),
    "random": (lambda m, x: functional.dropout(m.dense(x), 0.5, True), "dropout in evaluation"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_traced_is_named(name: str) -> None:
    function, said = REFUSED[name]
    x = np.ones((8, 4), np.float32)
    with pytest.raises(UnsupportedError, match=said):
        dt.improve.fold(Small(function).eval(), validation=x)


@pytest.mark.parametrize("file", ["/models/torch/network.py", "<ipython-input-3>"])
def test_the_users_line_is_named_wherever_it_is(file: str) -> None:
    """In a folder of the name of the framework, in a notebook, which has no file, and in a base."""
    lines = (
        "class Written(Small):", "    def forward(self, x):", "        return x.sort()[0]", "",
        "class Branching(Small):", "    def forward(self, x):", "        return x if x[0, 0] else 0"
    )  # fmt: skip
    names: dict[str, Any] = {"Small": Small, "__name__": "__main__"}
    exec(compile("\n".join(lines), file, "exec"), names)
    for name, line in ("Written", 3), ("Branching", 7):
        for kind in names[name], type("Inherited", (names[name],), {}):
            with pytest.raises(UnsupportedError, match=f" at {file}:{line}"):
                dt.improve.fold(kind(abs).eval(), validation=np.ones((8, 4), np.float32))


class Several(nn.Module):  # type: ignore[misc, name-defined]
    """Any number of inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(4, 3)

    def forward(self, *x: Any) -> Any:
        return self.dense(x[0]) - 2 * self.dense(x[1])


class ByName(Several):
    """Nested inputs, whose names have another order than the arguments."""

    def forward(self, second: Any, first: Any) -> Any:
        return {"z": Several.forward(self, first["b"], first["a"]), "a": 3 * self.dense(second)}


def test_inputs_are_those_of_the_module() -> None:
    """In its order, and of its type; outputs of a type that NumPy does not have."""
    torch.manual_seed(0)
    a, b, c = (RNG.normal(size=(5, 4)) for _ in range(3))
    several, named = Several().eval(), ByName().eval()
    given = {"first": {"b": b, "a": a}, "second": c}
    turned = {"second": c, "first": {"a": a, "b": b}}

    def expected(module: Any, x: Any) -> Any:
        weight, bias = (each.detach().double().numpy() for each in module.dense.parameters())
        return x @ weight.T + bias

    found = traced_module(several, Examples((a, b))).predict((a, b))
    assert np.abs(found - (expected(several, a) - 2 * expected(several, b))).max() < 1e-5
    for x in given, turned:
        found = traced_module(named, Examples(x)).predict(x)
        assert np.abs(found["z"] - (expected(named, b) - 2 * expected(named, a))).max() < 1e-5
        assert np.abs(found["a"] - 3 * expected(named, c)).max() < 1e-5
    low = Small(lambda m, x: m.dense(x).bfloat16() * 2).eval()
    assert dt.improve.fold(low, validation=a).report.difference < 1e-2


def test_examples_are_arrays_of_any_framework() -> None:
    """With a gradient, and in bfloat16; not integers where the module takes floats."""
    x = torch.ones(8, 4, requires_grad=True)
    module = Small(lambda m, x: torch.tanh(m.dense(x))).eval()
    for given in x, x.bfloat16(), np.asarray(x.detach()).astype(bfloat16.numpy):
        assert dt.improve.fold(module, validation=given).report.difference == 0.0
    with pytest.raises(UnsupportedError, match="run on the first inputs, raised RuntimeError"):
        dt.improve.fold(module, validation=x.int())


class Doubled(nn.Linear):  # type: ignore[misc, name-defined]
    """A subclass, whose call is traced and whose sizes follow its arrays all the same."""

    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


def test_sizes_of_subclasses_follow_their_arrays() -> None:
    changed = pruned_residual(Doubled)[1].changed
    first, second = changed.first, changed.second
    assert type(second) is Doubled and tuple(second.weight.shape) == (second.out_features,) * 2
    assert first.out_features == second.in_features < 8


def test_a_forward_that_reads_what_its_layers_have_is_refused() -> None:
    """Such as the number of a norm, which is folded away."""
    module = nn.Sequential(nn.Conv1d(4, 6, 1), nn.BatchNorm1d(6))

    class Reading(Small):
        def forward(self, x: Any) -> Any:
            return self.function(x[..., None]) + self.function[1].eps

    with pytest.raises(UnsupportedError, match=r"Reading, run with .*'Identity' .* no attribute"):
        dt.improve.fold(Reading(module).eval(), validation=np.ones((8, 4), np.float32))


def test_a_module_without_inputs_to_trace_it_with() -> None:
    with pytest.raises(UnsupportedError, match="validation=x"):
        dt.improve.fold(network())


class Everything(nn.Module):  # type: ignore[misc, name-defined]
    """Many operators, whose values are compared with PyTorch's."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(6, 2, 3))
        self.group, self.rms = nn.GroupNorm(2, 4), nn.RMSNorm(6, eps=1e-6)
        self.scale = nn.Parameter(torch.randn(6))

    def forward(self, x: Any) -> Any:  # (n, 4, 6)
        n = x.size(0)
        a = functional.conv1d(x, self.kernel, stride=2, padding=1, groups=2)  # (n, 6, 3)
        b = functional.avg_pool1d(self.group(x), 2, ceil_mode=True)  # (n, 4, 3)
        c = functional.adaptive_avg_pool1d(x, 4)  # (n, 4, 4)
        d = functional.layer_norm(x, (6,), self.scale, None)
        low, high = x.split([2, 4], 2)
        e = torch.einsum("ncl,nck->nlk", low, high).clamp(-1.0, 2.0)
        f = torch.stack([x.amax(-1), x.min(-1)[0], x.std(-1), x.var(1)[:, :4], x.norm(dim=2)], 1)
        g = torch.where(x > 0.3, x.exp(), -x.abs()).cumsum(1) / (1.5 - x.tanh())
        h = functional.pad(functional.softplus(x, 2.0), (1, 0, 0, 2), value=0.5).flip(1)
        i = functional.interpolate(x[:, :, None].expand(-1, -1, 2, -1), scale_factor=2.0)
        j = torch.addmm(self.scale, x[:, 0], self.scale.repeat(6, 1)).pow(2).rsqrt()
        k = functional.scaled_dot_product_attention(*(x.view(n, 2, 2, 6),) * 3, is_causal=True)
        m = torch.zeros(n, 2).to(x.dtype) + torch.arange(2) * x.argmax(-1)[:, :2].float()
        p = [x.tile(2).mT, x.exp().swapaxes(2, 1), x.new_zeros(n, 1, 4), x.new_ones(n, 1, 4)]
        bits = ((x > 0) & (x < 1)) ^ (x[:, :1] > 0.5).expand_as(x) | (x > 1.5)
        q = bits.cumsum(1, dtype=torch.float32) + x.prod(-1, keepdim=True)
        parts = [a, b, c, d, e, f, g, h, i, j, k, m, *p, q, self.rms(x)]
        parts.append(x.roll(1, 2).unflatten(1, (2, 2)))
        return torch.cat([part.flatten(1) for part in parts], 1).log_softmax(-1)


def test_operators_have_pytorchs_values() -> None:
    torch.manual_seed(0)
    x = RNG.normal(size=(7, 4, 6)).astype(np.float32)
    module = Everything().eval()
    model = traced_module(module, Examples(x))
    expected = outputs(module, x)
    assert np.abs(model.predict(x) - expected).max() < 1e-5 * np.abs(expected).max()
