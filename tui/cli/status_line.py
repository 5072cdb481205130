"""What ``status`` says: the kept figures at a time, as a line, by name, and for programs.

Imported for every line of a status bar, so it knows text, and of the domain the names of
tournaments only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from string import Formatter
from typing import Any

from ledger.clock import from_iso, iso, remaining
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from tui import format as show

PLACEHOLDERS = {
    "line": "all of it, as it is printed without --format",
    "profile": "the profile",
    "staked": "NMR staked in all tournaments",
    "available": "NMR in the Numerai wallet",
    "last": "NMR paid by the last settled round of each tournament, together",
    "last_classic": "NMR paid by the last settled round of Classic",
    "last_signals": "the same of Signals",
    "last_crypto": "the same of Crypto",
    "close": "the next close, such as: Classic 1404 closes in 3 h 12 min",
    "close_tournament": "its tournament",
    "close_round": "its round",
    "close_in": "how long until then",
    "close_at": "when it is (UTC)",
    "awaited": "staked models without a submission in rounds that are open",
    "missing": "how many facts Numerai does not tell",
    "unknown_changes": "changes sent of which nobody knows what became of them",
    "notes": "what misses, and how old the figures are where they are; else empty",
    "as_of": "when the figures are from (UTC)",
    "age": "how long ago that was",
}
"""What ``--format`` may name, and what it stands for."""

EMPTY, EARLIER, OLD, CURRENT = "empty", "earlier", "old", "current"


class BadFormat(ValueError):
    """``--format`` names what is not there."""


def check_format(template: str) -> None:
    """See that all of ``template`` can be filled in.

    Raises:
        BadFormat: it can't; the message lists what there is.
    """
    try:
        parts = [part[1:] for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise BadFormat(f"{template!r} is no format: {error}.") from None
    for name, spec, conversion in parts:
        if name not in PLACEHOLDERS or spec or conversion:
            what = f"{name}:{spec}" if spec else f"{name}!{conversion}" if conversion else name
            listed = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
            raise BadFormat(f"There is no {{{what}}}; there are {listed}.")


class StatusLine:
    """A kept document at the time ``now`` (UTC).

    Without figures it has a ``state`` that says why: :data:`EMPTY` or :data:`EARLIER`.
    """

    def __init__(self, profile: str, document: dict[str, Any], now: datetime) -> None:
        self.profile = profile
        self._document = document
        self._now = now
        as_of = document.get("as_of")
        self._as_of = None if as_of is None else from_iso(as_of)

    @property
    def state(self) -> str:
        """Whether there are figures, and whether they count as old."""
        if self._as_of is None:
            return str(self._document.get("state", EMPTY))
        stale_after = timedelta(hours=self._document["stale_after_hours"])
        return OLD if self._now - self._as_of > stale_after else CURRENT

    def line(self) -> str:
        """All of it."""
        if self._as_of is None:
            return f"numstake-tui: {self.notes()}"
        last = f"last round {self._last()}" if self._document["last"] else "no round settled yet"
        parts = (f"{_total(self._document['staked'])} NMR staked", last, self._closing())
        return ", ".join(part for part in (*parts, self.notes()) if part)

    def notes(self) -> str:
        """What misses, and how old the figures are where they are."""
        if self._as_of is None:
            return {
                EMPTY: "the ledger is empty, run numstake-tui sync",
                EARLIER: "the ledger is of an earlier version, run numstake-tui sync",
            }[self.state]
        missing, unknown = self._document["missing"], self._document["unknown_changes"]
        parts = (
            f"synced {remaining(self._now - self._as_of)} ago" if self.state == OLD else "",
            _awaited_words(self._awaited()),
            f"{unknown} change{_plural(unknown)} in doubt" if unknown else "",
            f"{missing} fact{_plural(missing)} missing" if missing else "",
        )
        return ", ".join(part for part in parts if part)

    def filled(self, template: str) -> str:
        """``template`` with every placeholder filled in, ``?`` where it is not known."""
        return template.format_map(self.values())

    def values(self) -> dict[str, str]:
        """All of :data:`PLACEHOLDERS`."""
        values = dict.fromkeys(PLACEHOLDERS, show.UNKNOWN)
        values |= {"profile": self.profile, "line": self.line(), "notes": self.notes()}
        return values if self._as_of is None else values | self._figures(self._as_of)

    def json(self) -> dict[str, Any]:
        """The same for programs: exact, ``None`` where something is not known."""
        document, close = self._document, self._next_close()
        return {
            "state": self.state,
            "profile": self.profile,
            "as_of": document.get("as_of"),
            "staked": None if self._as_of is None else _exact(document["staked"]),
            "available": document.get("available"),
            "last": [
                {key: entry[key] for key in ("tournament", "round")} | {"payout": _exact(entry)}
                for entry in document.get("last", ())
            ],
            "next_close": close and {key: close[key] for key in ("tournament", "round", "at")},
            "awaited": None if self._as_of is None else self._awaited(),
            "missing": document.get("missing"),
            "unknown_changes": document.get("unknown_changes"),
            "line": self.line(),
        }

    def _figures(self, as_of: datetime) -> dict[str, str]:
        document, awaited = self._document, self._awaited()
        available = document["available"]
        return {
            "staked": _total(document["staked"]),
            "available": show.UNKNOWN if available is None else show.nmr(NMR(available)),
            "last": self._last(),
            **{
                f"last_{_label(entry).lower()}": _total(entry, signed=True)
                for entry in document["last"]
            },
            **self._close_figures(),
            "awaited": show.UNKNOWN if awaited is None else str(awaited),
            "missing": str(document["missing"]),
            "unknown_changes": str(document["unknown_changes"]),
            "as_of": iso(as_of),
            "age": remaining(self._now - as_of),
        }

    def _last(self) -> str:
        last = self._document["last"]
        return _total(_together(last), signed=True) if last else show.UNKNOWN

    def _closing(self) -> str:
        return self._close_figures().get("close", "next close unknown")

    def _close_figures(self) -> dict[str, str]:
        close = self._next_close()
        if close is None:
            return {}
        label, left = _label(close), remaining(from_iso(close["at"]) - self._now)
        return {
            "close": f"{label} {close['round']} closes in {left}",
            "close_tournament": label,
            "close_round": str(close["round"]),
            "close_in": left,
            "close_at": close["at"],
        }

    def _coming(self) -> list[dict[str, Any]]:
        closes = self._document.get("closes", ())
        return [close for close in closes if from_iso(close["at"]) > self._now]

    def _next_close(self) -> dict[str, Any] | None:
        return next(iter(self._coming()), None)

    def _awaited(self) -> int | None:
        """Models without a submission in rounds that are open; ``None`` where one has opened since
        the sync, or Numerai did not tell."""
        coming = self._coming()
        counts = [close["awaited"] for close in coming if from_iso(close["opens"]) <= self._now]
        return None if not coming or None in counts else sum(counts)


def _awaited_words(count: int | None) -> str:
    if count is None:
        return "submissions unknown"
    return f"{count} model{_plural(count)} without a submission" if count else ""


def _plural(count: int) -> str:
    return "" if count == 1 else "s"


def _label(entry: dict[str, Any]) -> str:
    return Tournament(entry["tournament"]).label


def _together(totals: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "known": str(NMR.total(NMR(total["known"]) for total in totals)),
        "unknown": sum(total["unknown"] for total in totals),
        "as_of": min((total["as_of"] for total in totals if total["as_of"]), default=None),
    }


def _total(total: dict[str, Any], *, signed: bool = False) -> str:
    """``12.30``, ``12.30 + ?`` with unknown parts, ``12.30*`` with old ones."""
    amount = NMR(total["known"])
    known = show.nmr(amount, signed=signed) + (show.OLD if total["as_of"] else "")
    if not total["unknown"]:
        return known
    return f"{known} + {show.UNKNOWN}" if amount else show.UNKNOWN


def _exact(total: dict[str, Any]) -> str | None:
    return None if total["unknown"] else total["known"]
