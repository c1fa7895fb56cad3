"""PyTorch's own checks (`dt.check` runs them), and its derivatives for the checker."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.gradcheck import GradcheckError
from torch.utils._python_dispatch import TorchDispatchMode

from dovetail.errors import UnsupportedError
from dovetail.extension.layer import Layer
from dovetail.extension.values import leaves_of
from dovetail.hosts.protocol import Validator
from dovetail.hosts.torch.dtypes import from_numpy
from dovetail.language.tree import map_leaves
from dovetail.operations.validation import FloatingFunction, wrong_derivative

FUNCTIONS = ("op", "activation", "loss")
_SLOW = 120  # elements up to which the whole Jacobian is compared
_STEPS = 3


def versions() -> dict[str, str]:
    """The packages that the host depends on."""
    return {"torch": torch.__version__}


def vjp(extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any) -> Any:
    """The cotangent of each array argument, by autograd; zeros where none flows."""
    function = FloatingFunction(extension, args, settings, _is_real)
    primals = [leaf.detach().requires_grad_() for leaf in function.primals]
    pairs = [
        (output, cotangent)
        for output, cotangent in zip(function.outputs(*primals), leaves_of(cotangents), strict=True)
        if output.requires_grad
    ]
    found = [torch.zeros_like(leaf) for leaf in primals]
    if pairs:
        outputs, given = zip(*pairs, strict=True)
        found = torch.autograd.grad(
            outputs, primals, given, allow_unused=True, materialize_grads=True
        )
    return function.spread(found, torch.zeros_like)


def _is_real(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype.is_floating_point


def _has_elements(value: Any) -> bool:
    return _is_real(value) and value.numel() > 0


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
    function = FloatingFunction(extension, map_leaves(from_numpy, args), settings, _has_elements)
    leaves, primals = function.leaves, function.primals
    outputs = function.outputs(*primals)
    if leaves and all(leaf.ndim for leaf in leaves):
        every = FloatingFunction(extension, map_leaves(from_numpy, args), settings, torch.is_tensor)
        torch.func.vmap(every.outputs)(*(torch.stack([leaf, leaf]) for leaf in leaves))
    if not primals or not function.picked(outputs):
        return
    tracked = [leaf.detach().requires_grad_() for leaf in primals]
    order: Sequence[Any] = function.outputs(*tracked)
    for _ in range(2):
        total = sum((o * o).sum() for o in order if _is_real(o))
        if not isinstance(total, torch.Tensor) or not total.requires_grad:
            break
        order = torch.autograd.grad(total, tracked, create_graph=True, materialize_grads=True)
    torch.func.jvp(function, primals, tuple(map(torch.ones_like, primals)))


def _differentiated(
    check: Callable[..., bool], extension: Any, args: tuple[Any, ...], settings: dict[str, Any]
) -> Iterator[str]:
    """A check of PyTorch's, of the function in float64."""
    arrays = map_leaves(from_numpy, args)
    wide = map_leaves(lambda leaf: leaf.double() if _is_real(leaf) else leaf, arrays)
    function = FloatingFunction(extension, wide, settings, _has_elements)

    def run(*primals: Any) -> Any:
        return tuple(function(*primals))

    if not function.primals or not run(*function.primals):
        return
    fast = sum(primal.numel() for primal in function.primals) > _SLOW

    def complaint(shift: float) -> str | None:
        inputs = tuple(_shifted(x, shift).requires_grad_() for x in function.primals)
        try:
            with _quiet():
                check(run, inputs, fast_mode=fast)
        except GradcheckError as error:
            return _first_line(error)
        return None

    yield from wrong_derivative(complaint, extension, args, settings)


def _shifted(tensor: Any, shift: float) -> Any:
    spread = torch.linspace(
        -1.0, 1.0, tensor.numel(), dtype=tensor.dtype, device=tensor.device
    ).reshape(tensor.shape)
    return (tensor * (1.0 + shift * spread) + 0.01 * shift).detach()


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _same_noise() -> Iterator[None]:
    """The same random keys each time, on every device; that of the CPU goes on as before."""
    state = torch.get_rng_state()
    torch.manual_seed(0)
    try:
        yield
    finally:
        torch.set_rng_state(state)


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
    module = copy.deepcopy(module).to(torch.get_default_device())
    module.train(bool(settings.get("training", False)))
    inputs = map_leaves(from_numpy, args)
    module(*inputs)  # builds what takes its sizes from the input
    first = copy.deepcopy(module)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    with _same_noise():
        want = leaves_of(copy.deepcopy(first)(*inputs))
    for changed in first.state_dict().values():
        changed.fill_(0.5 if changed.dtype.is_floating_point else 1)
    file.seek(0)
    result = first.load_state_dict(torch.load(file, weights_only=True))
    if result.missing_keys or result.unexpected_keys:
        yield f"state_dict does not load: {result}"
    with _same_noise():
        got = leaves_of(first(*inputs))
    if not all(torch.equal(a, b) for a, b in zip(want, got, strict=True)):
        yield "after state_dict and load_state_dict the output is another"


def saved_optimizer(
    optimizer: Any, args: tuple[Any, ...], settings: dict[str, Any]
) -> Iterator[str]:
    """Steps after loading a state_dict are those without saving and loading."""
    try:
        form = optimizer.torch
    except UnsupportedError:
        return

    def start() -> tuple[list[Any], Any]:
        params = [torch.nn.Parameter(from_numpy(leaf)) for leaf in leaves_of(args)]
        return params, form(params)

    def step(params: list[Any], made: Any, seed: int) -> None:
        generator = torch.Generator("cpu").manual_seed(seed)
        draws = [
            torch.randn(p.shape, generator=generator, device="cpu").to(p.device, p.dtype)
            for p in params
        ]
        for param, draw in zip(params, draws, strict=True):
            param.grad = draw

        def closure() -> Any:
            pairs = zip(params, draws, strict=True)
            losses = [(param * draw + 0.5 * param * param).sum() for param, draw in pairs]
            grads = torch.autograd.grad(losses, params, create_graph=True)
            for param, grad in zip(params, grads, strict=True):
                param.grad = grad
            return torch.stack([loss.double() for loss in losses]).sum()

        made.step(*([closure] if optimizer.asks else []))

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


# Against differences: both modes and their batched forms; reverse and forward over reverse mode.
_FIRST = partial(
    gradcheck, check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=True
)
_SECOND = partial(
    gradgradcheck, check_batched_grad=True, check_fwd_over_rev=True, check_rev_over_rev=True
)

VALIDATORS: Sequence[Validator] = (
    Validator("torch.library.opcheck", FUNCTIONS, opcheck),
    Validator("torch.autograd.gradcheck", FUNCTIONS, partial(_differentiated, _FIRST)),
    Validator("torch.autograd.gradgradcheck", FUNCTIONS, partial(_differentiated, _SECOND)),
    Validator("state_dict of a module", ("layer",), saved_module),
    Validator("state_dict of an optimizer", ("optimizer",), saved_optimizer),
)
