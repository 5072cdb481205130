"""What a sync brought comes back as it was, is merged by its keys, and only once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.clock import FrozenClock
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, Conditions
from ledger.domain.records.transaction import WalletTransaction
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.domain.syncing.coverage import Covered
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.errors import StoreError
from ledger.reports.account.tournament import exposure, played, strategy_setting
from ledger.rules.notices import quantiles
from ledger.rules.stakes.standing import RECENT_ROUNDS, standing
from ledger.store import Store
from ledger.store.account.facts import write_facts
from ledger.store.connection import connect
from ledger.store.rounds.performances import write_performances
from tests.ledger.store.samples import (
    ACCOUNT,
    ALPHA,
    BETA,
    COVERED,
    FACTS,
    LATER,
    LOG,
    MISSING,
    NOON,
    OLD,
    PERFORMANCES,
    PRICES,
    ROUNDS,
    SCHEDULED,
    STAKE_TRANSACTIONS,
    STAKES,
    SUBMISSIONS,
    WALLET_TRANSACTIONS,
)

SIGNALS = Tournament.SIGNALS


def assert_holds_the_samples(store: Store) -> None:
    assert store.account() == ACCOUNT
    assert store.models() == (ALPHA, BETA)
    assert store.models(archived=True) == (OLD, ALPHA, BETA)
    assert store.stakes() == {stake.model_id: stake for stake in STAKES}
    assert store.scheduled() == SCHEDULED
    assert store.systems() == FACTS.systems
    assert store.rounds(SIGNALS) == ROUNDS[::-1]
    assert store.performances(SIGNALS) == PERFORMANCES[::-1]
    assert store.submissions(SIGNALS) == SUBMISSIONS
    assert store.stake_transactions() == STAKE_TRANSACTIONS
    assert store.wallet_transactions() == WALLET_TRANSACTIONS
    assert store.prices() == PRICES
    assert tuple(store.missing()) == MISSING
    assert store.covered(Covered.PERFORMANCES) == {
        ALPHA.id: COVERED[Covered.PERFORMANCES, ALPHA.id]
    }
    assert store.sync_state().history


def test_everything_comes_back_as_it_was(store: Store) -> None:
    store.apply(FACTS, LOG)

    assert_holds_the_samples(store)
    assert store.last_sync() == LOG


def test_a_ledger_opened_again_holds_the_same(store: Store, path: Path, clock: FrozenClock) -> None:
    store.apply(FACTS, LOG)
    store.close()

    again = Store.open(path, clock=clock, read_only=True)
    assert_holds_the_samples(again)
    again.close()


def test_a_new_ledger_is_empty(store: Store) -> None:
    assert store.account() is None
    assert store.models(archived=True) == ()
    assert store.performances(SIGNALS) == ()
    assert store.last_sync(done=False) is None
    assert store.check() == []


def test_the_same_facts_again_add_a_log_line_and_nothing_else(store: Store) -> None:
    store.apply(FACTS, LOG)
    store.apply(FACTS, LOG)

    assert_holds_the_samples(store)
    assert store.syncs(10) == (LOG, LOG)


def test_rows_that_did_not_change_are_not_written_again(store: Store, path: Path) -> None:
    facts = replace(FACTS, account=replace(ACCOUNT, scopes=frozenset()))
    store.apply(facts, LOG)
    connection = connect(path, read_only=False)
    try:
        connection.execute("BEGIN IMMEDIATE")
        before = connection.total_changes
        write_facts(connection, facts, path)
        assert connection.total_changes == before + 1, "only the revision grows"
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def test_reads_start_at_the_round_asked_for(store: Store) -> None:
    store.apply(FACTS, LOG)

    assert store.rounds(SIGNALS, since=1301) == ROUNDS[1:]
    assert store.rounds(Tournament.CRYPTO) == ()
    assert store.performances(SIGNALS, since=1301) == PERFORMANCES[1:]
    assert store.submissions(SIGNALS, since=1302) == ()


def test_performances_of_one_model(store: Store) -> None:
    earlier = replace(PERFORMANCES[0], round=1299, scores=PERFORMANCES[0].scores[:1])
    store.apply(replace(FACTS, performances=(*PERFORMANCES, earlier)), LOG)

    assert store.performances(SIGNALS, model_id=ALPHA.id) == (PERFORMANCES[0], earlier)
    assert store.performances(SIGNALS, model_id=ALPHA.id, since=1300) == PERFORMANCES[:1]
    assert store.performances(Tournament.CLASSIC, model_id=ALPHA.id) == ()


def test_performances_without_scores(store: Store) -> None:
    store.apply(FACTS, LOG)

    assert store.performances(SIGNALS, since=1300, scores=False) == (
        PERFORMANCES[1],
        replace(PERFORMANCES[0], scores=()),
    )


def test_new_scores_replace_the_old_ones_of_their_round(store: Store) -> None:
    store.apply(FACTS, LOG)
    newer = replace(PERFORMANCES[0], scores=(Score("mmc", Decimal("0.1"), None, 21, None),))

    store.apply(replace(FACTS, performances=(newer,)), LOG)

    assert store.performances(SIGNALS) == (PERFORMANCES[1], newer)


def test_a_row_without_scores_keeps_those_that_are_known(store: Store) -> None:
    store.apply(FACTS, LOG)
    flat = replace(PERFORMANCES[0], payout=NMR("0.5"), scores=())

    bare = replace(ROUNDS[0], resolved=False, scores=())
    store.apply(replace(FACTS, performances=(flat,), rounds=(bare,)), LOG)

    assert store.performances(SIGNALS, since=1300)[1] == replace(PERFORMANCES[0], payout=NMR("0.5"))
    assert store.rounds(SIGNALS)[1] == replace(ROUNDS[0], resolved=False)


def test_a_round_can_lose_score_configs(store: Store) -> None:
    store.apply(FACTS, LOG)
    shorter = replace(ROUNDS[0], scores=ROUNDS[0].scores[1:])

    store.apply(replace(FACTS, rounds=(shorter,)), LOG)

    assert store.rounds(SIGNALS)[1] == shorter


def test_stakes_and_scheduled_transactions_are_replaced(store: Store) -> None:
    store.apply(FACTS, LOG)

    store.apply(replace(FACTS, stakes=STAKES[1:], scheduled=SCHEDULED[1:]), LOG)

    assert store.stakes() == {BETA.id: STAKES[1]}
    assert store.scheduled() == SCHEDULED[1:]


def test_a_model_that_vanished_stays_for_its_history(store: Store) -> None:
    store.apply(FACTS, LOG)

    store.apply(replace(FACTS, models=(BETA,), stakes=STAKES[1:]), LOG)

    assert store.models() == (BETA,)
    assert store.models(archived=True) == (
        replace(OLD, gone=True),
        replace(ALPHA, archived=True, gone=True),
        BETA,
    )
    assert PERFORMANCES[0] in store.performances(SIGNALS)


def test_a_model_that_vanished_without_history_is_forgotten(store: Store) -> None:
    new = Model("dd44-new", "new", SIGNALS)
    store.apply(replace(FACTS, models=(*FACTS.models, new)), LOG)
    assert new in store.models()

    store.apply(FACTS, LOG)

    assert new not in store.models(archived=True)


def test_a_change_is_history_enough(store: Store) -> None:
    new = Model("dd44-new", "new", SIGNALS)
    store.apply(replace(FACTS, models=(*FACTS.models, new)), LOG)
    store.add_change(
        model=new,
        system=System.CONTINUOUS,
        kind=ChangeKind.DRAIN,
        nmr=None,
        conditions=Conditions(),
        reason="",
    )

    store.apply(FACTS, LOG)

    assert replace(new, archived=True, gone=True) in store.models(archived=True)


def test_a_model_that_comes_back_is_current_again(store: Store) -> None:
    store.apply(FACTS, LOG)
    store.apply(replace(FACTS, models=(BETA,), stakes=()), LOG)

    store.apply(FACTS, LOG)

    assert_holds_the_samples(store)


def test_transactions_that_look_alike_are_all_kept_and_none_twice(store: Store) -> None:
    twins = (STAKE_TRANSACTIONS[1],) * 2
    wallet = (WALLET_TRANSACTIONS[1],) * 3
    facts = replace(FACTS, stake_transactions=twins, wallet_transactions=wallet)

    store.apply(facts, LOG)
    store.apply(facts, LOG)

    assert store.stake_transactions() == twins
    assert store.wallet_transactions() == wallet


def test_a_hash_that_arrives_later_completes_its_transaction(store: Store) -> None:
    pending = replace(WALLET_TRANSACTIONS[0], tx_hash=None, status="pending")
    unnoted = replace(STAKE_TRANSACTIONS[0], note=None, nmr_price=None)
    facts = replace(FACTS, stake_transactions=(unnoted,), wallet_transactions=(pending,))
    store.apply(facts, LOG)

    store.apply(FACTS, LOG)

    assert store.wallet_transactions() == WALLET_TRANSACTIONS
    assert store.stake_transactions() == STAKE_TRANSACTIONS


HASHED = WalletTransaction(
    "0xABc1", "deposit", "confirmed", NMR(5), NOON, "0xFFaa", "0x1776e1", None
)
SPELLED = (
    replace(HASHED, sender="0xffAA", receiver="0X1776E1"),
    replace(HASHED, time=NOON + timedelta(microseconds=123_456)),
    replace(HASHED, tx_hash="0xabC1", type="Deposit", sender=None),
    HASHED,
)


@pytest.mark.parametrize("first", SPELLED)
def test_a_row_of_one_hash_counts_once_however_it_is_spelled(
    store: Store, first: WalletTransaction
) -> None:
    store.apply(replace(FACTS, wallet_transactions=(first, *SPELLED)), LOG)
    for again in ((first,), SPELLED, SPELLED[::-1]):
        store.apply(replace(FACTS, wallet_transactions=again), LOG)
        (only,) = store.wallet_transactions()
        assert (only.time, only.amount) == (first.time, NMR(5))


def test_rows_without_a_hash_stay_as_many_however_they_are_spelled(store: Store) -> None:
    bare = replace(HASHED, tx_hash=None)
    other = replace(bare, receiver="0x1776E1", time=NOON + timedelta(milliseconds=1))
    for listed in ((bare, other), (other, other), (bare, bare), (other, bare)):
        store.apply(replace(FACTS, wallet_transactions=listed), LOG)
        assert len(store.wallet_transactions()) == 2
    twins = (replace(bare, tx_hash="0x1"), replace(other, tx_hash="0x2"))
    store.apply(replace(FACTS, wallet_transactions=twins), LOG)
    store.apply(replace(FACTS, wallet_transactions=twins), LOG)
    assert {row.tx_hash for row in store.wallet_transactions()} == {"0x1", "0x2"}
    assert len(store.wallet_transactions()) == 2


def test_transactions_are_newest_first_to_the_fraction_of_a_second(store: Store) -> None:
    times = [NOON + timedelta(milliseconds=step) for step in (0, 500, 1000)]
    rows = tuple(replace(STAKE_TRANSACTIONS[0], time=time) for time in times)

    store.apply(replace(FACTS, stake_transactions=rows), LOG)

    assert [one.time for one in store.stake_transactions(Tournament.CLASSIC)] == times[::-1]
    assert store.stake_transactions(Tournament.SIGNALS) == ()


def test_facts_of_another_account_are_refused(store: Store) -> None:
    store.apply(FACTS, LOG)
    other = replace(
        FACTS,
        account=replace(ACCOUNT, username="other"),
        models=(Model("ee55", "theirs", SIGNALS),),
        stakes=(),
    )

    with pytest.raises(StoreError, match="belongs to the account someone"):
        store.apply(other, LOG)

    assert_holds_the_samples(store)


def test_a_renamed_account_is_the_same_account(store: Store) -> None:
    store.apply(FACTS, LOG)
    renamed = replace(ACCOUNT, username="renamed")

    store.apply(replace(FACTS, account=renamed), LOG)

    assert store.account() == renamed


def test_facts_that_break_a_rule_leave_no_trace(store: Store) -> None:
    store.apply(FACTS, LOG)
    unknown = replace(STAKES[0], model_id="nobody's")

    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.apply(
            replace(FACTS, account=replace(ACCOUNT, available=NMR(9)), stakes=(unknown,)), LOG
        )

    assert_holds_the_samples(store)
    assert store.syncs(10) == (LOG,)


def test_the_last_sync_is_the_last_that_went_through(store: Store) -> None:
    store.apply(FACTS, LOG)
    stopped = SyncLog(LATER, LATER, "stopped", 3, 500, 0)
    store.log_sync(stopped)

    assert store.last_sync() == LOG
    assert store.last_sync(done=False) == stopped
    assert store.syncs(1) == (stopped,)
    assert store.syncs(5) == (stopped, LOG)


amounts = st.one_of(
    st.integers(-(10**45), 10**45),
    st.integers(-(10**19), 10**19),
    st.sampled_from([0, 1, -1, 10**18, 9_223_372_036_854_775_808, 10**44 + 1]),
).map(NMR.from_wei)


@pytest.fixture(scope="module")
def shared_store() -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "ledger.sqlite3", clock=FrozenClock(NOON))
        yield store
        store.close()


@settings(max_examples=60, deadline=None)
@given(
    at_risk=amounts,
    payout=amounts | st.none(),
    value=st.decimals(allow_nan=False, allow_infinity=False),
)
def test_every_amount_comes_back_exactly(
    shared_store: Store, at_risk: NMR, payout: NMR | None, value: Decimal
) -> None:
    performance = Performance(
        ALPHA.id,
        SIGNALS,
        1300,
        at_risk,
        payout,
        PERFORMANCES[0].state,
        None,
        None,
        None,
        None,
        None,
        (Score("corr", value, None, None, None),),
    )
    facts = SyncFacts(
        replace(ACCOUNT, available=at_risk), (ALPHA,), (), (), {}, performances=(performance,)
    )

    shared_store.apply(facts, LOG)

    account = shared_store.account()
    assert account is not None
    assert account.available == at_risk
    assert shared_store.performances(SIGNALS) == (performance,)


_SCORES = st.lists(
    st.builds(
        Score,
        name=st.sampled_from(["mmc", "corr", "bmc"]),
        value=st.sampled_from([None, Decimal("0.1"), Decimal("0.10")]),
        percentile=st.sampled_from([None, Decimal("0.5")]),
        day=st.sampled_from([None, 1, 2]),
        multiplier=st.sampled_from([None, Decimal(2)]),
    ),
    max_size=3,
    unique_by=lambda score: score.name,
)
_STEPS = st.lists(
    st.dictionaries(
        st.tuples(st.sampled_from([ALPHA.id, BETA.id]), st.integers(1300, 1303)),
        st.tuples(st.none() | amounts, st.sampled_from(PayoutState), _SCORES),
        max_size=5,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(_STEPS)
def test_rows_that_come_again_are_kept_as_they_come(
    shared_store: Store,
    steps: list[dict[tuple[str, int], tuple[NMR | None, PayoutState, list[Score]]]],
) -> None:
    """Altered, unaltered, with scores that are gone, or with none at all, which leaves those that
    are known."""
    expected: dict[tuple[str, int], Performance] = {}
    with shared_store._connections.writing() as connection:
        connection.execute("DELETE FROM performance")
    for step in steps:
        rows = []
        for (model_id, number), (paid, state, scores) in step.items():
            row = replace(
                PERFORMANCES[0],
                model_id=model_id,
                round=number,
                payout=paid,
                state=state,
                scores=tuple(scores),
            )
            before = expected.get((model_id, number))
            expected[model_id, number] = row
            if before is not None and not scores:
                expected[model_id, number] = replace(row, scores=before.scores)
            rows.append(row)
        filled = [
            Submission(row.model_id, SIGNALS, row.round, SubmissionState.SUBMITTED, NOON, str(n))
            for n, row in enumerate(rows)
        ]
        shared_store.apply(SyncFacts(performances=tuple(rows), submissions=tuple(filled)))
        kept = shared_store.performances(SIGNALS)
        assert {(row.model_id, row.round): row for row in kept} == expected
        assert [list(map(str, row.scores)) for row in kept] == [
            list(map(str, expected[row.model_id, row.round].scores)) for row in kept
        ]
        assert set(filled) <= set(shared_store.submissions(SIGNALS))


rounds_of_alpha = st.lists(
    st.tuples(
        st.none() | amounts,
        st.none() | amounts,
        st.sampled_from(PayoutState),
        st.sampled_from([None, Decimal("0.05"), Decimal(1), Decimal("1.00")]),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3)), max_size=20), st.integers(2, 6))
@example([(3, 1), (2, 1), (3, 2), (3, -1)], 2)
def test_no_burn_beyond_its_models_quantile_is_passed_over(
    shared_store: Store, entries: list[tuple[int, int]], rank: int
) -> None:
    rows = tuple(
        replace(
            PERFORMANCES[0],
            model_id=BETA.id,
            round=1300 + n,
            at_risk=NMR(staked),
            payout=NMR(paid).times(Decimal("0.1")),
        )
        for n, (staked, paid) in enumerate(entries)
    )
    with shared_store._connections.writing() as connection:
        connection.execute("DELETE FROM performance")
        write_performances(connection, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantiles, "RANK", rank)
        patch.setattr(quantiles, "FEWEST", 1)
        beyond = list(quantiles.burned_beyond(rows, NOON - timedelta(days=9_999)))

    for row in beyond:
        assert shared_store.burned_beyond([row], rank) == {BETA.id}
    if entries == [(3, 1), (2, 1), (3, 2), (3, -1)] and rank == 2:
        assert beyond == [rows[3]]


@settings(max_examples=60, deadline=None)
@given(rounds_of_alpha, st.integers(1300, 1310))
def test_standings_are_what_the_performances_come_to(
    shared_store: Store,
    entries: list[tuple[NMR | None, NMR | None, PayoutState, Decimal | None]],
    since: int,
) -> None:
    performances = tuple(
        replace(
            PERFORMANCES[1], round=1300 + n, at_risk=at_risk, payout=paid, state=state, clip=clip
        )
        for n, (at_risk, paid, state, clip) in enumerate(entries)
    )
    with shared_store._connections.writing() as connection:
        connection.execute("DELETE FROM performance")
        write_performances(connection, performances)

    standings = shared_store.standings(SIGNALS, since=since)

    counted = [entry for entry in reversed(performances) if entry.round >= since]
    assert standings == ({BETA.id: standing(list(map(played, counted)))} if counted else {})
    assert shared_store.standings(Tournament.CLASSIC) == {}
    shared_store.keep_standings(shared_store.revision(), {SIGNALS: standings})
    assert shared_store.kept_standings(SIGNALS) == standings
    if counted:
        running = [entry for entry in counted if entry.state is PayoutState.PENDING]
        paid = [entry for entry in counted if entry.payout is not None][:RECENT_ROUNDS]
        stands = standings[BETA.id]
        assert stands.at_risk == exposure(running)
        assert (stands.per_round, stands.mode) == strategy_setting(counted)
        assert stands.recent == tuple(entry.payout for entry in paid)
        assert stands.unsettled == any(entry in running for entry in paid)
        assert stands.holds == any(entry.at_risk != NMR(0) for entry in running)
        assert stands.pending_payout == NMR.total(
            entry.payout for entry in running if entry.payout is not None
        )
