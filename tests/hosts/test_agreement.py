"""Every host gives the numbers of the embedded one, for everything in the package.

Values and gradients: within 4 ULP in float32, or what the formula's own conditioning allows
where it magnifies a rounded input (verify/compare.py), and 1e-12 relative in float64.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

from dovetail.hosts.numpy.host import HOST
from dovetail.hosts.registry import REGISTRY
from tests.verify.conftest import verdict_of
from tests.verify.test_package import (
    LIBRARY,
    NEURAL,
    OPERATIONS,
    OTHER_DIMENSIONS,
    definition_of,
)

HOSTS = [name for name in ("torch", "jax", "tensorflow") if find_spec(name) is not None]
AGREEMENT = "host agreement"
PIECES = [name for name in (*LIBRARY, *NEURAL, *OPERATIONS) if name not in OTHER_DIMENSIONS]


# Keras' own, of how NumPy asks TensorFlow's tensors.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
# PyTorch's, of the second gradients that some optimizers ask for.
@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True:UserWarning")
@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("host", HOSTS)
def test_agreement(host: str, name: str) -> None:
    if name == "Sophia" and host == "jax":
        pytest.skip("its random numbers follow the order of the parameters, which JAX sorts")
    definition: Any = definition_of(name)
    check = AGREEMENT
    if definition._kind == "optimizer":
        check = "steps on all hosts"
        host = "keras" if host == "tensorflow" else host  # whose optimizers are Keras'
    verdict = verdict_of(check, definition, HOST, REGISTRY.named(host))
    assert verdict.status == "passed", f"{verdict.summary}\n{verdict.case}\n{verdict.remedy}"
