"""The book's part about earnings: what was paid, how it came about, where it may end."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.earnings.paid_rounds import Band, TournamentEarnings, Unit
from ledger.domain.model import Model, Tournament
from ledger.errors import ChangeError
from ledger.reports.earnings.earnings import EarningsReport, View, build_earnings
from ledger.reports.earnings.projected import ProjectedPayouts, build_projected
from ledger.rules.earnings.explain import explain
from ledger.rules.earnings.returns import Committed, committed_returns
from ledger.rules.naming import names, the_one

if TYPE_CHECKING:
    from ledger.account.records import RecordBook
    from ledger.clock import Clock
    from ledger.domain.earnings.explanation import Explanation
    from ledger.domain.rounds.performance import Performance
    from ledger.store import Store

LEARNED_ROUNDS = 320
"""How many of the newest rounds a projection learns from: a year and some that still run."""

Earned = tuple[TournamentEarnings, ...]
"""All that was paid, by tournament."""


class EarningsBook:
    """Earnings of one ledger. Reads need no network and may be called from any thread.

    ``records`` know what NMR was worth.
    """

    def __init__(self, store: Store, clock: Clock, records: RecordBook) -> None:
        self._store = store
        self._clock = clock
        self._records = records
        self._lock = threading.Lock()
        self._projected: tuple[int, ProjectedPayouts] | None = None

    @property
    def currencies(self) -> tuple[str, ...]:
        """Those earnings can be shown in, the account's own first; none without any price."""
        return self._records.currencies

    def earned(self, *, stakes: bool = True) -> Earned:
        """Everything there is, over all years, for :meth:`report` to add up again and again.

        ``stakes=False`` leaves out what was at risk; percent and returns need it.
        """
        models = self._store.models(archived=True)
        tournaments = sorted({model.tournament for model in models})
        return tuple(self._tournament(one, models, stakes=stakes) for one in tournaments)

    def report(self, view: View, earned: Earned | None = None) -> EarningsReport:
        """What ``view`` asks for; ``earned`` saves reading the ledger."""
        found = self.earned(stakes=view.unit is Unit.PERCENT) if earned is None else earned
        prices = None
        if view.unit is Unit.FIAT:
            prices = self._records.prices(interpolate=view.interpolate)
        return build_earnings(found, view, self._clock.now(), prices, self._store.missing())

    def returns(self, earned: Earned) -> Mapping[str, Committed]:
        """Returns on committed NMR by model id."""
        now = self._clock.now()
        return {
            model.id: found
            for one in earned
            for model, found in zip(
                one.models, committed_returns(one.rounds, now), strict=bool(one.rounds)
            )
        }

    def performances(self, last: int | None) -> tuple[Performance, ...]:
        """The newest ``last`` rounds of every tournament with their scores, newest first."""
        found: list[Performance] = []
        for one in sorted({model.tournament for model in self._store.models(archived=True)}):
            rounds = self._store.rounds(one, newest=last, scores=False)
            since = rounds[-1].number if rounds and last is not None else None
            found += self._store.performances(one, since=since)
        return tuple(sorted(found, key=lambda entry: -entry.round))

    def names(self) -> dict[str, str]:
        """Models' names by id, archived ones too, told apart where two have the same one."""
        return names(self._store.models(archived=True))

    def explain(
        self, tournament: Tournament, number: int, model: str, *, band: bool = True
    ) -> Explanation:
        """How the payout of ``model`` (id, or name in any case) in a round came about.

        ``band=False`` spares the first call after a sync from making projections.

        Raises:
            ChangeError: there is no such model, or it was not in that round.
        """
        found = self._model(tournament, model)
        played = self._store.performances(tournament, since=number, model_id=found.id)
        entry = next((one for one in reversed(played) if one.round == number), None)
        if entry is None:
            raise ChangeError(
                f"{found.name} has no part in {tournament.label} round {number}.",
                "numstake-tui earnings lists the rounds there are.",
            )
        rounds = self._store.rounds(tournament, since=number)
        entered = next((one for one in reversed(rounds) if one.number == number), None)
        explained = explain(entry, entered, found.name)
        if not band:
            return explained
        return replace(explained, band=self.projected().bands.get((found.id, number)))

    def projected(self) -> ProjectedPayouts:
        """Where running payouts may end; read once per sync, which takes a moment."""
        with self._lock:
            revision = self._store.revision()
            if self._projected is None or self._projected[0] != revision:
                self._projected = revision, self._project()
            return self._projected[1]

    def _project(self) -> ProjectedPayouts:
        bands: dict[tuple[str, int], Band] = {}
        unknown = 0
        for one in sorted({model.tournament for model in self._store.models()}):
            rounds = self._store.rounds(one, newest=LEARNED_ROUNDS)
            since = rounds[-1].number if rounds else None
            played = self._store.performances(one, since=since)
            found = build_projected(played, rounds, self._store.score_days(one))
            bands.update(found.bands)
            unknown += found.unknown
        return ProjectedPayouts(bands, unknown, self._store.missing())

    def _tournament(
        self, tournament: Tournament, models: tuple[Model, ...], *, stakes: bool
    ) -> TournamentEarnings:
        own = tuple(model for model in models if model.tournament is tournament)
        ids = [model.id for model in own]
        rounds = self._store.paid_rounds(tournament, ids, stakes=stakes)
        return TournamentEarnings(tournament, own, rounds)

    def _model(self, tournament: Tournament, wanted: str) -> Model:
        own = self._store.models(tournament, archived=True)
        if not own:
            raise ChangeError(
                f"There is no model {wanted} in {tournament.label}.",
                "Sync first: numstake-tui sync.",
            )
        model = the_one(wanted, own)
        return replace(model, name=names(own)[model.id])
