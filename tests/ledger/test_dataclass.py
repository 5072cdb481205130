"""Our dataclasses do what the library's do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from ledger.dataclass import dataclass

OPTIONS = (
    {},
    {"eq": False},
    {"slots": True},
    {"frozen": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "eq": False},
)


def classes(decorate: Callable[..., Any], options: dict[str, bool]) -> tuple[type[Any], ...]:
    """The same classes by either decorator: plain, with all sorts of fields, with methods of its
    own, derived, and empty."""

    @decorate(**options)
    class Plain:
        a: int
        b: tuple[int, ...]

    @decorate(**options)
    class Full:
        """One of everything."""

        SHARED: ClassVar[int] = 5
        a: int
        b: str = "b"
        c: tuple[int, ...] = dataclasses.field(default_factory=lambda: (1, 2))
        d: int = dataclasses.field(default=7, compare=False)
        e: str = dataclasses.field(default="key", repr=False)

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("below zero")

    @decorate(**options)
    class Own:  # noqa: PLW1641 - what the decorator makes of it is looked at
        a: int

        def __repr__(self) -> str:
            return f"own {self.a}"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

    @decorate(**options)
    class Derived(Plain):
        b: tuple[int, ...] = ()
        c: int = 1

    @decorate(**options)
    class Empty:
        pass

    return Plain, Full, Own, Derived, Empty


def outcome(call: Callable[[], object]) -> object:
    """What ``call`` returns or, of an error, its kind and text."""
    try:
        return call()
    except Exception as error:
        return type(error), str(error)


CALLS: dict[str, Callable[[Any, Any, Any, Any, Any], object]] = {
    "positional": lambda plain, *_: repr(plain(1, (2,))),
    "named": lambda plain, *_: repr(plain(b=(2,), a=1)),
    "too few": lambda plain, *_: plain(1),
    "too many": lambda plain, *_: plain(1, 2, 3),
    "unknown name": lambda plain, *_: plain(a=1, b=2, c=3),
    "defaults": lambda _, full, *__: (repr(full(1)), full(1).c, full(1).e, full.SHARED),
    "made by nobody else": lambda _, full, *__: full(1).c is full(1).c,
    "refused after init": lambda _, full, *__: full(-1),
    "equal": lambda plain, *_: plain(1, (2,)) == plain(1, (2,)),
    "unequal": lambda plain, *_: plain(1, (2,)) == plain(1, ()),
    "equal but for what is not compared": lambda _, full, *__: full(1, d=1) == full(1, d=2),
    "equal to none of another class": lambda plain, _, __, derived, *___: (
        plain(1, (2,)) == derived(1, (2,))
    ),
    "same hash": lambda plain, *_: hash(plain(1, (2,))) == hash(plain(1, (2,))),
    "hashed without what is not compared": lambda _, full, *__: (
        hash(full(1, d=1)) == hash(full(1, d=2))
    ),
    "its own methods": lambda _, __, own, *___: (repr(own(1)), own(1) == own(2)),
    "hash beside its own equality": lambda _, __, own, *___: hash(own(1)) == hash(own(1)),
    "derived": lambda _, __, ___, derived, ____: (repr(derived(1)), derived(1) == derived(1)),
    "empty": lambda *all_of_them: repr(all_of_them[-1]()),
    "empty, equal": lambda *all_of_them: all_of_them[-1]() == all_of_them[-1](),
    "set": lambda plain, *_: setattr(plain(1, ()), "a", 3),
    "deleted": lambda plain, *_: delattr(plain(1, ()), "a"),
    "replaced": lambda _, full, *__: repr(dataclasses.replace(full(1), b="c")),
    "as a dict": lambda _, full, *__: dataclasses.asdict(full(1)),
    "fields": lambda _, full, *__: [field.name for field in dataclasses.fields(full)],
    "copied": lambda _, full, *__: repr(copy.deepcopy(full(1, "x"))),
    "matched": lambda plain, *_: plain.__match_args__,
    "slots": lambda plain, *_: getattr(plain, "__slots__", None),
    "names": lambda plain, *_: (plain.__name__, plain.__qualname__, plain.__init__.__qualname__),
}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_as_the_librarys(options: dict[str, bool]) -> None:
    ours, theirs = classes(dataclass, options), classes(dataclasses.dataclass, options)
    for what, call in CALLS.items():
        for _ in range(2):  # the first call makes what the second one finds
            assert outcome(lambda c=call: c(*ours)) == outcome(lambda c=call: c(*theirs)), what


@dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, where pickle finds it."""

    a: int
    b: str = "b"


def test_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1))) == Kept(1)  # noqa: S301 - our own


def test_nothing_is_compiled_before_the_first_instance() -> None:
    @dataclass(frozen=True, slots=True)
    class Late:
        a: int

    assert Late.__init__.__code__.co_filename.endswith("dataclass.py")
    Late(1)
    assert Late.__init__.__code__.co_varnames == ("self", "a")
