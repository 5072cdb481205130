"""The parts of all that a sync asks for, taken from the documents as they are sent."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, get_named_type, get_nullable_type, is_list_type

from ledger.numerai.answers import Json, Reply
from ledger.numerai.client import NumeraiClient
from ledger.numerai.parts import ROOT, Asked, Document, Field, OneOf, Part
from ledger.sandbox.server.graphql_engine import schema


class Recorder(NumeraiClient):
    """A client that keeps what it asks: documents, and each text as it was sent."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.sent: list[tuple[Document, Asked]] = []

    def _send(
        self,
        document: Document,
        asked: Asked,
        variables: Mapping[str, Json],
        stop: threading.Event | None,
    ) -> Reply:
        self.sent.append((document, asked))
        return super()._send(document, asked, variables, stop)


@dataclass(frozen=True, order=True)
class Element:
    """A field of a type, under one ``alias`` where it is asked for under several; or one of its
    arguments. ``below``: whether other fields are asked for below it; ``must``: whether what it
    belongs to can't be asked for without it."""

    type: str
    field: str
    argument: str = ""
    alias: str = ""
    below: bool = False
    must: bool = False

    def __str__(self) -> str:
        name = f"{self.type}.{self.field}"
        name += f"({self.argument})" if self.argument else ""
        return f"{name} as {self.alias}" if self.alias else name


def elements_of(sent: Iterable[tuple[Document, Asked]]) -> list[Element]:
    """What was asked for, in order, each once."""
    found: dict[tuple[str, str, str, str], Element] = {}
    for _, asked in sent:
        words = frozenset(re.findall(r"\w+", asked.text))
        for element in _of_roots(asked.roots, words):
            key = (element.type, element.field, element.argument, element.alias)
            found.setdefault(key, element)
    return sorted(found.values())


def _of_roots(
    parts: tuple[Part, ...], words: frozenset[str] | None = None, type_name: str = ROOT
) -> Iterator[Element]:
    """All elements of ``parts``; with ``words`` those that are in a text of these words."""
    for part in _fields(parts):
        if words is not None and part.name not in words:
            continue
        yield Element(type_name, part.name, below=bool(part.fields), must=part.must)
        for arg in part.args:
            if words is None or arg.name in words:
                yield Element(type_name, part.name, arg.name, must=arg.must)
        if part.alias and type_name == ROOT:
            yield Element(type_name, part.name, alias=part.alias, below=True)
        yield from _of_roots(part.fields, words, part.type)


def _fields(parts: tuple[Part, ...]) -> Iterator[Field]:
    for part in parts:
        if isinstance(part, OneOf):
            for form in part.forms:
                yield from form
        else:
            yield part


def names_of(documents: Iterable[Document]) -> set[tuple[str, str, str]]:
    """Type, field and argument of everything in any form of ``documents``."""
    return {
        (element.type, element.field, element.argument)
        for document in documents
        for form in document.forms
        for element in _of_roots(form.roots)
    }


VARIANTS = ("refused", "null with an error", "null", "retyped", "retyped otherwise")

_OTHERS = {
    "text": ("number", "object"),
    "number": ("string", "list"),
    "bool": ("string", "list"),
    "list": ("object", "string"),
    "object": ("list", "string"),
}
"""Two other JSON types for each."""


def variants(element: Element) -> tuple[str, ...]:
    """What can happen to an element."""
    if element.argument:
        return VARIANTS[:1]
    return VARIANTS[1:] if element.alias else VARIANTS


def fault(element: Element, variant: str) -> tuple[str, dict[str, Any]]:
    """The sandbox's fault, and its options."""
    where: dict[str, Any] = {"type": element.type, "field": element.field}
    if element.alias:
        where["path"] = element.alias
    if element.argument:
        return "refuse_argument", where | {"argument": element.argument}
    if variant == "refused":
        return "refuse_field", where
    if variant.startswith("null"):
        return "null_field", where | {"error": variant != "null"}
    others = _OTHERS[_json_type(element)]
    return "retype", where | {"to": others[variant.endswith("otherwise")]}


def _json_type(element: Element) -> str:
    parent = schema(True).get_type(element.type)
    assert isinstance(parent, GraphQLObjectType)
    kind = get_nullable_type(parent.fields[element.field].type)
    if is_list_type(kind):
        return "list"
    name = get_named_type(kind).name
    if isinstance(get_named_type(kind), GraphQLObjectType):
        return "object"
    return {"Int": "number", "Float": "number", "Boolean": "bool"}.get(name, "text")
