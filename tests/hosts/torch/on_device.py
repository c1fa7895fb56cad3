"""Values on the second device of second_device.py, which importing this makes in the process."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from dovetail.hosts.numpy.host import HOST  # noqa: E402
from dovetail.hosts.registry import REGISTRY  # noqa: E402
from tests.hosts.torch import second_device  # noqa: E402
from tests.hosts.torch.optimizer_helpers import SHAPES, give_gradients, parameters  # noqa: E402
from tests.hosts.torch.pairs import leaves  # noqa: E402
from tests.verify.conftest import verdict_of  # noqa: E402
from tests.verify.test_package import definition_of  # noqa: E402

DEVICE = second_device.install()
CLIPPED: dict[str, dict[str, Any]] = {
    "plain": {}, "by norm": {"clip_norm": 0.5}, "by value": {"clip_value": 0.1, "clip_norm": 2.0},
}  # fmt: skip


def there(tensor: Any) -> Any:
    """A tensor on the device."""
    moved = tensor.detach().to(DEVICE)
    return moved.requires_grad_(tensor.requires_grad)


def here(value: Any) -> list[Any]:
    """The tensors of a result, from the device."""
    found = leaves(value)
    assert all(each.device.type == DEVICE for each in found)
    return [each.detach().cpu() for each in found]


def assert_passes(check: str, name: str) -> None:
    """A check of `dt.check` passes for a piece of the library on the device, beside NumPy."""
    with torch.device(DEVICE):
        verdict = verdict_of(check, definition_of(name), HOST, REGISTRY.named("torch"))
    assert verdict.status == "passed", f"{verdict.summary}\n{verdict.case}\n{verdict.remedy}"


def trained(
    rule: Any, device: str, settings: Any, *, dtype: Any = torch.float32, start: Any = None,
    counted_on: str = "cpu",
) -> list[Any]:  # fmt: skip
    """A state_dict, then parameters and states, after three steps on a device.

    `start`: a state_dict to begin with. `counted_on`: where the counts of the steps are.
    """
    params = parameters(dtype, (*SHAPES[:-2], SHAPES[-1]))
    moved = [torch.nn.Parameter(each.detach().to(device)) for each in params]
    optimizer = rule.torch(moved, **settings)
    if start is not None:
        optimizer.load_state_dict(start)
    for step in range(3):
        give_gradients(step, params)
        for own, other in zip(moved, params, strict=True):
            own.grad = other.grad.to(device)
        optimizer.step()
    states = [(name, each) for param in moved for name, each in optimizer.state[param].items()]
    for name, each in states:
        assert each.device.type == (counted_on if name == "step" else device), name
    tensors = [*moved, *(each for _, each in states)]
    return [optimizer.state_dict(), *(each.detach().cpu() for each in tensors)]
