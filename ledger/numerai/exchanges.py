"""One question and its answer, for whoever wants to keep them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ledger.dataclass import dataclass
from ledger.numerai.answers import Json


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange of a query. It holds no header and no key.

    ``document`` is the query's text, asked with ``variables``. ``status`` is ``None`` where no
    answer came; then ``kind`` and ``body`` are empty. ``kind`` is the answer's content type,
    ``milliseconds`` how long it took.
    """

    document: str
    variables: Mapping[str, Json]
    status: int | None
    kind: str
    body: bytes
    milliseconds: int


Observer = Callable[[Exchange], None]
"""Is told of every exchange, on whichever thread it happened."""
