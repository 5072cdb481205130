"""Numerai's answer to a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from ledger.clock import iso
from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR
from ledger.errors import BadAnswer
from ledger.numerai.answers import Json
from ledger.numerai.wire.fields import Fields, Problems


@dataclass(frozen=True, slots=True)
class Answer:
    """What Numerai said to a change; ``text`` is all of it in one line.

    ``status`` and ``kind`` are Numerai's words, ``amount`` is what was asked for in NMR, ``due``
    when it takes effect (UTC). ``drain`` is ``None`` where it was not told, ``bare`` tells a text
    from an object. ``request_id`` is the id of the request that the answer names.
    """

    status: str | None
    kind: str | None
    amount: NMR | None
    due: datetime | None
    text: str
    drain: bool | None = None
    bare: bool = False
    request_id: str | None = None


def read_change(payload: Json) -> Answer:
    """A ``V2ChangeStakeRequest``, or the plain text some changes answer with.

    Raises:
        BadAnswer: neither; what became of the change is not known.
    """
    if isinstance(payload, str):
        return Answer(payload, None, None, None, payload, bare=True)
    if not isinstance(payload, Mapping):
        raise BadAnswer(
            "Numerai answered without saying what became of the change.",
            "Compare the account before you try again.",
        )
    fields = Fields({key: _plain(value) for key, value in payload.items()}, "change", Problems())
    status, kind = fields.text("status"), fields.text("type")
    amount, due = fields.nmr("requestedAmount"), fields.time("dueDate")
    drain, request_id = fields.boolean("drain"), fields.text("id")
    if drain:
        kind = "drain"
    parts = [
        kind,
        f"of {amount} NMR" if amount is not None and kind != "drain" else None,
        f"due {iso(due)}" if due else None,
        f"({status})" if status else None,
    ]
    text = " ".join(part for part in parts if part)
    return Answer(
        status,
        kind,
        amount,
        due,
        text or "an answer that names nothing",
        drain=drain,
        request_id=request_id,
    )


def _plain(value: object) -> Json:
    """numerapi parses times by itself; back to what the wire carries."""
    if isinstance(value, datetime):
        return iso(value if value.tzinfo else value.replace(tzinfo=UTC))
    return value if isinstance(value, (str, int, Decimal, bool)) else None
