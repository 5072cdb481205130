"""The liberties the live server takes with documents, applied to the parsed document.

It finds arguments by their snake_case form, so numerapi's ``model_name`` passes for ``modelName``;
a name with double underscores stays apart from one without. (That ``String`` variables pass where
an ``ID`` is expected is a rule of :mod:`ledger.sandbox.server.strictness`.)
"""

from __future__ import annotations

from graphql import DocumentNode, visit
from graphql.language import ArgumentNode, NameNode, Visitor

from ledger.sandbox.manners import Manners

_RANGES = {f"roundNumber{end.capitalize()}": f"roundNumber__{end}" for end in ("eq", "gte", "lte")}


def accept(document: DocumentNode, manners: Manners) -> DocumentNode:
    """``document`` with its arguments called as in the schema."""
    result: DocumentNode = visit(document, _Names(_RANGES if manners.camel_ranges else {}))
    return result


def camel_case(name: str) -> str:
    """``model_name`` as ``modelName``; double underscores stay."""
    return "__".join(map(_camel, name.split("__")))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


class _Names(Visitor):
    def __init__(self, also: dict[str, str]) -> None:
        super().__init__()
        self._also = also

    def enter_argument(self, node: ArgumentNode, *_rest: object) -> ArgumentNode | None:
        name = camel_case(node.name.value)
        name = self._also.get(name, name)
        if name == node.name.value:
            return None
        renamed = NameNode(value=name, loc=node.name.loc)
        return ArgumentNode(name=renamed, value=node.value, loc=node.loc)
