"""Documents as parts that can be left out one by one, and how parts become the text of a query.

A part is *must* (what it belongs to can't be asked for without it), may (the default), or
:class:`OneOf` several forms. What a server was seen to refuse is a *lesson*, a short text such as
``field Model.returns``; a document is written without the parts that lessons name, and without
the variables that only those used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from enum import StrEnum

from ledger.dataclass import dataclass

ROOT = "RootQueryType"
"""The type whose fields are the queries, as the live server calls it."""

Path = tuple[str, ...]
"""Where a part stands in the answer: response keys without the indexes of lists. An argument
stands below its field in brackets: ``("account", "models", "(showArchived)")``."""


class Pacing(StrEnum):
    """Which of the published rates a document counts against."""

    ACCOUNT = "account"
    PERFORMANCES = "performances"


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument with a literal or, where it has ``types``, a variable (``$from0``).

    ``value`` is the literal, or the variable's name. ``types`` are those the variable is declared
    with, the likeliest first. Without one that is a ``must`` its field is not asked for either.
    """

    name: str
    value: str
    types: tuple[str, ...] = ()
    must: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its arguments and the ``fields`` below it; ``type`` is the type these belong to.

    ``alias`` is its name in the answer where that is another one. Without one that is a ``must``
    what it belongs to is not asked for either.
    """

    name: str
    fields: tuple[Field | OneOf, ...] = ()
    args: tuple[Arg, ...] = ()
    alias: str = ""
    type: str = ""
    must: bool = False

    @property
    def key(self) -> str:
        """Its name in the answer."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class OneOf:
    """The first of several forms that the server takes whole; ``must`` as for :class:`Field`."""

    forms: tuple[tuple[Field, ...], ...]
    must: bool = False


Part = Field | OneOf


@dataclass(frozen=True, slots=True)
class Form:
    """One way to ask for what a document asks for, by ``name``; ``roots`` are its top fields."""

    name: str
    roots: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A query under a name of its own, in forms of which the first possible one is sent.

    ``pacing`` says how often it may be asked for, ``None`` for any time.
    """

    name: str
    forms: tuple[Form, ...]
    pacing: Pacing | None = None

    @classmethod
    def plain(cls, name: str, *roots: Field, pacing: Pacing | None = None) -> Document:
        """A document that has one form."""
        return cls(name, (Form("", roots),), pacing)

    def only(self, keys: tuple[str, ...]) -> Document:
        """The same for some of the top-level fields."""
        forms = tuple(
            replace(form, roots=tuple(root for root in form.roots if root.key in keys))
            for form in self.forms
        )
        return replace(self, forms=forms)


def leaves(names: str, *, must: bool = False) -> tuple[Field, ...]:
    """Fields without anything below them."""
    return tuple(Field(name, must=must) for name in names.split())


def all_fields(parts: tuple[Part, ...], type_name: str = ROOT) -> Iterator[tuple[str, Field]]:
    """All fields of ``parts``, each with the type it is a field of."""
    for part in parts:
        if isinstance(part, OneOf):
            for form in part.forms:
                yield from all_fields(form, type_name)
        else:
            yield type_name, part
            yield from all_fields(part.fields, part.type)


def field_lesson(type_name: str, name: str) -> str:
    """The lesson that a field is refused."""
    return f"field {type_name}.{name}"


def argument_lesson(field_name: str, name: str) -> str:
    """The lesson that an argument is refused, in whatever type."""
    return f"argument {field_name}.{name}"


def type_lesson(field_name: str, name: str, type_name: str) -> str:
    """The lesson that an argument is refused in one type."""
    return f"type {field_name}.{name} {type_name}"


@dataclass(slots=True)
class Asked:
    """What is sent for a document: text, variables with their types, and what it leaves out.

    ``form`` is the name of the form that was chosen, ``roots`` are its top-level fields.
    ``left_out`` is what nothing stands in for, ``replaced`` what another form stands in for;
    both say why.
    """

    text: str = ""
    form: str = ""
    roots: tuple[Field, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    left_out: dict[Path, str] = field(default_factory=dict)
    replaced: dict[Path, str] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The top-level fields of the answer."""
        return tuple(root.key for root in self.roots)

    @property
    def aliases(self) -> int:
        """How many top-level fields go by an alias."""
        return sum(bool(root.alias) for root in self.roots)


Refusal = Callable[[str], str | None]
"""Why a lesson forbids something, in words; ``None`` where there is no such lesson."""


def current_type(field_name: str, arg: Arg, refusal: Refusal) -> str | None:
    """The type an argument's variable is declared with now; ``None`` when all are refused."""
    tried = (name for name in arg.types if not refusal(type_lesson(field_name, arg.name, name)))
    return next(tried, None)


def render(document: Document, refusal: Refusal) -> Asked | str:
    """``document`` as it is to be sent, or why none of its forms can be."""
    why = ""
    replaced: dict[Path, str] = {}
    for form in document.forms:
        writer = _Writer(refusal)
        texts = [writer.part(root, ROOT, ()) for root in form.roots]
        needed = [text for root, text in zip(form.roots, texts, strict=True) if root.must]
        if None not in needed and any(texts):
            kept = [pair for pair in zip(form.roots, texts, strict=True) if pair[1]]
            return _asked(writer, form, kept, replaced)
        why = why or next(iter(writer.left_out.values()), "")
        replaced |= writer.left_out
    return why or "Nothing is left to ask for."


def _asked(
    writer: _Writer, form: Form, kept: list[tuple[Field, str | None]], replaced: dict[Path, str]
) -> Asked:
    declared = ", ".join(f"${name}: {type_}" for name, type_ in writer.variables.items())
    head = f"query({declared}) {{" if declared else "query {"
    return Asked(
        text="\n".join([head, *(f"  {text}" for _, text in kept), "}"]),
        form=form.name,
        roots=tuple(root for root, _ in kept),
        variables=writer.variables,
        left_out=writer.left_out,
        replaced=replaced | writer.replaced,
    )


class _Writer:
    """Writes one form, and notes what it had to leave out."""

    def __init__(self, refusal: Refusal) -> None:
        self.variables: dict[str, str] = {}
        self.left_out: dict[Path, str] = {}
        self.replaced: dict[Path, str] = {}
        self._refusal = refusal

    def part(self, part: Part, type_name: str, path: Path) -> str | None:
        """The text of a part, ``None`` when it can't be asked for."""
        if isinstance(part, OneOf):
            return self._one_of(part, type_name, path)
        before = dict(self.variables)
        text = self._field(part, type_name, (*path, part.key))
        if text is None:
            self.variables = before
        return text

    def _one_of(self, choice: OneOf, type_name: str, path: Path) -> str | None:
        missed: dict[Path, str] = {}
        for form in choice.forms:
            attempt = _Writer(self._refusal)
            texts = [attempt.part(part, type_name, path) for part in form]
            if None not in texts:
                self.variables |= attempt.variables
                self.left_out |= attempt.left_out
                self.replaced |= missed
                return " ".join(text for text in texts if text)
            missed |= attempt.left_out
        self.left_out |= missed
        return None

    def _field(self, part: Field, type_name: str, path: Path) -> str | None:
        why = self._refusal(field_lesson(type_name, part.name))
        if why is not None:
            self.left_out[path] = why
            return None
        args = self._args(part, path)
        below = self._below(part, path) if args is not None and part.fields else ""
        if args is None or below is None:
            return None
        name = f"{part.alias}: {part.name}" if part.alias else part.name
        return f"{name}{args}{below}"

    def _args(self, part: Field, path: Path) -> str | None:
        written = []
        for arg in part.args:
            why = self._refusal(argument_lesson(part.name, arg.name))
            declared = current_type(part.name, arg, self._refusal) if arg.types else ""
            if why is None and declared is None:
                why = self._refusal(type_lesson(part.name, arg.name, arg.types[0]))
            if why is None:
                written.append(f"{arg.name}: {arg.value}")
                if declared:
                    self.variables[arg.value.removeprefix("$")] = declared
            elif arg.must:
                self.left_out[path] = why
                return None
            else:
                self.left_out[(*path, f"({arg.name})")] = why
        return f"({', '.join(written)})" if written else ""

    def _below(self, part: Field, path: Path) -> str | None:
        texts = []
        for child in part.fields:
            text = self.part(child, part.type, path)
            if text is None and child.must:
                self.left_out[path] = next(reversed(self.left_out.values()))
                return None
            texts.append(text)
        written = " ".join(text for text in texts if text)
        if not written:
            self.left_out[path] = next(reversed(self.left_out.values()))
            return None
        return f" {{ {written} }}"
