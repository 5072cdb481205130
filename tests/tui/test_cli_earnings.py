"""Earnings and explanations from scripts, as real processes on a synced ledger."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger.domain.earnings import Grouping
from ledger.domain.nmr import NMR
from tests.tui.test_cli import AMOUNT, ISO, Shell
from tests.tui.test_cli_strategy import json, run, shell, world

__all__ = ["shell", "world"]


@pytest.mark.parametrize("by", list(Grouping))
def test_any_grouping_comes_to_the_totals(shell: Shell, by: Grouping) -> None:
    said = json(shell, "earnings", "--by", str(by))
    alone = json(shell, "earnings")
    assert said["totals"] == alone["totals"]
    assert (said["by"], said["unit"], said["rounds_without_price"]) == (str(by), "NMR", 0)
    for name in ("settled", "pending"):
        total = NMR(said["totals"][name])
        assert NMR.total(NMR(group[name]) for group in said["groups"]) == total
        assert NMR.total(NMR(model[name]) for model in said["models"]) == total
    for group in said["groups"]:
        assert AMOUNT.fullmatch(group["settled"]) and ISO.fullmatch(group["resolves"])
        if by is Grouping.MODEL:
            assert set(group["returns"]) == {"numerai", "on_committed"}
    printed = run(shell, "earnings", "--by", str(by))
    assert printed.splitlines()[0].startswith(str(by).capitalize())
    assert printed.splitlines()[-1].startswith("Settled ")


def test_last_and_currency(shell: Shell) -> None:
    assert len(json(shell, "earnings", "--by", "round", "--last", "7")["groups"]) == 7
    assert "No prices" in run(shell, "earnings", "--currency", "EUR", code=2)
    assert "--by" in run(shell, "earnings", "--by", "fortnight", code=2)


def test_explain(shell: Shell) -> None:
    rows = json(shell, "earnings")["rounds"]
    for state in ("settled", "pending"):
        row = next(
            row for row in rows if row["state"] == state and row["payout"] not in {None, "0"}
        )
        wanted = ("--tournament", str(row["tournament"]), "--round", str(row["round"]))
        said = json(shell, "explain", *wanted, "--model", row["model"])
        assert (said["payout"], said["model_id"]) == (row["payout"], row["model_id"])
        assert said["check"]["agrees"] is True
        weighted = sum(
            Decimal(score["value"]) * Decimal(score["multiplier"])
            for score in said["scores"]
            if score["multiplier"] is not None
        )
        assert Decimal(said["weighted"]) == weighted
        paying = [score for score in said["scores"] if score["multiplier"] is not None]
        assert all(score["provisional"] == (state == "pending") for score in paying)
        printed = run(shell, "explain", *wanted, "--model", row["model_id"])
        assert "× clip(" in printed and "within rounding" in printed


def test_explaining_what_is_not_there(shell: Shell) -> None:
    wanted = ("explain", "--tournament", "8", "--round", "5000", "--model", "alder")
    assert "no part in Classic round 5000" in run(shell, *wanted, code=1)
    assert "no model nobody" in run(shell, *wanted[:-1], "nobody", code=1)
    assert "--tournament" in run(shell, "explain", "--round", "1", "--model", "x", code=2)
