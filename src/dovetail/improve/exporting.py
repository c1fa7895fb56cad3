"""A module of PyTorch as the graph that `torch.export` makes of it."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError
from dovetail.improve.torch_source import TorchSource, tensors
from dovetail.improve.trace_errors import cannot_trace, files_of, folder_of, line_in
from dovetail.improve.traced import arguments
from dovetail.language.tree import flatten


@dataclass(eq=False)
class Exported:
    """The nodes of a graph. `arrays`: PyTorch's, of nodes; `names`: of these, by their ids."""

    program: Any
    module: Any
    inputs: list[Any]  # in the order of the leaves that the module was given
    calls: list[Any]
    arrays: dict[Any, Any]
    names: dict[int, str]
    trained: frozenset[int]

    def outputs(self, value: Callable[[Any], Any]) -> Any:
        """The tree of outputs, with the values of their nodes."""
        (output,) = (node for node in self.program.graph.nodes if node.op == "output")
        pytree = sys.modules["torch.utils._pytree"]
        leaves = [value(node) for node in output.args[0]]
        return pytree.tree_unflatten(leaves, self.program.call_spec.out_spec)

    def module_of(self, node: Any) -> Any:
        """The innermost module whose forward calls an operator."""
        stack = list((node.meta.get("nn_module_stack") or {}).values())
        for path, _ in reversed(stack):
            with contextlib.suppress(AttributeError):
                return self.module.get_submodule(path.partition("@")[0])
        return None

    def where(self, node: Any) -> str:
        """The module and the line of an operator."""
        stack = list((node.meta.get("nn_module_stack") or {}).values())
        path, kind = stack[-1] if stack else ("", type(self.module).__name__)
        name = str(kind).rpartition(".")[2]
        inner = f'File "{folder_of("torch")}', 'File "<eval_with'
        lines = map(str.strip, (node.meta.get("stack_trace") or "").splitlines())
        trace = [each for each in lines if each.startswith("File ") and not each.startswith(inner)]
        at = f" at {_place(trace[-1])}" if trace else ""
        return (f"{path!r} ({name})" if path else name) + at


def _place(line: str) -> str:
    """file:line of a line of a traceback."""
    file, number = line.split(", ")[:2]
    return file.removeprefix("File ").strip('"') + ":" + number.removeprefix("line ")


def exported(module: Any, x: Any) -> Exported:
    """Export a copy of a module in evaluation, for batches of any size."""
    torch: Any = sys.modules["torch"]
    module = copy.deepcopy(module).eval()
    inputs = tensors(module, x)
    args, kwargs = arguments(inputs)
    shapes = torch.export.ShapesCollection()
    for _, tensor in flatten(inputs)[0]:
        shapes[tensor] = {0: torch.export.Dim.DYNAMIC}
    try:
        with _quiet(), torch.no_grad():
            program = torch.export.export(
                module, tuple(args), dict(kwargs), dynamic_shapes=shapes, strict=False
            )
    except Exception as error:
        raise _refused(module, _reason(module, error)) from error
    return _found(program, module)


def _found(program: Any, module: Any) -> Exported:
    signature = program.graph_signature
    changed = [*signature.buffers_to_mutate.values(), *signature.user_inputs_to_mutate.values()]
    if changed:
        raise _refused(module, f"its forward changes {changed[0]}")
    nodes = {node.name: node for node in program.graph.nodes}
    own = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    targets = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    arrays = {nodes[name]: own[target] for name, target in targets.items() if target in own}
    for name, target in {**targets, **signature.inputs_to_lifted_tensor_constants}.items():
        if nodes[name] not in arrays:
            arrays[nodes[name]] = program.constants[target]
    names: dict[int, str] = {}
    for name, tensor in own.items():
        names.setdefault(id(tensor), name)
    calls = [node for node in program.graph.nodes if node.op == "call_function"]
    trained = frozenset(id(each) for each in module.parameters())
    inputs = [nodes[name] for name in signature.user_inputs]
    found = Exported(program, module, inputs, calls, arrays, names, trained)
    for node in program.graph.nodes:
        if node.op == "get_attr":  # a graph inside this one
            user = next(iter(node.users))
            reason = f"{user.target} calls a graph of its own, in {found.where(user)}"
            raise _refused(module, reason)
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch prints and logs while it exports."""
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    out, err = io.StringIO(), io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(out):
            warnings.simplefilter("ignore")
            with contextlib.redirect_stderr(err):
                yield
    finally:
        logger.setLevel(level)


_KINDS = {
    "GuardOnDataDependentSymNode": "its control flow depends on values",
    "ConstraintViolationError": "the number of examples is fixed in it",
}


def _refused(module: Any, reason: str) -> DovetailError:
    return cannot_trace(TorchSource.tracer, module, reason)


def _reason(module: Any, error: Exception) -> str:
    """What failed, with the user's line."""
    text = str(error)
    kinds = [type(error).__name__, *(["ConstraintViolationError"] if "specialized" in text else [])]
    known = next((_KINDS[kind] for kind in reversed(kinds) if kind in _KINDS), None)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = known or (f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)
    return reason + line_in(files_of(module.modules(), "torch"), error)
