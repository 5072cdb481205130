"""Every query once, small: what of our documents this server takes, and how long it takes.

For the first day with a server that nobody has met, and for the day after it has changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.errors import (
    BadAnswer,
    BadCredentials,
    MissingScope,
    NumeraiError,
    Refused,
    Unreachable,
)
from ledger.numerai import documents
from ledger.numerai.answers import Json, Reply
from ledger.numerai.lessons import Lessons, PerformanceForm
from ledger.numerai.parts import Document

if TYPE_CHECKING:
    from ledger.numerai.client import NumeraiClient

_FEW = 2
"""Rounds, rows and pages asked for."""

_NOBODY = "0x0000000000000000000000000000000000000000"


class Standing(StrEnum):
    """What became of a document, or of a part of it."""

    TAKEN = "taken"
    OTHER_FORM = "other form"
    REFUSED = "refused"
    NO_SCOPE = "no scope"
    EMPTY = "empty"
    FAILED = "no answer"


@dataclass(frozen=True, slots=True)
class Probe:
    """One line: a ``part`` of a document, or all of it where that is empty.

    ``standing`` is what came of it and ``milliseconds`` how long that took. ``rows`` counts the
    entries of the lists in the answer; ``words`` are the server's own.
    """

    document: str
    part: str
    standing: Standing
    milliseconds: int | None = None
    rows: int | None = None
    words: str = ""


def probe(client: NumeraiClient) -> Iterator[Probe]:
    """Ask everything, and say line by line what came of it. Never asks the same twice.

    ``client`` should know no lessons yet, or what it knows is not tried.

    Raises:
        BadCredentials: the server does not know the API key.
        Cancelled: the user stopped.
    """
    account = _Account(client.lessons)
    for document, variables in _documents(account):
        began = time.monotonic()
        try:
            reply = client.fetch(document, variables)
        except BadCredentials:
            raise
        except (Refused, Unreachable, BadAnswer) as error:
            milliseconds = _since(began)
            yield Probe(_name(document), "", _failure(error), milliseconds, None, error.what)
            continue
        account.take(document, reply)
        yield from _probes(document, reply, _since(began))


def _failure(error: NumeraiError) -> Standing:
    if isinstance(error, MissingScope):
        return Standing.NO_SCOPE
    return Standing.REFUSED if isinstance(error, Refused) else Standing.FAILED


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _name(document: Document) -> str:
    form = document.forms[0].name
    return f"{document.name}, {form}" if form else document.name


def _probes(document: Document, reply: Reply, milliseconds: int) -> Iterator[Probe]:
    name, rows = _name(document), sum(map(_rows, reply.data.values()))
    other = reply.form != document.forms[0].name
    standing = Standing.OTHER_FORM if other else Standing.TAKEN
    if all(value is None or value == [] for value in reply.data.values()):
        standing = Standing.EMPTY
    words = reply.form if other else ""
    yield Probe(name, "", standing, milliseconds, rows, words)
    for path, why in reply.left_out.items():
        yield Probe(name, ".".join(path), Standing.REFUSED, words=why)
    for path, why in reply.replaced.items():
        yield Probe(name, ".".join(path), Standing.OTHER_FORM, words=why)
    for complaint in reply.complaints:
        yield Probe(name, complaint.place, Standing.EMPTY, words=complaint.message)


def _rows(value: Json) -> int:
    """Entries of a list, or of the lists directly below an object."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, dict):
        return sum(len(below) for below in value.values() if isinstance(below, list))
    return 0


class _Account:
    """What earlier answers tell that later documents need."""

    def __init__(self, lessons: Lessons) -> None:
        self.lessons = lessons
        self.model: tuple[str, int] | None = None
        self.wallet = _NOBODY
        self.newest: dict[int, int] = {}

    def take(self, document: Document, reply: Reply) -> None:
        """Remember a model, the wallet's address and the newest rounds."""
        if document is documents.ACCOUNT_CORE:
            self._account(reply.data.get("account") or {})
        if document is documents.ROUNDS:
            for alias, tournament in documents.ALIASES.items():
                numbers = [row.get("number") for row in reply.data.get(alias) or () if row]
                rounds = [number for number in numbers if isinstance(number, int)]
                self.newest[int(tournament)] = max(rounds, default=1)

    def _account(self, account: Mapping[str, Json]) -> None:
        self.wallet = account.get("walletAddress") or _NOBODY
        for model in account.get("models") or ():
            if self.model is None and isinstance(model, dict) and model.get("id"):
                self.model = model["id"], model.get("tournament") or int(Tournament.CLASSIC)


def _documents(account: _Account) -> Iterator[tuple[Document, dict[str, Json]]]:
    """Documents with variables that ask for little, the account and the rounds first."""
    yield documents.KEY, {}
    yield documents.ACCOUNT_CORE, {}
    yield documents.ACCOUNT_EXTRAS, {}
    yield documents.SUBMISSIONS, {"rounds": _FEW}
    yield documents.ROUNDS, dict.fromkeys(documents.ALIASES, _FEW)
    yield documents.PAYOUTS, {}
    yield documents.CURRENCY, {"currency": "EUR"}
    yield documents.STAKING_CONTRACTS, {}
    yield from _of_a_model(account)
    aliases = tuple(documents.ALIASES.items())
    yield documents.claims(aliases, ()), {alias: account.wallet for alias, _ in aliases}
    for number, newest in account.newest.items():
        yield documents.claims((), (Tournament(number),)), {"round0": str(newest)}


def _of_a_model(account: _Account) -> Iterator[tuple[Document, dict[str, Json]]]:
    if account.model is None:
        return
    model_id, tournament = account.model
    newest = account.newest.get(tournament, 1)
    first = max(1, newest - _FEW + 1)
    variables: dict[str, Json] = {
        "model0": model_id,
        "tournament0": tournament,
        "last0": _FEW,
        "from0": first,
        "to0": newest,
        "limit0": _FEW,
    }
    yield documents.SNAPSHOT, {"modelId": model_id}
    yield documents.STAKE_TRANSACTIONS, {"modelIds": [model_id], "limit": _FEW, "offset": 0}
    yield documents.running(1), variables
    yield documents.slices(1), variables
    yield documents.days(1), variables
    if account.lessons.performance_form() is PerformanceForm.FROM_LIMIT:
        yield documents.slices(1, PerformanceForm.FROM_LIMIT), variables
    yield documents.days(1, PerformanceForm.LAST_N), variables
    yield documents.scores(1), variables
