"""The library's optimizers beside PyTorch's and Optax' own of the same rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
torch = pytest.importorskip("torch")
contrib = pytest.importorskip("optax.contrib")

RNG = np.random.default_rng(5)
START = {"w": RNG.normal(size=(4, 3)), "b": RNG.normal(size=3)}
SLOPES = {name: RNG.normal(size=value.shape) for name, value in START.items()}
STEPS = 6


def gradient(params: dict[str, Any], t: int) -> dict[str, Any]:
    """Of a p + 0.1 p^4 + 0.5 cos(t) p^2."""
    return {k: SLOPES[k] + 0.4 * p**3 + np.cos(t) * p for k, p in params.items()}


def ours(optimizer: Any) -> list[dict[str, Any]]:
    params, state, path = START, optimizer.init(START), []
    for t in range(1, STEPS + 1):
        at = params
        again = {"again": lambda points, t=t: (0.0, gradient(points, t))} if optimizer.asks else {}
        params, state = optimizer.apply(params, gradient(at, t), state, **again)
        path.append(params)
    return path


def same(optimizer: Any, path: list[dict[str, Any]], tolerance: float) -> None:
    for got, want in zip(ours(optimizer), path, strict=True):
        for name, value in want.items():
            np.testing.assert_allclose(got[name], np.asarray(value), rtol=tolerance, atol=tolerance)


TORCH: dict[str, tuple[Any, Callable[[Any], Any], float]] = {
    "Adadelta": (dt.Adadelta(0.5, weight_decay=0.1),
                 lambda p: torch.optim.Adadelta(p, 0.5, weight_decay=0.1), 1e-12),
    "Adamax": (dt.Adamax(0.1), lambda p: torch.optim.Adamax(p, 0.1), 1e-12),
    "RAdam": (dt.RAdam(0.1), lambda p: torch.optim.RAdam(p, 0.1), 1e-12),
    "RAdam, soon known": (dt.RAdam(0.1, beta2=0.9),
                          lambda p: torch.optim.RAdam(p, 0.1, (0.9, 0.9)), 1e-12),
    "Rprop": (dt.Rprop(0.1), lambda p: torch.optim.Rprop(p, 0.1), 1e-12),
    "Adafactor": (dt.Adafactor(0.1, weight_decay=0.1),
                  lambda p: torch.optim.Adafactor(p, 0.1, weight_decay=0.1), 1e-7),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_beside_pytorch(name: str) -> None:
    optimizer, make, tolerance = TORCH[name]
    params = {k: torch.nn.Parameter(torch.tensor(v)) for k, v in START.items()}
    theirs, path = make(list(params.values())), []
    for t in range(1, STEPS + 1):
        now = {k: p.detach().numpy().copy() for k, p in params.items()}
        for k, g in gradient(now, t).items():
            params[k].grad = torch.tensor(g)
        theirs.step()
        path.append({k: p.detach().numpy().copy() for k, p in params.items()})
    same(optimizer, path, tolerance)


def test_muon_beside_pytorch() -> None:
    """PyTorch's iteration is in bfloat16."""
    param = torch.nn.Parameter(torch.tensor(START["w"], dtype=torch.float32))
    theirs = torch.optim.Muon([param], 0.1, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    rule = dt.Muon(0.1, weight_decay=0.1, match_rms=True)
    own = {"w": START["w"].astype(np.float32)}
    state = rule.init(own)
    for t in range(1, 4):
        grad = gradient({"w": own["w"]}, t) if t == 1 else {"w": SLOPES["w"] * t}
        grad = {"w": grad["w"].astype(np.float32)}
        param.grad = torch.tensor(grad["w"])
        theirs.step()
        own, state = rule.apply(own, grad, state)
        np.testing.assert_allclose(own["w"], param.detach().numpy(), atol=0.02)


OPTAX: dict[str, tuple[Any, Callable[[], Any], float]] = {
    "LAMB": (dt.LAMB(0.1, weight_decay=0.1), lambda: optax.lamb(0.1, weight_decay=0.1), 1e-9),
    "LARS": (dt.LARS(1.0, weight_decay=0.1, trust=0.1),
             lambda: optax.lars(1.0, weight_decay=0.1, trust_coefficient=0.1), 1e-9),
    "NovoGrad": (dt.NovoGrad(0.1, weight_decay=0.1),
                 lambda: optax.novograd(0.1, weight_decay=0.1), 1e-9),
    "AdaBelief": (dt.AdaBelief(0.1), lambda: optax.adabelief(0.1), 1e-6),
    "Yogi": (dt.Yogi(0.1), lambda: optax.yogi(0.1), 1e-9),
    "AdEMAMix": (dt.AdEMAMix(0.1, alpha=6.0), lambda: contrib.ademamix(0.1, alpha=6.0), 1e-9),
    "ADOPT": (dt.ADOPT(0.1), lambda: contrib.adopt(0.1), 1e-9),
    "MADGRAD": (dt.MADGRAD(0.1), lambda: contrib.madgrad(0.1), 1e-4),  # eps elsewhere
    "Prodigy": (dt.Prodigy(first=1e-3, correct=True),
                lambda: contrib.prodigy(1.0, estim_lr0=1e-3), 1e-6),
    "DoG": (dt.DoG(first=1e-2), lambda: contrib.dog(1.0, ("heuristic", 1e-2)), 1e-6),
    "SignSGD": (dt.SignSGD(0.1), lambda: optax.sign_sgd(0.1), 1e-12),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTAX)
def test_beside_optax(name: str) -> None:
    optimizer, make, tolerance = OPTAX[name]
    with jax.enable_x64(True):
        theirs, params = make(), {k: jax.numpy.asarray(v) for k, v in START.items()}
        state, path = theirs.init(params), []
        for t in range(1, STEPS + 1):
            updates, state = theirs.update(gradient(params, t), state, params)
            params = optax.apply_updates(params, updates)
            path.append(params)
    same(optimizer, path, tolerance)


def test_schedule_free_beside_optax() -> None:
    """Optax' has the learning rate inside; the mean is the same."""
    with jax.enable_x64(True):
        theirs = contrib.schedule_free_adamw(0.1, warmup_steps=None)
        params = {k: jax.numpy.asarray(v) for k, v in START.items()}
        state = theirs.init(params)
        own, rule = START, dt.ScheduleFree(0.1)
        mine = rule.init(own)
        for t in range(1, STEPS + 1):
            updates, state = theirs.update(gradient(params, t), state, params)
            params = optax.apply_updates(params, updates)
            own, mine = rule.apply(own, gradient(own, t), mine)
        mean = contrib.schedule_free_eval_params(state, params)
    got = rule.evaluation_parameters(own, mine)
    for name, value in mean.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-6)
