"""What the settings of a strategy stake in the next round."""

from __future__ import annotations

from ledger.domain.nmr import NMR, ZERO
from ledger.rules.rounds import calendar
from ledger.rules.stakes.strategy_facts import next_stakes
from tests.ledger.accounts import NOW
from tests.ledger.strategies import CLASSIC, compound, constant, running, strategy


def test_the_next_stake_follows_the_setting_and_in_compound_mode_the_newest_position() -> None:
    newest = calendar.latest_round(NOW)
    grown = {number: NMR(newest + 10 - number) for number in range(newest - 5, newest + 1)}
    held = running("grows", grown, CLASSIC)
    facts = strategy(
        {
            "same": constant("2"),
            "grows": compound("1"),
            "begins": compound("3"),
            "off": constant("4", enabled=False),
        },
        [
            *held,
            *running("same", NMR(9), CLASSIC),
            *running("off", NMR(9), CLASSIC),
            *running("unset", NMR(7), CLASSIC),
        ],
        unknown=("unset",),
    )
    assert next_stakes(facts) == {
        "same": NMR(2),
        "grows": max(held, key=lambda row: row.round).stake,
        "begins": NMR(3),
        "off": ZERO,
        "unset": NMR(7),
    }
