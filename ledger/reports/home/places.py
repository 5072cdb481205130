"""Where the account's NMR is, every NMR in one place only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Account, System
from ledger.domain.nmr import ZERO
from ledger.domain.sums import NO_PARTS, Part, Sum
from ledger.reports.account.tournament import staked_part
from ledger.rules.stakes.staked import part

if TYPE_CHECKING:
    from ledger.domain.nmr import NMR
    from ledger.domain.stakes.stake import ContinuousStake
    from ledger.reports.account.portfolio import ModelLine, Portfolio
    from ledger.reports.stakes.positions import PositionsReport, TournamentPositions


class Spot(StrEnum):
    """A place of NMR.

    ``staked``: on continuous stakes. ``locked``: in running atomic positions. ``idle`` and
    ``claimable``: in the strategies behind them. ``wallet``: free at Numerai. ``moving``: taken
    out of it for increases and withdrawals that are not done yet. ``owner``: in wallets on Ethereum
    that own strategies.
    """

    STAKED = "staked"
    LOCKED = "locked"
    IDLE = "idle"
    CLAIMABLE = "claimable"
    WALLET = "wallet"
    MOVING = "moving"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class SpotLine:
    """What is in one ``spot``. ``estimated``: some of it is not told but added up from history.
    ``read``: whether it was looked at yet; the strategies' take longer than all else."""

    spot: Spot
    nmr: Sum
    estimated: bool = False
    read: bool = True


@dataclass(frozen=True, slots=True)
class Worth:
    """Every place that applies, in the order of :class:`Spot`."""

    lines: tuple[SpotLine, ...]

    @property
    def total(self) -> Sum:
        """All of them."""
        total = NO_PARTS
        for line in self.lines:
            total += line.nmr
        return total

    @property
    def estimated(self) -> bool:
        """Whether the total holds an estimate."""
        return any(line.estimated for line in self.lines)

    @property
    def read(self) -> bool:
        """Whether every place was looked at."""
        return all(line.read for line in self.lines)

    def of(self, spot: Spot) -> SpotLine | None:
        """The line of one place, ``None`` where it does not apply."""
        return next((line for line in self.lines if line.spot is spot), None)


def build_worth(
    account: Account | None,
    portfolio: Portfolio,
    stakes: Mapping[str, ContinuousStake],
    positions: PositionsReport | None = None,
) -> Worth:
    """The places of ``account``, whose continuous ``stakes`` are by model id; without ``positions``
    those of the strategies are yet unread."""
    missing = portfolio.missing
    lines = [_staked(portfolio, stakes)]
    if System.ATOMIC in portfolio.systems.values():
        lines += _strategies(portfolio, positions)
    if account is not None:
        lines.append(
            SpotLine(Spot.WALLET, Sum.of([part(account.available, missing, "", Fact.WALLET)]))
        )
        moving = _moving(account, missing)
        if moving != NO_PARTS:
            lines.append(SpotLine(Spot.MOVING, moving))
    if positions is not None and positions.beside is not None:
        lines.append(SpotLine(Spot.OWNER, Sum.of([positions.beside])))
    return Worth(tuple(line for line in lines if line is not None))


def _staked(portfolio: Portfolio, stakes: Mapping[str, ContinuousStake]) -> SpotLine | None:
    """Stakes of models on continuous staking, and what is left of stakes where a tournament has
    moved to atomic staking: it is released bit by bit."""
    listed = {line.model_id for line in portfolio.lines if line.system is System.CONTINUOUS}
    left = [
        staked_part(stake.settled, model_id, System.CONTINUOUS, portfolio.missing)
        for model_id, stake in stakes.items()
        if model_id not in listed and stake.settled != ZERO
    ]
    if System.CONTINUOUS not in portfolio.systems.values() and not left:
        return None
    return SpotLine(Spot.STAKED, Sum.of([*_parts(portfolio, System.CONTINUOUS), *left]))


def _parts(portfolio: Portfolio, system: System) -> Iterable[Part]:
    def of(line: ModelLine) -> Part:
        return staked_part(line.staked, line.model_id, system, portfolio.missing)

    return [of(line) for line in portfolio.lines if line.system is system]


def _strategies(portfolio: Portfolio, positions: PositionsReport | None) -> list[SpotLine]:
    if positions is None:
        locked = Sum.of(_parts(portfolio, System.ATOMIC))
        return [
            SpotLine(Spot.LOCKED, locked, read=False),
            SpotLine(Spot.IDLE, NO_PARTS, read=False),
            SpotLine(Spot.CLAIMABLE, NO_PARTS, read=False),
        ]
    from ledger.domain.stakes.strategy import Origin

    missing, tournaments = portfolio.missing, positions.tournaments
    locked = Sum.of(
        part(model.totals.locked, missing, model.model_id, Fact.PERFORMANCES, Fact.AT_RISK)
        for entry in tournaments
        for model in entry.models
    )
    told = all(entry.idle is None or entry.idle_origin is Origin.CHAIN for entry in tournaments)
    return [
        SpotLine(Spot.LOCKED, locked),
        SpotLine(Spot.IDLE, Sum.of(_idle(entry, missing) for entry in tournaments), not told),
        SpotLine(Spot.CLAIMABLE, Sum.of(_claimable(entry) for entry in tournaments)),
    ]


def _idle(entry: TournamentPositions, missing: MissingFacts) -> Part:
    from ledger.domain.stakes.strategy import Origin

    if entry.idle_origin is Origin.CHAIN:
        return Part(entry.idle)
    return part(entry.idle, missing, "", Fact.STAKE_TRANSACTIONS, Fact.WALLET_TRANSACTIONS)


def _claimable(entry: TournamentPositions) -> NMR | None:
    """Nothing is told from not asked for."""
    return entry.claimable if entry.claims_known or entry.claimable else None


def _moving(account: Account, missing: MissingFacts) -> Sum:
    amounts = (
        (account.held_increases, Fact.HELD_INCREASES),
        (account.held_withdrawals, Fact.HELD_WITHDRAWALS),
    )
    parts = (part(nmr, missing, "", fact) for nmr, fact in amounts if nmr is None or nmr)
    return Sum.of(parts)
