"""Reports: facts in, the figures of the panes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from ledger.clock import iso
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import Change, ChangeEvent, ChangeKind, ChangeState, Conditions
from ledger.domain.readable import readable
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round
from ledger.domain.slots.filled import FilledRound, Joined, ScoreTexts
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest, StakeMode
from ledger.domain.sums import Sum
from ledger.reports.account.portfolio import build_portfolio
from ledger.reports.account.tournament import TournamentFacts
from ledger.reports.queue.preview import PreviewFacts, build_preview
from ledger.reports.queue.queue import build_history, build_queue
from ledger.reports.slots.slots import SlotFacts, build_slots
from ledger.reports.stakes.stakes import build_stakes
from ledger.rules.rounds import calendar
from tests.ledger.reports.glances import glance, glances

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ALDER = Model("a", "alder", Tournament.SIGNALS)
BIRCH = Model("b", "birch", Tournament.SIGNALS)
CEDAR = Model("c", "cedar", Tournament.CLASSIC)
ACCOUNT = Account(
    username="user",
    as_of=NOW,
    wallet_address=None,
    available=NMR(7),
    held_increases=NMR(1),
    held_withdrawals=ZERO,
    key_name=None,
    scopes=frozenset({"stake"}),
)


def a_round(number: int, tournament: Tournament = Tournament.SIGNALS, days: int = 20) -> Round:
    resolves = calendar.resolves(number, days)
    return Round(
        tournament=tournament,
        number=number,
        opens=calendar.opens(number),
        closes=None,
        closes_staking=calendar.closes_staking(number, tournament),
        scored=None,
        resolves=resolves,
        resolved=resolves <= NOW,
        payout_factor=Decimal("0.5"),
        stake_threshold=None,
    )


def performance(
    model: Model, number: int, at_risk: str, payout: str | None, days: int = 20
) -> Performance:
    entry = a_round(number, model.tournament, days)
    return Performance(
        model_id=model.id,
        tournament=model.tournament,
        round=number,
        at_risk=NMR(at_risk),
        payout=None if payout is None else NMR(payout),
        state=PayoutState.SETTLED if entry.resolved else PayoutState.PENDING,
        source=PayoutSource.SCORES,
        factor=Decimal("0.5"),
        clip=Decimal(1) if model.tournament is Tournament.CLASSIC else Decimal("0.05"),
        resolves=entry.resolves,
        submission_id="s" if at_risk != "0" else None,
        scores=(Score("alpha", Decimal("0.02"), None, 5, Decimal("0.3")),),
    )


SIGNALS = TournamentFacts(
    tournament=Tournament.SIGNALS,
    system=System.CONTINUOUS,
    rounds=tuple(a_round(number) for number in range(1405, 1370, -1)),
    performances=(
        performance(ALDER, 1404, "20", None),
        performance(ALDER, 1403, "19", "-0.5"),
        performance(BIRCH, 1403, "0", None),
        performance(ALDER, 1375, "18", "1.25"),
        performance(BIRCH, 1375, "4", "-0.25"),
    ),
    submissions=(
        Submission("a", Tournament.SIGNALS, 1404, SubmissionState.LATE, NOW, "s"),
        Submission("b", Tournament.SIGNALS, 1404, SubmissionState.SUBMITTED, NOW, "t"),
    ),
)


def slot_facts(facts: TournamentFacts) -> SlotFacts:
    """The same, as the store tells how slots were filled."""
    played: dict[int, dict[str, tuple[str, ...]]] = {}
    listed: dict[int, dict[str, tuple[str, ...]]] = {}
    scores: dict[int, dict[str, list[ScoreTexts]]] = {}
    for row in facts.performances:
        played.setdefault(row.round, {})[row.model_id] = (
            *map(_text, (row.at_risk, row.clip)),
            row.state.value,
            str(int(row.submission_id is not None)),
        )
        scores.setdefault(row.round, {})[row.model_id] = [
            (
                str(at),
                each.name,
                *map(_text, (each.value, each.percentile, each.day, each.multiplier)),
            )
            for at, each in enumerate(row.scores)
        ]
    for entry in facts.submissions:
        at = iso(entry.at) if entry.at else ""
        listed.setdefault(entry.round, {})[entry.model_id] = (entry.state.value, at)
    filled = {
        number: FilledRound(
            joined(played.get(number, {})),
            joined(listed.get(number, {})),
            partial(dict, scores.get(number, {})),
        )
        for number in played.keys() | listed.keys()
    }
    return SlotFacts(facts.tournament, facts.rounds, filled)


def joined(rows: dict[str, tuple[str, ...]]) -> Joined:
    """``rows`` by model id, as the ledger joins them."""
    made = Joined(
        {model_id: place for place, model_id in enumerate(rows)},
        map(",".join, zip(*rows.values(), strict=True)),
    )
    assert made.whole() == rows == {model_id: made.get(model_id) for model_id in made}
    assert made.get("nobody") is None
    return made


def _text(value: object | None) -> str:
    return "" if value is None else str(value)


CLASSIC = TournamentFacts(
    tournament=Tournament.CLASSIC,
    system=System.ATOMIC,
    rounds=tuple(a_round(number, Tournament.CLASSIC, 60) for number in range(1404, 1340, -1)),
    performances=(
        performance(CEDAR, 1404, "2", None, 60),
        performance(CEDAR, 1403, "2", "0.1", 60),
        performance(CEDAR, 1402, "2", "-0.05", 60),
    ),
    submissions=(),
)
RELEASE = PendingRequest(PendingKind.DECREASE, NMR(5), NOW + timedelta(days=20))
STAKES = {
    "a": ContinuousStake("a", NMR(20), NMR(21), False, RELEASE),
    "b": ContinuousStake("b", NMR(4), NMR(4), True, None),
}
TOURNAMENTS = {Tournament.SIGNALS: SIGNALS, Tournament.CLASSIC: CLASSIC}


def test_portfolio_adds_up_positions_but_not_overlapping_rounds() -> None:
    portfolio = build_portfolio(
        profile="default",
        account=ACCOUNT,
        models=[CEDAR, ALDER, BIRCH],
        stakes=STAKES,
        tournaments=glances(TOURNAMENTS),
        now=NOW,
    )
    cedar, alder, birch = portfolio.lines
    assert (cedar.staked, cedar.at_risk, cedar.per_round) == (NMR(6), NMR(6), NMR(2))
    assert cedar.mode is None and cedar.pending is None
    assert (alder.staked, alder.at_risk, alder.pending) == (NMR(20), NMR(20), RELEASE)
    assert alder.recent == (NMR("1.25"), NMR("-0.5"))
    assert alder.earned == NMR("0.75")
    assert alder.pending_payout == NMR("-0.5")
    assert alder.submission is SubmissionState.LATE
    assert birch.take_profit is True
    assert portfolio.staked == Sum(NMR(30))
    assert portfolio.pending_payout.nmr == NMR("-0.45")
    close = portfolio.next_closes[0]
    assert (close.round, close.at) == (1405, datetime(2026, 11, 24, 13, tzinfo=UTC))


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("12.5 NMR", "12.5 NMR"),
        ("At once: 32.176024114632111 NMR.", "At once: 32.176 NMR."),
        ("From 1234.5678 to 7.", "From 1234.568 to 7."),
        ("0.0004 NMR of alder, -0.000499999999999999 NMR", "<0.001 NMR of alder, -<0.001 NMR"),
        ("0.0005 NMR, +1.0006", "<0.001 NMR, +1.001"),
        ("1.23456% of 2.71828%, round 1345.", "1.23456% of 2.71828%, round 1345."),
        ("24.12.2026, 1,234.56789", "24.12.2026, 1,234.56789"),
    ],
)
def test_long_amounts_are_cut_and_never_to_nothing(sentence: str, text: str) -> None:
    assert readable(sentence, 3) == text


@pytest.mark.parametrize(
    ("stakes", "paid_out", "mode"),
    [
        (["2", "2", "2"], True, StakeMode.CONSTANT),
        (["2", "2", "2"], False, None),
        (["2.1", "2.05", "2"], True, StakeMode.COMPOUND),
        (["2.1", "2.1", "2"], True, None),
        (["2.1", "2.1"], True, None),
    ],
)
def test_mode_is_said_only_when_the_positions_show_it(
    stakes: list[str], paid_out: bool, mode: StakeMode | None
) -> None:
    entries = [performance(CEDAR, 1404 - i, stake, None, 60) for i, stake in enumerate(stakes)]
    if paid_out:
        entries.append(performance(CEDAR, 1300, "1", "0.1", 60))
    facts = replace(CLASSIC, performances=tuple(entries))
    portfolio = build_portfolio(
        profile="default",
        account=None,
        models=[CEDAR],
        stakes={},
        tournaments={Tournament.CLASSIC: glance(facts)},
        now=NOW,
    )
    assert portfolio.lines[0].mode is mode
    assert portfolio.as_of is None and portfolio.available is None


def test_while_a_tournament_moves_old_rounds_count_once() -> None:
    old = [
        replace(performance(CEDAR, number, "9", None, 60), clip=Decimal("0.05"))
        for number in (1401, 1400)
    ]
    facts = replace(CLASSIC, performances=(*CLASSIC.performances, *old))
    report = build_stakes(None, [CEDAR], {}, {Tournament.CLASSIC: facts}, NOW)
    assert report.lines[0].staked == NMR(15)
    assert report.lines[0].per_round == NMR(2)
    assert NMR.total(entry.amount for entry in report.releases) == NMR(6)


def test_without_an_open_position_there_is_no_per_round_stake() -> None:
    facts = replace(CLASSIC, performances=(performance(CEDAR, 1300, "14", "1", 60),))
    report = build_stakes(None, [CEDAR], {}, {Tournament.CLASSIC: facts}, NOW)
    assert (report.lines[0].staked, report.lines[0].per_round) == (ZERO, None)


def test_stakes_say_what_is_pending_and_when_nmr_is_free() -> None:
    report = build_stakes(ACCOUNT, [CEDAR, ALDER, BIRCH], STAKES, TOURNAMENTS, NOW)
    cedar, alder, birch = report.lines
    assert (alder.next_round, alder.after) == (NMR(15), NMR(15))
    assert "can still burn" in alder.meaning and "14 Dec 2026" in alder.meaning
    assert alder.blocked and "Cancel it" in alder.blocked
    assert birch.blocked is None
    assert cedar.locked_until == calendar.resolves(1404, 60)
    assert cedar.projected == NMR("6.05")
    assert cedar.blocked and "atomic" in cedar.blocked
    assert report.releasing == Sum(NMR(5))
    assert [entry.at for entry in report.releases] == sorted(e.at for e in report.releases)
    assert NMR.total(entry.amount for entry in report.releases) == NMR(11)


def test_a_drain_releases_whatever_is_staked() -> None:
    drain = PendingRequest(PendingKind.DRAIN, NMR(11_000_000), NOW + timedelta(days=3))
    stakes = {"a": ContinuousStake("a", NMR(20), NMR(21), False, drain)}
    report = build_stakes(ACCOUNT, [ALDER], stakes, TOURNAMENTS, NOW)
    assert report.lines[0].after == ZERO
    assert report.releases[0].amount == NMR(20)
    assert "Everything" in report.lines[0].meaning


def test_slots_tell_late_from_missed_from_awaited() -> None:
    now = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    report = build_slots(slot_facts(SIGNALS), [ALDER, BIRCH], now, 4)
    newest, second, third = report.rounds[:3]
    assert [row.round for row in report.rounds] == [1405, 1404, 1403, 1402]
    assert [cell.state for cell in newest.cells if cell] == [SubmissionState.AWAITED] * 2
    assert [cell.state for cell in second.cells if cell] == [
        SubmissionState.LATE,
        SubmissionState.SUBMITTED,
    ]
    assert [cell.state for cell in third.cells if cell] == [
        SubmissionState.SUBMITTED,
        SubmissionState.MISSED,
    ]
    assert third.cells[0] and third.cells[0].weighted == Decimal("0.006")
    alder = report.slots[0]
    assert (alder.submitted, alder.late, alder.missed) == (1, 1, 1)
    assert alder.staked == NMR(20)


def preview_facts(**changes: object) -> PreviewFacts:
    facts = PreviewFacts(
        model=BIRCH,
        system=System.CONTINUOUS,
        stake=STAKES["b"],
        available=NMR(7),
        rounds=SIGNALS.rounds,
        open_change=None,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def test_a_preview_restates_amounts_and_dates() -> None:
    preview = build_preview(preview_facts(), ChangeKind.DECREASE, "25%", NOW)
    assert preview.problem is None
    assert (preview.nmr, preview.stake_after) == (NMR(1), NMR(3))
    assert preview.complete == calendar.resolves(1404, 20)
    said = " ".join((preview.sentence, *preview.effects))
    for part in ("“birch” (Signals)", "1 NMR", "round 1405", "Tue 24 Nov 2026 13:00 UTC", "burn"):
        assert part in said
    increase = build_preview(preview_facts(), ChangeKind.INCREASE, "2.5", NOW)
    assert increase.stake_after == NMR("6.5")
    assert "2.5 NMR leaves the Numerai wallet, 4.5 NMR stays free" in increase.effects[0]


def test_a_preview_of_all_warns_that_earnings_stay() -> None:
    preview = build_preview(preview_facts(), ChangeKind.DECREASE, "max", NOW)
    assert preview.stake_after == ZERO and preview.warnings
    drain = build_preview(preview_facts(), ChangeKind.DRAIN, "", NOW)
    assert drain.problem is None and drain.nmr is None and drain.stake_after == ZERO


CHANGE = Change(
    id=3,
    tournament=Tournament.SIGNALS,
    model_id="b",
    model_name="birch",
    system=System.CONTINUOUS,
    kind=ChangeKind.DECREASE,
    nmr=NMR(1),
    state=ChangeState.DRAFT,
    conditions=Conditions(),
    reason="Drafted.",
    created=NOW,
    updated=NOW,
)


@pytest.mark.parametrize(
    ("changes", "typed", "why"),
    [
        ({"system": System.ATOMIC}, "1", "atomic"),
        ({"open_change": CHANGE}, "1", "Change 3"),
        ({"stake": STAKES["a"]}, "1", "pending"),
        ({}, "", "No amount"),
        ({}, "5", "Only 4 NMR"),
    ],
)
def test_a_preview_says_why_not(changes: dict[str, object], typed: str, why: str) -> None:
    preview = build_preview(preview_facts(**changes), ChangeKind.DECREASE, typed, NOW)
    assert preview.problem and why in preview.problem
    assert preview.effects == ()


def test_queue_counts_states_and_keeps_the_last_answer() -> None:
    events = (
        ChangeEvent(3, NOW, ChangeState.DRAFT, "Drafted."),
        ChangeEvent(3, NOW, ChangeState.REFUSED, "No.", answer="Not enough NMR."),
    )
    refused = replace(CHANGE, state=ChangeState.REFUSED)
    report = build_queue([(refused, events), (replace(CHANGE, id=4), events[:1])])
    assert report.counts == {ChangeState.DRAFT: 1, ChangeState.REFUSED: 1}
    assert report.lines[0].last_answer == "Not enough NMR."
    assert report.lines[0].sentence == "Decrease the stake of “birch” (Signals) by 1 NMR"
    assert report.lines[1].last_answer is None
    assert build_history(refused, events).events == events
