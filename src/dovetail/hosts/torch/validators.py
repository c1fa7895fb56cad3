"""PyTorch's own judges, and what the checker asks of the host."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.gradcheck import GradcheckError
from torch.utils._python_dispatch import TorchDispatchMode

from dovetail.errors import UnsupportedError
from dovetail.extension.layer import Layer
from dovetail.extension.values import leaves_of
from dovetail.hosts.protocol import Validator
from dovetail.hosts.torch.conversion import from_numpy
from dovetail.language.tree import flatten, map_leaves, unflatten
from dovetail.operations.derivatives import derivative_is_declared

FUNCTIONS = ("op", "activation", "loss")
_SLOW = 120  # elements up to which every one of a Jacobian is looked at
_SHIFT = 0.0123  # how far arguments are moved away from what may be a kink
_STEPS = 3


def versions() -> dict[str, str]:
    """The packages that the host stands on."""
    return {"torch": torch.__version__}


def vjp(extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any) -> Any:
    """The cotangent of each array argument, by autograd; zeros where none flows."""
    leaves, tree = _leaves(args)
    tracked = [leaf.detach().requires_grad_() if _is_real(leaf) else leaf for leaf in leaves]
    outputs = leaves_of(extension(*unflatten(tree, tracked), **settings))
    pairs = [
        (output, cotangent)
        for output, cotangent in zip(outputs, leaves_of(cotangents), strict=True)
        if output.requires_grad
    ]
    real = [leaf for leaf in tracked if leaf.requires_grad]
    found: Sequence[Any] = [None] * len(real)
    if pairs:
        outs, given = zip(*pairs, strict=True)
        found = torch.autograd.grad(outs, real, given, allow_unused=True)
    gradients = iter(found)
    result: list[Any] = []
    for leaf in tracked:
        gradient = next(gradients) if leaf.requires_grad else None
        result.append(torch.zeros_like(leaf) if gradient is None else gradient)
    return tuple(result)


def _is_real(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype.is_floating_point


def _leaves(args: Any) -> tuple[list[Any], Any]:
    found, tree = flatten(args)
    return [leaf for _, leaf in found], tree


# Of functions.


class _Watched(TorchDispatchMode):
    """The operators of ours that run, each with the arguments of its first call."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[Any, tuple[Any, ...]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func.namespace == "dovetail":
            self.seen.setdefault(func, args)
        return func(*args, **(kwargs or {}))


def opcheck(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """torch.library.opcheck of the operator, and of those of its derivatives and of vmap."""
    with _quiet(), _Watched() as watched:
        _exercise(extension, args, settings)
    for operator, given in watched.seen.items():
        plain = tuple(a.detach().clone() if isinstance(a, torch.Tensor) else a for a in given)
        with _quiet():
            found = torch.library.opcheck(operator, plain, raise_exception=False)
        for test, outcome in found.items():
            if outcome != "SUCCESS":
                yield f"{test} of {operator}: {_first_line(outcome)}"


def _exercise(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> None:
    """Value, gradient, gradient of the gradient, forward mode, and vmap."""
    leaves, tree = _leaves(map_leaves(from_numpy, args))
    real = [n for n, leaf in enumerate(leaves) if _is_real(leaf) and leaf.numel()]

    def run(*given: Any) -> list[Any]:
        return leaves_of(extension(*unflatten(tree, list(given)), **settings))

    outputs = run(*leaves)
    if leaves and all(leaf.ndim for leaf in leaves):
        torch.func.vmap(run)(*(torch.stack([leaf, leaf]) for leaf in leaves))
    if not real or not any(_is_real(output) for output in outputs):
        return
    tracked = [leaf.requires_grad_() if n in real else leaf for n, leaf in enumerate(leaves)]
    order: Sequence[Any] = run(*tracked)
    for _ in range(2):
        total = sum((o * o).sum() for o in order if _is_real(o))
        if not isinstance(total, torch.Tensor) or not total.requires_grad:
            break
        wrt = [tracked[n] for n in real]
        order = torch.autograd.grad(total, wrt, create_graph=True, materialize_grads=True)
    rest = [leaf.detach() for leaf in leaves]

    def moved(*given: Any) -> list[Any]:
        filled = list(rest)
        for position, value in zip(real, given, strict=True):
            filled[position] = value
        return [output for output in run(*filled) if _is_real(output)]

    primals = tuple(rest[n] for n in real)
    torch.func.jvp(moved, primals, tuple(map(torch.ones_like, primals)))


def first_order(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """torch.autograd.gradcheck: both modes and their batched forms, against differences."""

    def judge(function: Any, inputs: Any, **options: Any) -> bool:
        return gradcheck(
            function, inputs, check_forward_ad=True, check_batched_grad=True,
            check_batched_forward_grad=True, **options,
        )  # fmt: skip

    yield from _differentiated(judge, extension, args, settings)


def second_order(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """torch.autograd.gradgradcheck: reverse and forward mode over reverse mode."""

    def judge(function: Any, inputs: Any, **options: Any) -> bool:
        return gradgradcheck(
            function, inputs, check_batched_grad=True, check_fwd_over_rev=True,
            check_rev_over_rev=True, **options,
        )  # fmt: skip

    yield from _differentiated(judge, extension, args, settings)


def _differentiated(
    judge: Callable[..., bool], extension: Any, args: tuple[Any, ...], settings: dict[str, Any]
) -> Iterator[str]:
    leaves, tree = _leaves(map_leaves(from_numpy, args))
    wide = [leaf.double() if _is_real(leaf) else leaf for leaf in leaves]
    real = [n for n, leaf in enumerate(wide) if _is_real(leaf) and leaf.numel()]

    def run(*given: Any) -> Any:
        filled = list(wide)
        for position, value in zip(real, given, strict=True):
            filled[position] = value
        outputs = leaves_of(extension(*unflatten(tree, filled), **settings))
        return tuple(output for output in outputs if _is_real(output))

    if not real or not run(*(wide[n] for n in real)):
        return
    fast = sum(wide[n].numel() for n in real) > _SLOW
    complaint = None
    for shift in (0.0, _SHIFT):  # differences across a kink say nothing: then beside it
        inputs = tuple(_shifted(wide[n], shift).requires_grad_() for n in real)
        try:
            with _quiet():
                judge(run, inputs, fast_mode=fast)
        except GradcheckError as error:
            complaint = complaint or _first_line(error)
            continue
        return
    if not derivative_is_declared(extension, args, settings):
        yield complaint or "no reason given"


def _shifted(tensor: Any, shift: float) -> Any:
    spread = torch.linspace(-1.0, 1.0, tensor.numel(), dtype=tensor.dtype).reshape(tensor.shape)
    return (tensor * (1.0 + shift * spread) + 0.01 * shift).detach()


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _first_line(error: object) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines[:3])[:400] or type(error).__name__


# Of layers and optimizers.


def saved_module(layer: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """What a module computes survives state_dict, torch.save, and a copy."""
    try:
        made = layer.torch if isinstance(layer, Layer) else layer.torch()
    except UnsupportedError:
        return
    module = made if isinstance(made, torch.nn.Module) else made()
    module = copy.deepcopy(module)
    module.train(bool(settings.get("training", False)))
    inputs = map_leaves(from_numpy, args)
    module(*inputs)  # builds what takes its sizes from the input
    first = copy.deepcopy(module)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    noise = torch.get_rng_state()  # of random keys
    want = leaves_of(copy.deepcopy(first)(*inputs))
    for changed in first.state_dict().values():
        changed.fill_(0.5 if changed.dtype.is_floating_point else 1)
    file.seek(0)
    result = first.load_state_dict(torch.load(file, weights_only=True))
    if result.missing_keys or result.unexpected_keys:
        yield f"state_dict does not load: {result}"
    torch.set_rng_state(noise)
    got = leaves_of(first(*inputs))
    if not all(torch.equal(a, b) for a, b in zip(want, got, strict=True)):
        yield "after state_dict and load_state_dict the output is another"


def saved_optimizer(
    optimizer: Any, args: tuple[Any, ...], settings: dict[str, Any]
) -> Iterator[str]:
    """Steps go on from a loaded state_dict as if nothing had happened."""
    try:
        form = optimizer.torch
    except UnsupportedError:
        return

    def start() -> tuple[list[Any], Any]:
        params = [torch.nn.Parameter(from_numpy(leaf)) for leaf in leaves_of(args)]
        return params, form(params)

    def step(params: list[Any], made: Any, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for param in params:
            param.grad = torch.randn(param.shape, generator=generator).to(param.dtype)
        made.step()

    params, made = start()
    for seed in range(_STEPS):
        step(params, made, seed)
    file = io.BytesIO()
    torch.save(made.state_dict(), file)
    file.seek(0)
    others, again = start()
    with torch.no_grad():
        for other, param in zip(others, params, strict=True):
            other.copy_(param)
    again.load_state_dict(torch.load(file, weights_only=True))
    for seed in range(_STEPS):
        step(params, made, seed + _STEPS)
        step(others, again, seed + _STEPS)
    if not all(torch.equal(a, b) for a, b in zip(params, others, strict=True)):
        yield "after state_dict and load_state_dict the steps are others"


VALIDATORS: Sequence[Validator] = (
    Validator("torch.library.opcheck", FUNCTIONS, opcheck),
    Validator("torch.autograd.gradcheck", FUNCTIONS, first_order),
    Validator("torch.autograd.gradgradcheck", FUNCTIONS, second_order),
    Validator("state_dict of a module", ("layer",), saved_module),
    Validator("state_dict of an optimizer", ("optimizer",), saved_optimizer),
)
