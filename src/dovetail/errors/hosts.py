"""Arrays and hosts that do not fit together."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.errors.base import DovetailError


class ArraySubclassError(DovetailError, TypeError):
    """A subclass of numpy.ndarray, whose own meaning would be lost."""

    def __init__(self, value: object) -> None:
        super().__init__(
            f"got an array of {type(value).__module__}.{type(value).__name__}, a subclass of "
            f"numpy.ndarray.\n"
            f"  expected: a plain numpy.ndarray (masks, units and matrix rules would be lost)\n"
            f"  remedy: convert it with numpy.asarray, after filling what is masked"
        )


class ElementTypeError(DovetailError, TypeError):
    """Elements that Dovetail does not compute with: objects, complex numbers, text, dates."""

    def __init__(self, dtype: object, known: Iterable[str]) -> None:
        super().__init__(
            f"an array of dtype {dtype} was given.\n"
            f"  expected one of: {', '.join(known)}\n"
            f"  remedy: convert it with array.astype('float32'), say; pass the real and the "
            f"imaginary part of complex numbers as two arrays"
        )


class RaggedArrayError(DovetailError, ValueError):
    def __init__(self, value: object) -> None:
        super().__init__(
            f"{value!r:.80} is not the content of one array: its rows differ in length.\n"
            f"  expected: nested lists of equal lengths\n"
            f"  remedy: pad them, or pass several arrays"
        )


class MixedHostsError(DovetailError, TypeError):
    """Arrays of two frameworks in one call."""

    def __init__(self, call: str, hosts: Iterable[str]) -> None:
        listed = list(hosts)
        super().__init__(
            f"{call} was called with arrays of {' and '.join(listed)} at once.\n"
            f"  expected: arrays of one framework\n"
            f"  remedy: convert all of them to {listed[-1]} arrays"
        )


class HostNotInstalledError(DovetailError, ImportError):
    def __init__(self, what: str, host: str, reason: object) -> None:
        super().__init__(
            f"{what} needs {host}, which cannot be imported: {reason}.\n"
            f"  expected: an installed {host}\n"
            f"  remedy: pip install 'dovetail[{host}]'"
        )


class HostUnknownError(DovetailError, LookupError):
    def __init__(self, what: str, host: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{what}: this version of Dovetail has no host {host!r}.\n"
            f"  expected one of: {', '.join(known)}\n"
            f"  remedy: pip install --upgrade 'dovetail[{host}]', or a package that registers "
            f"the host under the entry-point group dovetail.hosts"
        )


class HostKindError(DovetailError, NotImplementedError):
    def __init__(self, host: str, kind: str, name: str) -> None:
        super().__init__(
            f"the host {host} offers no form of {name}, which is an extension of kind {kind}.\n"
            f"  expected: a host that implements {kind}() of hosts/protocol.py\n"
            f"  remedy: upgrade the package that brings the host"
        )


class NoHostsError(DovetailError, RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            "no hosts are installed in this process.\n"
            "  expected: `import dovetail` before an extension is called\n"
            "  remedy: import the package itself, and not only its inner modules"
        )


class TorchOperatorError(DovetailError, RuntimeError):
    """PyTorch did not take an operator."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"PyTorch did not accept the definition of {what}.\n"
            "  expected: a version of PyTorch with the stable C ABI, and a name that is free\n"
            "  remedy: please report this, with the versions of PyTorch and Dovetail"
        )


class TensorKindError(DovetailError, TypeError):
    """A tensor that is no plain block of numbers: sparse, nested, of another library's layout."""

    def __init__(self, call: str, kind: object, remedy: str) -> None:
        super().__init__(
            f"{call} was called with a tensor of the kind {kind}.\n"
            f"  expected: dense tensors (layout torch.strided)\n"
            f"  remedy: {remedy}"
        )


class MixedDistributionError(DovetailError, TypeError):
    """Of a parameter and its gradient one is distributed and the other is not."""

    def __init__(self, optimizer: str, param: bool, shape: Iterable[int]) -> None:
        kinds = ("a DTensor", "a plain tensor")
        one, other = kinds if param else kinds[::-1]
        super().__init__(
            f"{optimizer} got {other} as the gradient of a parameter of shape {tuple(shape)} that "
            f"is {one}.\n"
            f"  expected: a gradient that is distributed as its parameter is\n"
            f"  remedy: torch.distributed.tensor.distribute_tensor(gradient, "
            f"parameter.device_mesh, parameter.placements), or gradient.full_tensor()"
        )


class DeviceError(DovetailError, NotImplementedError):
    """Tensors on a device that has no kernels yet, or on several."""

    def __init__(self, call: str, devices: Iterable[object]) -> None:
        listed = " and ".join(map(str, devices))
        super().__init__(
            f"{call} was called with tensors on {listed}.\n"
            f"  expected: all tensors in the memory of the CPU (or all on meta), for now\n"
            f"  remedy: move them with tensor.to('cpu'), and the result back"
        )


class SparseGradientError(DovetailError, TypeError):
    """An optimizer met a gradient that is not dense."""

    def __init__(self, optimizer: str, layout: object, shape: Iterable[int]) -> None:
        super().__init__(
            f"{optimizer} got a gradient of layout {layout} for a parameter of shape "
            f"{tuple(shape)}.\n"
            f"  expected: a dense gradient\n"
            f"  remedy: build the embedding with sparse=False, convert the gradient with "
            f"to_dense(), or give that parameter to torch.optim.SparseAdam"
        )


class OptimizerDeviceError(DovetailError, NotImplementedError):
    """A parameter where Dovetail has no kernels for its update yet."""

    def __init__(self, optimizer: str, device: object) -> None:
        super().__init__(
            f"{optimizer} got a parameter on the device {device}.\n"
            f"  expected: parameters in the memory of the CPU, for now\n"
            f"  remedy: keep the model there with model.to('cpu'), or give the parameters on "
            f"{device} to an optimizer of torch.optim"
        )


class OptimizerParameterError(DovetailError, TypeError):
    """A parameter or gradient that the update rule cannot be applied to."""

    def __init__(self, optimizer: str, what: str, expected: str) -> None:
        super().__init__(
            f"{optimizer} got {what}.\n"
            f"  expected: {expected}\n"
            f"  remedy: convert the model with model.to(torch.float32), say; store the real and "
            f"the imaginary part of complex numbers as two parameters"
        )


class TensorMemoryError(DovetailError, TypeError):
    """A tensor whose elements do not lie in plain memory, where native code needs them."""

    def __init__(self, call: str, role: str, kind: str) -> None:
        super().__init__(
            f"{call} got a {role} that is {kind}.\n"
            f"  expected: elements in plain memory of the CPU, or a DTensor\n"
            f"  remedy: pass the tensor that it stands for (of a wrapper, what it wraps; of a "
            f"compressed or sparse tensor, tensor.to_dense()), or use the framework's own function"
        )


class OptimizerStateError(DovetailError, ValueError):
    """A state, perhaps loaded, that is not this optimizer's."""

    def __init__(self, optimizer: str, found: object, expected: object) -> None:
        super().__init__(
            f"the state of {optimizer} for a parameter holds {found}.\n"
            f"  expected: {expected}\n"
            f"  remedy: load a state_dict() of the same optimizer and of the same model"
        )


class BetasError(DovetailError, ValueError):
    def __init__(self, optimizer: str, names: Iterable[str], value: object) -> None:
        listed = ", ".join(names)
        super().__init__(
            f"{optimizer} got betas={value!r}.\n"
            f"  expected: one number for each of {listed}, and none of these beside it\n"
            f"  remedy: give either betas=({listed}) or the names on their own"
        )


class TensorflowOperatorError(DovetailError, RuntimeError):
    """TensorFlow did not take Dovetail's op."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            f"TensorFlow did not accept the definition of {what}: {reason}.\n"
            "  expected: a version of TensorFlow with the C API for ops, and a name that is free\n"
            "  remedy: please report this, with the versions of TensorFlow and Dovetail"
        )


class OperationTextError(DovetailError, LookupError):
    """A saved graph names an operation that cannot be made again in this process."""

    def __init__(self, text: str, reason: object) -> None:
        super().__init__(
            f"the operation {text:.200} of a saved graph cannot be made again: {reason}.\n"
            f"  expected: a definition that this process can import by its module and name\n"
            f"  remedy: make that module importable where the graph is loaded; move a definition "
            f"that is local to a function, or to a script, to the top of a module, and save again"
        )


class PrimitiveMissingError(DovetailError, NotImplementedError):
    """A host's table of primitives lacks one, and nothing decomposes it."""

    def __init__(self, primitive: str, location: str | None) -> None:
        where = f" (used at {location})" if location else ""
        super().__init__(
            f"this host has no rule for the primitive {primitive!r}{where}.\n"
            f"  expected: a row in its table, or a decomposition (operations/composite.py)\n"
            f"  remedy: upgrade Dovetail, or the package that brings the host"
        )


class UnknownSizeError(DovetailError, ValueError):
    """Maths whose sizes must be known before XLA compiles it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} cannot be put into a graph for XLA with sizes that are not known: {reason}.\n"
            f"  expected: maths in which every size is a product or a sum of the inputs' sizes\n"
            f"  remedy: give the inputs full shapes (input_signature, drop_remainder=True), or "
            f"leave out jit_compile=True"
        )


class SegmentShapesError(DovetailError, ValueError):
    """A part of an operation met sizes that the operation was not planned for."""

    def __init__(self, name: str, shapes: Iterable[object], known: Iterable[object]) -> None:
        listed = ", ".join(map(str, known))
        super().__init__(
            f"a part of {name}, between two library calls, was given arrays of shapes "
            f"{list(shapes)}.\n"
            f"  expected: shapes that follow from those of a call of {name}"
            f"{f', such as {listed}' if listed else ''}\n"
            f"  remedy: compile or trace again for these shapes; do not replay a graph that was "
            f"traced for others"
        )


class TracedRootError(DovetailError, TypeError):
    """torch.fx was given the module of a layer itself, which is one operation."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"torch.fx.symbolic_trace was given the module {name}, which runs as one operation.\n"
            f"  expected: a module that holds it; there it becomes one node of the graph\n"
            f"  remedy: trace torch.nn.Sequential({name}), or use torch.export"
        )


class ParametersNeededError(DovetailError, ValueError):
    """An update of a gradient transformation was asked for without the parameters."""

    def __init__(self, optimizer: str) -> None:
        super().__init__(
            f"{optimizer}: update was called without the parameters.\n"
            f"  expected: update(gradients, state, params)\n"
            f"  remedy: pass the parameters as the third argument"
        )
