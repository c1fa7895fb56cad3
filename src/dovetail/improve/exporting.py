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
from pathlib import Path
from typing import Any

from dovetail.improve.traced import arguments, cannot_trace
from dovetail.language.tree import flatten, map_leaves


@dataclass(eq=False)
class Exported:
    """The nodes of a graph. `arrays`: PyTorch's, of nodes; `names`: of these, by their ids."""

    program: Any
    module: Any
    inputs: list[Any]
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
        trace = [
            line.strip() for line in (node.meta.get("stack_trace") or "").splitlines()
            if line.strip().startswith("File ") and "/torch/" not in line
        ]  # fmt: skip
        at = f" at {_place(trace[-1])}" if trace else ""
        return (f"{path!r} ({name})" if path else name) + at


def _place(line: str) -> str:
    """file:line of a line of a traceback."""
    parts = line.split(", ")
    return f"{parts[0].removeprefix('File ').strip(chr(34))}:{parts[1].removeprefix('line ')}"


def exported(module: Any, x: Any) -> Exported:
    """Export a copy of a module in evaluation, for batches of any size."""
    torch: Any = sys.modules["torch"]
    module = copy.deepcopy(module).eval()
    like = next(iter(module.parameters()), None)
    tensors = map_leaves(lambda a: torch.as_tensor(a, device=getattr(like, "device", None)), x)
    args, kwargs = arguments(tensors)
    batch = torch.export.Dim.DYNAMIC
    sizes = map_leaves(lambda leaf: {0: batch}, (tuple(args), dict(kwargs)))
    try:
        with _quiet(), torch.no_grad():
            program = torch.export.export(
                module, tuple(args), dict(kwargs),
                dynamic_shapes=dict(sizes[1]) if kwargs else tuple(sizes[0]), strict=False,
            )  # fmt: skip
    except Exception as error:
        raise cannot_trace("torch.export", module, _reason(module, error)) from error
    return _found(program, module, x)


def _found(program: Any, module: Any, x: Any) -> Exported:
    signature = program.graph_signature
    changed = [*signature.buffers_to_mutate.values(), *signature.user_inputs_to_mutate.values()]
    if changed:
        reason = f"its forward changes {changed[0]}"
        raise cannot_trace("torch.export", module, reason)
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
    inputs = [nodes[name] for name in signature.user_inputs]
    if isinstance(x, dict):
        by_name = {node.name: node for node in inputs}
        inputs = [by_name[key] for key in x]
    if len(inputs) != len(flatten(x)[0]):
        raise cannot_trace("torch.export", module, "it takes other inputs than arrays")
    calls = [node for node in program.graph.nodes if node.op == "call_function"]
    others = [node for node in program.graph.nodes if node.op in ("call_module", "get_attr")]
    if others:
        raise cannot_trace("torch.export", module, f"{others[0].target} is a part of the graph")
    trained = frozenset(id(each) for each in module.parameters())
    return Exported(program, module, inputs, calls, arrays, names, trained)


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


def _reason(module: Any, error: Exception) -> str:
    """What failed, with the user's line."""
    text = str(error)
    kinds = [type(error).__name__, *(["ConstraintViolationError"] if "specialized" in text else [])]
    known = next((_KINDS[kind] for kind in reversed(kinds) if kind in _KINDS), None)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = known or (f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)
    where = _user_line(module, error)
    return f"{reason}, at {where}" if where else reason


def _user_line(module: Any, error: Exception) -> str:
    """file:line of the innermost frame in a file that has classes of the module."""
    files = {
        str(getattr(sys.modules.get(type(each).__module__), "__file__", ""))
        for each in module.modules() if not type(each).__module__.startswith("torch.")
    }  # fmt: skip
    found, frame = "", error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename in files:
            found = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found
