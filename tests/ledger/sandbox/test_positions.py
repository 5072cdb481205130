"""Atomic positions, claims and contracts as the API tells them."""

from __future__ import annotations

from decimal import Decimal

from ledger.domain.nmr import NMR
from ledger.sandbox import Sandbox
from ledger.sandbox.manners import Manners
from tests.ledger.sandbox.conftest import MONDAY, Client


def test_positions_are_listed_once_per_round_and_model(reader) -> None:
    world = reader.sandbox.world
    slot = next(s for s in world.tournaments[8].slots if s.locked)
    document = """query($ids: [ID], $type: String, $limit: Int, $offset: Int) {
      stakeTransactions(modelIds: $ids, type: $type, limit: $limit, offset: $offset) {
        amount model modelId round tournament type note nmrPrice timestamp } }"""

    def rows(**arguments):
        return reader.data(document, **arguments)["stakeTransactions"]

    mine = rows(ids=[slot.id])
    assert {row["round"]: NMR(row["amount"]) for row in mine} == {
        n: e.at_risk for n, e in slot.entries.items() if e.position
    }
    assert all(row["type"] == "strategy stake" for row in mine)
    assert len({row["note"] for row in mine}) == len(mine)
    assert all(len(row["note"].removeprefix("0x")) == 64 for row in mine)
    assert all(Decimal(row["nmrPrice"]) > 1 for row in mine)
    assert rows(limit=2, offset=1) == rows()[1:3]
    assert rows(type="other") == []


def test_a_page_of_positions_has_a_maximum_of_the_servers_own(reader) -> None:
    document = """query($limit: Int, $offset: Int) {
      stakeTransactions(limit: $limit, offset: $offset) { round note } }"""
    positions = sum(
        bool(e.position) for s in reader.sandbox.world.slots for e in s.entries.values()
    )
    assert positions > 1000

    def page(**arguments):
        return reader.data(document, **arguments)["stakeTransactions"]

    assert [len(page()), len(page(limit=5000)), len(page(limit=7))] == [500, 500, 7]
    everything = [row for start in range(0, positions + 500, 500) for row in page(offset=start)]
    assert len({row["note"] for row in everything}) == len(everything) == positions
    assert [row["round"] for row in everything] == sorted(
        (row["round"] for row in everything), reverse=True
    )


def test_positions_can_begin_with_the_oldest() -> None:
    manners = Manners(oldest_first=True, max_page=None)
    with Sandbox(now=MONDAY, models=16, rounds=40, frozen=True, manners=manners) as sandbox:
        rows = Client(sandbox).data("{ stakeTransactions { round } }")["stakeTransactions"]
    numbers = [row["round"] for row in rows]
    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[-1]


def test_v3_reads(shared) -> None:
    client = Client(shared, "web3")
    configs = {
        t: client.data(f"{{ v3StakeConfig(tournamentId: {t}) {{ address paused }} }}")[
            "v3StakeConfig"
        ]
        for t in (8, 12)
    }
    unknown = client.post("{ v3StakeConfig(tournamentId: 11) { address } }")
    assert unknown.status_code == 200
    assert unknown.json() == {
        "data": {"v3StakeConfig": None},
        "errors": [{"message": "No staking contract for tournament 11", "path": ["v3StakeConfig"]}],
    }
    assert configs[8]["address"] != configs[12]["address"]
    slot = next(s for s in shared.world.tournaments[12].slots if s.claimable)
    claims = client.data(
        'query { v3StakeClaims(staker: "0x1", tournamentId: 12)'
        " { roundId apiModelId modelId payoutAmountWei burnAmountWei claimableAmountWei } }"
    )["v3StakeClaims"]
    assert claims
    for claim in claims:
        entry = shared.world.slot(claim["apiModelId"]).entries[int(claim["roundId"])]
        assert int(claim["claimableAmountWei"]) == (entry.at_risk + entry.payout).wei
        assert int(claim["payoutAmountWei"]) - int(claim["burnAmountWei"]) == entry.payout.wei
        assert claim["modelId"].startswith("0x")
    waiting = {
        (str(e.number), s.id) for s in shared.world.tournaments[12].slots for e in s.claimable
    }
    assert {(claim["roundId"], claim["apiModelId"]) for claim in claims} == waiting
    number = slot.claimable[0].number
    one = client.data(
        'query($m: ID!, $r: String!) { v3StakeClaim(roundId: $r, modelId: $m, staker: "0x1")'
        " { apiModelId proof } }",
        m=slot.id,
        r=str(number),
    )["v3StakeClaim"]
    assert one["apiModelId"] == slot.id
    assert client.data('{ v3StakeRound(tournamentId: 11, roundId: "1400") { state } }') == {
        "v3StakeRound": None
    }


def test_an_authorization_spends_a_nonce(sandbox) -> None:
    client = Client(sandbox, "web3")
    slot = next(s for s in sandbox.world.tournaments[8].slots if s.locked)
    entry = next(e for e in slot.entries.values() if e.position)
    document = """query($s: ID!) { v3StakeAuth(submissionId: $s, staker: "0x1", maxAmount: "1.5")
      { nonce maxAmount roundId tournamentId } }"""
    first, second = (client.data(document, s=entry.submission_id)["v3StakeAuth"] for _ in "ab")
    assert first["maxAmount"] == str(NMR("1.5").wei)
    assert (first["roundId"], first["tournamentId"]) == (str(entry.number), "8")
    assert int(second["nonce"]) == int(first["nonce"]) + 1
    assert "not found" in client.error(document, s="nobody")[1]
