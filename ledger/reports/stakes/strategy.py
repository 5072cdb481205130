"""Allocation strategies: what each source says of them, and where sources disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model, System, Tournament
from ledger.domain.stakes.holding import ModelTotals
from ledger.domain.stakes.strategy import (
    ModelKey,
    Origin,
    SettingReading,
    StakingContract,
    StrategyReading,
    SystemReason,
)
from ledger.reports import words
from ledger.rules.naming import names
from ledger.rules.stakes.holding import model_totals
from ledger.rules.stakes.setting_readings import merged
from ledger.rules.stakes.strategy_facts import StrategyFacts

_WHY = {
    SystemReason.FORCED: "The config says so.",
    SystemReason.REFUSED: "Numerai refused a continuous change, since the tournament has moved.",
    SystemReason.POSITIONS: "An allocation strategy has staked there.",
    SystemReason.FULL_PAYOUT: (
        "It has a staking contract, and its newest rounds pay up to the whole stake."
    ),
    SystemReason.NO_SIGN: "Nothing says that it has left continuous staking.",
}
_SOURCE = {
    Origin.CHAIN: "the chain",
    Origin.CLAIMS: "the claims",
    Origin.NUMERAI: "Numerai",
    Origin.POSITIONS: "the positions",
    Origin.USER: "you",
    Origin.DERIVED: "a rule",
}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sources say different things, which ``sentence`` states.

    ``believed`` is the one that counts, ``other`` the one that does not.
    """

    believed: Origin
    other: Origin
    sentence: str


@dataclass(frozen=True, slots=True)
class ModelStrategy:
    """The setting of one model, ``model_id`` called ``name``.

    ``best`` is put together from ``readings``, the most trusted source first. ``disagreements`` are
    about sources that differ. ``key`` is its key on chain, where learned; ``totals`` are what it
    has in positions.
    """

    model_id: str
    name: str
    best: SettingReading | None
    readings: tuple[SettingReading, ...]
    disagreements: tuple[Disagreement, ...]
    key: ModelKey | None
    totals: ModelTotals | None


@dataclass(frozen=True, slots=True)
class TournamentStrategy:
    """One tournament: its system and why, its contracts, and its models' settings.

    ``reason`` is why ``tournament`` is taken to be on ``system``, ``why`` says it in a sentence.
    ``contract`` is the staking contract Numerai names. ``address`` is the strategy's as the config
    names it, ``reading`` what the chain showed of it. ``claims_as_of`` is when the claims were last
    read (UTC). ``models`` have their settings. ``trouble`` are sentences on what keeps the strategy
    from being used or believed; ``unknown`` on what can't be known so far, and how to know it.
    """

    tournament: Tournament
    system: System
    reason: SystemReason | None
    why: str
    contract: StakingContract | None
    address: str | None
    reading: StrategyReading | None
    claims_as_of: datetime | None
    models: tuple[ModelStrategy, ...]
    trouble: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StrategyReport:
    """Every one of the ``tournaments`` the account has models in, as of the last sync (UTC).

    ``as_of`` is when that was, ``None`` before the first. ``missing`` is what Numerai did not tell.
    """

    as_of: datetime | None
    tournaments: tuple[TournamentStrategy, ...]
    missing: MissingFacts = NOTHING_MISSING


@dataclass(frozen=True, slots=True)
class StrategySources:
    """What the ledger and the config say of one tournament.

    ``system`` is what ``tournament`` is taken to be on, for ``reason``. ``contract`` is the staking
    contract Numerai names, ``address`` the strategy's in the config, ``reading`` what the chain
    showed of it, ``keys`` are its models'. ``claims_as_of`` is when claims were last read (UTC).
    ``facts`` is ``None`` while it is on continuous staking; ``may_see_claims``: whether the API key
    has the scope; ``reads_chain``: whether an endpoint is configured.
    """

    tournament: Tournament
    system: System
    reason: SystemReason | None
    contract: StakingContract | None
    address: str | None
    reading: StrategyReading | None
    claims_as_of: datetime | None
    keys: tuple[ModelKey, ...]
    facts: StrategyFacts | None
    may_see_claims: bool
    reads_chain: bool


def build_strategy(
    as_of: datetime | None,
    sources: Iterable[StrategySources],
    missing: MissingFacts = NOTHING_MISSING,
) -> StrategyReport:
    """What is known of every tournament's strategy."""
    return StrategyReport(as_of, tuple(_tournament(entry) for entry in sources), missing)


def _tournament(sources: StrategySources) -> TournamentStrategy:
    atomic = sources.system is System.ATOMIC
    return TournamentStrategy(
        tournament=sources.tournament,
        system=sources.system,
        reason=sources.reason,
        why=_WHY[sources.reason] if sources.reason else "It is not known why: sync once more.",
        contract=sources.contract,
        address=sources.address,
        reading=sources.reading,
        claims_as_of=sources.claims_as_of,
        models=_models(sources.facts, sources.keys) if sources.facts else (),
        trouble=tuple(_trouble(sources)) if atomic else (),
        unknown=tuple(_unknown(sources)) if atomic else (),
    )


def _trouble(sources: StrategySources) -> Iterator[str]:
    label = sources.tournament.label
    if sources.contract is not None and sources.contract.paused:
        yield f"{label}: the staking contract {sources.contract.address} is paused."
    if sources.reading is not None and sources.reading.trouble is not None:
        yield f"{label}: {sources.reading.trouble}"


def _unknown(sources: StrategySources) -> Iterator[str]:
    label = sources.tournament.label
    if not sources.may_see_claims:
        yield (
            f"{label}: the API key lacks the scope “web3_staking”, so what waits to be claimed "
            "is not known."
        )
    if not sources.reads_chain:
        yield (
            f"{label}: no Ethereum endpoint is configured ([atomic] rpc_url), so settings and "
            "idle NMR are told from the positions."
        )
    elif sources.address is None:
        yield (
            f"{label}: the strategy's address is not configured ([atomic] "
            f"{label.lower()}_strategy); the V3 Stakes page shows it."
        )


def _models(facts: StrategyFacts, keys: tuple[ModelKey, ...]) -> tuple[ModelStrategy, ...]:
    labels = names(facts.own_models())
    own = {model.id: replace(model, name=labels[model.id]) for model in facts.own_models()}
    readings: dict[str, list[SettingReading]] = {}
    for reading in facts.readings:
        readings.setdefault(reading.model_id, []).append(reading)
    by_model = {key.model_id: key for key in keys}
    totals = model_totals(facts)
    active = {model.id for model in own.values() if not model.archived}
    models = [
        _model(own.get(key), key, readings.get(key, []), by_model.get(key), totals)
        for key in active | readings.keys() | by_model.keys()
    ]
    return tuple(sorted(models, key=lambda entry: (entry.name, entry.model_id)))


def _model(
    model: Model | None,
    model_id: str,
    readings: list[SettingReading],
    key: ModelKey | None,
    totals: Mapping[str, ModelTotals],
) -> ModelStrategy:
    return ModelStrategy(
        model_id=model_id,
        name=model.name if model else model_id,
        best=merged(readings).get(model_id),
        readings=tuple(readings),
        disagreements=tuple(disagreements(readings)),
        key=key,
        totals=totals.get(model_id),
    )


def disagreements(readings: Iterable[SettingReading]) -> Iterator[Disagreement]:
    """Where a source differs from the first one, which is the one to believe."""
    first, *others = tuple(readings) or (None,)
    if first is None:
        return
    for other in others:
        for sentence in _differences(first, other):
            yield Disagreement(first.origin, other.origin, sentence)


def _differences(first: SettingReading, other: SettingReading) -> Iterator[str]:
    believed, said = _SOURCE[first.origin], _SOURCE[other.origin]
    if None not in {first.per_round, other.per_round} and first.per_round != other.per_round:
        yield (
            f"Per round: {first.per_round} NMR by {believed} ({words.moment(first.as_of)}), "
            f"{other.per_round} NMR by {said} ({words.moment(other.as_of)})."
        )
    if None not in {first.mode, other.mode} and first.mode is not other.mode:
        yield f"Mode: {first.mode} by {believed}, {other.mode} by {said}."
    if None not in {first.enabled, other.enabled} and first.enabled is not other.enabled:
        yield f"Enabled: {_yes(first)} by {believed}, {_yes(other)} by {said}."


def _yes(reading: SettingReading) -> str:
    return "yes" if reading.enabled else "no"
