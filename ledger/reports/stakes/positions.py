"""Atomic positions of every model, and what each strategy keeps besides them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.holding import IdleEstimate, ModelTotals, RunsOut
from ledger.domain.stakes.strategy import Origin, Position, StrategyReading
from ledger.rules.naming import name_of, names
from ledger.rules.stakes.holding import idle_runs_out, model_totals
from ledger.rules.stakes.strategy_facts import StrategyFacts


@dataclass(frozen=True, slots=True)
class ModelPositions:
    """The ``positions`` of one model, newest round first, with the ``totals`` they come to.

    ``name`` is that of ``model_id``. ``projected`` adds up the payouts of running positions as
    their scores stand now, in NMR, ``None`` before the first score.
    """

    model_id: str
    name: str
    totals: ModelTotals
    positions: tuple[Position, ...]
    projected: NMR | None


@dataclass(frozen=True, slots=True)
class TournamentPositions:
    """One ``tournament`` on atomic staking with its ``models``; amounts in NMR.

    ``rounds`` is R, how many rounds run at a time. ``locked`` is in running positions,
    ``claimable`` waits to be claimed. ``committed`` adds up what the settings lock once all R
    rounds run, ``None`` when no model's is known. ``idle`` is told by ``idle_origin``; by the
    account's own history it is an ``estimate``. ``runs_out`` says when it no longer pays for a
    round. ``wallet`` is what deposits are paid from: the owner's on Ethereum where the chain tells
    it (``owner`` is its address then), else Numerai's; ``own_wallet``: it is another one than
    Numerai's. ``claims_known``: whether claims could be asked for.
    """

    tournament: Tournament
    rounds: int
    models: tuple[ModelPositions, ...]
    locked: NMR
    claimable: NMR
    committed: NMR | None
    idle: NMR | None
    idle_origin: Origin | None
    estimate: IdleEstimate | None
    wallet: NMR | None
    runs_out: RunsOut | None
    claims_known: bool
    owner: str | None = None
    own_wallet: bool = False

    @property
    def owned(self) -> NMR | None:
        """What the owner's wallet holds; ``None`` where no chain tells it."""
        return None if self.owner is None else self.wallet


@dataclass(frozen=True, slots=True)
class PositionsReport:
    """Every one of the ``tournaments`` on atomic staking, as of the last sync (UTC).

    ``as_of`` is when that was, ``None`` before the first. ``missing`` is what Numerai did not tell.
    """

    as_of: datetime | None
    tournaments: tuple[TournamentPositions, ...]
    missing: MissingFacts = NOTHING_MISSING

    @property
    def locked(self) -> NMR:
        """NMR in running positions."""
        return NMR.total(entry.locked for entry in self.tournaments)

    @property
    def owned(self) -> NMR | None:
        """NMR in the wallets that own the strategies, each counted once whatever it owns; ``None``
        where no chain tells one."""
        return _once(self.tournaments)

    @property
    def beside(self) -> NMR | None:
        """The same without a wallet that is Numerai's too, whose NMR is counted there."""
        return _once(entry for entry in self.tournaments if entry.own_wallet)


def _once(tournaments: Iterable[TournamentPositions]) -> NMR | None:
    wallets = {entry.owner: entry.owned for entry in tournaments}
    told = [nmr for nmr in wallets.values() if nmr is not None]
    return NMR.total(told) if told else None


@dataclass(frozen=True, slots=True)
class PositionSources:
    """``facts`` of one tournament's strategy, and where its idle NMR is known from.

    ``reading`` is the contract's as the chain showed it, ``estimate`` is set where only the
    account's own history tells it. ``claims_known``: whether claims could be asked for.
    """

    facts: StrategyFacts
    reading: StrategyReading | None
    estimate: IdleEstimate | None
    claims_known: bool


def build_positions(
    as_of: datetime | None,
    sources: Mapping[Tournament, PositionSources],
    missing: MissingFacts = NOTHING_MISSING,
) -> PositionsReport:
    """Positions by tournament and model; a model without any has a line when it has a setting."""
    return PositionsReport(as_of, tuple(_tournament(entry) for entry in sources.values()), missing)


def _tournament(sources: PositionSources) -> TournamentPositions:
    facts = sources.facts
    rows = facts.by_model()
    labels = names(facts.own_models())
    totals = model_totals(facts)
    models = sorted(
        (_model(name_of(key, labels), entry, rows.get(key, [])) for key, entry in totals.items()),
        key=lambda entry: (-entry.totals.locked.amount, entry.name),
    )
    committed = [entry.committed for entry in totals.values() if entry.committed is not None]
    return TournamentPositions(
        tournament=facts.tournament,
        rounds=facts.schedule.concurrent,
        models=tuple(models),
        locked=NMR.total(entry.locked for entry in totals.values()),
        claimable=NMR.total(entry.claimable for entry in totals.values()),
        committed=NMR.total(committed) if committed else None,
        idle=facts.idle,
        idle_origin=_idle_origin(sources),
        estimate=sources.estimate,
        wallet=facts.wallet,
        runs_out=idle_runs_out(facts),
        claims_known=sources.claims_known,
        owner=_owner(sources.reading),
        own_wallet=facts.own_wallet,
    )


def _owner(reading: StrategyReading | None) -> str | None:
    """Whose wallet on Ethereum was read; strategies without an owner's name share one."""
    if reading is None or reading.wallet is None:
        return None
    return (reading.owner or "").lower()


def _idle_origin(sources: PositionSources) -> Origin | None:
    if sources.facts.idle is None:
        return None
    read = sources.reading is not None and sources.reading.idle is not None
    return Origin.CHAIN if read else Origin.NUMERAI


def _model(name: str, totals: ModelTotals, rows: list[Position]) -> ModelPositions:
    return ModelPositions(
        model_id=totals.model_id,
        name=name,
        totals=totals,
        positions=tuple(rows),
        projected=_projected(rows),
    )


def _projected(rows: Iterable[Position]) -> NMR | None:
    payouts = [row.payout for row in rows if row.state.running and row.payout is not None]
    return NMR.total(payouts) if payouts else None
