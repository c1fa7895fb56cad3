"""PyTorch's functions for graphs, torch.compile, and autograd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch

from dovetail.extension.values import leaves_of
from dovetail.graph.node import Graph
from dovetail.hosts.own_functions import Call, Function, Maths, OwnFunctions
from dovetail.hosts.torch import own_optimizers
from dovetail.hosts.torch.dtypes import from_numpy
from dovetail.hosts.torch.table import table_on
from dovetail.operations.composite import prepared
from dovetail.operations.straight_line import straight_line

TABLE_OF_USERS = table_on(None, single=True)

COMPILER = "torch.compile"


class TorchFunctions(OwnFunctions):
    """Eager calls and torch.compile."""

    framework: ClassVar[str] = "PyTorch"
    compilers: ClassVar[tuple[str, ...]] = (COMPILER,)
    built_ins: ClassVar[Mapping[str, str]] = {
        name: f"torch.nn.functional:{name}"
        for name in (
            "relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign",
            "hardswish", "hardsigmoid", "hardtanh", "leaky_relu", "logsigmoid", "tanhshrink",
        )
    } | {
        "log_sigmoid": "torch.nn.functional:logsigmoid", "sigmoid": "torch:sigmoid",
        "tanh": "torch:tanh", "swish": "torch.nn.functional:silu", "exp": "torch:exp",
        "logsumexp": "torch:logsumexp", "matmul": "torch:matmul",
        "sparse_categorical_cross_entropy": "torch.nn.functional:cross_entropy",
        "mean_squared_error": "torch.nn.functional:mse_loss",
        "softmax": f"{__name__}:softmax", "log_softmax": f"{__name__}:log_softmax",
    }  # fmt: skip

    array = staticmethod(from_numpy)

    def composite(self, graph: Graph) -> Function:
        return straight_line(prepared(graph, TABLE_OF_USERS), TABLE_OF_USERS, broadcasts=True)

    def _compile(self, function: Function, compiler: str) -> Function:
        return torch.compile(function)

    def both(
        self, maths: Maths, arrays: Sequence[Any], wrt: Sequence[int], cotangents: Sequence[Any],
        compiler: str,
    ) -> Call:  # fmt: skip
        function = self.compiled(maths.function, compiler)
        given = [
            array.detach().requires_grad_() if number in wrt else array
            for number, array in enumerate(arrays)
        ]
        leaves = [given[number] for number in wrt]

        def both() -> Any:
            outputs = leaves_of(function(*given))
            real = [each for each in outputs if each.dtype.is_floating_point]
            pairs = [p for p in zip(real, cotangents, strict=True) if p[0].requires_grad]
            if not pairs:  # constant for PyTorch
                return [*outputs, *map(torch.zeros_like, leaves)]
            found = torch.autograd.grad(
                [output for output, _ in pairs], leaves, [cotangent for _, cotangent in pairs],
                allow_unused=True, materialize_grads=True,
            )  # fmt: skip
            return [*outputs, *found]

        return both

    def set_threads(self, count: int) -> None:
        torch.set_num_threads(count)

    def steps(self, optimizer: Any) -> Mapping[str, Any]:
        return own_optimizers.steps(optimizer)


def softmax(x: Any) -> Any:
    """Over the last axis, as Dovetail's is by default."""
    return torch.softmax(x, -1)


def log_softmax(x: Any) -> Any:
    """Over the last axis, as Dovetail's is by default."""
    return torch.log_softmax(x, -1)


OWN = TorchFunctions()
