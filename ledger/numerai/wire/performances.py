"""How models did in rounds: scores with the multipliers they are paid by, and the payout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.rounds.performance import Performance
from ledger.domain.rounds.round import Round
from ledger.numerai.answers import Reply
from ledger.numerai.lessons import PerformanceForm
from ledger.numerai.wire.fields import Fields, Problems
from ledger.numerai.wire.performance_rows import Facts, Row, read_row
from ledger.numerai.wire.plain_rows import read_plain_row
from ledger.numerai.wire.rounds import ListedPayout
from ledger.rules.rounds.calendar import HIGHEST_ROUND

_UPCOMING = 10
"""Rounds beyond the newest that may have a row already."""


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """What a performance is read against: rounds by number, payouts by model id and number.

    ``newest`` is the newest round; a round long behind it is over, whatever is said of it.
    """

    rounds: Mapping[int, Round]
    payouts: Mapping[tuple[str, int], ListedPayout]
    newest: int | None = None

    @property
    def highest(self) -> int:
        """The highest round there can be a row of: some are open before they are the newest."""
        return HIGHEST_ROUND if self.newest is None else self.newest + _UPCOMING


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one model.

    ``complete`` is false when the list was missing or a row could not be placed in a round, so
    that nothing may be called final on its account. ``lacking`` are the facts that are missing
    in single rounds. ``scores_only``: a round without a score has no row.
    """

    rows: tuple[Performance, ...]
    complete: bool
    lacking: Mapping[int, frozenset[Fact]] = field(default_factory=dict)
    scores_only: bool = False


def read_performances(
    reply: Reply,
    alias: str,
    model: Model,
    facts: RoundFacts,
    problems: Problems,
    *,
    scores: tuple[Reply, str] | None = None,
) -> Slice:
    """What ``reply`` tells under ``alias`` of one model, in whatever form it was asked.

    ``scores``: an answer to ``documents.scores`` and its alias, for rows that were asked for
    without scores. Rows that come twice count once.
    """
    top = Fields.top(reply, model.name, problems, model.id)
    if reply.form == PerformanceForm.SUBMISSION_SCORES:
        by_round, whole = _by_round(top, alias, Fact.PERFORMANCES, facts.highest)
        rounds = _slice(_from_scores(by_round), model, facts, problems, whole)
        return replace(rounds, scores_only=True)
    entries = top.children_or_none(alias, fact=Fact.PERFORMANCES)
    if entries is None:
        problems.add(model.name, alias, "missing or not a list")
        return Slice((), complete=False)
    apart, whole = _apart(scores, model, problems, facts.highest)
    listed = len(entries) == len(reply.data[alias])
    complete = top.whole(alias)
    placed = [_placed(entry, apart, facts.highest, complete) for entry in entries]
    rows = [row for row in placed if row is not None]
    return _slice(rows, model, facts, problems, listed and len(rows) == len(placed) and whole)


def _placed(
    entry: Fields, apart: Mapping[int, Row] | None, highest: int, whole: bool
) -> Row | None:
    number = entry.round_number("roundNumber", required=True, highest=highest)
    if number is None:
        entry.lacks(Fact.PERFORMANCES, "A row without a round can't be placed.")
        return None
    if apart is None:
        return Row(number, entry, None, whole=whole)
    other = apart.get(number)
    return Row(number, entry, () if other is None else other.scores)


def _apart(
    scores: tuple[Reply, str] | None, model: Model, problems: Problems, highest: int
) -> tuple[Mapping[int, Row] | None, bool]:
    if scores is None:
        return None, True
    top = Fields.top(scores[0], model.name, problems, model.id)
    rows, whole = _by_round(top, scores[1], Fact.SCORES, highest)
    return rows, whole


def _by_round(top: Fields, alias: str, fact: Fact, highest: int) -> tuple[dict[int, Row], bool]:
    """Single scores gathered by round, and whether all of them could be."""
    entries = top.children_or_none(alias, fact=fact)
    sound = entries is not None
    rows_by_round: dict[int, Row] = {}
    for entry in entries or ():
        number = entry.round_number("roundNumber", required=True, highest=highest)
        if number is None:
            entry.lacks(fact, "A score without a round can't be placed.")
            sound = False
        else:
            before = rows_by_round.get(number)
            scores = (entry,) if before is None else (*(before.scores or ()), entry)
            rows_by_round[number] = Row(number, scores[0], scores)
    return rows_by_round, sound


def _from_scores(rows: Mapping[int, Row]) -> list[Row]:
    return [Row(row.number, row.fields, row.scores, scores_only=True) for row in rows.values()]


def _slice(
    rows: list[Row], model: Model, facts: RoundFacts, problems: Problems, whole: bool
) -> Slice:
    performances: dict[int, Performance] = {}
    lacking: dict[int, frozenset[Fact]] = {}
    for row in rows:
        if row.number in performances and performances[row.number].submission_id is not None:
            continue
        own = Problems()
        of_round = _of_round(row.number, model, facts)
        plain = read_plain_row(row, model, of_round, own) if row.whole else None
        performances[row.number] = plain or read_row(row, model, of_round, own)
        lacking.pop(row.number, None)
        if own.missing:
            lacking[row.number] = frozenset(fact for fact, _ in own.missing)
        problems.take(own)
    return Slice(tuple(performances.values()), whole, lacking)


def _of_round(number: int, model: Model, facts: RoundFacts) -> Facts:
    return Facts(facts.rounds.get(number), facts.payouts.get((model.id, number)), facts.newest)
