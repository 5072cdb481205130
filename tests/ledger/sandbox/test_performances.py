"""Rounds, scores and payouts as the API tells them."""

from __future__ import annotations

from itertools import pairwise

from ledger.clock import from_iso
from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox import Sandbox
from tests.ledger.sandbox.asking import PERFORMANCES, signals
from tests.ledger.sandbox.conftest import MONDAY, Client

# rounds


def test_the_current_round_and_the_time_between_rounds(sandbox, client) -> None:
    current = "{ rounds(tournament: 11, number: 0) { number openTime closeStakingTime } }"
    assert client.data(current) == {"rounds": [None]}
    sandbox.advance(rounds=1)
    assert client.data(current)["rounds"][0]["number"] == 1405


def test_rounds_by_status_newest_first(reader) -> None:
    document = """query($s: RoundStatus, $limit: Int) {
      rounds(tournament: 11, status: $s, limit: $limit) { number resolvedGeneral resolveTime }
    }"""

    def numbers(status, limit=None):
        return [r["number"] for r in reader.data(document, s=status, limit=limit)["rounds"]]

    assert numbers(None, 3) == [1404, 1403, 1402]
    assert numbers("UPCOMING") == [1406, 1405]
    running, done = numbers("RESOLVING"), numbers("RESOLVED")
    assert len(running) == 24
    assert running + done == numbers(None)


def test_a_round_tells_its_own_multipliers_factor_and_clip(reader) -> None:
    document = """query($n: Int) { rounds(tournament: 8, number: $n) { payoutFactor
      roundScoreConfigs { displayName isPayout defaultMultiplier clipThreshold totalScoreDays }
    } }"""
    for number, expected in [
        (1342, {"v2_corr20": (0.75, 0.05, 20), "mmc": (2.25, 0.05, 20)}),
        (1343, {"corr60": (3.0, 1.0, 60), "mmc60": (15.0, 1.0, 60)}),
    ]:
        (row,) = reader.data(document, n=number)["rounds"]
        assert {
            c["displayName"]: (c["defaultMultiplier"], c["clipThreshold"], c["totalScoreDays"])
            for c in row["roundScoreConfigs"]
            if c["isPayout"]
        } == expected
        assert isinstance(row["payoutFactor"], str)


# performances


def test_performances_slice_by_number_and_count(reader) -> None:
    slot = next(
        s for s in reader.sandbox.world.slots if s.tournament == 11 and s.first_round < 1300
    )

    def numbers(**arguments):
        rows = reader.data(PERFORMANCES, m=slot.id, t=11, **arguments)["rows"]
        return [row["roundNumber"] for row in rows]

    assert numbers(low=1390, high=1393) == [1393, 1392, 1391, 1390]
    assert numbers(last=3) == [1404, 1403, 1402]
    assert numbers(low=1390, limit=2, offset=1) == [1403, 1402]
    assert numbers()[-1] == slot.first_round
    assert numbers(last=0) == []
    assert set(numbers(resolved=True)) == {
        n for n, entry in slot.entries.items() if entry.payout is not None
    }
    assert set(numbers(submitted=True)) == {
        n for n, entry in slot.entries.items() if entry.submission_id is not None
    }


def test_the_newest_thousand_rounds_are_all_that_can_be_counted() -> None:
    document = """query($m: String!, $n: Int) { v2RoundModelPerformances(modelId: $m, tournament: 8,
      lastNRounds: $n, distinctOnRound: true) { roundNumber } }"""
    with Sandbox(now=MONDAY, models=1, rounds=1000, frozen=True) as sandbox:
        sandbox.advance(rounds=5)
        (slot,) = sandbox.world.slots
        slot.first_round = sandbox.world.tournaments[8].first_round
        for count, expected in ((999, 999), (1000, 1000), (1005, 1000), (50_000, 1000)):
            rows = Client(sandbox).data(document, m=slot.id, n=count)["v2RoundModelPerformances"]
            numbers = [row["roundNumber"] for row in rows]
            assert numbers == list(range(1409, 1409 - expected, -1))


def test_paying_scores_have_the_same_names_everywhere(reader) -> None:
    for slot in (signals(reader.sandbox), reader.sandbox.world.slots[0]):
        rows = reader.data(PERFORMANCES, m=slot.id, t=int(slot.tournament))["rows"]
        for row in rows:
            paying = {m["displayName"] for m in row["payoutMultipliers"]}
            shown = {s["displayName"] for s in row["submissionScores"] or ()}
            assert len(paying) == 2
            assert not shown or paying <= shown


def test_parts_of_a_payout_add_up_to_the_wei_and_state_follows_the_round(reader) -> None:
    seen = set()
    for slot in (*reader.sandbox.world.slots[:3], signals(reader.sandbox)):
        rows = reader.data(PERFORMANCES, m=slot.id, t=int(slot.tournament))["rows"]
        for row in rows:
            entry = slot.entries[row["roundNumber"]]
            for score in row["submissionScores"] or ():
                assert (score["payoutSettled"] is None) or row["roundResolved"]
                assert (score["payoutPending"] is None) or not row["roundResolved"]
            field = "payoutSettled" if row["roundResolved"] else "payoutPending"
            parts = [s[field] for s in row["submissionScores"] or () if s[field] is not None]
            if row["roundResolved"] and parts:
                assert NMR.total(map(NMR, parts)) == entry.payout
            seen.add((row["roundResolved"], bool(parts)))
    assert {(True, True), (False, True), (False, False)} <= seen


def test_daily_scores_end_in_the_latest_one(reader) -> None:
    slot = signals(reader.sandbox)
    rows = reader.data(PERFORMANCES, m=slot.id, t=11, low=1340, high=1400, submitted=True)["rows"]
    for row in rows:
        for latest in row["submissionScores"] or ():
            daily = [
                score
                for score in row["intraRoundSubmissionScores"]
                if score["displayName"] == latest["displayName"]
            ]
            assert [score["day"] for score in daily] == list(range(1, latest["day"] + 1))
            assert daily[-1]["value"] == latest["value"]


def test_a_missing_submission_has_no_scores_and_no_risk(reader) -> None:
    slot = next(
        s
        for s in reader.sandbox.world.slots
        if any(entry.submission_id is None for entry in s.entries.values())
    )
    rows = reader.data(PERFORMANCES, m=slot.id, t=int(slot.tournament))["rows"]
    missing = [row for row in rows if row["submissionId"] is None]
    assert missing
    assert all(row["atRisk"] == "0E-18" for row in missing)
    assert all(row["submissionScores"] is None for row in missing)


def test_submission_scores_filter(reader) -> None:
    slot = signals(reader.sandbox)
    document = """query($m: ID!, $name: String, $day: Int, $done: Boolean, $last: Int,
                        $one: Boolean) {
      submissionScores(modelId: $m, displayName: $name, day: $day, resolved: $done,
                       lastNRounds: $last, distinctOnRound: $one, tournament: 11) {
        roundNumber displayName day resolved value
      } }"""

    def rows(**arguments):
        return reader.data(document, m=slot.id, **arguments)["submissionScores"]

    assert {row["displayName"] for row in rows(name="mpc")} == {"mpc"}
    assert {row["day"] for row in rows(day=20)} == {20}
    assert all(row["resolved"] for row in rows(done=True))
    assert {row["roundNumber"] for row in rows(last=15)} <= set(range(1390, 1405))
    once = [row["roundNumber"] for row in rows(name="alpha", one=True)]
    assert len(once) == len(set(once)) > 50


def test_rows_come_twice_unless_they_are_to_be_distinct(reader) -> None:
    slot = signals(reader.sandbox)

    def rows(**arguments):
        return reader.data(PERFORMANCES, m=slot.id, t=11, **arguments)["rows"]

    once, some_twice = rows(), rows(distinct=False)
    assert len({row["roundNumber"] for row in once}) == len(once)
    doubled = [one for one, following in pairwise(some_twice) if one == following]
    assert len(some_twice) == len(once) + len(doubled)
    assert 0.1 < len(doubled) / len(once) < 0.3
    assert [row for row in some_twice if row not in doubled] == [
        row for row in once if row not in doubled
    ]
    assert rows(distinct=False) == some_twice


def test_times_have_an_offset_in_performances_and_a_z_elsewhere(reader) -> None:
    slot = signals(reader.sandbox)
    scores = "{ roundResolveTime roundScoreTime roundCloseStakingTime date resolveDate }"
    answer = reader.data(
        "query($m: String!) {"
        " v2RoundModelPerformances(modelId: $m, tournament: 11, roundNumber__eq: 1390) {"
        " roundOpenTime roundCloseStakingTime roundScoreTime roundResolveTime"
        f" submissionScores {scores} intraRoundSubmissionScores {scores} }}"
        f" submissionScores(modelId: $m, tournament: 11, lastNRounds: 30) {scores}"
        " rounds(tournament: 11, number: 1390) { resolveTime } }",
        m=slot.id,
    )
    (row, *_) = answer["v2RoundModelPerformances"]
    own = [value for name, value in row.items() if isinstance(value, str)]
    nested = [
        value
        for name in ("submissionScores", "intraRoundSubmissionScores")
        for score in row[name]
        for value in score.values()
    ]
    assert len(own) == 4
    assert nested
    assert all(value.endswith("+00:00") for value in own + nested)
    assert all(v.endswith("Z") for s in answer["submissionScores"] for v in s.values())
    assert from_iso(answer["rounds"][0]["resolveTime"]) == from_iso(row["roundResolveTime"])


def test_factor_and_risk_are_text_and_scores_are_numbers(reader) -> None:
    slot = signals(reader.sandbox)
    (row,) = reader.data(PERFORMANCES, m=slot.id, t=11, low=1375, high=1375)["rows"]
    assert isinstance(row["roundPayoutFactor"], str)
    assert isinstance(row["atRisk"], str)
    assert all(isinstance(score["value"], float) for score in row["submissionScores"])


def test_payouts_list_zeros_with_an_exponent(reader) -> None:
    document = "{ pendingModelPayouts(tournament: 8) { %s { roundNumber modelId payoutNmr } } }"
    for name in ("actual", "pending"):
        rows = reader.data(document % name)["pendingModelPayouts"][name]
        zeros = [row for row in rows if NMR(row["payoutNmr"].replace(",", "")) == ZERO]
        assert 0 < len(zeros) < len(rows)
        assert {row["payoutNmr"] for row in zeros} == {"0E-18"}
        unstaked = {(row["modelId"], row["roundNumber"]) for row in zeros}
        assert all(
            not reader.sandbox.world.slot(model).entries[number].at_risk
            for model, number in unstaked
        )
