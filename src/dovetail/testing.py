"""Run `dt.check` on all definitions of a module in one pytest test.

    import my_extensions
    test_extensions = dovetail.testing.check_all(my_extensions)

pytest runs one case for each definition; a failing case prints the report.
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

    Assign it to a name that begins with `test`. `skip`: names to leave out. `hosts`: as in
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
    """Raise an error with the report if `dt.check(definition, **options)` fails."""
    report = check(definition, **options)
    if not report:
        raise CheckError(f"dt.check({report.name}) failed\n{report}", "no check that fails")
