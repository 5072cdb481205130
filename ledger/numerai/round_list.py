"""The rounds of all tournaments: those the ledger has, brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ledger.domain.model import Tournament
from ledger.domain.round import Round
from ledger.numerai import documents, plan, wire
from ledger.numerai.answers import Reply
from ledger.numerai.errands import Errand
from ledger.numerai.plan import Known
from ledger.numerai.wire import Problems


class RoundList:
    """Asks for the newest rounds, and once more where they did not come or leave a gap."""

    def __init__(self, known: Known, now: datetime, problems: Problems) -> None:
        self._known = known
        self._now = now
        self._problems = problems
        self._new: dict[Tournament, dict[int, Round]] = {}

    def errand(self, history_rounds: int | None) -> Errand:
        """Ask for as many rounds as a history of ``history_rounds`` needs."""
        return self._ask(
            {
                alias: plan.rounds_limit(tournament, self._known, history_rounds, self._now)
                for alias, tournament in documents.ALIASES.items()
            }
        )

    def new(self) -> tuple[Round, ...]:
        """The rounds that came."""
        return tuple(entry for have in self._new.values() for entry in have.values())

    def merged(self) -> dict[Tournament, dict[int, Round]]:
        """Known and new rounds by number; the new word counts."""
        return {
            tournament: {
                **self._known.rounds.get(tournament, {}),
                **self._new.get(tournament, {}),
            }
            for tournament in Tournament
        }

    def _ask(self, limits: Mapping[str, int | None], *, again: bool = False) -> Errand:
        def take(reply: Reply) -> Iterable[Errand]:
            self._keep(reply)
            missing = [alias for alias in limits if not self._new.get(documents.ALIASES[alias])]
            lacking = {
                alias: limits[alias] if alias in missing else None
                for alias, tournament in documents.ALIASES.items()
                if alias in missing or self._gap(tournament)
            }
            if lacking and not again:
                yield self._ask({alias: lacking.get(alias, 1) for alias in limits}, again=True)
                return
            for alias in missing:
                place = f"{documents.ALIASES[alias].label} rounds"
                self._problems.add(place, "rounds", "none were given")

        stage = "more rounds" if again else "rounds"
        return Errand(stage, documents.ROUNDS, take, dict(limits), needed=False)

    def _keep(self, reply: Reply) -> None:
        for entry in wire.read_rounds(reply, documents.ALIASES, self._problems):
            self._new.setdefault(entry.tournament, {})[entry.number] = entry

    def _gap(self, tournament: Tournament) -> bool:
        old = self._known.rounds.get(tournament, {})
        return plan.leaves_gap(old, self._new.get(tournament, {}), self._now)
