"""Names of the libraries that an upgrade may take away."""

from importlib import import_module
from typing import Any


class HookMoved(RuntimeError):
    """What the compiler needs of a library is not where it was; reads can be served without the compiler."""


class Gone:
    """Stands where such a name was: it can be imported and derived from, not used."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise HookMoved("this is gone from the library")

    def __class_getitem__(cls, _: Any) -> type["Gone"]:
        return cls

    @classmethod
    def build(cls, *_: Any, **__: Any) -> Any:
        """What an executor is made by."""
        raise HookMoved("this is gone from the library")


def private(module: str, name: str) -> Any:
    """A name that is not promised; where it is gone, something that refuses to be used."""
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        return Gone
