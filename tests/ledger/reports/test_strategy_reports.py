"""Positions, unlocks, callouts and strategies as reports: sums, sentences, files."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import Book
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.holding import RunsOut
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest, StakeMode
from ledger.domain.stakes.strategy import (
    ModelKey,
    ModelSetting,
    Origin,
    Position,
    PositionState,
    SettingReading,
    StakingContract,
    StrategyReading,
    SystemReason,
)
from ledger.domain.stakes.unlock import UnlockKind, UnlockView
from ledger.domain.sums import NO_PARTS
from ledger.errors import ChangeError, ReadOnly
from ledger.reports.notices.strategy_notices import StrategyNoticeKind, build_strategy_notices
from ledger.reports.stakes.positions import PositionSources, PositionsReport, build_positions
from ledger.reports.stakes.strategy import StrategyReport, StrategySources, build_strategy
from ledger.reports.stakes.unlock_files import COLUMNS, SCENARIOS, unlocks_csv, unlocks_ics
from ledger.reports.stakes.unlocks import UnlockFacts, UnlocksReport, build_unlocks
from ledger.rules.stakes.strategy_facts import StrategyFacts
from tests.ledger.accounts import NOW, entry

CRYPTO, SIGNALS = Tournament.CRYPTO, Tournament.SIGNALS
ALPHA = Model("m-alpha", "alpha", CRYPTO)
BETA = Model("m-beta", "beta", CRYPTO)
GAMMA = Model("m-gamma", "=gamma", SIGNALS)
MODELS = (ALPHA, BETA, GAMMA)
ROUNDS = tuple(entry(number, CRYPTO) for number in range(1404, 1380, -1))
DAY = timedelta(days=1)


def position(
    model: Model = ALPHA,
    number: int = 1400,
    stake: str = "2",
    state: PositionState = PositionState.LOCKED,
    *,
    at: datetime = NOW + 5 * DAY,
    payout: str | None = None,
    claimable: str | None = None,
) -> Position:
    return Position(
        tournament=model.tournament,
        round=number,
        model_id=model.id,
        stake=NMR(stake),
        state=state,
        opened=None,
        resolves=at,
        payout=None if payout is None else NMR(payout),
        claimable=None if claimable is None else NMR(claimable),
        finalises=at + 7 * DAY,
        tx_hash=None,
        origin=Origin.NUMERAI,
    )


def reading(
    model: Model = ALPHA,
    per_round: str | None = "2",
    origin: Origin = Origin.CHAIN,
    mode: StakeMode | None = StakeMode.CONSTANT,
    enabled: bool | None = True,
) -> SettingReading:
    nmr = None if per_round is None else NMR(per_round)
    return SettingReading(model.tournament, model.id, nmr, mode, enabled, origin, NOW)


def facts(*positions: Position, **more: object) -> StrategyFacts:
    known = {
        "tournament": CRYPTO,
        "now": NOW,
        "models": MODELS,
        "rounds": ROUNDS,
        "positions": positions,
        "readings": (),
        "idle": None,
        "wallet": None,
        "finalise_days": 7,
    }
    return StrategyFacts(**(known | more))  # type: ignore[arg-type]


def positions_of(known: StrategyFacts) -> PositionsReport:
    return build_positions(NOW, {CRYPTO: PositionSources(known, None, None, claims_known=True)})


def test_the_wallet_that_owns_two_strategies_is_counted_once() -> None:
    def sources(owner: str | None, wallet: str) -> PositionSources:
        balance = NMR(wallet)
        told = StrategyReading(CRYPTO, "0x1", owner, None, None, None, balance, None, 1, 1, NOW)
        return PositionSources(facts(wallet=NMR(wallet)), told, None, claims_known=True)

    both = {SIGNALS: sources("0xAb", "5"), CRYPTO: sources("0xaB", "5")}
    assert build_positions(NOW, both).owned == NMR(5)
    two = {SIGNALS: sources("0xab", "5"), CRYPTO: sources("0xcd", "7")}
    assert build_positions(NOW, two).owned == NMR(12)
    told_by_numerai = PositionSources(facts(wallet=NMR(5)), None, None, claims_known=True)
    assert build_positions(NOW, {CRYPTO: told_by_numerai}).owned is None


def unlocks_of(
    known: StrategyFacts,
    *,
    stakes: dict[str, ContinuousStake] | None = None,
    view: UnlockView = UnlockView.STAYS,
    available: str = "10",
) -> UnlocksReport:
    all_of_it = UnlockFacts(NOW, MODELS, stakes or {}, (known,), ROUNDS, NMR(available))
    return build_unlocks(all_of_it, NOW, view)


# ---- positions ----


def test_a_model_has_what_its_positions_add_up_to() -> None:
    known = facts(
        position(number=1400, payout="0.5"),
        position(number=1401, stake="3", payout="-0.25"),
        position(number=1380, state=PositionState.CLAIMABLE, claimable="2.1", payout="0.1"),
        position(number=1379, state=PositionState.CLAIMED, payout="9"),
        readings=(reading(per_round="3"),),
        idle=NMR(7),
        wallet=NMR(8),
    )
    (tournament,) = positions_of(known).tournaments
    (model,) = tournament.models
    assert (model.totals.locked, model.totals.claimable) == (NMR(5), NMR("2.1"))
    assert model.projected == NMR("0.25")
    assert model.totals.committed == NMR(3).times(tournament.rounds)
    assert (tournament.idle, tournament.wallet) == (NMR(7), NMR(8))
    assert [row.round for row in model.positions] == [1401, 1400, 1380, 1379]


POSITIONS = st.builds(
    lambda model, number, wei, state, wait: position(
        model, number, str(NMR.from_wei(wei)), state, at=NOW + wait * DAY,
        claimable=str(NMR.from_wei(wei + 1)) if state is PositionState.CLAIMABLE else None,
    ),
    st.sampled_from([ALPHA, BETA]),
    st.integers(1300, 1404),
    st.integers(1, 10**21),
    st.sampled_from(list(PositionState)),
    st.integers(0, 90),
)  # fmt: skip
MANY = st.lists(POSITIONS, max_size=12, unique_by=lambda row: (row.model_id, row.round))


@given(MANY)
def test_tournament_sums_are_the_models_sums(rows: list[Position]) -> None:
    report = positions_of(facts(*rows))
    (tournament,) = report.tournaments
    running = [row.stake for row in rows if row.state.running]
    assert tournament.locked == NMR.total(running) == report.locked
    assert tournament.locked == NMR.total(model.totals.locked for model in tournament.models)
    waiting = [row.claimable for row in rows if row.claimable is not None]
    assert tournament.claimable == NMR.total(waiting)
    assert sum(len(model.positions) for model in tournament.models) == len(rows)


# ---- unlocks ----


@given(MANY, st.sampled_from(list(UnlockView)))
def test_days_and_weeks_add_up_to_the_entries(rows: list[Position], view: UnlockView) -> None:
    settings = (reading(ALPHA, "1"), reading(BETA, "0", enabled=False))
    report = unlocks_of(facts(*rows, readings=settings), view=view)
    for sums in (report.days, report.weeks):
        assert sum((one.nmr for one in sums), NO_PARTS) == report.total
        assert [one.start for one in sums] == sorted({one.start for one in sums})
        if sums:
            assert sums[-1].cumulative == report.total
    assert all(one.start.weekday() == 0 for one in report.weeks)
    assert [one.at for one in report.unlocks] == sorted(one.at for one in report.unlocks)
    parts = [report.limited(model_ids={model.id}).total for model in (ALPHA, BETA)]
    assert sum(parts, NO_PARTS) == report.total


@given(MANY, st.integers(0, 10**22))
def test_an_amount_is_free_on_the_first_day_it_is(rows: list[Position], wei: int) -> None:
    report = unlocks_of(facts(*rows), view=UnlockView.DISABLED)
    amount = NMR.from_wei(wei)
    at = report.when_free(amount)

    def free_by(moment: datetime) -> NMR:
        return (report.free + report.limited(until=moment).total).known

    if at is None:
        assert (report.free + report.total).known < amount
    else:
        assert free_by(at) >= amount
        assert at == NOW or free_by(at - timedelta(microseconds=1)) < amount


def test_releases_are_listed_beside_positions() -> None:
    pending = PendingRequest(PendingKind.DECREASE, NMR(4), NOW + 3 * DAY)
    stakes = {GAMMA.id: ContinuousStake(GAMMA.id, NMR(10), NMR(10), False, pending)}
    report = unlocks_of(facts(position(), idle=NMR(5)), stakes=stakes, view=UnlockView.DISABLED)
    assert [(one.kind, one.nmr) for one in report.unlocks] == [
        (UnlockKind.RELEASE, NMR(4)),
        (UnlockKind.RESOLUTION, NMR(2)),
    ]
    assert report.free.nmr == NMR(15), "wallet and idle"
    assert report.when_free(NMR(19)) == NOW + 3 * DAY
    only = report.limited(tournament=SIGNALS)
    assert ([one.nmr for one in only.unlocks], only.total.nmr) == ([NMR(4)], NMR(4))
    assert report.limited(until=NOW + 4 * DAY).unlocks == only.unlocks


# ---- callouts ----


def said(known: StrategyFacts, strategies: StrategyReport | None = None) -> list[tuple[str, str]]:
    strategies = strategies or StrategyReport(NOW, ())
    found = build_strategy_notices(positions_of(known), strategies, NOW)
    return [(one.kind.value, one.sentence) for one in found]


def test_what_happens_soon_is_called_out_by_time() -> None:
    at = NOW + DAY
    known = facts(
        position(number=1381, at=at, payout="0.5"),
        position(BETA, number=1381, at=at, stake="1", payout="-0.75"),
        position(number=1399, at=NOW + 3 * DAY),
        position(BETA, 1375, "2", PositionState.CLAIMABLE, at=NOW - 5 * DAY, claimable="2.25"),
        position(BETA, 1378, "2", PositionState.CLAIMABLE, at=NOW - 1 * DAY, claimable="2.25"),
    )
    assert said(known) == [
        (
            "resolution",
            "Crypto round 1381 resolves tomorrow, Wed 25 Nov 2026 09:00 UTC: 3 NMR of 2 models "
            "unlocks, payout -0.25 NMR as scores stand.",
        ),
        (
            "claim",
            "Crypto round 1375: 2.25 NMR of beta waits to be claimed; Numerai moves it to idle "
            "in 2 days, Thu 26 Nov 2026 09:00 UTC.",
        ),
    ]


def test_idle_that_runs_out_soon_is_called_out() -> None:
    known = facts(readings=(reading(per_round="2"),), idle=NMR(3))
    (tournament,) = positions_of(known).tournaments
    assert isinstance(tournament.runs_out, RunsOut)
    ((kind, sentence),) = said(known)
    assert kind == "idle"
    assert "Crypto: 3 NMR idle does not pay for round" in sentence
    assert f"{tournament.runs_out.missing} NMR more" in sentence
    assert said(facts(readings=(reading(per_round="2"),), idle=NMR(1000))) == []
    assert said(facts(readings=(reading(per_round="2"),), idle=None)) == []


def test_idle_that_lasts_a_while_is_not() -> None:
    ten_days_and_more = NMR(2 * 12)
    assert said(facts(readings=(reading(per_round="2"),), idle=ten_days_and_more)) == []


# ---- strategies ----


def sources(known: StrategyFacts, **more: object) -> StrategySources:
    told = {
        "tournament": CRYPTO,
        "system": System.ATOMIC,
        "reason": SystemReason.POSITIONS,
        "contract": StakingContract(CRYPTO, "0xstaking", False, NOW),
        "address": "0xstrategy",
        "reading": None,
        "claims_as_of": None,
        "keys": (),
        "facts": known,
        "may_see_claims": True,
        "reads_chain": True,
    }
    return StrategySources(**(told | more))  # type: ignore[arg-type]


def test_each_source_keeps_its_word() -> None:
    readings = (reading(per_round="2"), reading(per_round="1", origin=Origin.USER, enabled=False))
    key = ModelKey(CRYPTO, ALPHA.id, "0x" + "a" * 64, Origin.CLAIMS)
    report = build_strategy(NOW, [sources(facts(readings=readings), keys=(key,))])
    (tournament,) = report.tournaments
    alpha, beta = tournament.models
    assert (alpha.name, alpha.key, alpha.readings) == ("alpha", key, readings)
    assert alpha.best is not None
    assert alpha.best.setting == ModelSetting(NMR(2), StakeMode.CONSTANT)
    assert [one.sentence for one in alpha.disagreements] == [
        "Per round: 2 NMR by the chain (Tue 24 Nov 2026 09:00 UTC), 1 NMR by you "
        "(Tue 24 Nov 2026 09:00 UTC).",
        "Enabled: yes by the chain, no by you.",
    ]
    assert (beta.name, beta.best, beta.disagreements) == ("beta", None, ())
    assert tournament.why == "An allocation strategy has staked there."
    sentences = said(facts(), report)
    assert [kind for kind, _ in sentences] == ["disagreement", "disagreement"]


def test_a_stake_that_follows_its_setting_late_is_no_reason_to_look() -> None:
    readings = (reading(per_round="2"), reading(per_round="1", origin=Origin.POSITIONS))
    report = build_strategy(NOW, [sources(facts(readings=readings))])
    assert report.tournaments[0].models[0].disagreements
    assert said(facts(), report) == []


def test_what_keeps_it_from_being_known_or_used_is_said() -> None:
    paused = StakingContract(CRYPTO, "0xstaking", True, NOW)
    blind = sources(facts(), contract=paused, may_see_claims=False, reads_chain=False)
    report = build_strategy(NOW, [blind, replace(blind, reads_chain=True, address=None)])
    first, second = report.tournaments
    assert first.trouble == ("Crypto: the staking contract 0xstaking is paused.",)
    assert ["web3_staking" in one or "rpc_url" in one for one in first.unknown] == [True, True]
    assert "crypto_strategy" in second.unknown[1]
    assert said(facts(), report)[0][0] == StrategyNoticeKind.TROUBLE


def test_a_continuous_tournament_lacks_nothing() -> None:
    quiet = sources(
        facts(), system=System.CONTINUOUS, reason=SystemReason.NO_SIGN, contract=None, facts=None,
        may_see_claims=False,
    )  # fmt: skip
    (tournament,) = build_strategy(NOW, [quiet]).tournaments
    assert (tournament.trouble, tournament.unknown, tournament.models) == ((), (), ())


# ---- files ----


def exported() -> UnlocksReport:
    pending = PendingRequest(PendingKind.DRAIN, NMR(10), NOW + 3 * DAY)
    return unlocks_of(
        facts(
            position(number=1400, payout="0.123456789012345678"),
            position(BETA, number=1400),
            position(BETA, 1378, "2", PositionState.CLAIMABLE, at=NOW - DAY, claimable="2.25"),
        ),
        stakes={GAMMA.id: ContinuousStake(GAMMA.id, NMR(10), NMR(10), False, pending)},
        view=UnlockView.DISABLED,
    )


def test_csv_is_exact_and_harmless() -> None:
    report = exported()
    rows = list(csv.DictReader(io.StringIO(unlocks_csv(report))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(report.unlocks)
    assert {row["scenario"] for row in rows} == {report.view.value}
    assert NMR(rows[-1]["cumulative"]) == report.total.nmr
    assert NMR.total(NMR(row["free"]) for row in rows) == report.total.nmr
    assert {row["nmr"] for row in rows} >= {"2.123456789012345678", "2.25", "10"}
    (release,) = [row for row in rows if row["kind"] == "release"]
    assert (release["model"], release["round"]) == ("'=gamma", "")
    odd = Model("＝1+1", "@x\x1b]52;c;\r\nX-EVIL:1", CRYPTO)
    named = replace(
        report, unlocks=tuple(replace(e, model_id=odd.id, name=odd.name) for e in report.unlocks)
    )
    (first, *_) = csv.DictReader(io.StringIO(unlocks_csv(named), newline=""))
    assert (first["model"], first["model_id"]) == ("'@x\x1b]52;c;\r\nX-EVIL:1", "'＝1+1")
    assert not re.search(rb"\x1b|\r?\nX-EVIL", unlocks_ics(named))


def events(report: UnlocksReport) -> dict[str, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(unlocks_ics(report))
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def test_a_calendar_has_one_event_per_round_and_release() -> None:
    found = events(exported())
    assert b"X-WR-CALNAME:NMR unlocks" in unlocks_ics(exported())
    assert SCENARIOS[exported().view].encode() in unlocks_ics(exported())
    assert set(found) == {
        "resolution-12-1400@numstake-tui",
        "claim-12-1378@numstake-tui",
        "release-11-m-gamma@numstake-tui",
    }
    event = found["resolution-12-1400@numstake-tui"]
    assert event.decoded("dtstart") == NOW + 5 * DAY
    assert "alpha: 2.123456789012345678 NMR" in str(event["description"])
    assert str(event["summary"]).startswith("Crypto round 1400: 4.1235 NMR unlocks")


def test_importing_a_later_export_updates_the_events() -> None:
    report = exported()
    later = replace(report, now=report.now + timedelta(minutes=2))
    first, second = events(report), events(later)
    assert set(first) == set(second)
    assert all(int(second[uid]["sequence"]) > int(first[uid]["sequence"]) for uid in first)
    assert unlocks_ics(report) == unlocks_ics(exported()), "the same twice is the same file"


# ---- the book ----


def test_the_book_tells_of_every_atomic_tournament(book: Book) -> None:
    report = book.stakes.atomic.positions()
    assert [entry.tournament for entry in report.tournaments] == [Tournament.CLASSIC, CRYPTO]
    staked = {line.model_id: line.staked for line in book.stakes.report().lines if line.staked}
    locked = {
        model.model_id: model.totals.locked
        for entry in report.tournaments
        for model in entry.models
        if model.totals.locked
    }
    assert locked == {key: nmr for key, nmr in staked.items() if key in locked}
    assert all(entry.idle is None or entry.idle >= ZERO for entry in report.tournaments)
    kinds = {one.kind for one in book.stakes.atomic.unlocks().unlocks}
    assert UnlockKind.RESOLUTION in kinds
    assert [one.tournament for one in book.stakes.atomic.strategy().tournaments] == list(Tournament)
    assert book.stakes.atomic.notices()


def test_the_users_word_on_a_setting(book: Book) -> None:
    (classic, _) = book.stakes.atomic.positions().tournaments
    model = classic.models[0]
    told = ModelSetting(NMR("0.5"), StakeMode.COMPOUND)
    book.stakes.atomic.set_user_setting(classic.tournament, model.model_id, told)
    (classic, _) = book.stakes.atomic.positions().tournaments
    best = next(one for one in classic.models if one.model_id == model.model_id).totals.setting
    assert best is not None
    assert (best.setting, best.origin) == (told, Origin.USER)
    with pytest.raises(ChangeError, match="not in the ledger"):
        book.stakes.atomic.set_user_setting(CRYPTO, model.model_id, told)
    with pytest.raises(ChangeError, match="can't be staked"):
        book.stakes.atomic.set_user_setting(
            classic.tournament, model.model_id, ModelSetting(NMR(-1), StakeMode.CONSTANT)
        )


def test_read_only_writes_nothing(make_book) -> None:
    reader = make_book(read_only=True)
    model = reader.stakes.atomic.positions().tournaments[0].models[0]
    with pytest.raises(ReadOnly):
        reader.stakes.atomic.set_user_setting(
            Tournament.CLASSIC, model.model_id, ModelSetting(NMR(1), StakeMode.CONSTANT)
        )
    with pytest.raises(ReadOnly):
        reader.stakes.atomic.learn_keys()


def test_a_sync_is_seen_at_once(make_book, sandbox) -> None:
    book = make_book()
    before = book.stakes.atomic.positions().tournaments[0]
    sandbox.advance(rounds=2)
    book.sync()
    after = book.stakes.atomic.positions().tournaments[0]
    newest = max(row.round for model in before.models for row in model.positions)
    assert newest + 1 in {row.round for model in after.models for row in model.positions}
