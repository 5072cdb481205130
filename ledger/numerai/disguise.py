"""Made-up values for real ones: the same original always gets the same stand-in.

What can name an account (names, ids, addresses, hashes) becomes something of the same shape.
Amounts are multiplied by one secret whole number, so that sums agree to the last place; times
move by one secret number of whole weeks and round numbers by five a week, so that weekdays, times
of day and the calendar of rounds hold. What nobody knows the meaning of is never left as it is.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from enum import StrEnum
from itertools import count
from typing import Any

ROUNDS_A_WEEK = 5
"""Rounds that open in a week, so that a time and a round number are moved by the same weeks."""

LARGEST_FACTOR = 9973
"""The most an amount is multiplied by; fewer where the product would be too large to be read."""

LARGEST_AMOUNT = Decimal(50_000_000)
"""NMR: what a multiplied amount stays below, since a reader refuses more than there can be."""

FEWEST_WEEKS, MOST_WEEKS = 53, 520

_EXACT = Context(prec=120)
_AMOUNT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?=$|[T ])", re.ASCII)
_WORD = re.compile(r"[A-Za-z$€£][\w $€£.:/+-]{0,39}|", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_HEX = re.compile(
    r"0x[0-9a-f]{6,}|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_NOBODY = re.compile("0x(?:0{40}|0{64})")
_NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
_PUNCTUATION = frozenset(string.punctuation + " ")
_TRIES = 50
"""Stand-ins tried in the shape of the original before they grow: short shapes run out."""

_OWN_WORDS = frozenset(
    {
        "download_submission",
        "not_authenticated",
        "rate_limited",
        "read_submission_info",
        "read_user_info",
        "upload_submission",
        "web3_staking",
    }
)
"""Words of Numerai's that look like names but are none."""


class Kind(StrEnum):
    """What a value means, and with it what becomes of it."""

    ID = "id"
    NAME = "name"
    ADDRESS = "address"
    HASH = "hash"
    AMOUNT = "amount"
    WEI = "wei"
    TIME = "time"
    UNIX = "unix time"
    DATESTAMP = "date as a number"
    ROUND = "round number"
    SCORE = "score"
    COUNT = "count"
    FLAG = "flag"
    WORD = "word"
    PATH = "path"
    TEXT = "text"
    UNKNOWN = "unknown"


_FIGURES = frozenset({Kind.AMOUNT, Kind.WEI, Kind.SCORE, Kind.COUNT})

NAMING = frozenset({Kind.ID, Kind.NAME, Kind.ADDRESS, Kind.HASH})
"""Kinds whose values can name an account."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What turns originals into stand-ins. It is written nowhere.

    ``factor`` multiplies amounts, ``weeks`` shifts times and rounds, ``salt`` makes names.
    """

    factor: int
    weeks: int
    salt: bytes

    @classmethod
    def draw(cls, largest: Decimal = Decimal(0)) -> Secrets:
        """New ones for a recording in which no amount is beyond ``largest`` NMR."""
        room = int(LARGEST_AMOUNT / largest) if largest > 1 else LARGEST_FACTOR
        most = max(2, min(LARGEST_FACTOR, room))
        weeks = FEWEST_WEEKS + secrets.randbelow(MOST_WEEKS - FEWEST_WEEKS + 1)
        return cls(2 + secrets.randbelow(most - 1), weeks, secrets.token_bytes(32))


class Disguise:
    """Turns values of one recording into stand-ins.

    ``originals``: every text of the recording that can name an account; none of them is ever made
    up for another. ``vocabulary``: words of the documents themselves, which name nobody.
    """

    def __init__(
        self, secret: Secrets, originals: Iterable[str], vocabulary: Iterable[str]
    ) -> None:
        self._secret = secret
        self._originals = frozenset(map(_lower, originals))
        self._vocabulary = frozenset(vocabulary)
        self._made: dict[str, str] = {}
        self._taken: set[str] = set()
        self._scrubber = Scrubber(self, self._originals, frozenset(map(_lower, self._vocabulary)))

    def value(self, kind: Kind, value: Any) -> Any:
        """The stand-in of a scalar of ``kind``."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(kind, value)
        return self._number(kind, value)

    def lookalike(self, text: str) -> str:
        """Something of the same shape: letters for letters, digits for digits."""
        key = _lower(text)
        if key not in self._made:
            self._made[key] = self._invent(key)
            self._taken.add(self._made[key])
        return _cased(self._made[key], text)

    def times(self, text: str) -> str:
        """An amount times the secret factor, in the same textual form."""
        value = Decimal(text.replace(",", ""))
        product = _EXACT.multiply(value, Decimal(self._secret.factor))
        if "e" in text.lower():
            return str(product)
        return format(product, ",f" if "," in text else "f")

    def later(self, text: str) -> str | None:
        """An ISO-8601 time or date so many weeks later; ``None`` where ``text`` is none."""
        match = _DATE.match(text)
        moved = self._moved(*match.groups()) if match else None
        return None if match is None or moved is None else moved.isoformat() + text[match.end() :]

    def round(self, number: int) -> int:
        """A round number as many weeks later; 0 stays, it means the current round."""
        return number + ROUNDS_A_WEEK * self._secret.weeks if number > 0 else number

    def knows(self, text: str) -> bool:
        """Whether ``text`` is a word of the documents."""
        return text in self._vocabulary

    def names(self, text: str) -> bool:
        """Whether ``text`` can name the account."""
        return _lower(text) in self._originals

    # by kind

    def _text(self, kind: Kind, text: str) -> str:
        if kind is Kind.TEXT:
            return self._scrubber.scrub(text)
        if kind is Kind.WORD and _WORD.fullmatch(text) and not _HEX.search(text.lower()):
            return text
        if kind is Kind.PATH and self.knows(text):
            return text
        if not text or (kind in _FIGURES and text in _NO_NUMBERS):
            return text
        if kind is Kind.UNKNOWN:
            return self._guessed(text)
        written = self._written(kind, text)
        return self.lookalike(text) if written is None else written

    def _written(self, kind: Kind, text: str) -> str | None:
        """Figures written as texts; ``None`` where ``text`` is not of this kind."""
        if kind is Kind.TIME:
            return self.later(text)
        if kind is Kind.ROUND and text.isascii() and text.isdigit():
            return str(self.round(int(text)))
        if kind in {Kind.UNIX, Kind.DATESTAMP} and text.isascii() and text.isdigit():
            return str(self._number(kind, int(text)))
        if kind in {Kind.SCORE, Kind.COUNT} and _AMOUNT.fullmatch(text):
            return text
        if kind in {Kind.AMOUNT, Kind.WEI} and _AMOUNT.fullmatch(text):
            return self.times(text)
        return None

    def _guessed(self, text: str) -> str:
        later = self.later(text)
        if later is not None:
            return later
        return self.times(text) if _AMOUNT.fullmatch(text) else self.lookalike(text)

    def _number(self, kind: Kind, value: int | Decimal) -> int | Decimal:
        if kind in {Kind.SCORE, Kind.COUNT, Kind.PATH}:
            return value
        if isinstance(value, Decimal):
            return _EXACT.multiply(value, self._secret.factor) if value.is_finite() else value
        if kind in NAMING:
            return int(self.lookalike(str(value)))
        moment = self._moment(kind, value)
        return value * self._secret.factor if moment is None else moment

    def _moment(self, kind: Kind, value: int) -> int | None:
        """A time as a whole number; ``None`` where ``value`` is none."""
        if kind is Kind.ROUND:
            return self.round(value)
        if kind is Kind.UNIX and value >= 0:
            return value + self._secret.weeks * 7 * 86_400 if value else 0
        if kind is Kind.DATESTAMP:
            text = f"{value:08}"
            moved = self._moved(text[:-4], text[-4:-2], text[-2:])
            return None if moved is None else int(moved.strftime("%Y%m%d"))
        return None

    def _moved(self, year: str, month: str, day: str) -> date | None:
        try:
            return date(int(year), int(month), int(day)) + timedelta(weeks=self._secret.weeks)
        except (ValueError, OverflowError):
            return None

    # inventing

    def _invent(self, key: str) -> str:
        if _NOBODY.fullmatch(key):
            return key
        for attempt in count():
            made = self._attempt(key, attempt)
            if made != key and made not in self._taken and made not in self._originals:
                return made
        raise AssertionError("one of endless attempts is free")

    def _attempt(self, key: str, attempt: int) -> str:
        """Stand-in number ``attempt``; the short shapes run out, then it grows."""
        grown = key + "0" * max(0, attempt + 1 - _TRIES)
        seed = self._secret.salt + attempt.to_bytes(4, "big") + key.encode("utf-8", "replace")
        stream = hashlib.shake_256(seed).digest(len(grown))
        if _HEX.fullmatch(key):
            start = 2 if key.startswith("0x") else 0
            return grown[:start] + "".join(
                letter if letter == "-" else "0123456789abcdef"[byte % 16]
                for letter, byte in zip(grown[start:], stream[start:], strict=True)
            )
        made = "".join(map(_like, grown, stream))
        return made if made[:1] != "0" or key[:1] == "0" else "1" + made[1:]


def _like(letter: str, byte: int) -> str:
    if letter.isdigit():
        return "0123456789"[byte % 10]
    if letter.isalpha() or letter not in _PUNCTUATION:
        return string.ascii_lowercase[byte % 26]
    return letter


def _lower(text: str) -> str:
    """``text`` in lower case, letter by letter, so that it keeps its length."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _cased(made: str, text: str) -> str:
    """``made`` with the capitals of ``text``.

    Hexadecimal addresses of mixed case carry a check of their own; all capitals carry none.
    """
    if len(text) > 2 and text.startswith(("0x", "0X")):
        return text[:2] + (made[2:].upper() if text[2:] != text[2:].lower() else made[2:])
    return "".join(
        letter.upper() if i < len(text) and text[i].isupper() else letter
        for i, letter in enumerate(made)
    )


class Scrubber:
    """Replaces what may name an account inside longer texts: error messages, pages."""

    _REFUSES = re.compile(
        r"Cannot query field|Unknown (?:argument|type)|In (?:argument|field)|Argument \""
        r"|Variable \"|Field \"|Did you mean"
    )
    _STATUS = re.compile(r"[45]\d\d|\d", re.ASCII)
    _SHAPES = (
        r"(?P<quoted>\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”)"
        r"|(?P<made>[\w.+-]+@[\w-]+\.[\w.-]+|\b\d{1,3}(?:\.\d{1,3}){3}\b"
        r"|(?<!\w)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?!\w)"
        r"|(?<!\w)(?:0x[0-9a-f]{6,}|(?=[0-9a-f]*\d)[0-9a-f]{16,})(?!\w)<names>)"
        r"|(?P<time>(?<!\d)\d{4}-\d\d-\d\d(?:[T ][\d:.]*\d(?:Z|[+-]\d\d:?\d\d)?)?)"
        r"|(?P<round>\brounds?\s+(?:number\s+)?#?)(?P<number>\d+)\b"
        r"|(?P<odd>(?<!\w)(?=\w*[_\d])[a-z]\w*(?!\w))"
        r"|(?P<figure>(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))"
    )

    def __init__(
        self, disguise: Disguise, originals: frozenset[str], vocabulary: frozenset[str]
    ) -> None:
        self._disguise = disguise
        self._names = [
            name
            for name in sorted(originals, key=len, reverse=True)
            if not name.isdigit() and not _HEX.fullmatch(name) and name not in vocabulary
        ]
        self._pattern: re.Pattern[str] | None = None

    def scrub(self, text: str) -> str:
        """``text`` without anything that names the account."""
        if self._pattern is None:
            names = "|".join(map(re.escape, self._names))
            shape = rf"|(?<!\w)(?:{names})(?!\w)" if names else ""
            self._pattern = re.compile(self._SHAPES.replace("<names>", shape), re.IGNORECASE)
        refused = self._REFUSES.search(text) is not None
        return self._pattern.sub(lambda match: self._replaced(match, refused), text)

    def _replaced(self, match: re.Match[str], refused: bool) -> str:
        if match["quoted"]:
            return self._quoted(match, refused)
        if match["made"]:
            return self._disguise.lookalike(match["made"])
        if match["odd"]:
            return self._odd(match["odd"], refused)
        if match["time"]:
            later = self._disguise.later(match["time"])
            return self._disguise.lookalike(match["time"]) if later is None else later
        if match["round"]:
            return match["round"] + str(self._disguise.round(int(match["number"])))
        return self._figure(match["figure"])

    def _quoted(self, match: re.Match[str], refused: bool) -> str:
        """What Numerai puts in quotes is a name of its own, or something it was given."""
        opening, content, closing = match[0][0], match[0][1:-1], match[0][-1]
        not_found = match.string[: match.start()].rstrip().endswith("found")
        own = refused and not not_found and _IDENTIFIER.fullmatch(content)
        if self._disguise.knows(content) or (own and not self._disguise.names(content)):
            return match[0]
        return f"{opening}{self._disguise.value(Kind.UNKNOWN, content)}{closing}"

    def _odd(self, word: str, refused: bool) -> str:
        """No plain word: one of Numerai's own, or somebody's name for something."""
        own = refused or word in _OWN_WORDS or self._disguise.knows(word)
        return word if own else self._disguise.lookalike(word)

    def _figure(self, text: str) -> str:
        if self._disguise.names(text):
            return self._disguise.lookalike(text)
        return text if self._STATUS.fullmatch(text) else self._disguise.times(text)
