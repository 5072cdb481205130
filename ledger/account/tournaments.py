"""What the ledger holds of each tournament, read as the reports want it.

Imported before the first paint: only what that needs is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ledger.domain.model import Model, System, Tournament
from ledger.reports.account.tournament import TournamentFacts, TournamentGlance

if TYPE_CHECKING:
    from ledger.config.config import AtomicSettings
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.rounds.round import Round
    from ledger.domain.rounds.standing import Standing
    from ledger.domain.slots.submission import Submission
    from ledger.store import Store

_Known = tuple[int, "tuple[Performance, ...]"]
"""The ledger's revision, and the performances read from it."""

RUNNING_ROUNDS = 80
"""How many of the newest rounds the quick reports read: more than run at a time (64 with 60-day
scores) and some settled ones before them."""

SETTLED_ROUNDS = 12
"""How many settled rounds the quick reports look at behind the running ones."""


class Tournaments:
    """Models, rounds and performances by tournament; any thread may ask.

    ``settings`` may say a tournament's staking system against what Numerai tells.
    """

    def __init__(self, store: Store, settings: AtomicSettings) -> None:
        self._store = store
        self._settings = settings
        self._kept: dict[tuple[Tournament, int | None], _Known] = {}

    def all(self) -> tuple[Tournament, ...]:
        """The tournaments this account has models in."""
        return self._store.tournaments()

    def system(self, tournament: Tournament) -> System:
        """How the tournament's models are staked; continuous until something else is known."""
        return self._settings.decide(tournament, self._store.systems())

    def model(self, model_id: str) -> Model:
        """One model, archived or not.

        Raises:
            ChangeError: it is not in the ledger.
        """
        return self._store.model(model_id)

    def models(self, tournament: Tournament) -> tuple[Model, ...]:
        """The tournament's models, archived ones too."""
        return self._store.models(tournament, archived=True)

    def rounds(self, tournament: Tournament, *, scores: bool = True) -> tuple[Round, ...]:
        """The rounds that run, and settled ones before them, newest first; with the ``scores`` that
        they pay by."""
        return self._store.rounds(tournament, newest=RUNNING_ROUNDS, scores=scores)

    def running(self) -> dict[Tournament, TournamentFacts]:
        """Every tournament's running rounds and some settled ones, for the quick reports.

        Submissions come of the newest rounds only. A tournament whose models are all archived is
        there while one of them holds NMR.
        """
        models = self._store.models(archived=True)
        running = {}
        for tournament in sorted({model.tournament for model in models}):
            rounds = self._store.rounds(tournament, newest=RUNNING_ROUNDS)
            running[tournament] = TournamentFacts(
                tournament=tournament,
                system=self.system(tournament),
                rounds=rounds,
                performances=self._performances(tournament, _looked_at_since(rounds)),
                submissions=self._newest_submissions(tournament, rounds),
            )
        return {key: facts for key, facts in running.items() if self._counts(facts, models)}

    def forget(self) -> None:
        """Let go of performances that :meth:`running` has kept for the reports that follow."""
        self._kept.clear()

    def glances(self, models: Sequence[Model]) -> dict[Tournament, TournamentGlance]:
        """The same added up, with the rounds' score configs left out; ``models`` are all there are.

        The first paint waits for it.
        """
        glances = {}
        for tournament in sorted({model.tournament for model in models}):
            rounds = self._store.rounds(tournament, newest=RUNNING_ROUNDS, scores=False)
            glances[tournament] = TournamentGlance(
                tournament=tournament,
                system=self.system(tournament),
                rounds=rounds,
                submissions=self._newest_submissions(tournament, rounds),
                standings=self._standings(tournament, rounds),
            )
        return {key: glance for key, glance in glances.items() if self._counts(glance, models)}

    def keep_standings(self) -> None:
        """Keep how models stand now, for :meth:`glances` to read in a moment."""
        revision = self._store.revision()
        standings = {}
        for tournament in sorted({model.tournament for model in self._store.models(archived=True)}):
            rounds = self._store.rounds(tournament, newest=RUNNING_ROUNDS, scores=False)
            standings[tournament] = self._store.standings(
                tournament, since=_looked_at_since(rounds)
            )
        self._store.keep_standings(revision, standings)

    def _standings(self, tournament: Tournament, rounds: Sequence[Round]) -> Mapping[str, Standing]:
        kept = self._store.kept_standings(tournament)
        if kept is not None:
            return kept
        return self._store.standings(tournament, since=_looked_at_since(rounds))

    def _newest_submissions(
        self, tournament: Tournament, rounds: Sequence[Round]
    ) -> tuple[Submission, ...]:
        newest = rounds[2].number if len(rounds) > 2 else None
        return self._store.submissions(tournament, since=newest)

    def _counts(self, facts: TournamentFacts | TournamentGlance, models: Sequence[Model]) -> bool:
        """Whether a tournament has a model in use, or NMR in one that is archived."""
        own = [model for model in models if model.tournament is facts.tournament]
        if not all(model.archived for model in own):
            return True
        stakes, missing = self._store.stakes(), self._store.missing()
        return any(facts.holds(model, stakes.get(model.id), missing) for model in own)

    def _performances(self, tournament: Tournament, since: int | None) -> tuple[Performance, ...]:
        """Without scores. Kept until the next sync: all quick reports read the same thousands."""
        revision = self._store.revision()
        kept = self._kept.get((tournament, since))
        if kept is not None and kept[0] == revision:
            return kept[1]
        performances = self._store.performances(tournament, since=since, scores=False)
        self._kept = {key: other for key, other in self._kept.items() if other[0] == revision} | {
            (tournament, since): (revision, performances)
        }
        return performances


def _looked_at_since(rounds: Sequence[Round]) -> int | None:
    """The first round that the quick reports look at, of ``rounds``, newest first; ``None`` when
    they look at all there are."""
    settled = [entry.number for entry in rounds if entry.resolved]
    return settled[SETTLED_ROUNDS - 1] if len(settled) >= SETTLED_ROUNDS else None
