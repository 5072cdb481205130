"""What must hold of any recording, and what is known of the one made by hand.

Every file in ``recordings`` is taken; what is known of ``NAME.jsonl`` beyond that stands in
``NAME.expected.json`` beside it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.model import Model, Tournament
from ledger.domain.rounds.performance import PayoutSource
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.syncing.facts import SyncLog
from ledger.exact_json import decode
from ledger.sandbox.replay.replay_server import ReplayServer
from ledger.store import Store
from tests.recorded import synced

FOLDER = Path(__file__).parent / "recordings"
FILES = sorted(FOLDER.glob("*.jsonl"))
EXPECTED = [file for file in FILES if file.with_suffix(".expected.json").exists()]
SENT = {SubmissionState.SUBMITTED, SubmissionState.LATE}


def named(files: list[Path]) -> list[Any]:
    return [pytest.param(file, id=file.stem) for file in files]


@dataclass
class Replayed:
    """A ledger synced from a recording, and what the recording says."""

    log: SyncLog
    store: Store
    bodies: list[Any]
    expected: dict[str, Any]

    def model(self, name: str) -> Model:
        return next(model for model in self.store.models(archived=True) if model.name == name)


_OPENED: dict[Path, Replayed] = {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("replayed")
    for replayed in _OPENED.values():
        replayed.store.close()
    _OPENED.clear()


@pytest.fixture
def replayed(request: pytest.FixtureRequest, folder: Path) -> Replayed:
    """The recording of the test's parameter, synced once."""
    file: Path = request.param
    if file not in _OPENED:
        with ReplayServer(file) as server:
            ledger = folder / f"{file.stem}.sqlite3"
            log = synced(server.url, server, ledger)
            _, *lines = map(decode, file.read_text("utf-8").splitlines())
            beside = file.with_suffix(".expected.json")
            expected = json.loads(beside.read_text()) if beside.exists() else {}
            store = Store.open(ledger, clock=server)
            _OPENED[file] = Replayed(log, store, [line["body"] for line in lines], expected)
    return _OPENED[file]


any_recording = pytest.mark.parametrize("replayed", named(FILES), indirect=True)
known_recording = pytest.mark.parametrize("replayed", named(EXPECTED), indirect=True)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object anywhere in ``value``."""
    if isinstance(value, dict):
        yield value
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from objects(part)


def figures(value: Any) -> set[Decimal]:
    """Every figure anywhere in ``value``."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return {figure for part in parts for figure in figures(part)}
    if isinstance(value, bool) or value is None:
        return set()
    try:
        return {Decimal(value.replace(",", "") if isinstance(value, str) else value)}
    except InvalidOperation:
        return set()


def listed_models(replayed: Replayed) -> dict[str, dict[str, Any]]:
    """Everything told of each of the account's models, by id."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for body in replayed.bodies:
        data = body.get("data") if isinstance(body, dict) else None
        account = (data or {}).get("account") or {}
        for model in account.get("models") or ():
            known = found[model["id"]]
            stake = {**(known.get("v2Stake") or {}), **(model.get("v2Stake") or {})}
            found[model["id"]] = {**known, **model, "v2Stake": stake}
    return found


def test_there_are_recordings() -> None:
    assert FILES
    assert EXPECTED


@any_recording
def test_the_sync_ends(replayed: Replayed) -> None:
    assert replayed.log.outcome == "done"
    assert replayed.store.last_sync() is not None


@any_recording
def test_every_model_is_there(replayed: Replayed) -> None:
    listed = listed_models(replayed)
    models = {model.id: model for model in replayed.store.models(archived=True)}
    assert listed
    assert models.keys() == listed.keys()
    for model_id, told in listed.items():
        model = models[model_id]
        assert (model.name, int(model.tournament)) == (told["name"], told["tournament"])


@any_recording
def test_settled_stakes_are_those_that_were_told(replayed: Replayed) -> None:
    stakes = replayed.store.stakes()
    for model_id, told in listed_models(replayed).items():
        settled = told["v2Stake"].get("latestValueSettled")
        if settled is not None:
            assert stakes[model_id].settled.amount == Decimal(settled.replace(",", ""))


@any_recording
def test_no_figure_is_shown_that_no_answer_held(replayed: Replayed) -> None:
    told, store = figures(replayed.bodies), replayed.store
    account = store.account()
    assert account is not None
    assert account.available.amount in told
    for stake in store.stakes().values():
        assert stake.settled.amount in told
        assert stake.pending is None or stake.pending.amount.amount in told
    for transaction in store.stake_transactions():
        assert transaction.amount.amount in told
    for tournament in Tournament:
        for row in store.performances(tournament):
            assert row.at_risk is None or row.at_risk.amount in told
            assert all(score.value is None or score.value in told for score in row.scores)
            if row.payout is not None and row.source is PayoutSource.NUMERAI:
                assert row.payout.amount in told


@any_recording
def test_a_row_that_says_none_is_no_submission(replayed: Replayed) -> None:
    models = {model.id: model for model in replayed.store.models(archived=True)}
    with_id = {
        (model_id, row.round)
        for tournament in Tournament
        for row in replayed.store.performances(tournament)
        if row.submission_id is not None
        for model_id in (row.model_id,)
    }
    sent = {
        (entry.model_id, entry.round)
        for tournament in Tournament
        for entry in replayed.store.submissions(tournament)
        if entry.state in SENT
    }
    told: defaultdict[tuple[str, int], set[str | None]] = defaultdict(set)
    for model in objects(replayed.bodies):
        for row in model.get("latestSubmissions") or ():
            told[model["id"], row["roundNumber"]].add(row["status"])
    nothing = {key for key, states in told.items() if states == {"none"} and key[0] in models}
    assert not (nothing - with_id) & sent


# of the recording made by hand


@known_recording
def test_stakes_pending_and_wallet(replayed: Replayed) -> None:
    expected, stakes = replayed.expected, replayed.store.stakes()
    account = replayed.store.account()
    assert account is not None
    assert str(account.available.amount.normalize()) == expected["available"]
    for name, settled in expected["settled"].items():
        assert stakes[replayed.model(name).id].settled.amount == Decimal(settled)
    for name, amount in expected["pending"].items():
        pending = stakes[replayed.model(name).id].pending
        assert pending is not None
        assert pending.amount.amount == Decimal(amount)


@known_recording
def test_returns_are_fractions_of_the_told_percents(replayed: Replayed) -> None:
    for name, returns in replayed.expected["returns"].items():
        for span, value in returns.items():
            known = getattr(replayed.model(name).returns, span)
            assert known == (None if value is None else Decimal(value)), (name, span)


@known_recording
def test_every_round_is_there_once(replayed: Replayed) -> None:
    for name, count in replayed.expected["rows"].items():
        model = replayed.model(name)
        rows = replayed.store.performances(model.tournament, model_id=model.id)
        assert len(rows) == len({row.round for row in rows}) == count


@known_recording
def test_rounds_without_a_submission(replayed: Replayed) -> None:
    for name, rounds in replayed.expected["not_submitted"].items():
        model = replayed.model(name)
        sent = {
            entry.round
            for entry in replayed.store.submissions(model.tournament)
            if entry.model_id == model.id and entry.state in SENT
        }
        assert sent
        assert not sent & set(rounds)


@known_recording
def test_scores_of_all_names_are_kept(replayed: Replayed) -> None:
    names = {
        score.name
        for tournament in Tournament
        for row in replayed.store.performances(tournament)
        for score in row.scores
    }
    assert names == set(replayed.expected["scores"])
