"""Rows that are read the quick way are read as the long way reads them, or left to it: whatever is
changed, missing, null or wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.domain.slots.submission import Submission
from ledger.numerai.answers import Complaint, Reply
from ledger.numerai.wire import Problems, account, performances, submissions
from ledger.numerai.wire.fields import Fields
from ledger.numerai.wire.performance_rows import Facts, Row, read_row
from ledger.numerai.wire.plain_rows import read_plain_row
from ledger.numerai.wire.rounds import ListedPayout

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MODEL = Model("m-1", "alder", Tournament.CLASSIC, created=AT - timedelta(days=900))
CONFIG = ScoreConfig("corr", "corr20", "2", True, Decimal(3), Decimal("0.05"), Decimal(1), None, 20)
ROUND = Round(
    Tournament.CLASSIC, 1402, AT, AT, AT, AT, AT, False, Decimal("0.4"), None, "target", (CONFIG,)
)

SCORE = {
    "displayName": "corr20",
    "value": Decimal("0.0312"),
    "percentile": Decimal("0.81"),
    "day": 7,
    "payoutPending": "0.125000000000000000",
    "payoutSettled": None,
    "resolved": False,
}
ROW: dict[str, Any] = {
    "roundNumber": 1402,
    "roundResolveTime": "2026-12-20T16:00:00+00:00",
    "roundResolved": False,
    "roundPayoutFactor": "0.35",
    "submissionId": "93d073c5",
    "atRisk": "10.500000000000000000",
    "payoutMultipliers": [
        {"displayName": "corr20", "multiplier": Decimal(3)},
        {"displayName": "mmc20", "multiplier": Decimal("0.5")},
    ],
    "submissionScores": [
        SCORE,
        {**SCORE, "displayName": "mmc20", "payoutPending": "-0.01", "value": Decimal("-0.2")},
        {**SCORE, "displayName": "tc", "payoutPending": None, "percentile": None},
    ],
}
FINAL = {
    **ROW,
    "roundResolved": True,
    "submissionScores": [
        {**score, "resolved": True, "payoutSettled": "0.1"} for score in ROW["submissionScores"]
    ],
}
YOUNG = {**ROW, "submissionScores": None, "submissionId": None, "atRisk": "0E-18"}
WALLET = {
    "txHash": "0xAB",
    "type": "payout",
    "status": "confirmed",
    "amount": "-1.5",
    "time": "2026-11-20T12:00:00Z",
    "from": "0xcd",
    "to": None,
    "tournament": 8,
}
SUBMISSION = {
    "id": "93d0",
    "status": "submitted",
    "timestamp": "2026-11-20T12:00:00Z",
    "roundNumber": 1402,
}

ODD = (
    None, "", "x", " 7 ", "a\nb", "\u202eabc", "1,234.5", "1,5", "nan", "-3", "NONE", True, False,
    0, 1, 7, 11, -1, 1402, 10**30, Decimal(8), Decimal("0.5"), Decimal("-0.5"), Decimal("1E-70"),
    Decimal("1E+20"), Decimal("Infinity"), Decimal(2), [], {}, [None], [1], [{}], {"x": 1},
    "2026-12-20T16:00:00+00:00", "1999-01-01",
)  # fmt: skip


def altered(value: Any) -> Iterator[Any]:
    """``value`` with one thing in it odd, gone, twice, or too much."""
    if isinstance(value, dict):
        yield {**value, "surplus": 1}
        yield {**value, "corrMultiplier": None}
        for name, inner in value.items():
            yield {other: kept for other, kept in value.items() if other != name}
            yield {("surplus" if other == name else other): kept for other, kept in value.items()}
            for changed in (*ODD, *altered(inner)):
                yield {**value, name: deepcopy(changed)}
    if isinstance(value, list):
        yield [*value, *value]
        for place, inner in enumerate(value):
            yield value[:place] + value[place + 1 :]
            for changed in (*ODD, *altered(inner)):
                yield [*value[:place], deepcopy(changed), *value[place + 1 :]]


FACTS = [
    Facts(round_, listed, newest)
    for round_ in (None, ROUND, replace(ROUND, resolved=True, scores=()))
    for listed in (
        None,
        ListedPayout(NMR("0.3"), PayoutState.SETTLED),
        ListedPayout(NMR(0), PayoutState.PENDING),
    )
    for newest in (None, 1402, 1800)
]


def told(problems: Problems) -> tuple[object, ...]:
    return problems.nulls, problems.missing, list(problems), problems.damaged


@pytest.mark.parametrize("row", [ROW, FINAL, YOUNG])
def test_a_plain_performance_is_read_as_the_long_way_reads_it(row: dict[str, Any]) -> None:
    plain = 0
    for changed in (row, *altered(row)):
        placed = Row(1402, Fields(changed, "alder", Problems()), None, whole=True)
        for facts in FACTS:
            quick, long = Problems(), Problems()
            found = read_plain_row(placed, MODEL, facts, quick)
            if found is None:
                assert told(quick) == told(Problems())
            else:
                plain += 1
                assert found == read_row(placed, MODEL, facts, long)
                assert told(quick) == told(long)
                assert str(found.payout) == str(read_row(placed, MODEL, facts, long).payout)
    assert plain > 20 * len(FACTS)
    assert read_plain_row(
        Row(1402, Fields(row, "alder", Problems()), None, whole=True), MODEL, FACTS[0], Problems()
    )


def test_a_plain_row_of_the_wallet_is_read_as_the_long_way_reads_it() -> None:
    plain = 0
    for changed in (WALLET, *altered(WALLET)):
        problems = Problems()
        found = account._plain_wallet_row(changed)
        if found is not None:
            plain += 1
            fields = Fields(changed, "wallet transaction", problems)
            assert found == account._wallet_row(fields)
            assert not problems.damaged
    assert plain > 20


def test_a_plain_submission_is_read_as_the_long_way_reads_it() -> None:
    plain = 0
    for changed in (SUBMISSION, {**SUBMISSION, "timestamp": None}, *altered(SUBMISSION)):
        quick: dict[tuple[str, int], Submission] = {}
        long: dict[tuple[str, int], Submission] = {}
        numbers, others = set[int](), set[int]()
        if submissions._take_plain(changed, MODEL, {1402: ROUND}, quick, numbers):
            plain += 1
            problems = Problems()
            row = Fields(changed, "alder", problems, subject=MODEL.id)
            submissions._take(row, MODEL, {1402: ROUND}, long, others)
            assert (quick, numbers) == (long, others)
            assert told(problems) == told(Problems())
        else:
            assert not quick
            assert not numbers
    assert plain > 10


LEFT_OUT = {("slice0", "submissionScores", "payoutPending"): "The server refuses it."}


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"slice0": [ROW]}, (Complaint("timeout", ("slice0", 0, "atRisk")),)),
        Reply({"slice0": [ROW]}, (Complaint("timeout"),)),
        Reply({"slice0": [ROW]}, left_out=LEFT_OUT),
        Reply({"slice0": [ROW]}, left_out={("slice0",): "The server refuses it."}),
    ],
)
def test_an_answer_with_a_complaint_or_a_part_left_out_is_read_the_long_way(
    reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(*_: object) -> Performance:
        raise AssertionError("the quick way")

    monkeypatch.setattr(performances, "read_plain_row", quick)
    problems = Problems()
    facts = performances.RoundFacts({}, {})
    read = performances.read_performances(reply, "slice0", MODEL, facts, problems)
    assert [row.round for row in read.rows] == [1402]
    others = Reply(reply.data, left_out={("slice1", "atRisk"): "The server refuses it."})
    with pytest.raises(AssertionError, match="the quick way"):
        performances.read_performances(others, "slice0", MODEL, facts, problems)
