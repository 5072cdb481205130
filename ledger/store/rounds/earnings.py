"""Payouts of whole tournaments in one statement, a row per round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from operator import itemgetter
from sqlite3 import Connection

from ledger.domain.earnings.paid_rounds import Amounts, PaidRound
from ledger.domain.model import Tournament
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.syncing.facts import ScoreDay
from ledger.rules.rounds.payout import scoring_day, weighted_score
from ledger.rules.stakes.atomic import is_atomic
from ledger.store.rows import Row, decimal_or_none, insert, moment_or_none

KEPT_ROUNDS = 300
"""How many of the newest rounds' daily scores are kept: several times those that run at a time."""

_DAY = ("tournament", "round", "model_id", "day", "weighted")
_PENDING = PayoutState.PENDING.value

# Texts of a round come joined: fetching a row per model takes longer than everything else. Their
# order in one is their order in the others.
_ROUNDS = (
    "SELECT round, max(clip), count(*), sum(state = 'pending'), group_concat(model_id), "
    "group_concat(coalesce(payout, '')){stakes} FROM performance "
    "WHERE tournament = ? AND round >= ? GROUP BY round ORDER BY round DESC"
)
_STAKES = ", group_concat(coalesce(at_risk, ''))"
_STATES = (
    "SELECT group_concat(state) FROM performance WHERE tournament = ? AND round = ? GROUP BY round"
)
_TIMES = (
    "SELECT number, opens, coalesce(resolves, (SELECT max(performance.resolves) FROM performance "
    "WHERE performance.tournament = round.tournament AND performance.round = round.number)) "
    "FROM round WHERE tournament = ?"
)


PaidTexts = tuple[Row, ...]
"""Rounds, newest first: number, clip, how many models took part and how many still run, then their
ids, payouts, stakes and states, each joined; states where some have settled and others have not."""


def read_paid_texts(
    connection: Connection, tournament: Tournament, *, stakes: bool, since: int | None
) -> PaidTexts:
    """Rounds of ``tournament`` from ``since`` on, all without it; what was at risk with ``stakes``
    only."""
    query = _ROUNDS.format(stakes=_STAKES if stakes else ", NULL")
    rows = connection.execute(query, (int(tournament), since or 0)).fetchall()
    return tuple((*row, _states(connection, tournament, *row[:4])) for row in rows)


def _states(
    connection: Connection,
    tournament: Tournament,
    number: int,
    _clip: str | None,
    count: int,
    running: int,
) -> str | None:
    if not 0 < running < count:
        return None
    states: str = connection.execute(_STATES, (int(tournament), number)).fetchone()[0]
    return states


def paid_rounds(
    connection: Connection, tournament: Tournament, model_ids: Sequence[str], texts: PaidTexts
) -> tuple[PaidRound, ...]:
    """``texts`` as rounds, with a column for each of ``model_ids``."""
    reader = _Reader(connection, tournament, model_ids)
    return tuple(map(reader.round, texts))


class _Places:
    """For each column its place in a round's texts, ``None`` for one that is not there.

    Most rounds hold all models in the order of the columns: those are not put in order.
    """

    def __init__(self, order: Sequence[int | None], count: int) -> None:
        self.taking = tuple(place is not None for place in order)
        self._pick: Callable[[Amounts], Amounts] | None = None
        if list(order) != list(range(count)):
            # What is not there stands behind the others; two more keep the answer a tuple.
            places = [count if place is None else place for place in order]
            self._pick = itemgetter(*places, count, count)

    def amounts(self, texts: Sequence[str]) -> Amounts:
        """The texts' amounts, by column."""
        values: Amounts
        if "" in texts:
            values = tuple([Decimal(text) if text else None for text in texts])
        else:
            values = tuple(map(Decimal, texts))
        if self._pick is None:
            return values
        return self._pick((*values, None))[:-2]


class _Reader:
    """Makes rounds of rows; neighbouring rounds mostly hold the same models."""

    def __init__(
        self, connection: Connection, tournament: Tournament, model_ids: Sequence[str]
    ) -> None:
        self._tournament = tournament
        self._ids = model_ids
        self._places_by_ids: dict[str, _Places] = {}
        self._times = {
            number: (moment_or_none(opens), moment_or_none(resolves))
            for number, opens, resolves in connection.execute(_TIMES, (int(tournament),))
        }

    def round(self, row: Row) -> PaidRound:
        """One round."""
        number, clip, count, running, ids, payouts, stakes, states = row
        places = self._places(ids)
        settled: Amounts | None = None
        pending: Amounts | None = None
        if 0 < running < count:
            settled, pending = self._mixed(places, payouts.split(","), states.split(","))
        elif running:
            pending = places.amounts(payouts.split(","))
        else:
            settled = places.amounts(payouts.split(","))
        opens, resolves = self._times.get(number, (None, None))
        return PaidRound(
            tournament=self._tournament,
            number=number,
            opens=opens,
            resolves=resolves,
            atomic=is_atomic(decimal_or_none(clip)),
            clip=decimal_or_none(clip),
            taking=places.taking,
            settled=settled,
            pending=pending,
            at_risk=None if stakes is None else places.amounts(stakes.split(",")),
        )

    def _mixed(
        self, places: _Places, payouts: Sequence[str], states: Sequence[str]
    ) -> tuple[Amounts, Amounts]:
        """Settled and pending payouts of a round that has both."""
        paid_and_state = list(zip(payouts, states, strict=True))
        settled = places.amounts(
            ["" if state == _PENDING else paid for paid, state in paid_and_state]
        )
        pending = places.amounts(
            [paid if state == _PENDING else "" for paid, state in paid_and_state]
        )
        return settled, pending

    def _places(self, joined: str) -> _Places:
        places = self._places_by_ids.get(joined)
        if places is None:
            at = {model_id: index for index, model_id in enumerate(joined.split(","))}
            places = self._places_by_ids[joined] = _Places(
                [at.get(model_id) for model_id in self._ids], len(at)
            )
        return places


def read_days(
    connection: Connection, tournament: Tournament
) -> dict[tuple[str, int], dict[int, Decimal]]:
    """Weighted scores of running rounds as they were seen, by model id and round, then by day."""
    days_by_row: dict[tuple[str, int], dict[int, Decimal]] = {}
    for model_id, number, day, weighted in connection.execute(
        "SELECT model_id, round, day, weighted FROM score_day WHERE tournament = ? AND day > 0",
        (int(tournament),),
    ):
        days_by_row.setdefault((model_id, number), {})[day] = Decimal(weighted)
    return days_by_row


def read_asked(connection: Connection, tournament: Tournament) -> frozenset[tuple[str, int]]:
    """Model ids and rounds of which days are kept, or were asked for in vain."""
    return frozenset(
        connection.execute(
            "SELECT DISTINCT model_id, round FROM score_day WHERE tournament = ?",
            (int(tournament),),
        ).fetchall()
    )


def write_days(
    connection: Connection, performances: Iterable[Performance], days: Sequence[ScoreDay]
) -> None:
    """Keep running rounds' weighted scores as they are now, and past ``days`` beside those seen;
    let go of old rounds."""
    connection.executemany(
        insert("score_day", _DAY) + " ON CONFLICT DO NOTHING",
        (
            (int(day.tournament), day.round, day.model_id, day.day, format(day.weighted, "f"))
            for day in days
        ),
    )
    rows = list(_day_rows(performances))
    connection.executemany(
        insert("score_day", _DAY) + " ON CONFLICT DO UPDATE SET weighted = excluded.weighted", rows
    )
    if rows or days:
        _forget_days(connection)


def _forget_days(connection: Connection) -> None:
    connection.execute(
        "DELETE FROM score_day WHERE round < (SELECT max(number) FROM round "
        "WHERE round.tournament = score_day.tournament) - ?",
        (KEPT_ROUNDS,),
    )


def _day_rows(performances: Iterable[Performance]) -> Iterator[Row]:
    for performance in performances:
        if performance.state is PayoutState.PENDING:
            day, weighted = scoring_day(performance.scores), weighted_score(performance.scores)
            if day is not None and weighted is not None:
                text = format(weighted, "f")
                yield (
                    int(performance.tournament),
                    performance.round,
                    performance.model_id,
                    day,
                    text,
                )
