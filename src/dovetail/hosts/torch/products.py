"""Products of float32 matrices by oneDNN, on processors for which MKL has no code of full width.

PyTorch multiplies matrices of float32 by MKL, whose code for AMD's processors has vectors of 256
bits; oneDNN, which PyTorch has for convolutions and compiled models, has vectors of 512. On Zen 5
the product of 1,024 x 256 by 256 x 1,024 numbers takes 1.1 ms by oneDNN, 2.5 by MKL (two cores);
on Zen 4, whose units compute 256 bits at once, it takes 2.46 and 2.62.
`torch.set_float32_matmul_precision("medium")` makes PyTorch use oneDNN, too, but allows it
bfloat16. Where the user has set that, or has switched oneDNN off, products are PyTorch's.

In a graph of torch.compile it is the operator `dovetail::onednn_product(a, b, bias)`. torch.func,
forward mode, autocast, exports and subclasses of tensors get PyTorch's own.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch._subclasses.functional_tensor import FunctionalTensor
from torch.autograd import Function

from dovetail.compile.cpu import native
from dovetail.hosts.torch.dtypes import hint
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.fast_path import is_compiling, transforming
from dovetail.hosts.torch.namespace import python_library

# Multiply-adds below which the calls in Python cost more than a product twice as fast saves.
SMALL_PRODUCT = 1 << 23


class Limits(NamedTuple):
    """From which sizes oneDNN is faster than MKL on a processor.

    a^T b is the gradient of a convolution's weights where a has `rows`, and otherwise a product
    with a copy of a, unless those are MKL's.
    """

    work: int  # multiply-adds
    rows: int
    fewer_rows_by_mkl: bool


# By the number of a Zen that has vectors of 512 bits, the last one for those that follow.
_LIMITS = {4: Limits(1 << 26, 2048, True), 5: Limits(SMALL_PRODUCT, 512, False)}
_PLAIN = (torch.Tensor, torch.nn.Parameter)
_TRACED = (FakeTensor, FunctionalTensor)
_NAME = "onednn_product"
_mkldnn: Any = torch.backends.mkldnn  # PyTorch's name of oneDNN


def product(a: Any, b: Any, bias: Any = None) -> Any:
    """torch.matmul(a, b), plus a vector; then a has rows and b is a matrix."""
    if not _is_onednns(a, b) or (bias is not None and not is_plain(bias)):
        if bias is None:
            return torch.matmul(a, b)
        return torch.nn.functional.linear(a, b.t(), bias)
    rows = a if a.ndim == 2 else a.reshape(-1, a.shape[-1])
    found = _Product.apply(rows, b, bias)
    return found if a.ndim == 2 else found.view(*a.shape[:-1], b.shape[1])


def _is_onednns(a: Any, b: Any) -> bool:
    """Whether oneDNN multiplies: plain tensors of float32 by a matrix, with enough work."""
    if not (a.dtype is b.dtype is torch.float32 and b.ndim == 2 and a.ndim >= 2):
        return False
    limit = limits()
    if limit is None or _work(a, b) < limit.work or not (is_plain(a) and is_plain(b)):
        return False
    return _onednn_is_wanted() and not transforming((a, b))


class _Product(Function):
    """a b, plus a vector or None, recorded by autograd."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any, bias: Any) -> Any:
        ctx.save_for_backward(a, b)
        return _operator()(a, b, bias) if is_compiling() else _multiply(a, b, bias)

    @staticmethod
    def backward(ctx: Any, cotangent: Any) -> Any:
        a, b = ctx.saved_tensors
        by_a = product(cotangent, b.t()) if ctx.needs_input_grad[0] else None
        by_b = product(a.t(), cotangent) if ctx.needs_input_grad[1] else None
        by_bias = cotangent.sum(0) if ctx.needs_input_grad[2] else None
        return by_a, by_b, by_bias


def _work(a: Any, b: Any) -> int:
    """Multiply-adds; symbolic sizes count as their example, without a guard."""
    return math.prod(map(hint, (*a.shape, b.shape[1])))


def is_plain(x: Any) -> bool:
    """Whether a tensor is a plain one on the CPU, or one by which torch.compile traces those."""
    if not x.is_cpu:
        return False
    if type(x) in _PLAIN:
        return True
    return type(x) in _TRACED and is_compiling() and not torch.compiler.is_exporting()


def _onednn_is_wanted() -> bool:
    return (
        torch._C._get_mkldnn_enabled()
        and not torch.is_autocast_enabled("cpu")
        and _mkldnn.matmul.fp32_precision in ("none", "ieee")
    )


@functools.cache
def limits() -> Limits | None:
    """Those of this processor; None where MKL is as fast, or PyTorch has no oneDNN."""
    zen = native.processor().removeprefix("znver")  # LLVM's names
    if not (_mkldnn.is_available() and torch.backends.mkl.is_available()):
        return None
    return _LIMITS.get(min(int(zen), max(_LIMITS))) if zen.isdigit() else None


@functools.cache
def _operator() -> Any:
    library = python_library()
    schema = f"{_NAME}(Tensor a, Tensor b, Tensor? bias=None) -> Tensor"
    library.define(schema, tags=(torch.Tag.pt2_compliant_tag,))
    library.impl(_NAME, _multiply, "CPU")
    torch.library.register_fake(f"dovetail::{_NAME}", _fake, lib=library)
    return getattr(torch.ops.dovetail, _NAME).default


@dynamo_skip
def _multiply(a: Any, b: Any, bias: Any = None) -> Any:
    a, b = _as_matrix(a), _as_matrix(b)
    bias = None if bias is None else bias.contiguous()  # oneDNN reads no strides of it
    rows, limit = a.t(), limits()
    if limit and rows.is_contiguous() and b.is_contiguous() and not a.is_contiguous():
        # On one thread PyTorch takes MKL for this convolution.
        if len(rows) >= limit.rows and torch.get_num_threads() > 1:
            found = _multiply_rows(rows, b)
            return found if bias is None else found.add_(bias)
        if limit.fewer_rows_by_mkl:
            return torch.mm(a, b) if bias is None else torch.addmm(bias, a, b)
    return torch.ops.mkldnn._linear_pointwise.default(a, b.t(), bias, "none", [], "")


def _as_matrix(x: Any) -> Any:
    """The same numbers with rows or columns that lie apart: oneDNN refuses ones that overlap."""
    (rows, columns), (down, along) = x.shape, x.stride()
    if (along == 1 and down >= columns) or (down == 1 and along >= rows):
        return x
    return x.contiguous()


def _multiply_rows(a: Any, b: Any) -> Any:
    """a^T b, as the gradient of the weights of a 1 x 1 convolution, which copies neither."""
    image, cotangent = (x.view(1, 1, *x.shape).permute(0, 3, 1, 2) for x in (b, a))
    weights = a.new_empty(1).expand(a.shape[1], b.shape[1], 1, 1)
    found = torch.ops.aten.convolution_backward.default(
        cotangent, image, weights, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1,
        [False, True, False],
    )[1]  # fmt: skip
    return found.view(a.shape[1], b.shape[1])


def _fake(a: Any, b: Any, bias: Any = None) -> Any:
    return a.new_empty((a.shape[0], b.shape[1]))
