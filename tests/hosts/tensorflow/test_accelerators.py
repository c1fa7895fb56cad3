"""On accelerators TensorFlow's own functions compute the maths; here they do on the CPU."""

from __future__ import annotations

from typing import Any

import pytest

tf: Any = pytest.importorskip("tensorflow")

from dovetail.hosts.numpy.host import HOST  # noqa: E402
from dovetail.hosts.registry import REGISTRY  # noqa: E402
from dovetail.hosts.tensorflow import caller, composite  # noqa: E402
from tests.hosts.test_agreement import PIECES  # noqa: E402
from tests.verify.conftest import verdict_of  # noqa: E402
from tests.verify.test_package import OPERATIONS, definition_of  # noqa: E402

# Those whose maths is in another one, too, are left out.
ALIKE = frozenset({"GroupedQueryAttention", "GRU", "Bidirectional", "SimpleRNN", *OPERATIONS})
FUNCTIONS = [
    name for name in PIECES if definition_of(name)._kind != "optimizer" and name not in ALIKE
]


# Keras' own, of how NumPy asks TensorFlow's tensors.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients_of_the_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def elsewhere(arrays: Any) -> bool:
        asked.append(True)
        return True

    monkeypatch.setattr(caller, "needs_composite", elsewhere)
    monkeypatch.setattr(caller, "has_accelerator", lambda: True)
    # Earlier calls on the CPU may have installed native fast paths, which skip this choice.
    monkeypatch.setattr(
        caller.TensorflowCaller, "__call__", lambda self, args, kwargs: self.run(args, kwargs)
    )
    verdict = verdict_of("host agreement", definition_of(name), HOST, REGISTRY.named("tensorflow"))
    assert verdict.status == "passed", f"{verdict.summary}\n{verdict.case}\n{verdict.remedy}"
    assert asked


def test_the_devices_of_arrays_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    x = tf.constant([1.0, 2.0])
    assert not composite.needs_composite([x])
    monkeypatch.setattr(composite, "has_accelerator", lambda: True)
    assert not composite.needs_composite([x])

    class There:
        device = "/job:localhost/replica:0/task:0/device:GPU:0"

    assert composite.needs_composite([There()])
    assert composite.needs_composite([x, There()])
