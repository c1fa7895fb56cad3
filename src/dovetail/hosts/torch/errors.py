"""Explain why PyTorch refused a call.

Nothing is checked beforehand: PyTorch's dispatcher raises where an operator has no kernel.
Only then are the tensors examined, to raise an error that says what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.runner import OUT_OF_RANGE
from dovetail.compile.index_checks import fallible_nodes
from dovetail.errors import DovetailError
from dovetail.graph.primitives.indexing import out_of_range
from dovetail.hosts.torch.devices import check_kind, common_device
from dovetail.hosts.torch.dtypes import ours, spec
from dovetail.hosts.torch.memory import kind_of, no_memory
from dovetail.hosts.torch.native import original
from dovetail.operations.operation import Operation


def reraise(
    error: Exception, operation: Operation | None, name: str, arrays: Sequence[Any]
) -> NoReturn:
    """Raise our error that explains an error of PyTorch's; without one, that error itself."""
    if isinstance(error, DovetailError):
        raise error
    found = original(error)
    if found is not None:
        raise found from None
    for tensor in arrays:
        check_kind(name, tensor)
        ours(tensor.dtype)
        memory = kind_of(tensor) if runtime.message("NO_MEMORY_THERE") in str(error) else None
        if memory is not None:
            raise no_memory(name, "tensor", memory) from None
    common_device(name, arrays)
    if operation is not None and OUT_OF_RANGE in str(error):
        graph = operation.graph(tuple(map(spec, arrays)))
        raise out_of_range(fallible_nodes(graph)) from None
    raise error
