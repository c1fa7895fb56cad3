"""Inside PyTorch: Dovetail's extensions on tensors, and PyTorch functions for the same maths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from problems import EPSILON, OURS, Array, Problem
from torch.nn import functional as F

import dovetail as dt
from dovetail.timing import Call
from peers import dovetail_peer, torch_peer

COMPOSITE, BUILT_IN, COMPILED = "composite", "built-in", "torch.compile"
VARIANTS = (OURS, COMPOSITE, BUILT_IN, COMPILED)

Tensor = torch.Tensor


def set_threads(count: int) -> None:
    """The threads of one operation, Dovetail's included: they are PyTorch's."""
    torch.set_num_threads(count)


def mish(x: Tensor) -> Tensor:
    """The usual composite."""
    return x * torch.tanh(F.softplus(x))


def gelu(x: Tensor) -> Tensor:
    """The usual composite."""
    return 0.5 * x * (1.0 + torch.erf(x * 0.7071067811865476))


def swiglu(x: Tensor, gate: Tensor) -> Tensor:
    """The usual composite."""
    return x * gate * torch.sigmoid(gate)


def softmax(x: Tensor) -> Tensor:
    """The usual composite."""
    powers = torch.exp(x - x.amax(-1, keepdim=True))
    return powers / powers.sum(-1, keepdim=True)


def log_softmax(x: Tensor) -> Tensor:
    """The usual composite."""
    return x - torch.logsumexp(x, -1, keepdim=True)


def rms_norm(x: Tensor, scale: Tensor) -> Tensor:
    """The usual composite."""
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + EPSILON) * scale


def layer_norm(x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """The usual composite."""
    centred = x - x.mean(-1, keepdim=True)
    return centred * torch.rsqrt((centred**2).mean(-1, keepdim=True) + EPSILON) * scale + bias


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """The usual composite."""
    picked = log_softmax(logits).gather(-1, labels[:, None])
    return -picked.mean()


def relu(x: Tensor) -> Tensor:
    """The usual composite."""
    return torch.where(x > 0.0, x, 0.0)


AS_WRITTEN: Mapping[str, Callable[..., Tensor]] = {
    "mish": mish, "gelu": gelu, "swiglu": swiglu, "softmax": softmax, "log_softmax": log_softmax,
    "rms_norm": rms_norm, "layer_norm": layer_norm, "cross_entropy": cross_entropy, "relu": relu,
}  # fmt: skip
BUILT_INS: Mapping[str, Callable[..., Tensor]] = {**torch_peer.FORWARD, "relu": F.relu}
DOVETAIL: Mapping[str, Callable[..., Any]] = {**dovetail_peer.FORWARD, "relu": dt.relu}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation; its gradients by autograd. torch.compile specialises on the sizes."""
    functions = {OURS: DOVETAIL, COMPOSITE: AS_WRITTEN}.get(variant, BUILT_INS)
    function: Any = functions[problem.operation]
    if variant == COMPILED:
        torch.compiler.reset()  # else it stops compiling after a few sizes
        function = torch.compile(function, dynamic=False)
    return torch_peer.called(problem, function)


def adamw(*_: Any) -> Call:
    """torch_optimizers.py has those."""
    raise NotImplementedError


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    return torch_peer.arrays(result)
