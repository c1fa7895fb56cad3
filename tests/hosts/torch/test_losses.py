"""Losses beside PyTorch's own."""

from __future__ import annotations

import torch

import dovetail as dt
from tests.hosts.test_labels import BROKEN, LABELS, LOGITS


def test_as_in_pytorch() -> None:
    theirs = torch.tensor(LOGITS, requires_grad=True)
    ours = torch.tensor(BROKEN, requires_grad=True)
    labels = torch.tensor(LABELS)
    for reduction in ("mean", "sum", "none"):
        right = torch.nn.functional.cross_entropy(theirs, labels, reduction=reduction)
        module = dt.sparse_categorical_cross_entropy.torch(ignore_index=-100, reduction=reduction)
        assert "ignore_index=-100" in repr(module)
        found = module(ours, labels)
        torch.testing.assert_close(found, right)
        theirs.grad = ours.grad = None
        right.sum().backward()
        found.sum().backward()
        torch.testing.assert_close(ours.grad, theirs.grad)
