"""The rounds of all tournaments: those the ledger has, brought up to date, every hole known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.rounds.round import Round
from ledger.domain.syncing.coverage import Covered, RoundRanges
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems
from ledger.rules.rounds import calendar
from ledger.syncing import fetch_plan
from ledger.syncing.former import Coverage
from ledger.syncing.requests import Request

ROUND_FACTS = frozenset(
    {
        Fact.ROUND_TIMES,
        Fact.ROUND_STAKING_CLOSE,
        Fact.ROUND_RESOLVE_TIME,
        Fact.ROUND_RESOLVED,
        Fact.ROUND_FACTOR,
        Fact.ROUND_TARGET,
        Fact.SCORE_CONFIGS,
    }
)
"""All that a round may lack."""


class RoundReading:
    """Asks for the newest rounds, as far back as there are holes, and once more where they did not
    come. A list that ends early is believed to be all there is only when the round before its
    oldest is not there either. ``missing_before``: whether a fact was missing already some minutes
    ago."""

    def __init__(
        self,
        stored: Mapping[Tournament, Mapping[int, Round]],
        coverage: Coverage,
        *,
        history_rounds: int | None,
        now: datetime,
        missing_before: Callable[[Fact, str], bool],
    ) -> None:
        self.problems = Problems()
        self.short: set[Tournament] = set()
        self._cut: set[tuple[Fact, str]] = set()
        self._rounds = stored
        self._coverage = coverage
        self._history = history_rounds
        self.now = now
        self._missing_before = missing_before
        self._new: dict[Tournament, dict[int, Round]] = {}
        self._lost: dict[Tournament, str] = {}

    def request(self) -> Request:
        """Ask for as many rounds as the holes need."""
        return self._ask(
            {
                tournament: fetch_plan.rounds_limit(
                    self._complete(tournament), self._history, self.now
                )
                for tournament in Tournament
            }
        )

    def new(self) -> tuple[Round, ...]:
        """The rounds that came, once."""
        news, self._new = self._new, {}
        self._rounds = self._merged(news)
        return tuple(entry for rounds in news.values() for entry in rounds.values())

    def merged(self) -> dict[Tournament, dict[int, Round]]:
        """Known and new rounds by number; the new word counts."""
        return self._merged(self._new)

    def oldest(self, tournament: Tournament) -> int:
        """The first round of the history that is wanted and can be there."""
        newest = fetch_plan.current(self.merged()[tournament].values(), self.now) or 1
        start = fetch_plan.history_start(newest, self._history)
        beginning = min(self.merged()[tournament], default=start)
        unproved = RoundRanges.span(start, beginning - 1) - self._complete(tournament)
        return start if unproved else max(start, beginning)

    def missing(self) -> Iterable[tuple[tuple[Fact, str], str]]:
        """What did not come, with the reason."""
        yield from self.problems.missing.items()
        for tournament, why in self._lost.items():
            yield (Fact.ROUNDS, str(int(tournament))), why
        for tournament in self.short - self._lost.keys():
            yield (Fact.ROUNDS, str(int(tournament))), "The list of rounds was cut short."

    def lacking(self) -> frozenset[Tournament]:
        """Tournaments of whose rounds anything is missing."""
        subjects = {subject for (_, subject), _ in self.missing()}
        return frozenset(one for one in Tournament if str(int(one)) in subjects)

    def _merged(
        self, news: Mapping[Tournament, Mapping[int, Round]]
    ) -> dict[Tournament, dict[int, Round]]:
        return {
            tournament: {**self._rounds.get(tournament, {}), **news.get(tournament, {})}
            for tournament in Tournament
        }

    def _complete(self, tournament: Tournament) -> RoundRanges:
        return self._coverage.of(Covered.ROUNDS, str(int(tournament)))

    def _rounds_by_key(self) -> dict[tuple[Tournament, int], Round]:
        return {
            (tournament, number): entry
            for tournament, rounds in self._rounds.items()
            for number, entry in rounds.items()
        }

    def _ask(self, limits: Mapping[Tournament, int | None], *, again: bool = False) -> Request:
        def take(reply: Reply) -> Iterable[Request]:
            lists = {tournament: self._read(reply, tournament) for tournament in limits}
            silent = {
                tournament: limits[tournament]
                for tournament, rounds in lists.items()
                if rounds is None
            }
            if silent and not again:
                yield self._ask(silent, again=True)
            for tournament in silent if again else ():
                self._lost[tournament] = "Numerai's list of rounds can't be used."
            ends = {
                tournament: min(rounds)
                for tournament, rounds in lists.items()
                if rounds
                and self._unproved(tournament, min(rounds), limits[tournament], len(rounds))
            }
            if ends:
                yield self._probe(ends)

        def fail(error: NumeraiError) -> Iterable[Request]:
            self._lost |= dict.fromkeys(limits, error.what)
            return ()

        document = documents.ROUNDS.only(tuple(tournament.name.lower() for tournament in limits))
        variables = {tournament.name.lower(): limit for tournament, limit in limits.items()}
        return Request("rounds", document, take, fail, variables)

    def _read(self, reply: Reply, tournament: Tournament) -> dict[int, Round] | None:
        """What came of one tournament, kept; ``None`` for no list or an empty one."""
        problems = Problems()
        read = wire.read_rounds(
            reply,
            {tournament.name.lower(): tournament},
            problems,
            self._rounds_by_key(),
            calendar.highest_round(self.now),
        )
        rounds = {entry.number: self._with_scores(entry, problems) for entry in read.rounds}
        self.problems.take(problems)
        if not rounds:
            return None
        self._new.setdefault(tournament, {}).update(rounds)
        subject = str(int(tournament))
        final = RoundRanges.of(
            number
            for number, entry in rounds.items()
            if entry.resolved
            and (tournament, number) not in read.damaged
            and (Fact.SCORE_CONFIGS, subject) not in self._cut
            and _is_stable(entry, self._rounds.get(tournament, {}).get(number))
        )
        self._coverage.add(Covered.ROUNDS, subject, final)
        if problems.missing and not problems.damaged:
            self._coverage.add(Covered.LACKING_ROUNDS, subject, final)
        return rounds

    def _with_scores(self, entry: Round, problems: Problems) -> Round:
        """``entry`` with the scores it had, where some of them are suddenly not listed any more
        and were a few minutes ago."""
        before = self._rounds.get(entry.tournament, {}).get(entry.number)
        key = Fact.SCORE_CONFIGS, str(int(entry.tournament))
        if before is None or _names(before) <= _names(entry) or self._missing_before(*key):
            return entry
        problems.lacks(*key, "Some of the scores a round had are not listed any more.")
        self._cut.add(key)
        return replace(entry, scores=before.scores)

    def _unproved(self, tournament: Tournament, oldest: int, limit: int | None, count: int) -> bool:
        """Whether a list ends before its limit, and nothing says yet that it had to."""
        ended_early = limit is None or count < limit
        return (
            ended_early
            and oldest > 1
            and bool(RoundRanges.span(1, oldest - 1) - self._complete(tournament))
        )

    def _probe(self, ends: Mapping[Tournament, int]) -> Request:
        """Is there a round before the oldest that was listed?"""

        def take(reply: Reply) -> Iterable[Request]:
            for tournament, oldest in ends.items():
                alias = tournament.name.lower()
                problems = Problems()
                read = wire.read_rounds(reply, {alias: tournament}, problems)
                if any(entry.number < oldest for entry in read.rounds):
                    self.short.add(tournament)
                elif not problems.missing and alias in reply.data:
                    beginning = RoundRanges.span(1, oldest - 1)
                    self._coverage.add(Covered.ROUNDS, str(int(tournament)), beginning)
            return ()

        document = documents.SINGLE_ROUNDS.only(tuple(key.name.lower() for key in ends))
        variables = {tournament.name.lower(): end - 1 for tournament, end in ends.items()}
        return Request("the oldest rounds", document, take, variables=variables)


_KEPT = ("closes", "closes_staking", "scored", "resolves", "payout_factor", "stake_threshold")


def _is_stable(entry: Round, before: Round | None) -> bool:
    """Whether nothing of a round is null, or was null already when it came before."""
    if before is None:
        paying = entry.payout_scores
        return bool(paying) and all(score.multiplier and score.clip for score in paying)
    return all(
        getattr(before, name) is None or getattr(entry, name) is not None for name in _KEPT
    ) and _parts(before) <= _parts(entry)


def _names(entry: Round) -> set[str]:
    return {score.display_name for score in entry.scores}


def _parts(entry: Round) -> set[tuple[str, str]]:
    """The parts of a round's scores that have a value."""
    return {
        (score.display_name, name)
        for score in entry.scores
        for name in ("multiplier", "clip", "days", "version")
        if getattr(score, name) is not None
    }
