"""Earnings as the book offers them: what was paid, how it came about, where it may end."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.earnings.paid_rounds import Band, Earned, TournamentEarnings, Unit
from ledger.domain.earnings.returns import Committed
from ledger.domain.model import Model, Tournament
from ledger.domain.names import said
from ledger.errors import ChangeError, LedgerBusy
from ledger.reports.earnings.earnings import EarningsReport, View, build_earnings, newest
from ledger.reports.earnings.model_rounds import ModelRounds, build_model_rounds
from ledger.reports.earnings.projected import ProjectedPayouts, build_projected
from ledger.rules.earnings.explain import explain
from ledger.rules.earnings.returns import committed_returns
from ledger.rules.naming import names, the_one

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from ledger.account.records import RecordBook
    from ledger.clock import Clock
    from ledger.domain.earnings.explanation import Explanation
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.rounds.round import Round
    from ledger.store import Store

LEARNED_ROUNDS = 320
"""How many of the newest rounds a projection learns from: a year and some that still run."""


PAGE = 40
"""Rounds that are held in memory at a time where they are read one by one."""

_PIECE = 16
"""Rounds read at a time for a projection."""


class EarningsBook:
    """Earnings of one ledger. Reads need no network and may be called from any thread.

    ``records`` know what NMR was worth. ``read_only``: nothing is kept.
    """

    def __init__(
        self, store: Store, clock: Clock, records: RecordBook, *, read_only: bool = False
    ) -> None:
        self._read_only = read_only or store.read_only
        self._store = store
        self._clock = clock
        self._records = records
        self._lock = threading.Lock()
        self._projected: tuple[int, ProjectedPayouts] | None = None

    @property
    def currencies(self) -> tuple[str, ...]:
        """Those earnings can be shown in, the account's own first; none without any price."""
        return self._records.currencies

    def earned(self, *, stakes: bool = True, resolved_from: datetime | None = None) -> Earned:
        """Everything there is, over all years, for :meth:`report` to add up again and again.

        ``stakes=False`` leaves out what was at risk; percent and returns need it. With
        ``resolved_from`` older rounds may be left out, those of which all resolved before it.
        """
        models = self._store.models(archived=True)
        tournaments = sorted({model.tournament for model in models})
        return tuple(
            self._tournament(one, models, stakes=stakes, resolved_from=resolved_from)
            for one in tournaments
        )

    def frame(
        self, last: int | None = None, *, tournament: Tournament | None = None
    ) -> pd.DataFrame:
        """What rounds paid, as a ``pandas.DataFrame``: the ``last`` newest rounds, all without it,
        of one ``tournament`` or of all. A row for each round and model that took part, the newest
        first; ten years of a hundred models take a few seconds.

        ================  ==================  ====================================================
        column            dtype               what it holds
        ================  ==================  ====================================================
        ``tournament``    text                Classic, Signals or Crypto
        ``round``         int64               the round's number
        ``model``         text                the model's name, told apart where two share one
        ``model_id``      text                Numerai's id
        ``resolves``      datetime64, UTC     when the round resolves; NaT where that is not known
        ``settled``       bool                whether the payout is final
        ``payout``        ``Decimal``, exact  NMR, a burn is negative; ``None`` before any score
        ``at_risk``       ``Decimal``, exact  NMR the round can burn; ``None`` if never told
        ``payout_float``  float64             the same to 15 digits, for arithmetic; NaN for none
        ``at_risk_float`` float64             the same to 15 digits
        ================  ==================  ====================================================

        Add up ``payout`` for books, ``payout_float`` for statistics.
        """
        from ledger.account.earnings_frame import earnings_frame

        earned = [one for one in self.earned() if tournament in {None, one.tournament}]
        return earnings_frame(newest(earned, last), self.names())

    def report(self, view: View, earned: Earned | None = None) -> EarningsReport:
        """What ``view`` asks for; ``earned`` saves reading the ledger."""
        earnings = self.earned(stakes=view.unit is Unit.PERCENT) if earned is None else earned
        prices = None
        if view.unit is Unit.FIAT:
            prices = self._records.prices(interpolate=view.interpolate)
        return build_earnings(earnings, view, self._clock.now(), prices, self._store.missing())

    def returns(self, earned: Earned) -> Mapping[str, Committed]:
        """Returns on committed NMR by model id."""
        now = self._clock.now()
        return {
            model.id: committed
            for earnings in earned
            for model, committed in zip(
                earnings.models,
                committed_returns(earnings.rounds, now),
                strict=bool(earnings.rounds),
            )
        }

    def performances(self, last: int | None) -> tuple[Performance, ...]:
        """The newest ``last`` rounds of every tournament with their scores, newest first."""
        return tuple(self.played(last))

    def played(self, last: int | None, *, page: int = PAGE) -> Iterator[Performance]:
        """The same one by one, without ever holding more than ``page`` rounds of them.

        Each page is read when it is its turn: where a sync ends meanwhile, older rounds are as it
        left them.
        """
        oldest: dict[Tournament, int] = {}
        newest = 0
        for tournament in sorted({model.tournament for model in self._store.models(archived=True)}):
            rounds = self._store.rounds(tournament, newest=last or 1, scores=False)
            oldest[tournament] = rounds[-1].number if rounds and last is not None else 0
            newest = max([newest, *(entry.number for entry in rounds[:1])])
        before, since = None, newest - page + 1
        while before is None or before > min(oldest.values(), default=0):
            rows = [
                entry
                for tournament, first in oldest.items()
                for entry in self._store.performances(
                    tournament, since=max(since, first), before=before
                )
            ]
            yield from sorted(rows, key=lambda entry: -entry.round)
            before, since = since, since - page

    def of_model(self, model_id: str, numbers: Collection[int] | None = None) -> ModelRounds:
        """A model's rounds with their scores, those of ``numbers`` only if there are any.

        Raises:
            ChangeError: there is no such model.
        """
        every = self._store.models(archived=True)
        model = the_one(model_id, every)
        played = self._store.performances(model.tournament, model_id=model.id)
        kept = (one for one in played if numbers is None or one.round in numbers)
        return build_model_rounds(replace(model, name=names(every)[model.id]), kept)

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
        chosen = self._model(tournament, model)
        played = self._store.performances(tournament, since=number, model_id=chosen.id)
        entry = next((row for row in reversed(played) if row.round == number), None)
        if entry is None:
            raise ChangeError(
                f"{said(chosen.name)} has no part in {tournament.label} round {number}.",
                "numstake-tui earnings lists the rounds there are.",
            )
        rounds = self._store.rounds(tournament, since=number)
        entered = next((row for row in reversed(rounds) if row.number == number), None)
        explained = explain(entry, entered, chosen.name)
        if not band:
            return explained
        return replace(explained, band=self.projected().bands.get((chosen.id, number)))

    def projected(self) -> ProjectedPayouts:
        """Where running payouts may end; worked out once per sync, which takes a moment, and kept
        in the ledger."""
        with self._lock:
            revision = self._store.revision()
            if self._projected is None or self._projected[0] != revision:
                self._projected = revision, self._kept(revision) or self._project(revision)
            return self._projected[1]

    def _kept(self, revision: int) -> ProjectedPayouts | None:
        kept = self._store.bands(revision)
        return None if kept is None else ProjectedPayouts(*kept, self._store.missing())

    def _project(self, revision: int) -> ProjectedPayouts:
        bands: dict[tuple[str, int], Band] = {}
        unknown = 0
        for tournament in sorted({model.tournament for model in self._store.models()}):
            rounds = self._store.rounds(tournament, newest=LEARNED_ROUNDS)
            projected = build_projected(
                self._paged(tournament, rounds),
                rounds,
                self._store.score_days(tournament),
                self._paged(tournament, rounds, running=True),
            )
            bands.update(projected.bands)
            unknown += projected.unknown
        if not self._read_only:
            with suppress(LedgerBusy):  # the next one keeps them
                self._store.keep_bands(revision, bands, unknown)
        return ProjectedPayouts(bands, unknown, self._store.missing())

    def _paged(
        self, tournament: Tournament, rounds: Sequence[Round], *, running: bool = False
    ) -> Iterator[Performance]:
        """Performances in ``rounds`` and newer ones with their scores, the newest first, few of
        them in memory at a time; ``running``: from the first round on that runs."""
        since, first = (rounds[-1].number, rounds[0].number + 1) if rounds else (0, 1)
        if running:
            oldest = self._store.first_running(tournament)
            if oldest is None:
                return
            since = max(since, oldest)
        before = None
        while before is None or before > since:
            first = max(since, first - _PIECE)
            yield from self._store.performances(tournament, since=first, before=before)
            before = first

    def _tournament(
        self,
        tournament: Tournament,
        models: tuple[Model, ...],
        *,
        stakes: bool,
        resolved_from: datetime | None,
    ) -> TournamentEarnings:
        own = tuple(model for model in models if model.tournament is tournament)
        ids = [model.id for model in own]
        since = None
        if resolved_from is not None:
            since = self._store.first_round_resolving(tournament, resolved_from)
        rounds = self._store.paid_rounds(tournament, ids, stakes=stakes, since=since)
        return TournamentEarnings(tournament, own, rounds)

    def _model(self, tournament: Tournament, text: str) -> Model:
        own = self._store.models(tournament, archived=True)
        if not own:
            raise ChangeError(
                f"There is no model {text} in {tournament.label}.",
                "Sync first: numstake-tui sync.",
            )
        model = the_one(text, own)
        return replace(model, name=names(own)[model.id])
