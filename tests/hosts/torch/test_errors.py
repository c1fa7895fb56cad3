"""What does not fit says so, in Dovetail's own words, and never gives a wrong number."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.hosts.torch import native  # noqa: E402
from tests.hosts.torch.pairs import focal, gated, mish, normalised, totals  # noqa: E402

X = torch.randn(3, 4)


@pytest.mark.filterwarnings("ignore:ComplexHalf:UserWarning")
@pytest.mark.parametrize(
    "dtype", [torch.complex64, torch.complex128, torch.float8_e4m3fn, torch.complex32]
)
def test_types_that_are_not_computed_with(dtype: Any) -> None:
    x = torch.ones(3).to(dtype)
    for call in (mish, lambda a: gated(a, X[0, :3]), torch.compile(mish, backend="eager")):
        with pytest.raises(Exception, match=r"expected: one of .*float32") as caught:
            call(x)
        assert "remedy" in str(caught.value)
    with pytest.raises(errors.DTypeError, match="not a data type"):
        mish(x)
    with pytest.raises(errors.DTypeError, match="not a data type"):
        mish(x.to("meta"))


@pytest.mark.filterwarnings("ignore:.*quantize.*:UserWarning")
def test_quantised_tensors() -> None:
    x = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8)
    with pytest.raises(errors.DovetailError, match="quint8"):
        mish(x)


LAYOUTS = {
    "coo": lambda: torch.eye(3).to_sparse(),
    "csr": lambda: torch.eye(3).to_sparse_csr(),
    "csc": lambda: torch.eye(3).to_sparse_csc(),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "jagged": lambda: torch.nested.nested_tensor(
        [torch.ones(2), torch.ones(3)], layout=torch.jagged
    ),
    "mkldnn": lambda: torch.ones(3, 3).to_mkldnn(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_tensors_without_strides(layout: str) -> None:
    x = LAYOUTS[layout]()
    mish(torch.ones(3))
    for _ in range(2):  # the first call, and the native fast path of later ones
        with pytest.raises(errors.UnsupportedError, match=r"to_dense|padded|unbind"):
            mish(x)
    with pytest.raises(errors.UnsupportedError, match="of the kind"):
        gated(torch.ones(3), x)
    if layout in ("coo", "csr"):
        with pytest.raises(errors.UnsupportedError, match="of the kind"):
            mish(LAYOUTS[layout]().requires_grad_())


def test_shapes_that_do_not_fit_name_the_users_line() -> None:
    mish(X)
    for call in (
        lambda: normalised(X, torch.ones(3)),
        lambda: normalised(X.requires_grad_(), torch.ones(3)),
        lambda: torch.func.grad(lambda a: normalised(a, torch.ones(3)).sum())(X),
        lambda: normalised(X.to("meta"), torch.ones(3, device="meta")),
    ):
        with pytest.raises(errors.DovetailError, match=r"pieces\.py:\d+") as caught:
            call()
        assert "(3, 4)" in str(caught.value) and "(3,)" in str(caught.value)
    normalised(X.detach(), torch.ones(4))  # afterwards all is well
    with pytest.raises(errors.DovetailError, match=r"pieces\.py:\d+"):
        normalised(X, torch.ones(3))  # a known operator with shapes that it was not made for


def test_shapes_that_do_not_fit_while_compiling() -> None:
    run = torch.compile(lambda a, s: normalised(a, s), backend="eager", fullgraph=True)
    with pytest.raises(Exception, match=r"pieces\.py:\d+"):
        run(X, torch.ones(3))


def test_arrays_of_numpy_beside_tensors() -> None:
    for args in ((X, np.ones(4, np.float32)), (np.ones((3, 4), np.float32), X)):
        with pytest.raises(errors.HostError, match="torch"):
            gated(*args)
    assert gated(X, np.float32(2.0)).shape == X.shape  # a number


def test_a_tensor_for_a_static_argument() -> None:
    with pytest.raises(errors.ArgumentError, match="axis"):
        totals(X, axis=torch.tensor(1))
    with pytest.raises(errors.ShapeError, match="broadcast"):
        gated(X, X, power=torch.ones(7))
    assert gated(X, X, power=np.float64(2.0)).shape == X.shape


def test_missing_and_surplus_arguments() -> None:
    for call in (lambda: gated(X), lambda: gated(X, X, 2.0, 3.0), lambda: gated(X, X, strength=1)):
        with pytest.raises((errors.DovetailError, TypeError)):
            call()
    with pytest.raises(errors.ArgumentError, match="gate"):
        gated(X, "gate")


def test_labels_out_of_range() -> None:
    logits = torch.randn(4, 5, requires_grad=True)
    for labels in (torch.tensor([0, 1, 2, 5]), torch.tensor([0, 1, 2, -6])):
        for given in (logits, logits.detach()):
            with pytest.raises(errors.IndexingError, match="-5 to 4"):
                focal(given, labels)
            with torch.no_grad(), pytest.raises(errors.IndexingError, match="-5 to 4"):
                focal(given, labels)
    with pytest.raises(errors.DovetailError):
        focal(logits.detach(), torch.rand(4))
    run = torch.compile(focal, backend="aot_eager", fullgraph=True)
    with pytest.raises((RuntimeError, errors.IndexingError), match="number of classes"):
        run(logits, torch.tensor([0, 1, 2, 5]))
    focal(logits, torch.tensor([0, 1, 2, 3])).backward()
    assert logits.grad is not None


def test_tensors_of_two_devices() -> None:
    with pytest.raises(errors.UnsupportedError, match=r"cpu and meta") as caught:
        gated(X.detach(), X.detach().to("meta"))
    assert "all tensors on one device" in str(caught.value)


# Subclasses.


class Tagged(torch.Tensor):
    """A subclass that keeps itself through every function of PyTorch."""


class Logged(torch.Tensor):
    """A subclass with its own `__torch_function__`."""

    seen: list[str] = []  # noqa: RUF012

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        cls.seen.append(str(func))
        return super().__torch_function__(func, types, args, kwargs or {})


@pytest.mark.parametrize("kind", [Tagged, Logged])
def test_subclasses_work_and_keep_their_class(kind: Any) -> None:
    x = torch.randn(3, dtype=torch.float64)
    want = torch.nn.functional.mish(x)
    y = mish(x.as_subclass(kind))
    assert type(y) is kind
    torch.testing.assert_close(y.as_subclass(torch.Tensor), want)
    leaf = x.clone().requires_grad_()
    mish(leaf.as_subclass(kind)).sum().backward()
    other = x.clone().requires_grad_()
    torch.nn.functional.mish(other).sum().backward()
    torch.testing.assert_close(leaf.grad, other.grad)


def test_wrappers_with_a_dispatch_of_their_own() -> None:
    from torch.testing._internal.two_tensor import TwoTensor  # noqa: PLC0415

    x = torch.randn(3, dtype=torch.float64)
    y = mish(TwoTensor(x, x + 1))
    assert type(y) is TwoTensor
    torch.testing.assert_close(y.a, torch.nn.functional.mish(x))
    torch.testing.assert_close(y.b, torch.nn.functional.mish(x + 1))


def test_modes_see_the_operators() -> None:
    from torch.overrides import TorchFunctionMode  # noqa: PLC0415
    from torch.utils._python_dispatch import TorchDispatchMode  # noqa: PLC0415

    seen: list[str] = []

    class Watching(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
            seen.append(str(func))
            return func(*args, **(kwargs or {}))

    x = torch.randn(3, requires_grad=True)
    mish(x)
    with Watching():
        mish(x).sum().backward()
    assert any(s.startswith("dovetail.mish") for s in seen)
    assert any("backward" in s or "vjp" in s for s in seen if s.startswith("dovetail.mish"))

    class Functions(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
            return func(*args, **(kwargs or {}))

    with Functions():
        torch.testing.assert_close(mish(x), torch.nn.functional.mish(x))


def test_autocast_leaves_types_to_the_definition() -> None:
    """The policy: an extension computes in the types it is given, inside autocast too."""
    x = torch.randn(3, 4)
    weight = torch.randn(4, 4)
    for dtype in (torch.bfloat16, torch.float16):
        with torch.autocast("cpu", dtype=dtype):
            assert mish(x).dtype is torch.float32
            half = x @ weight
            assert half.dtype is dtype
            assert mish(half).dtype is dtype
            leaf = x.clone().requires_grad_()
            y = mish(leaf @ weight)
            assert y.dtype is dtype
        y.float().sum().backward()
        assert leaf.grad is not None and leaf.grad.dtype is torch.float32


def test_a_definition_that_branches_on_values_says_so() -> None:
    @dt.op
    def branching(x: Any) -> Any:
        return x if x > 0 else -x

    with pytest.raises(errors.DovetailError, match=r"test_errors\.py"):
        branching(torch.tensor(1.0))


def test_script_and_trace() -> None:
    x = torch.randn(3, 4)
    with pytest.warns((DeprecationWarning, FutureWarning)):
        traced = torch.jit.trace(lambda a: mish(a), (x,))
    torch.testing.assert_close(traced(x), torch.nn.functional.mish(x))


def test_views_that_are_negated_or_conjugated_lazily() -> None:
    z = torch.randn(4, dtype=torch.complex128).conj()
    assert z.imag.is_neg()
    torch.testing.assert_close(mish(z.imag), torch.nn.functional.mish(z.imag.resolve_neg()))


def test_more_dimensions_than_kernels_take() -> None:
    x = torch.ones([1] * 60 + [2])
    torch.testing.assert_close(mish(x), torch.nn.functional.mish(x))
    with pytest.raises((RuntimeError, ValueError), match="dimension"):
        mish(torch.ones([1] * 70 + [2]))


# Named otherwise than in test_index_checks.py: equal nodes that are alive have one location.
INDEXED = {
    "of a broadcast": lambda x, at: dt.take(dt.broadcast_to(x, (3, 4)), at, axis=0),
    "of a constant": lambda x, at: dt.sum(x) + dt.take(dt.zeros((3,)), at, axis=0),
    "sliced": lambda x, at: dt.exp(dt.take(x[:3], at, axis=0))[:0],
    "of one element": lambda x, at: dt.take(dt.mish(x[:1]), at - 2, axis=0),
}


@pytest.mark.parametrize("name", INDEXED)
@pytest.mark.parametrize("recorded", [False, True])
def test_an_index_outside_is_refused_however_little_is_computed(name: str, recorded: bool) -> None:
    """With a gradient the forward pass is another graph, which is simplified before it is cut."""
    call = dt.op(INDEXED[name])
    x = torch.ones(4, requires_grad=recorded)
    with pytest.raises(errors.IndexingError, match="expected: -"):
        call(x, torch.tensor([3]))
    call(x, torch.tensor([2]))


def test_a_lambda_is_an_operator_whose_name_is_no_keyword() -> None:
    """PyTorch writes it as an attribute in the code that it compiles."""
    torch.compiler.reset()  # all extensions are one code object, whose compilations are limited
    call = dt.op(lambda x: dt.exp(x) * 2.0)
    run = torch.compile(call, fullgraph=True, backend="aot_eager")
    assert torch.allclose(run(X), torch.exp(X) * 2.0)
    assert not hasattr(torch.ops.dovetail, "lambda")


@pytest.mark.parametrize("absent", ["torch_library_impl", native._RAISE])
def test_a_build_without_the_c_abi(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = dict.fromkeys({"torch_library_impl", native._RAISE} - {absent})
    monkeypatch.setattr(native, "_libtorch", lambda: SimpleNamespace(**exported))
    with pytest.raises(errors.HostError, match=f"does not export {absent}"):
        native._namespace.__wrapped__()
