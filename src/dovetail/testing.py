"""All definitions of a module under `dt.check`, as one test of pytest.

    import my_extensions
    test_extensions = dovetail.testing.check_all(my_extensions)

pytest sees one case for each definition; a case that fails prints the report.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from types import ModuleType
from typing import Any

import pytest

from dovetail.errors import CheckError
from dovetail.verify.check import check
from dovetail.verify.definitions import definitions_of

__all__ = ["assert_right", "check_all"]


def check_all(
    module: ModuleType,
    *,
    quick: bool = True,
    thorough: bool = False,
    skip: Collection[str] = (),
    hosts: Sequence[str] | None = None,
    seed: int = 0,
) -> Callable[..., None]:
    """A test, with one case for each definition of the module.

    Assign it to a name that begins with `test`. `skip`: names that are left out. `hosts`: as of
    `dt.check`.
    """
    found = {n: d for n, d in definitions_of(module).items() if n not in skip}
    if not found:
        raise CheckError(
            f"dovetail.testing.check_all found no definition in {module.__name__}",
            "a module with ops, activations, losses, layers or optimizers of its own",
        )

    def test(definition: str) -> None:
        assert_right(found[definition], quick=quick, thorough=thorough, hosts=hosts, seed=seed)

    test.__doc__ = f"dt.check of every definition of {module.__name__}."
    return pytest.mark.parametrize("definition", list(found))(test)


def assert_right(definition: Any, **options: Any) -> None:
    """Raise, with the report, where `dt.check(definition, **options)` finds something."""
    report = check(definition, **options)
    if not report:
        raise CheckError(f"dt.check({report.name}) failed\n{report}")
