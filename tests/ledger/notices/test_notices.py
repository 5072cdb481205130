"""Notices: what deserves attention is said, what does not is not, and each has one id."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.config.config import Config
from ledger.config.settings import NoticeSettings
from ledger.domain.concern import Level
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.place import Place
from ledger.domain.records.record import Record, RecordKind
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round
from ledger.domain.scope import SCOPES
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.notices.hook import notice_json, run
from ledger.reports.notices.facts import NoticeFacts, RecentRounds
from ledger.reports.notices.notice import Notice, NoticeKind
from ledger.reports.notices.notices import FIRST_SYNC, NEVER_SYNCED, RECENT, build_notices
from ledger.reports.notices.strategy_notices import StrategyNotice, StrategyNoticeKind
from ledger.rules.notices.quantiles import burned_beyond
from ledger.rules.stakes.strategy_facts import next_stakes
from ledger.sandbox import Sandbox
from tests.conftest import BookMaker

NOW = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
SIGNALS = Tournament.SIGNALS
CLOSE = NOW + timedelta(minutes=90)
ALDER, BIRCH = Model("a", "alder", SIGNALS), Model("b", "birch", SIGNALS)
ACCOUNT = Account("someone", NOW, None, ZERO, ZERO, ZERO, "key", frozenset(SCOPES), "USD")


def entry(number: int, close: datetime, *, resolved: bool = False) -> Round:
    opens = close - timedelta(hours=2)
    return Round(SIGNALS, number, opens, None, close, None, None, resolved, None, None)


def submission(model: Model, number: int, state: SubmissionState) -> Submission:
    return Submission(model.id, SIGNALS, number, state, None)


def performance(number: int, paid: str, **changes: object) -> Performance:
    row = Performance(
        "a",
        SIGNALS,
        number,
        NMR(10),
        NMR(paid),
        PayoutState.SETTLED,
        PayoutSource.NUMERAI,
        Decimal("0.5"),
        Decimal("0.05"),
        NOW - timedelta(days=1405 - number),
        "s",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> NoticeFacts:
    recent = RecentRounds(SIGNALS, (), (), ())
    given = {key: changes.pop(key) for key in list(changes) if key in RecentRounds.__slots__}
    base = NoticeFacts(
        now=NOW,
        synced=NOW,
        account=ACCOUNT,
        models={model.id: model for model in (ALDER, BIRCH)},
        staked={"a": NMR(10)},
        recent_rounds=(replace(recent, **given),),  # type: ignore[arg-type]
        strategy_notices=(),
        records=(),
        atomic=True,
        loud_within=timedelta(hours=3),
        stale_after=timedelta(hours=12),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def only(given: NoticeFacts) -> Notice:
    (found,) = build_notices(given)
    return found


def test_nothing_to_say() -> None:
    assert build_notices(facts()) == ()


def test_a_staked_model_without_a_submission_from_the_moment_its_round_opens() -> None:
    awaited = tuple(submission(model, 1405, SubmissionState.AWAITED) for model in (ALDER, BIRCH))
    given = facts(rounds=(entry(1405, CLOSE),), submissions=awaited)
    found = only(given)
    assert (found.kind, found.models, found.at) == (NoticeKind.SUBMISSION, ("alder",), CLOSE)
    assert (found.level, found.nmr, found.round) == (Level.LOUD, NMR(10), 1405)
    assert "closes in 1 h 30 min, and alder is staked" in found.sentence
    assert "10 NMR" in found.sentence
    both = only(replace(given, staked={"a": NMR(10), "b": NMR(5)}))
    assert (both.models, both.model_ids, both.nmr) == (("alder", "birch"), ("a", "b"), NMR(15))
    assert both.id == found.id
    assert only(replace(given, staked={"a": NMR(10), "b": None})).nmr is None
    opening = replace(given, now=CLOSE - timedelta(hours=2), loud_within=timedelta(hours=1))
    assert (only(opening).id, only(opening).level) == (found.id, Level.QUIET)
    loud = replace(opening, now=CLOSE - timedelta(hours=1))
    assert (only(loud).id, only(loud).level) == (found.id, Level.LOUD)
    assert build_notices(replace(opening, now=opening.now - timedelta(seconds=1))) == ()
    assert build_notices(replace(given, now=CLOSE)) == ()
    assert build_notices(replace(given, staked={})) == ()
    gone = {"a": replace(ALDER, archived=True)}
    assert build_notices(replace(given, models=gone)) == ()


@pytest.mark.parametrize("state", [SubmissionState.LATE, SubmissionState.MISSED])
def test_a_late_or_missing_submission_is_news_for_three_days(state: SubmissionState) -> None:
    close = NOW - timedelta(days=1)
    given = facts(rounds=(entry(1404, close),), submissions=(submission(ALDER, 1404, state),))
    assert only(given).kind is NoticeKind.LATE
    assert "alder" in only(given).sentence
    later = NOW + timedelta(days=3)
    assert build_notices(replace(given, now=later, synced=later)) == ()


def burned(*rows: Performance) -> NoticeFacts:
    return facts(burned=tuple(burned_beyond(rows, NOW - RECENT)))


def test_a_burn_beyond_the_models_own_past() -> None:
    past = [performance(number, "-0.1") for number in range(1250, 1400)]
    ordinary, unusual = performance(1404, "-0.1"), performance(1404, "-0.2")
    assert build_notices(burned(*past, ordinary)) == ()
    given = burned(*past, unusual)
    found = only(given)
    assert (found.kind, found.models) == (NoticeKind.BURN, ("alder",))
    assert "2.00%" in found.sentence
    assert build_notices(burned(*past[-99:], unusual)) == ()
    assert build_notices(burned(*past, performance(1404, "0.2"))) == ()
    old = performance(1404, "-0.2", resolves=NOW - timedelta(days=4))
    assert build_notices(burned(*past, old)) == ()
    later = NOW + RECENT
    assert build_notices(replace(given, now=later, synced=later)) == ()


def test_a_payout_its_own_scores_do_not_give() -> None:
    scores = (Score("corr", Decimal("0.02"), None, 20, Decimal(2)),)
    right = performance(1404, "0.2", scores=scores)
    assert build_notices(facts(scored=(right,))) == ()
    rounded = performance(1404, "0.2005", scores=scores)
    assert build_notices(facts(scored=(rounded,))) == ()
    wrong = performance(1404, "0.3", scores=scores)
    found = only(facts(scored=(wrong,)))
    assert found.kind is NoticeKind.DISAGREEMENT
    assert "0.3 NMR" in found.sentence
    assert "0.2 NMR" in found.sentence


def record(kind: RecordKind, giver: Place, taker: Place, source: str, at: datetime) -> Record:
    key = f"wallet:{kind}"
    return Record(
        key, 0, kind, at, NMR("2.5"), giver, taker, source, SIGNALS, None, None, None, None
    )


def test_a_release_that_reached_the_wallet() -> None:
    yesterday = NOW - timedelta(days=1)
    ends = (RecordKind.RELEASE, Place.HELD, Place.WALLET)
    done = record(*ends, "wallet (stake release)", yesterday)
    assert only(facts(records=(done,))).kind is NoticeKind.RELEASED
    assert "2.5 NMR" in only(facts(records=(done,))).sentence
    profit = record(*ends, "wallet (payout)", yesterday)
    old = record(*ends, "wallet (stake release)", NOW - timedelta(days=4))
    assert build_notices(facts(records=(profit, old))) == ()


def test_balances_that_nothing_explains() -> None:
    off = record(RecordKind.ADJUSTMENT, Place.WALLET, Place.EQUITY, "balances", NOW)
    assert only(facts(records=(off,))).kind is NoticeKind.DISAGREEMENT
    assert "wallet" in only(facts(records=(off,))).sentence


def test_a_stale_sync_and_a_missing_scope() -> None:
    assert only(facts(synced=NOW - timedelta(hours=13))).kind is NoticeKind.STALE
    assert only(facts(synced=NOW - timedelta(hours=13))).level is Level.LOUD
    assert "13 h 00 min ago" in only(facts(synced=NOW - timedelta(hours=13))).sentence
    assert build_notices(facts(synced=NOW - timedelta(hours=12))) == ()
    assert only(facts(synced=None)) == NEVER_SYNCED
    assert only(facts(synced=None, syncing=True)) == FIRST_SYNC
    assert build_notices(facts(syncing=True)) == ()
    poor = replace(ACCOUNT, scopes=ACCOUNT.scopes - {"stake"})
    assert only(facts(account=poor)).id == "scope:stake"
    old = replace(ACCOUNT, scopes=ACCOUNT.scopes - {"web3_staking"})
    assert only(facts(account=old)).kind is NoticeKind.SCOPE
    assert build_notices(facts(account=old, atomic=False)) == ()


def test_callouts_are_notices_with_ids_that_stay() -> None:
    soon = StrategyNotice(StrategyNoticeKind.IDLE, SIGNALS, CLOSE, "1 NMR idle")
    later = replace(soon, sentence="0.5 NMR idle")
    trouble = StrategyNotice(StrategyNoticeKind.TROUBLE, SIGNALS, None, "paused")
    first, second = build_notices(facts(strategy_notices=(soon, trouble)))
    assert (first.kind, second.kind) == (NoticeKind.IDLE, NoticeKind.TROUBLE)
    assert only(facts(strategy_notices=(later,))).id == first.id
    assert only(facts(strategy_notices=(replace(trouble, sentence="x"),))).id != second.id


def test_what_is_lost_within_the_hour_comes_before_what_was_lost_days_ago() -> None:
    missed = (submission(ALDER, 1404, SubmissionState.MISSED),)
    idle = StrategyNotice(
        StrategyNoticeKind.IDLE, SIGNALS, NOW + timedelta(hours=1), "no idle", NMR("0.5")
    )
    kinds = [
        (notice.kind, notice.level)
        for notice in build_notices(
            facts(
                rounds=(entry(1404, NOW - timedelta(hours=70)),),
                submissions=missed,
                staked={"a": NMR(1_000)},
                strategy_notices=(idle,),
            )
        )
    ]
    assert kinds == [(NoticeKind.IDLE, Level.LOUD), (NoticeKind.LATE, Level.QUIET)]


# ---- the command ----

NOTICE = Notice("late:8:1", NoticeKind.LATE, SIGNALS, ("alder",), NOW, "“alder” was late; $(x)")


def writer(target: Path) -> tuple[str, ...]:
    """A command that keeps what it is given and its environment."""
    code = (
        "import json, os, sys; "
        f"open({str(target)!r}, 'a').write(sys.stdin.read() + chr(10)); "
        f"open({str(target) + '.env'!r}, 'w').write(json.dumps(dict(os.environ)))"
    )
    return (sys.executable, "-c", code)


def test_the_command_gets_json_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hushed = (
        "NUMSTAKE_SECRET_KEY",
        "NUMSTAKE_PUBLIC_ID",
        "NUMERAI_SECRET_KEY",
        "numerai_public_id",
    )
    hushed += ("KEYRING_PROPERTY_KEYRING_KEY", "KEYRING_CRYPTFILE_PASSWORD")
    for name in hushed:
        monkeypatch.setenv(name, "hush")
    target = tmp_path / "told"
    assert run(writer(target), NOTICE, 30)
    assert json.loads(target.read_text()) == notice_json(NOTICE)
    environment = json.loads((tmp_path / "told.env").read_text())
    assert "hush" not in environment.values()
    assert environment["PATH"] == os.environ["PATH"]


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    target = tmp_path / "made"
    assert not run((f"touch {target}",), NOTICE, 30)
    assert not run(("sh", "-c", "exit 3"), NOTICE, 30)
    assert not target.exists()


def test_a_command_that_hangs_is_ended() -> None:
    assert not run((sys.executable, "-c", "import time; time.sleep(600)"), NOTICE, 0.1)


def as_loud(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
    return tuple(replace(notice, level=Level.LOUD) for notice in notices)


def test_each_notice_is_told_once_when_it_becomes_loud(
    make_book: BookMaker, tmp_path: Path
) -> None:
    target = tmp_path / "told"
    config = replace(Config(), notices=NoticeSettings(command=writer(target)))
    book = make_book(config=config)
    first, second = (replace(NOTICE, id=f"late:8:{number}") for number in (1, 2))
    quiet, news = (replace(first, level=level) for level in (Level.QUIET, Level.NEWS))
    (loud,) = as_loud((first,))
    assert book.notices.tell((quiet, news, second)) == ()
    assert not target.exists()
    assert book.notices.tell((loud, second)) == (loud,)
    assert make_book(config=config).notices.tell((loud, second)) == ()
    (told,) = [json.loads(line) for line in target.read_text().splitlines()]
    assert (told["id"], told["level"]) == (loud.id, "loud")


def test_a_failing_command_is_not_run_again(make_book: BookMaker) -> None:
    config = replace(Config(), notices=NoticeSettings(command=("/nonexistent/program",)))
    book = make_book(config=config)
    found = as_loud(book.notices.all())
    assert found
    assert book.notices.tell(found) == found
    assert book.notices.tell(found) == ()


def test_read_only_tells_nobody(make_book: BookMaker, tmp_path: Path) -> None:
    target = tmp_path / "told"
    config = replace(Config(), notices=NoticeSettings(command=writer(target)))
    book = make_book(config=config, read_only=True)
    assert book.notices.tell(as_loud(book.notices.all())) == ()
    assert not target.exists()
    assert make_book().notices.tell(as_loud(book.notices.all())) == ()


# ---- in the test world ----


def test_notices_come_and_go_with_time(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book()
    before = {one.id for one in book.notices.all()}
    sandbox.advance(days=20)
    stale = [one for one in book.notices.all() if one.kind is NoticeKind.STALE]
    assert len(stale) == 1
    book.sync()
    after = book.notices.all()
    assert NoticeKind.STALE not in {one.kind for one in after}
    assert len({one.id for one in after}) == len(after)
    assert before != {one.id for one in after}


def test_a_key_without_scopes_is_told(make_book: BookMaker) -> None:
    book = make_book(key="web3")
    book.sync()
    ids = {one.id for one in book.notices.all()}
    assert "scope:stake" in ids
    assert "scope:web3_staking" not in ids


def test_submissions_awaited_are_found_from_less_as_among_all_notices(
    book: Book, sandbox: Sandbox
) -> None:
    """The same notices, at every hour of a round, whatever is awaited of whom."""
    seen = 0
    for _ in range(3):
        sandbox.advance(rounds=1)
        book.sync()
        every = [one for one in book.notices.all() if one.kind is NoticeKind.SUBMISSION]
        assert list(book.notices.of_submissions()) == every
        seen += len(every)
    assert seen


def test_what_some_models_stake_next_is_what_all_facts_say(book: Book) -> None:
    known = 0
    for tournament in book.stakes.atomic.tournaments():
        facts = book.stakes.atomic.facts(tournament)
        every = next_stakes(facts)
        ids = [model.id for model in facts.own_models()]
        for some in (ids, ids[:1], ids[1::2], []):
            found = book.stakes.atomic.next_stakes(tournament, some)
            assert found == {key: nmr for key, nmr in every.items() if key in some}
            known += len(found)
    assert known
