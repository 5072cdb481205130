"""What is known of atomic staking, and learning more of it, as the book offers it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from ledger.account.tournaments import RUNNING_ROUNDS
from ledger.dataclass import dataclass
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.transaction import STRATEGY_STAKE
from ledger.domain.stakes.strategy import SystemReason
from ledger.domain.stakes.unlock import UnlockView
from ledger.domain.syncing.coverage import Covered
from ledger.errors import ChangeError, ReadOnly
from ledger.reports.notices.strategy_notices import StrategyNotice, build_strategy_notices
from ledger.reports.stakes.positions import PositionSources, PositionsReport, build_positions
from ledger.reports.stakes.strategy import StrategyReport, StrategySources, build_strategy
from ledger.reports.stakes.unlocks import UnlockFacts, UnlocksReport, build_unlocks
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.holding import idle_estimate
from ledger.rules.stakes.positions import positions
from ledger.rules.stakes.setting_readings import inferred
from ledger.rules.stakes.strategy_facts import StrategyFacts, next_stakes

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.account.expected_payouts import Expecting
    from ledger.clock import Clock
    from ledger.config.settings import AtomicSettings
    from ledger.domain.records.transaction import StakeTransaction
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.stakes.holding import IdleEstimate
    from ledger.domain.stakes.projection import Projection
    from ledger.domain.stakes.strategy import (
        Claim,
        ModelKey,
        ModelSetting,
        Position,
        SettingReading,
        StrategyReading,
    )
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader

_FRESH = timedelta(minutes=1)
"""For how long positions that were told once are not told anew."""

CLAIM_SCOPE = "web3_staking"
"""The API key's scope without which claims are not shown."""


class StrategyBook:
    """Allocation strategies of one ledger. Reading takes milliseconds and needs no network.

    :meth:`learn_keys` reads the chain and belongs in a worker. ``chain`` makes a reader for the
    configured endpoint, or gives ``None`` where there is none.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        atomic: AtomicSettings,
        *,
        chain: Callable[[], ChainReader | None],
        read_only: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._atomic = atomic
        self._chain = chain
        self._read_only = read_only
        self._derived: dict[Tournament, _DerivedPositions] = {}

    def system(self, tournament: Tournament) -> System:
        """The tournament's system: as the config says, else as the last sync found out."""
        return self._atomic.decide(tournament, self._store.systems())

    def tournaments(self) -> tuple[Tournament, ...]:
        """The account's tournaments that are on atomic staking."""
        own = sorted({model.tournament for model in self._store.models()})
        return tuple(one for one in own if self.system(one) is System.ATOMIC)

    def facts(self, tournament: Tournament) -> StrategyFacts:
        """All that is known of one tournament's strategy, for rules to work on."""
        return self._position_sources(tournament).facts

    def next_stakes(self, tournament: Tournament, model_ids: Collection[str]) -> dict[str, NMR]:
        """What these models stake in the tournament's next round, by id, where that is known."""
        gathered = _Gathered(self._store, self._atomic, tournament, self._clock.now())
        return next_stakes(gathered.of_models(frozenset(model_ids)))

    def positions(self, tournament: Tournament | None = None) -> PositionsReport:
        """Positions per model, and what the strategies keep idle; one tournament or all."""
        tournaments = self.tournaments() if tournament is None else (tournament,)
        sources = {one: self._position_sources(one) for one in tournaments}
        return build_positions(self._as_of(), sources, self._store.missing())

    def unlocks(self, view: UnlockView = UnlockView.STAYS) -> UnlocksReport:
        """When NMR comes free, continuous releases included."""
        account = self._store.account()
        rounds = [
            entry
            for tournament in sorted({model.tournament for model in self._store.models()})
            for entry in self._store.rounds(tournament, newest=RUNNING_ROUNDS)
        ]
        facts = UnlockFacts(
            as_of=account.as_of if account else None,
            models=self._store.models(archived=True),
            stakes=self._store.stakes(),
            strategies=tuple(self.facts(one) for one in self.tournaments()),
            rounds=tuple(rounds),
            available=account.available if account else None,
            missing=self._store.missing(),
        )
        return build_unlocks(facts, self._clock.now(), view)

    def strategy(self) -> StrategyReport:
        """Systems and why, addresses, settings by source, and keys."""
        own = sorted({model.tournament for model in self._store.models()})
        sources = [self._sources(one) for one in own]
        return build_strategy(self._as_of(), sources, self._store.missing())

    def setting(self, model_id: str) -> ModelSetting | None:
        """A model's present setting by the best that is known, ``None`` where a part is not."""
        for model in self._store.models():
            if model.id == model_id and self.system(model.tournament) is System.ATOMIC:
                return self.facts(model.tournament).settings().get(model_id)
        return None

    def ramps(self, tournament: Tournament) -> dict[str, datetime]:
        """By when all rounds that run at a time hold a model's present per-round stake, by model
        id: those that are enabled, in constant mode or one nobody knows."""
        from ledger.rules.stakes.ramp import ramps

        return ramps(self.facts(tournament))

    def projection(
        self,
        tournament: Tournament,
        *,
        rounds: int | None = None,
        settings: Mapping[str, ModelSetting] | None = None,
        deposit: NMR = ZERO,
        rate: Decimal | None = None,
        from_history: bool = False,
    ) -> Projection:
        """Where positions lead over the next ``rounds`` staking closes (``None``: R).

        ``settings`` replaces present ones by model id; ``deposit`` first moves NMR from the
        wallet to idle, or back when negative. Payouts are left out, or expected at ``rate`` per
        position (0.01: 1 % of its stake), or as the models' past rounds have it, with a band.

        Raises:
            ChangeError: ``rate`` would burn more than there is, or there is too little history.
        """
        from ledger.rules.stakes.projection import project

        facts = self.facts(tournament)
        payouts = self._expecting.payouts(tournament, rate, from_history=from_history)
        return project(facts, settings=settings, rounds=rounds, payouts=payouts, deposit=deposit)

    @cached_property
    def _expecting(self) -> Expecting:
        from ledger.account.expected_payouts import Expecting

        return Expecting(self._store)

    def notices(self) -> tuple[StrategyNotice, ...]:
        """What deserves attention, the most urgent first."""
        return build_strategy_notices(self.positions(), self.strategy(), self._clock.now())

    def set_user_setting(
        self, tournament: Tournament, model_id: str, setting: ModelSetting
    ) -> SettingReading:
        """Keep what the user says a model's setting is, where nothing better tells it.

        Raises:
            ReadOnly: nothing may be written.
            ChangeError: no such model, or no amount to stake.
        """
        self._check_writable()
        self._check_model(tournament, model_id)
        if setting.per_round < ZERO:
            raise ChangeError(
                f"{setting.per_round} NMR can't be staked per round.", "Give 0 or more."
            )
        return self._store.strategies.set_user_setting(tournament, model_id, setting)

    def learn_keys(self, *, since_block: int = 0) -> tuple[ModelKey, ...]:
        """Look on chain for keys of models that have none yet; those that were found and kept.

        ``since_block`` is where to begin with the strategies' events: the whole chain by default.

        Raises:
            ReadOnly: nothing may be written.
            ChangeError: no endpoint or no strategy is configured.
            LedgerError: the chain could not be read.
        """
        from ledger.syncing.reading.key_proof import Positions
        from ledger.syncing.reading.strategies import KeyLearning

        self._check_writable()
        reader = self._reader()
        learned: list[ModelKey] = []
        for tournament in self.tournaments():
            address = self._atomic.strategy(tournament)
            if address is None:
                continue
            contract = self._store.strategies.contracts().get(tournament)
            reading = reader.read(
                tournament, address, staking=contract.address if contract else None
            )
            if reading.staking is None:
                raise ChangeError(
                    reading.trouble or f"The contract {address} does not answer as a strategy.",
                    f"Check [atomic] {tournament.label.lower()}_strategy.",
                )
            held = Positions(self._store, tournament)
            learning = KeyLearning(reader, self._store, reading, held)
            kept = self._store.strategies.keys(tournament)
            if held.lacking({one.model_id for one in kept if one.proof is not None}):
                read = learning.events(since_block, confirmations=self._atomic.confirmations)
                learned += learning.learn(kept, read.events)
        self._store.strategies.learn_keys(learned)
        return tuple(learned)

    def _reader(self) -> ChainReader:
        reader = self._chain()
        if reader is None or not any(map(self._atomic.strategy, Tournament)):
            raise ChangeError(
                "Keys are read from the chain, and none is configured.",
                "Set rpc_url and the strategies' addresses under [atomic] in the config.",
            )
        return reader

    def _check_writable(self) -> None:
        if self._read_only:
            raise ReadOnly(
                "Started with --read-only: nothing can be changed.", "Start without --read-only."
            )

    def _check_model(self, tournament: Tournament, model_id: str) -> None:
        if all(model.id != model_id for model in self._store.models(tournament, archived=True)):
            raise ChangeError("That model is not in the ledger.", "Sync and try again.")

    def _as_of(self) -> datetime | None:
        account = self._store.account()
        return account.as_of if account else None

    def forget(self) -> None:
        """Read everything anew from here on: the ledger has changed."""
        self._derived.clear()
        self.__dict__.pop("_expecting", None)

    def _position_sources(self, tournament: Tournament) -> PositionSources:
        now = self._clock.now()
        gathered = _Gathered(self._store, self._atomic, tournament, now)
        derived = self._derived.get(tournament)
        if derived is None or not derived.holds(self._as_of(), now):
            derived = self._derived[tournament] = gathered.derived(self._as_of())
        return gathered.sources(derived)

    def _sources(self, tournament: Tournament) -> StrategySources:
        strategies = self._store.strategies
        account = self._store.account()
        atomic = self.system(tournament) is System.ATOMIC
        forced = self._atomic.system(tournament) is not None
        return StrategySources(
            tournament=tournament,
            system=self.system(tournament),
            reason=SystemReason.FORCED if forced else strategies.reasons().get(tournament),
            contract=strategies.contracts().get(tournament),
            address=self._atomic.strategy(tournament),
            reading=strategies.readings().get(tournament),
            claims_as_of=strategies.claims_read().get(tournament),
            keys=strategies.keys(tournament),
            facts=self.facts(tournament) if atomic else None,
            may_see_claims=account is not None and CLAIM_SCOPE in account.scopes,
            reads_chain=bool(self._atomic.rpc_url),
        )


@dataclass(frozen=True, slots=True)
class _DerivedPositions:
    """Positions and idle NMR worked out at ``at`` by the sync of ``as_of``: what takes longest."""

    as_of: datetime | None
    at: datetime
    positions: tuple[Position, ...]
    estimate: IdleEstimate | None
    claims_known: bool

    def holds(self, as_of: datetime | None, now: datetime) -> bool:
        return self.as_of == as_of and timedelta(0) <= now - self.at < _FRESH


class _Gathered:
    """One tournament's facts out of the ledger."""

    def __init__(
        self, store: Store, atomic: AtomicSettings, tournament: Tournament, now: datetime
    ) -> None:
        self._store = store
        self._atomic = atomic
        self._tournament = tournament
        self._now = now
        self._account = store.account()
        self._rounds = store.rounds(tournament, newest=RUNNING_ROUNDS)
        self._schedule = RoundSchedule(self._rounds, tournament)

    def derived(self, as_of: datetime | None) -> _DerivedPositions:
        """Positions by every source, and idle NMR as they add up."""
        staked = self._staked()
        first = min((row.round for row in staked if row.round is not None), default=None)
        claims = self._claims()
        performances = self._store.performances(self._tournament, since=first, scores=False)
        every_position = self._positions(staked, performances, claims, first)
        estimate = self._estimate(every_position, first)
        return _DerivedPositions(as_of, self._now, every_position, estimate, claims is not None)

    def of_models(self, model_ids: frozenset[str]) -> StrategyFacts:
        """What is known of the strategy, with positions and settings of these models only, and
        without what is idle."""
        staked = self._staked()
        first = min((row.round for row in staked if row.round is not None), default=None)
        performances = [
            row
            for model_id in model_ids
            for row in self._store.performances(
                self._tournament, since=first, model_id=model_id, scores=False
            )
        ]
        claims = self._claims()
        own = None if claims is None else [one for one in claims if one.model_id in model_ids]
        opened = [row for row in staked if row.model_id in model_ids]
        rows = self._positions(opened, performances, own, first, model_ids)
        facts = self._facts(rows, None, None)
        return replace(
            facts,
            readings=tuple(row for row in facts.readings if row.model_id in model_ids),
        )

    def _staked(self) -> list[StakeTransaction]:
        """What opened positions."""
        return [
            row
            for row in self._store.stake_transactions(self._tournament)
            if row.type == STRATEGY_STAKE and row.round is not None
        ]

    def _positions(
        self,
        staked: Sequence[StakeTransaction],
        performances: Sequence[Performance],
        claims: Sequence[Claim] | None,
        first: int | None,
        model_ids: frozenset[str] | None = None,
    ) -> tuple[Position, ...]:
        """Positions in rounds from ``first`` on; of ``model_ids``, or all."""
        chain = self._store.strategies.chain_stakes(self._tournament)
        return positions(
            staked,
            performances,
            self._store.rounds(self._tournament, since=first, scores=False),
            self._now,
            claims=claims,
            chain=[row for row in chain if model_ids is None or row.model_id in model_ids],
            finalise_days=self._atomic.finalise_days,
        )

    def sources(self, derived: _DerivedPositions) -> PositionSources:
        """``derived`` with readings; idle NMR as the chain has it, else as it adds up."""
        reading = self._reading()
        estimate = derived.estimate if reading is None else None
        return PositionSources(
            facts=self._facts(derived.positions, reading, estimate),
            reading=reading,
            estimate=estimate,
            claims_known=derived.claims_known,
        )

    def _facts(
        self,
        rows: tuple[Position, ...],
        reading: StrategyReading | None,
        estimate: IdleEstimate | None,
    ) -> StrategyFacts:
        inferred_readings = inferred(rows, {self._tournament: self._schedule}, self._now)
        return StrategyFacts(
            tournament=self._tournament,
            now=self._now,
            models=self._store.models(archived=True),
            rounds=self._rounds,
            positions=rows,
            readings=(*self._store.strategies.settings(self._tournament), *inferred_readings),
            idle=reading.idle if reading else estimate.nmr if estimate else None,
            wallet=self._wallet(reading),
            finalise_days=self._atomic.finalise_days,
            own_wallet=self._has_own_wallet(reading),
        )

    def _reading(self) -> StrategyReading | None:
        """The chain's last word on the strategy that is configured now."""
        reading = self._store.strategies.readings().get(self._tournament)
        address = self._atomic.strategy(self._tournament)
        if reading is None or address is None or reading.idle is None:
            return None
        return reading if reading.address.lower() == address.lower() else None

    def _wallet(self, reading: StrategyReading | None) -> NMR | None:
        if reading is not None and reading.wallet is not None:
            return reading.wallet
        return self._account.available if self._account else None

    def _has_own_wallet(self, reading: StrategyReading | None) -> bool:
        """Whether the chain told what another wallet than Numerai's holds."""
        if reading is None or reading.wallet is None or self._account is None:
            return reading is not None and reading.wallet is not None
        address, owner = self._account.wallet_address, reading.owner
        same = address is not None and owner is not None and address.lower() == owner.lower()
        return not same or reading.wallet != self._account.available

    def _claims(self) -> tuple[Claim, ...] | None:
        """Claims, if the last sync could see them: older ones say nothing about what is gone."""
        strategies = self._store.strategies
        read = strategies.claims_read().get(self._tournament)
        if read is None or self._account is None or read < self._account.as_of:
            return None
        return strategies.claims(self._tournament)

    def _reached(self, model_ids: Iterable[str]) -> int | None:
        """From which round on the history of these models is whole, ``None`` before it is."""
        if not self._store.sync_state().history:
            return None
        covered = self._store.covered(Covered.PERFORMANCES)
        oldest = [min(ranges).first for model_id in model_ids if (ranges := covered.get(model_id))]
        return min(oldest, default=0)

    def _estimate(self, rows: tuple[Position, ...], first: int | None) -> IdleEstimate | None:
        reached = self._reached({row.model_id for row in rows})
        strategy = self._atomic.strategy(self._tournament)
        return idle_estimate(
            self._tournament,
            rows,
            self._store.strategy_transfers(strategy),
            strategy=strategy,
            whole=first is not None and reached is not None and reached <= first,
            schedule=self._schedule,
            now=self._now,
        )
