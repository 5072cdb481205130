"""A recording tells how Numerai answered, and nothing of whom."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import FrozenClock, from_iso, iso
from ledger.errors import FileError
from ledger.exact_json import decode, encode
from ledger.numerai.disguise import Disguise, Kind, Secrets
from ledger.numerai.exchanges import Exchange
from ledger.numerai.recording import Recorder
from ledger.sandbox import Sandbox
from tests.conftest import NOW
from tests.recorded import recorded, replayed, sizes, table

SECRETS = st.builds(
    Secrets, st.integers(2, 9973), st.integers(53, 520), st.binary(min_size=32, max_size=32)
)
AMOUNTS = st.decimals(-(10**8), 10**8, places=18, allow_nan=False)
ASKED = "query($id: String!) { model(modelId: $id) { id name v2Stake { latestValueSettled } } }"


def disguise(secret: Secrets, *originals: str) -> Disguise:
    return Disguise(secret, originals, {"account", "model"})


def record(folder: Path, *exchanges: Exchange) -> list[dict[str, Any]]:
    """The lines of a recording of ``exchanges``."""
    recorder, file = Recorder(FrozenClock(NOW)), folder / "some.jsonl"
    for exchange in exchanges:
        recorder.keep(exchange)
    recorder.write(file)
    return [json.loads(line) for line in file.read_text().splitlines()]


def exchange(body: object, document: str = ASKED, status: int = 200, **variables: Any) -> Exchange:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return Exchange(document, variables, status, kind, text.encode(), 12)


# values


@given(SECRETS, st.lists(AMOUNTS, max_size=6))
def test_sums_of_amounts_agree_to_the_last_place(secret: Secrets, amounts: list[Decimal]) -> None:
    hidden = disguise(secret)
    shown = [hidden.value(Kind.AMOUNT, f"{amount:,f}") for amount in amounts]
    total = sum(Fraction(text.replace(",", "")) for text in shown)
    assert total == sum(map(Fraction, amounts)) * secret.factor


@given(SECRETS)
def test_amounts_keep_their_form(secret: Secrets) -> None:
    hidden, factor = disguise(secret), secret.factor
    assert hidden.value(Kind.AMOUNT, "0E-18") == "0E-18"
    assert hidden.value(Kind.AMOUNT, "1,234.50") == f"{factor * Decimal('1234.50'):,f}"
    assert hidden.value(Kind.AMOUNT, "-0.50") == f"{factor * Decimal('-0.50'):f}"
    assert hidden.value(Kind.AMOUNT, Decimal("1.250")) == factor * Decimal("1.250")
    assert hidden.value(Kind.WEI, "94063056750000000") == str(94063056750000000 * factor)
    assert hidden.value(Kind.AMOUNT, None) is None
    assert hidden.value(Kind.AMOUNT, "NaN") == "NaN"


@given(SECRETS, st.integers(1_451_606_400, 2_208_988_800))
def test_times_keep_weekday_and_time_of_day(secret: Secrets, seconds: int) -> None:
    moment, hidden = datetime.fromtimestamp(seconds, UTC), disguise(secret)
    later = from_iso(hidden.value(Kind.TIME, iso(moment)))
    assert (later - moment).days == 7 * secret.weeks
    assert later.time() == moment.time()
    assert hidden.value(Kind.UNIX, str(seconds)) == str(seconds + secret.weeks * 604_800)
    assert hidden.value(Kind.UNIX, "0") == "0"
    assert hidden.value(Kind.ROUND, "1404") == str(1404 + 5 * secret.weeks)
    assert hidden.value(Kind.ROUND, 0) == 0


@given(SECRETS, st.lists(st.text(min_size=1, max_size=12), unique_by=str.lower, max_size=40))
def test_made_up_names_are_as_many_as_the_names_and_none_of_them(
    secret: Secrets, names: list[str]
) -> None:
    hidden = disguise(secret, *names)
    made = [hidden.value(Kind.NAME, name) for name in names]
    assert all(made)
    assert len({name.lower() for name in made}) == len({name.lower() for name in names})
    assert made == [hidden.value(Kind.NAME, name) for name in names]
    assert not {name.lower() for name in made} & {name.lower() for name in names}


@given(SECRETS, st.uuids().map(str), st.binary(min_size=20, max_size=32).map(bytes.hex))
def test_ids_and_addresses_keep_their_shape(secret: Secrets, uuid: str, digits: str) -> None:
    hidden = disguise(secret)
    made, address = hidden.value(Kind.ID, uuid), hidden.value(Kind.ADDRESS, f"0x{digits}")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)
    assert made != uuid
    assert re.fullmatch(r"0x[0-9a-f]+", address)
    assert len(address) == 2 + len(digits)
    # The same address in another case is the same address.
    assert hidden.value(Kind.ADDRESS, f"0x{digits.upper()}").lower() == address
    assert hidden.value(Kind.ADDRESS, "0x" + "0" * 40) == "0x" + "0" * 40


@given(SECRETS, st.text(min_size=1, max_size=30))
def test_what_nobody_knows_is_never_left_as_it_is(secret: Secrets, text: str) -> None:
    hidden = disguise(secret)
    assert hidden.value(Kind.UNKNOWN, text) != text or not text.strip("0.eE+-,")
    assert hidden.value(Kind.UNKNOWN, 17) == 17 * secret.factor


@given(SECRETS)
def test_messages_lose_what_names_the_account(secret: Secrets) -> None:
    hidden = disguise(secret, "basalt_neutral", "r17", "Ann")
    said = hidden.value(
        Kind.TEXT,
        "Ann, model basalt_neutral of ann@example.org (0f8fad5b-d9cb-469f-a165-70867728950e) at "
        "10.1.2.3 holds 1,234.5 NMR since 2026-08-28T13:00:00Z in round 1404: request r17.",
    )
    for original in ("Ann", "ann@", "basalt", "0f8fad5b", "10.1.2.3", "1,234.5", "2026-08", "r17"):
        assert original not in said
    assert f"round {1404 + 5 * secret.weeks}" in said
    assert hidden.value(Kind.NAME, "basalt_neutral") in said


@pytest.mark.parametrize(
    "message",
    [
        'Cannot query field "currentPayoutSelection" on type "Model". Did you mean "v2Stake"?',
        'Unknown argument "roundNumberGte" on field "rounds" of type "RootQueryType".',
        "Numerai is in trouble (HTTP 502).",
        "Insufficient permission for web3_staking",
    ],
)
def test_refusals_stay_readable(message: str) -> None:
    assert disguise(Secrets.draw(), "Modelling").value(Kind.TEXT, message) == message


def test_names_known_beforehand_do_not_stay(tmp_path: Path) -> None:
    recorder, file = Recorder(FrozenClock(NOW), ["Ann"]), tmp_path / "x.jsonl"
    recorder.keep(exchange({"errors": [{"message": "ann has no model ann_s_best"}]}))
    recorder.write(file)
    assert re.search(r"[a-z]{3} has no model [a-z]{3}_[a-z]_[a-z]{4}", file.read_text())
    assert "ann" not in file.read_text()


def test_a_refused_value_does_not_stay() -> None:
    message = 'In argument "modelId": Expected type "Int", found "my_secret_name".'
    said = disguise(Secrets.draw()).value(Kind.TEXT, message)
    assert said.startswith('In argument "modelId": Expected type "Int", found "')
    assert "my_secret_name" not in said


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_json_comes_back_as_it_was(value: Any) -> None:
    assert decode(encode({"value": value})) == {"value": value}
    assert encode(decode('{"a": 0.10, "b": 0E-18, "c": 12345678901234567890.5}')) == (
        '{"a": 0.10, "b": 0E-18, "c": 12345678901234567890.5}'
    )


# files


def test_the_file_begins_with_a_warning_and_is_its_owners(tmp_path: Path) -> None:
    header, *rest = record(tmp_path)
    assert rest == []
    assert "identify an account" in header["warning"]
    assert header["format"] == 1
    assert header["recorded"].endswith("T09:00:00Z")
    assert from_iso(header["recorded"]).weekday() == NOW.weekday()
    assert from_iso(header["recorded"]) > NOW
    assert stat.S_IMODE((tmp_path / "some.jsonl").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "some.jsonl"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "there"
    place.mkdir()
    with pytest.raises(FileError, match="there"):
        Recorder(FrozenClock(NOW)).write(place)
    assert list(tmp_path.iterdir()) == [place]
    assert list(place.iterdir()) == []


def test_the_same_original_is_the_same_everywhere(tmp_path: Path) -> None:
    told = {"data": {"model": {"id": "m-1", "name": "basalt", "v2Stake": None}}}
    refused = {
        "data": {"model": None},
        "errors": [{"message": "Basalt is no model", "path": ["model"]}],
    }
    _, first, second = record(
        tmp_path, exchange(refused, id="m-1"), exchange(told, id="m-1", unused="basalt")
    )
    model = second["body"]["data"]["model"]
    assert model["id"] == first["variables"]["id"] == second["variables"]["id"] != "m-1"
    assert second["variables"]["unused"] == model["name"] != "basalt"
    words = first["body"]["errors"][0]["message"]
    assert words == f"{model['name'].capitalize()} is no model"
    assert first["body"]["errors"][0]["path"] == ["model"]
    assert (first["milliseconds"], first["document"], first["status"]) == (12, ASKED, 200)


def test_meanings_follow_the_field_not_its_alias(tmp_path: Path) -> None:
    document = (
        "query { a: rounds(tournament: 8, number: 1404) { b: number } "
        'c: accountProfile(username: "ann") { username } }'
    )
    _, shown = record(
        tmp_path, exchange({"data": {"a": [{"b": 1404}], "c": {"username": "ann"}}}, document)
    )
    number = shown["body"]["data"]["a"][0]["b"]
    assert number > 1404
    assert (number - 1404) % 5 == 0
    assert f"rounds(tournament: 8, number: {number})" in shown["document"]
    assert f'username: "{shown["body"]["data"]["c"]["username"]}"' in shown["document"]
    assert "ann" not in shown["document"]


def test_pages_and_silence_are_kept_too(tmp_path: Path) -> None:
    page = "<html><title>502 Bad Gateway</title>Ray 7d1f0a9b3c2e4f60, 203.0.113.7</html>"
    told = exchange(page + "x" * 20_000, status=502)
    silent = Exchange(ASKED, {}, None, "", b"", 30_000)
    _, first, second = record(tmp_path, told, silent)
    assert first["body"].startswith("<html><title>502 Bad Gateway</title>")
    assert "203.0.113.7" not in first["body"]
    assert "7d1f0a9b3c2e4f60" not in first["body"]
    assert len(first["body"]) == 4000
    assert first["content_type"] == "text/html"
    assert (second["status"], second["body"]) == (None, "")


def test_unknown_fields_are_replaced(tmp_path: Path) -> None:
    document = "query { account { hometown luckyNumber shoeSize since proven } }"
    told = {"hometown": "Springfield", "luckyNumber": 7, "shoeSize": "44.5", "proven": True}
    body = {"data": {"account": {**told, "since": "2026-01-05"}}}
    _, shown = record(tmp_path, exchange(body, document))
    account = shown["body"]["data"]["account"]
    assert account["proven"] is True
    assert all(account[name] != told[name] for name in ("hometown", "luckyNumber", "shoeSize"))
    assert len(account["hometown"]) == len("Springfield")
    assert account["since"] > "2026-01-05"


# a whole world


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=9, rounds=80, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def recording(world: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a first sync; the ledger of that sync is beside it."""
    return recorded(world, tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def again(recording: Path) -> Path:
    """The ledger of a sync with the recording."""
    ledger = recording.parent / "again.sqlite3"
    assert replayed(recording, ledger).problems == ()
    return ledger


def telling(world: Sandbox) -> set[str]:
    """Whatever in the world could name its account, long enough not to occur by chance."""
    inner = world.world
    texts = {inner.username, inner.account_wallet.address, world.owner_address}
    texts |= {text for pair in world.keys.values() for text in pair}
    for row in inner.account_wallet.rows:
        texts |= {row.tx_hash, row.sender, row.receiver, f"{row.amount.amount:f}"}
    for slot in inner.slots:
        texts |= {slot.id, slot.name, f"{slot.stake.amount:f}"}
        texts |= {entry.submission_id or "" for entry in slot.entries.values()}
        texts |= {f"{entry.at_risk.amount:f}" for entry in slot.entries.values()}
    return {text for text in texts if len(text.strip("0.")) >= 5}


def test_nothing_of_the_account_is_in_the_file(world: Sandbox, recording: Path) -> None:
    content = recording.read_text().lower()
    found = telling(world)
    assert len(found) > 500
    words = set(re.findall(r"[\w.]+", content))
    names = {slot.name.lower() for slot in world.world.slots}
    assert not names & words
    assert [text for text in found - names if text.lower() in content] == []


def test_no_time_of_the_account_is_in_the_file(recording: Path) -> None:
    content = recording.read_text()
    original = recording.parent / "original.sqlite3"
    for column, name in (("time", "stake_transaction"), ("at", "submission"), ("opens", "round")):
        times = {row[0] for row in table(original, f"SELECT {column} FROM {name}") if row[0]}
        assert times
        newest = sorted(times)[-40:]
        assert [moment for moment in newest if moment in content] == []


def test_a_sync_with_the_recording_gives_a_ledger_of_the_same_form(again: Path) -> None:
    assert sizes(again) == sizes(again.parent / "original.sqlite3")


def test_all_its_amounts_are_multiples_by_the_same_number(again: Path) -> None:
    original = again.parent / "original.sqlite3"
    ((one,),) = table(original, "SELECT available FROM account")
    ((other,),) = table(again, "SELECT available FROM account")
    factor = Decimal(other) / Decimal(one)
    assert factor == int(factor)
    assert 2 <= factor <= 9973
    for query in (
        "SELECT settled FROM continuous_stake",
        "SELECT projected FROM continuous_stake",
        "SELECT pending_amount FROM continuous_stake WHERE pending_amount IS NOT NULL",
        "SELECT at_risk FROM performance",
        "SELECT amount FROM stake_transaction",
        "SELECT amount FROM wallet_transaction",
        "SELECT payout FROM performance WHERE source = 'numerai'",
    ):
        before, after = (
            sorted(Decimal(value) for (value,) in table(ledger, query))
            for ledger in (original, again)
        )
        assert before, query
        assert [value * factor for value in before] == after, query


def test_scores_and_the_calendar_are_as_they_were(again: Path) -> None:
    original = again.parent / "original.sqlite3"
    scores = "SELECT name, value, percentile, day, multiplier FROM score"
    assert sorted(map(repr, table(original, scores))) == sorted(map(repr, table(again, scores)))
    calendar = "SELECT tournament, number, opens, resolves FROM round ORDER BY 1, 2"
    shifts = set()
    for before, after in zip(table(original, calendar), table(again, calendar), strict=True):
        assert before[0] == after[0]
        shifts |= {
            (from_iso(b) - from_iso(a)).days for a, b in zip(before[2:], after[2:], strict=True)
        }
        assert (after[1] - before[1]) * 7 in {5 * days for days in shifts}
    assert len(shifts) == 1


def test_two_recordings_have_different_secrets(world: Sandbox, recording: Path) -> None:
    more = recording.parent / "more"
    more.mkdir()
    assert recorded(world, more).read_text()[:2000] != recording.read_text()[:2000]
    ((one,),) = table(recording.parent / "original.sqlite3", "SELECT username FROM account")
    assert one not in (more / "recording.jsonl").read_text()
