"""Random keys and initial values: PyTorch's generator, as for torch.nn's own modules."""

from __future__ import annotations

import copy
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch.utils.checkpoint import checkpoint  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.errors import DefinitionError  # noqa: E402


class Noisy(dt.Layer):
    """Two keys in one pass, in evaluation too."""

    scale: float = 0.5
    key = dt.RandomKey()

    def forward(self, x: Any) -> Any:
        more = dt.fold_in(self.key, 1)
        noise = dt.random_normal(self.key, x.shape) * dt.random_uniform(more, x.shape)
        return x * (1.0 + self.scale * noise)


class Twice(dt.Layer):
    """One layer, called twice in a pass."""

    inner: Any = None

    def forward(self, x: Any) -> Any:
        return dt.stack([self.inner(x), self.inner(x)])


def _twice() -> Any:
    return Twice.torch(dt.Dropout(0.5))


MODULES: dict[str, Any] = {
    "dropout": lambda: dt.Dropout.torch(0.5),
    "noise": lambda: Noisy.torch(),
    "twice": _twice,
    "inside": lambda: dt.Sequential(dt.Dense(64, seed=1), dt.Dropout(0.5)).torch,
}
modules = pytest.mark.parametrize("name", MODULES)


def _mask(module: Any, x: Any) -> Any:
    return module(x).detach().clone()


@modules
def test_the_generator_says_what_is_drawn(name: str) -> None:
    module, x = MODULES[name](), torch.ones(64)
    first = _mask(module, x)
    torch.manual_seed(1)
    a, b = _mask(module, x), _mask(module, x)
    assert not torch.equal(a, b)
    assert not torch.equal(a, first)
    torch.manual_seed(1)
    assert torch.equal(_mask(module, x), a)
    assert torch.equal(_mask(copy.deepcopy(module), x), b)
    with torch.random.fork_rng(devices=[]):
        c = _mask(module, x)
    assert torch.equal(_mask(module, x), c)
    state = torch.get_rng_state()
    d = _mask(module, x)
    torch.set_rng_state(state)
    assert torch.equal(_mask(module, x), d)


@modules
@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpointing_draws_the_same_again(name: str, reentrant: bool) -> None:
    module = MODULES[name]()
    x = torch.linspace(0.5, 1.5, 64, requires_grad=True)
    plain = _gradients(module, x, lambda x: module(x))
    again = _gradients(module, x, lambda x: checkpoint(module, x, use_reentrant=reentrant))
    assert torch.equal(plain, again)


def _gradients(module: Any, x: Any, run: Any) -> Any:
    module(x)  # sizes that come from the input
    torch.manual_seed(3)
    y = run(x)
    torch.rand(5)  # what is drawn between forward and backward
    weights = torch.linspace(-1.0, 1.0, y.numel()).reshape(y.shape)
    x.grad = None
    (y * weights).sum().backward()
    return x.grad


def test_evaluation_draws_nothing() -> None:
    module = dt.Sequential(dt.Dense(3), dt.Dropout(0.5)).torch.eval()
    module(torch.ones(2, 3))
    state = torch.get_rng_state()
    module(torch.ones(2, 3))
    assert torch.equal(torch.get_rng_state(), state)


def test_vmap() -> None:
    module = dt.Dropout.torch(0.5)
    x = torch.ones(5, 64)
    different = torch.func.vmap(module, randomness="different")(x)
    assert len({tuple(row.tolist()) for row in different}) == 5
    same = torch.func.vmap(module, randomness="same")(x)
    assert len({tuple(row.tolist()) for row in same}) == 1
    with pytest.raises(RuntimeError, match="randomness"):
        torch.func.vmap(module)(x)
    assert torch.equal(torch.func.vmap(module.eval())(x), x)


def test_functional_transforms_see_one_mask() -> None:
    module, x = dt.Dropout.torch(0.5), torch.ones(64)

    def both(x: Any) -> Any:
        y = module(x)
        return y.sum(), y

    slope, y = torch.func.grad(both, has_aux=True)(x)
    assert torch.equal(slope, y)
    y, tangent = torch.func.jvp(module, (x,), (2.0 * x,))
    assert torch.equal(tangent, 2.0 * y)
    y, vjp = torch.func.vjp(module, x)
    assert torch.equal(vjp(x)[0], y)


@pytest.mark.parametrize("recomputed", [False, True])
def test_compiled_functions_draw_each_time(recomputed: bool) -> None:
    module = dt.Dropout.torch(0.5)
    run = lambda x: checkpoint(module, x, use_reentrant=False) if recomputed else module(x)  # noqa: E731
    torch._dynamo.reset()
    compiled = torch.compile(run, backend="aot_eager", fullgraph=True)
    x = torch.ones(64, requires_grad=True)
    masks = []
    for _ in range(2):
        y = compiled(x)
        assert torch.equal(torch.autograd.grad(y.sum(), x)[0], y.detach())
        masks.append(y.detach())
    assert not torch.equal(*masks)
    torch.manual_seed(5)
    first = compiled(x)
    torch.manual_seed(5)
    assert torch.equal(compiled(x), first)


def test_keys_are_no_tensors_of_a_module() -> None:
    module = dt.Sequential(dt.Dropout(0.5), dt.Dense(2, features=3)).torch
    assert list(module.state_dict()) == ["layers.1.kernel", "layers.1.bias"]
    old = {**module.state_dict(), "layers.0.key": torch.zeros(2, dtype=torch.uint32)}
    module.load_state_dict(old)  # a file of an older version


def test_a_layer_that_trained_beside_its_module() -> None:
    layer = dt.Dropout(0.5)
    module = layer.torch
    x = torch.ones(8)
    layer(x.numpy(), training=True)
    module(x)


def test_keys_cannot_be_assigned_to() -> None:
    class Wrong(dt.Layer):
        key = dt.RandomKey()

        def forward(self, x: Any) -> Any:
            self.key = dt.fold_in(self.key, 1)
            return x

    with pytest.raises(DefinitionError, match=r"Wrong\.key is a random key"):
        Wrong.torch()(torch.ones(2))


# Initial values.


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda: dt.LayerNorm.torch(8), lambda: torch.nn.LayerNorm(8)),
        (lambda: dt.RMSNorm.torch(8), lambda: torch.nn.RMSNorm(8)),
        (lambda: dt.BatchNorm.torch(8), lambda: torch.nn.BatchNorm1d(8)),
        (lambda: dt.Dropout.torch(0.5), lambda: torch.nn.Dropout(0.5)),
        (lambda: dt.Dense.torch(3, features=2, seed=1), lambda: None),
        (lambda: dt.Dense.torch(3, features=2), lambda: torch.nn.Linear(2, 3)),
        (lambda: dt.Embedding.torch(3, 2), lambda: torch.nn.Embedding(3, 2)),
    ],
)
def test_making_a_module_draws_where_pytorchs_does(ours: Any, theirs: Any) -> None:
    drawn = []
    for make in (ours, theirs):
        before = torch.get_rng_state()
        make()
        drawn.append(not torch.equal(torch.get_rng_state(), before))
    assert drawn[0] == drawn[1]


def test_initial_values_follow_the_seed() -> None:
    def made() -> Any:
        torch.manual_seed(7)
        return dt.Dense.torch(3, features=2), dt.Dense.torch(3, features=2)

    (a, b), (c, _) = made(), made()
    assert torch.equal(a.kernel, c.kernel)
    assert not torch.equal(a.kernel, b.kernel)
    torch.manual_seed(7)
    b.reset_parameters()
    assert torch.equal(a.kernel, b.kernel)


def test_tensors_without_elements_need_no_key_of_elements() -> None:
    module, x = dt.Dropout.torch(0.5), torch.ones(3, device="meta", requires_grad=True)
    output = module(x)
    output.sum().backward()
    assert output.is_meta and x.grad.is_meta
    assert not module(torch.ones(3)).is_meta
