"""A sync as a recording that can be read before it is shared: what was asked and answered.

JSON lines: first an object about the recording, then one for every exchange. Everything that can
name the account is replaced (:mod:`ledger.numerai.disguise`), field by field as
:mod:`ledger.numerai.recorded_fields` says. No header of a request is ever part of it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from ledger.clock import Clock, iso
from ledger.exact_json import decode, encode
from ledger.files import write_file
from ledger.numerai import answers
from ledger.numerai.disguise import NAMING, Disguise, Kind, Secrets
from ledger.numerai.exchanges import Exchange
from ledger.numerai.recorded_fields import ARGUMENT, KINDS, kind_of
from ledger.version import __version__

FORMAT = 1
"""Version of the form of a recording."""

LONGEST_TEXT = 4000
"""Characters kept of an answer that is not JSON."""

WARNING = (
    "Ids, names, addresses and hashes are replaced, amounts multiplied and times shifted, each by "
    "a secret that was not kept. Scores, ranks, returns and prices are as they were: public scores "
    "can still identify an account. Read the file before you share it."
)
"""What the user is told of a recording before it is shared."""

_LITERAL = re.compile(
    r"(?:(?P<name>\w+)(?P<colon>\s*:\s*))?"
    r"(?P<literal>\"(?:[^\"\\\n]|\\.)*\"|(?<![\w$.])-?\d+(?:\.\d+)?(?!\w))"
)
_PARENTHESES = re.compile(r"\([^()]*\)")
_RENAMED = re.compile(r"(\w+)\s*:\s*(\w+)")
_USED = re.compile(r"(\w+)\s*:\s*\$(\w+)")
_WORDS = re.compile(r"[A-Za-z_]\w*", re.ASCII)

Change = Callable[[Kind, Any], Any]


class Recorder:
    """Keeps exchanges, from any thread, until they are written.

    ``clock`` tells when the recording was made; ``names`` are those of the account and its models
    as far as they are known already: an error message may use them before any answer does.
    """

    def __init__(self, clock: Clock, names: Iterable[str] = ()) -> None:
        self._at = clock.now()
        self._names = frozenset(names)
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    def keep(self, exchange: Exchange) -> None:
        """Remember ``exchange``; an :data:`ledger.numerai.exchanges.Observer`."""
        with self._lock:
            self._exchanges.append(exchange)

    def write(self, file: Path) -> None:
        """Write what was kept so far: the whole file or nothing of it, for its owner only.

        Raises:
            FileError: it could not be written.
        """
        with self._lock:
            exchanges = [_Parsed(exchange) for exchange in self._exchanges]
        write_file(file, "".join(f"{line}\n" for line in self._lines(exchanges)))

    def _lines(self, exchanges: list[_Parsed]) -> Iterator[str]:
        survey = _Survey(set(self._names))
        for exchange in exchanges:
            exchange.change(survey.note)
        vocabulary = {word for exchange in exchanges for word in exchange.words}
        disguise = Disguise(
            Secrets.draw(survey.largest),
            survey.names,
            vocabulary | {part for name in KINDS for part in name.split(".")},
        )
        tournaments = {number for exchange in exchanges for number in exchange.tournaments()}
        yield encode(
            {
                "warning": WARNING,
                "format": FORMAT,
                "program": f"numstake-tui {__version__}",
                "recorded": disguise.later(iso(self._at)),
                "tournaments": sorted(tournaments),
            }
        )
        for exchange in exchanges:
            yield encode(exchange.shown(disguise))


@dataclass(slots=True)
class _Survey:
    """What has to be known of all exchanges before the first is written."""

    names: set[str] = field(default_factory=set)
    largest: Decimal = Decimal(0)

    def note(self, kind: Kind, value: Any) -> Any:
        """Look at a scalar; gives it back."""
        if kind in NAMING and isinstance(value, str | int) and not isinstance(value, bool):
            self.names.add(str(value))
        elif kind in {Kind.AMOUNT, Kind.UNKNOWN, Kind.WEI}:
            size = _size(value)
            self.largest = max(self.largest, size.scaleb(-18) if kind is Kind.WEI else size)
        return value


def _size(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return Decimal(0)
    with suppress(ArithmeticError):
        size = abs(Decimal(value.replace(",", "") if isinstance(value, str) else value))
        return size if size.is_finite() else Decimal(0)
    return Decimal(0)


class _Parsed:
    """An exchange, its answer read as JSON where it is JSON."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._asked = _read(exchange.document)
        payload = answers.parse(exchange.body)
        self._body: Any = dict(payload) if payload is not None else None

    @property
    def words(self) -> frozenset[str]:
        """Every name in the document."""
        return self._asked.words

    def tournaments(self) -> Iterator[int]:
        """Tournaments of the account's models."""
        data = (self._body or {}).get("data")
        account = data.get("account") if isinstance(data, dict) else None
        models = account.get("models") if isinstance(account, dict) else None
        for model in models if isinstance(models, list) else ():
            number = model.get("tournament") if isinstance(model, dict) else None
            if isinstance(number, int):
                yield number

    def change(self, change: Change) -> tuple[str, dict[str, Any], Any]:
        """Document, variables and body with every scalar changed."""
        document = _LITERAL.sub(lambda match: _literal(match, change), self._exchange.document)
        variables = {
            name: _disguised(value, ARGUMENT, self._asked.argument(name), self._asked, change)
            for name, value in self._exchange.variables.items()
        }
        return document, variables, _disguised(self._body, "", "", self._asked, change)

    def shown(self, disguise: Disguise) -> dict[str, Any]:
        """The exchange as a recording has it."""
        document, variables, body = self.change(disguise.value)
        if body is None:
            text = self._exchange.body.decode("utf-8", "replace")[: 2 * LONGEST_TEXT]
            body = disguise.value(Kind.TEXT, text)[:LONGEST_TEXT]
        return {
            "document": document,
            "variables": variables,
            "status": self._exchange.status,
            "content_type": disguise.value(Kind.TEXT, self._exchange.kind),
            "milliseconds": self._exchange.milliseconds,
            "body": body,
        }


@dataclass(frozen=True, slots=True)
class _Document:
    """The names in a document: fields by their alias, arguments by the variable they take."""

    words: frozenset[str]
    fields: dict[str, str]
    arguments: dict[str, str]

    def argument(self, variable: str) -> str:
        """What the value of a variable is used for."""
        return self.arguments.get(variable) or variable.rstrip("0123456789")


@lru_cache(maxsize=256)
def _read(document: str) -> _Document:
    return _Document(
        frozenset(_WORDS.findall(re.sub(r"\"[^\"\n]*\"", "", document))),
        dict(_RENAMED.findall(_PARENTHESES.sub("", document))),
        {variable: argument for argument, variable in _USED.findall(document)},
    )


def _literal(match: re.Match[str], change: Change) -> str:
    """An argument written into the document itself."""
    value = decode(match["literal"])
    changed = encode(change(kind_of(ARGUMENT, match["name"] or ""), value))
    return f"{match['name'] or ''}{match['colon'] or ''}{changed}"


def _disguised(value: Any, above: str, name: str, asked: _Document, change: Change) -> Any:
    """``value``, which stands in the field ``name``, with every scalar changed."""
    if isinstance(value, list):
        return [_disguised(entry, above, name, asked, change) for entry in value]
    if not isinstance(value, dict):
        return change(kind_of(above, name), value)
    changed = {}
    for key, entry in value.items():
        own = key in asked.words or key in KINDS or not above
        kept = key if own else str(change(Kind.NAME, key))
        called: str = asked.fields.get(key) or key
        changed[kept] = _disguised(entry, name, called, asked, change)
    return changed
