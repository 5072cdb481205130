"""What deserves attention in atomic staking: said without being asked for, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from ledger.clock import remaining
from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.stakes.holding import RunsOut
from ledger.domain.stakes.strategy import Origin, Position, PositionState
from ledger.reports import words
from ledger.reports.stakes.positions import ModelPositions, PositionsReport, TournamentPositions
from ledger.reports.stakes.strategy import StrategyReport

RESOLVES_WITHIN = timedelta(days=2)
"""How long before it a round's resolution is worth a notice."""

CLAIM_WITHIN = timedelta(days=3)
"""How long before it Numerai's moving a claim to idle is worth a notice."""

IDLE_WITHIN = timedelta(days=10)
"""How long before it idle NMR that runs out is worth a notice."""


class StrategyNoticeKind(StrEnum):
    """What a strategy's notice is about."""

    TROUBLE = "trouble"
    CLAIM = "claim"
    RESOLUTION = "resolution"
    IDLE = "idle"
    DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True)
class StrategyNotice:
    """One ``sentence`` with amounts and dates about a tournament's atomic staking.

    ``kind`` is what it is about in ``tournament``. ``at`` is when it happens (UTC), ``None`` if it
    is so now. ``nmr`` is what is at stake or moves, ``None`` where nobody can say; ``models`` are
    the names of models it is about, ``model_ids`` their ids in the same order, ``round`` the round.
    """

    kind: StrategyNoticeKind
    tournament: Tournament
    at: datetime | None
    sentence: str
    nmr: NMR | None = None
    models: tuple[str, ...] = ()
    model_ids: tuple[str, ...] = ()
    round: int | None = None


def build_strategy_notices(
    positions: PositionsReport, strategies: StrategyReport, now: datetime
) -> tuple[StrategyNotice, ...]:
    """Troubles first, then what happens soon, by time, then what sources disagree about."""
    notices = [
        *_troubles(strategies),
        *(notice for entry in positions.tournaments for notice in _of(entry, now)),
    ]
    soon = sorted(
        notices, key=lambda entry: (entry.at is not None, entry.at or now, entry.sentence)
    )
    return (*soon, *_disagreements(strategies))


def _of(entry: TournamentPositions, now: datetime) -> Iterator[StrategyNotice]:
    yield from _resolutions(entry, now)
    yield from _claims(entry, now)
    out = entry.runs_out
    if out is not None and out.at - now <= IDLE_WITHIN:
        yield StrategyNotice(
            StrategyNoticeKind.IDLE,
            entry.tournament,
            out.at,
            _runs_out(entry, out, now),
            out.missing,
            round=out.round,
        )


def _runs_out(entry: TournamentPositions, out: RunsOut, now: datetime) -> str:
    idle = f"{entry.idle} NMR" if entry.idle is not None else "What"
    return (
        f"{entry.tournament.label}: {idle} idle does not pay for round {out.round}, which closes "
        f"in {remaining(out.at - now)}, {words.moment(out.at)}; {out.missing} NMR "
        f"more pays for the next {entry.rounds} rounds at the present settings."
    )


def _resolutions(entry: TournamentPositions, now: datetime) -> Iterator[StrategyNotice]:
    rows = [
        (model, row)
        for model, row in _rows(entry)
        if row.state.running and row.resolves and now <= row.resolves <= now + RESOLVES_WITHIN
    ]
    for number in sorted({row.round for _, row in rows}):
        own = [(model, row) for model, row in rows if row.round == number]
        at = max(row.resolves for _, row in own if row.resolves)
        stake = NMR.total(row.stake for _, row in own)
        payouts = [row.payout for _, row in own if row.payout is not None]
        yield StrategyNotice(
            StrategyNoticeKind.RESOLUTION,
            entry.tournament,
            at,
            f"{entry.tournament.label} round {number} resolves {_when(at, now)}: "
            f"{stake} NMR of {_models(model for model, _ in own)} unlocks"
            f"{_with(payouts)}.",
            stake,
            *_named(model for model, _ in own),
            number,
        )


def _with(payouts: list[NMR]) -> str:
    if not payouts:
        return ""
    payout = NMR.total(payouts)
    sign = "" if payout.amount < 0 else "+"
    return f", payout {sign}{payout} NMR as scores stand"


def _claims(entry: TournamentPositions, now: datetime) -> Iterator[StrategyNotice]:
    rows = [
        (model, row, row.finalises)
        for model, row in _rows(entry)
        if row.state is PositionState.CLAIMABLE
        and row.finalises is not None
        and row.finalises - now <= CLAIM_WITHIN
    ]
    for number in sorted({row.round for _, row, _ in rows}):
        own = [(model, row, at) for model, row, at in rows if row.round == number]
        at = min(at for _, _, at in own)
        amount = NMR.total(row.claimable or row.stake for _, row, _ in own)
        yield StrategyNotice(
            StrategyNoticeKind.CLAIM,
            entry.tournament,
            at,
            f"{entry.tournament.label} round {number}: {amount} NMR of "
            f"{_models(model for model, _, _ in own)} waits to be claimed; Numerai moves it to "
            f"idle {_when(at, now)}.",
            amount,
            *_named(model for model, _, _ in own),
            number,
        )


def _rows(entry: TournamentPositions) -> Iterator[tuple[ModelPositions, Position]]:
    for model in entry.models:
        for row in model.positions:
            yield model, row


def _models(models: Iterable[ModelPositions]) -> str:
    names = [model.name for model in models]
    return said(names[0]) if len(names) == 1 else f"{len(names)} models"


def _named(models: Iterable[ModelPositions]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and ids."""
    rows = sorted((model.name, model.model_id) for model in models)
    return tuple(name for name, _ in rows), tuple(model_id for _, model_id in rows)


def _when(at: datetime, now: datetime) -> str:
    """``tomorrow, Wed 25 Nov 2026 16:00 UTC`` or ``in 5 days, ...``."""
    days = (at.date() - now.date()).days
    near = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"{'any time now' if at < now else near}, {words.moment(at)}"


def _troubles(strategies: StrategyReport) -> Iterator[StrategyNotice]:
    for entry in strategies.tournaments:
        for sentence in entry.trouble:
            yield StrategyNotice(StrategyNoticeKind.TROUBLE, entry.tournament, None, sentence)


def _disagreements(strategies: StrategyReport) -> Iterator[StrategyNotice]:
    """What a model staked follows its setting a round late, so it is no reason to look."""
    for entry in strategies.tournaments:
        for model in entry.models:
            for disagreement in model.disagreements:
                if disagreement.other is not Origin.POSITIONS:
                    sentence = (
                        f"{said(model.name)} ({entry.tournament.label}): {disagreement.sentence}"
                    )
                    yield StrategyNotice(
                        StrategyNoticeKind.DISAGREEMENT,
                        entry.tournament,
                        None,
                        sentence,
                        models=(model.name,),
                        model_ids=(model.model_id,),
                    )
