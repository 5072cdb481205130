"""Dataclasses whose ``__init__`` is compiled when the first instance is made.

The library's decorator writes six methods of a frozen class as source text and compiles each of
them at once: 1 ms a class, so a hundred imported before the first paint took a quarter of the
start, most of them for nothing. Here the fields are the library's, so ``replace``, ``fields`` and
``match`` work as ever; comparison, hash and ``repr`` need no source text of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

_Values = Callable[[Any], tuple[Any, ...]]
"""What reads some fields of an instance, in their order."""


def _dataclass(
    cls: type[T] | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
) -> type[T] | Callable[[type[T]], type[T]]:
    """As ``dataclasses.dataclass`` with the same arguments; fields may have a default, a factory
    of one, and ``compare`` and ``repr``, but no other options."""

    def decorate(cls: type[T]) -> type[T]:
        return _made(cls, frozen=frozen, slots=slots, eq=eq)

    return decorate if cls is None else decorate(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _made(written: type[T], *, frozen: bool, slots: bool, eq: bool) -> type[T]:
    own = {name for name, value in vars(written).items() if value is not None}
    if written.__doc__ is None:
        written.__doc__ = written.__name__  # the library would print the signature
    cls: Any = dataclasses.dataclass(written, init=False, repr=False, eq=False, slots=slots)
    fields = dataclasses.fields(cls)
    methods: dict[str, Any] = _printing(fields) | {"__init__": _compiling(cls, frozen=frozen)}
    if eq:
        methods |= _comparing(fields, frozen=frozen)
    if frozen:
        methods |= _freezing(cls, fields)
    for name, method in methods.items():
        if name not in own:
            setattr(cls, name, method)
    made: type[T] = cls
    return made


def _values(fields: list[str]) -> _Values:
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda instance: tuple(getattr(instance, name) for name in fields)


def _printing(fields: tuple[dataclasses.Field[Any], ...]) -> dict[str, Any]:
    names = [field.name for field in fields if field.repr]
    values = _values(names)

    def printed(self: Any) -> str:
        pairs = zip(names, values(self), strict=True)
        inner = ", ".join(f"{name}={value!r}" for name, value in pairs)
        return f"{self.__class__.__qualname__}({inner})"

    return {"__repr__": printed}


def _comparing(fields: tuple[dataclasses.Field[Any], ...], *, frozen: bool) -> dict[str, Any]:
    values = _values([field.name for field in fields if field.compare])

    def equals(self: Any, other: object) -> Any:
        if other.__class__ is self.__class__:
            return values(self) == values(other)
        return NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": equals, "__hash__": hashed if frozen else None}


def _freezing(cls: type[Any], fields: tuple[dataclasses.Field[Any], ...]) -> dict[str, Any]:
    names = [field.name for field in fields]
    values = _values(names)

    def refuse_setting(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def refuse_deleting(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    def state(self: Any) -> tuple[Any, ...]:
        return values(self)

    def restore(self: Any, kept: tuple[Any, ...]) -> None:
        for name, value in zip(names, kept, strict=True):
            object.__setattr__(self, name, value)

    setting = {"__setattr__": refuse_setting, "__delattr__": refuse_deleting}
    if not hasattr(cls, "__slots__"):
        return setting
    return setting | {"__getstate__": state, "__setstate__": restore}


def _compiling(cls: Any, *, frozen: bool) -> Callable[..., None]:
    """An ``__init__`` that puts the real one in its place."""

    def compile_first(self: Any, *values: Any, **named: Any) -> None:
        cls.__init__ = _compiled(cls, frozen=frozen)
        cls.__init__(self, *values, **named)

    return compile_first


def _compiled(cls: Any, *, frozen: bool) -> Callable[..., None]:
    names: dict[str, Any] = {"_put": object.__setattr__, "_absent": dataclasses.MISSING}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(cls):
        name = value = field.name
        if field.default is not dataclasses.MISSING:
            names[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_make_{name}"] = field.default_factory
            parameters.append(f"{name}=_absent")
            value = f"_make_{name}() if {name} is _absent else {name}"
        else:
            parameters.append(name)
        lines.append(f"_put(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    source = f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"])
    exec(compile(source, f"<{cls.__qualname__}>", "exec"), names)  # noqa: S102 - names of fields
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init
