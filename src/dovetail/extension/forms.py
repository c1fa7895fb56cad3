"""The properties `.numpy`, `.torch`, `.tensorflow`, `.keras` and `.jax` of a definition.

Each asks the host of that name for the form that its users expect to hold: a function,
a module class, a loss class, an optimizer class. On a class (a layer, an optimizer) the
host receives the class; on an instance it receives the instance.
"""

from __future__ import annotations

from typing import Any

from dovetail.errors import DovetailError
from dovetail.extension.dispatch import hosts
from dovetail.extension.exact import Structured


class HostForm:
    """A read-only attribute that stands for one host's form of its owner."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.__doc__ = f"What a user of {host} expects to hold."

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        definition = owner if instance is None else instance
        if isinstance(instance, Structured):
            vars(instance)["_formed"] = True
        try:
            return hosts().form(self.host, definition._kind, definition)
        except DovetailError as reason:
            if instance is None and "_reserves" in vars(owner):  # dt.Layer itself; `help` asks
                raise AttributeError(f"{owner.__name__} has no form for {self.host}") from reason
            raise


class HasForms:
    """A definition that hosts have a form of; `_kind` names the method of the host."""

    _reserves = True
    numpy = HostForm("numpy")
    torch = HostForm("torch")
    tensorflow = HostForm("tensorflow")
    keras = HostForm("keras")
    jax = HostForm("jax")
