"""What `dovetail::call(operation, arrays, floats)` does: the operator of calls in kept graphs.

torch.export and torch.jit.trace write it into their graphs. `operation` is the text of the whole
operation (operations/names.py), so that another process can run the graph once it has imported
Dovetail, with the definitions at hand. The operator has all that such a graph may be put to: a
kernel, which runs the operation as a call in eager mode does; a fake; the derivative, another call
of the operator; the batch; and a decomposition into PyTorch's own functions (composite.py), by
which torch.onnx.export finds its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.fx.experimental.proxy_tensor import get_proxy_mode

from dovetail.hosts.torch.autograd import apply, call_kept
from dovetail.hosts.torch.composite import composite
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.errors import reraise
from dovetail.hosts.torch.library import batch_first, fake_outputs
from dovetail.hosts.torch.segments import calls_library
from dovetail.operations.names import operation_of
from dovetail.operations.operation import placed


@dynamo_skip
def run(text: str, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
    """The kernel: outputs share no memory with the arrays or each other."""
    operation = operation_of(text)
    try:
        with torch.no_grad():
            found = apply(operation, (*arrays, *floats))
    except RuntimeError as error:
        reraise(error, operation, operation.name, arrays)
    results = list(found) if isinstance(found, (tuple, list)) else [found]
    if not calls_library(operation, arrays):
        return results
    taken = {_memory(array) for array in arrays}
    for number, result in enumerate(results):
        whole = result.contiguous()
        results[number] = whole.clone() if _memory(whole) in taken else whole
        taken.add(_memory(results[number]))
    return results


def _memory(tensor: Any) -> int:
    return tensor.untyped_storage().data_ptr()


@dynamo_skip
def fake(text: str, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
    """The outputs without data."""
    operation = operation_of(text)
    return list(fake_outputs(operation, arrays, ordered=not calls_library(operation, arrays)))


@dynamo_skip
def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    """Keep the arrays for backward."""
    text, arrays, floats = inputs
    ctx.text, ctx.floats = text, floats
    ctx.save_for_backward(*arrays)
    ctx.floating = [each.is_floating_point() for each in output]


@dynamo_skip
def backward(ctx: Any, gradients: Sequence[Any]) -> tuple[Any, ...]:
    """The derivative: a call of the operation's vjp."""
    operation = operation_of(ctx.text)
    arrays = ctx.saved_tensors
    cotangents = tuple(
        n for n, gradient in enumerate(gradients) if gradient is not None and ctx.floating[n]
    )
    wrt = tuple(n for n, needed in enumerate(ctx.needs_input_grad[1]) if needed)
    nothing: Any = None if ctx.floats else []  # PyTorch takes an empty list for one of tensors
    if not cotangents or not wrt:
        return None, [None] * len(arrays), nothing
    given = [gradients[n] for n in cotangents]
    found = call_kept(operation.vjp(cotangents, wrt), [*given, *arrays], ctx.floats)
    return None, placed(found, wrt, len(arrays)), nothing


@dynamo_skip
def vmap(
    info: Any, in_dims: Any, text: str, arrays: Sequence[Any], floats: Sequence[float]
) -> tuple[Any, Any]:
    """A batch of calls: a call of the batched operation."""
    mapped, moved = batch_first(tuple(in_dims[1]), tuple(arrays))
    found = call_kept(operation_of(text).batched(mapped), moved, floats)
    return found, [0] * len(found)


def decomposed(text: str, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
    """The same in PyTorch's own functions.

    PyTorch takes a decomposition in place of a fake, too, where sizes are symbolic.
    """
    if get_proxy_mode() is None:
        return fake(text, arrays, floats)
    return composite(operation_of(text), arrays, floats)
