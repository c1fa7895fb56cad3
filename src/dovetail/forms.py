"""The attributes `.numpy`, `.torch`, `.tensorflow`, `.keras` and `.jax` of a definition.

Each is the form that a framework's users expect to hold: a function, a module class, a loss class,
an optimizer class. `HasForms._form_for`, which makes it, is defined on the floor of extensions.
"""

from __future__ import annotations

from typing import Any


class HostForm:
    """A read-only attribute: the form of its owner in one host."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.__doc__ = f"What a user of {host} expects to hold."

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return owner._form_for(self.host, instance)


class HasForms:
    """A definition that has a form in each host."""

    _reserves = True
    numpy = HostForm("numpy")
    torch = HostForm("torch")
    tensorflow = HostForm("tensorflow")
    keras = HostForm("keras")
    jax = HostForm("jax")

    @classmethod
    def _form_for(cls, host: str, instance: Any) -> Any:
        """The form of `instance`, or of the class where that is None."""
        raise AttributeError(f"{cls.__name__} has no form for {host}")
