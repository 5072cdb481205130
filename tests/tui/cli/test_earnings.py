"""Earnings and explanations from scripts, as real processes on a synced ledger."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.domain.earnings.paid_rounds import Grouping
from ledger.domain.nmr import NMR
from tests.tui.cli.shell import AMOUNT, ISO
from tests.tui.cli.test_strategy import json, run, shell, world
from tests.tui.cli.warm import WarmShell as Shell

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
            assert set(group["returns"]) == {"numerai", "on_committed", "rounds_without_stake"}
    printed = run(shell, "earnings", "--by", str(by))
    assert printed.splitlines()[0].startswith(str(by).capitalize())
    assert printed.splitlines()[-1].startswith("Settled ")


def test_a_currency_at_the_days_prices(shell: Shell, tmp_path: Path) -> None:
    rows = json(shell, "earnings")["rounds"]
    days = sorted({row["resolves"][:10] for row in rows if row["state"] == "settled"})
    prices = {day: str(7 + at % 3) for at, day in enumerate(days[1:])}
    today = date.today() + timedelta(days=4000)  # noqa: DTZ011 - only has to be later
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(["date,price", *(",".join(one) for one in prices.items())]))
    assert "prices import" in run(shell, "earnings", "--currency", "CHF", code=2)
    run(shell, "prices", "import", str(file), "--currency", "CHF")
    said = json(shell, "earnings", "--currency", "chf", "--by", "model")
    settled = [row for row in rows if row["state"] == "settled" and row["payout"]]
    priced = [row for row in settled if row["resolves"][:10] in prices]
    value = sum(Decimal(row["payout"]) * Decimal(prices[row["resolves"][:10]]) for row in priced)
    lacking = sum(abs(Decimal(row["payout"])) for row in settled if row not in priced)
    pending = sum(
        Decimal(row["payout"]) for row in rows if row["state"] == "pending" and row["payout"]
    )
    newest = Decimal(prices[days[-1]])
    assert said["unit"] == "CHF"
    assert said["totals"] == {
        "settled": str(value.quantize(Decimal("0.01"))),
        "pending": str((pending * newest).quantize(Decimal("0.01"))),
        "nmr_without_price": f"{lacking.normalize():f}",
    }
    assert lacking > 0 and said["rounds_without_price"] > 0
    assert said["pending_price"] == {"date": days[-1], "price": f"{newest}"}
    printed = run(shell, "earnings", "--currency", "CHF")
    assert "have no price and are not in it" in printed
    assert f"at the newest price, {newest}.00 CHF on {days[-1]}" in printed
    file.write_text(f"date,price\n2000-01-01,7\n{today},9\n")
    run(shell, "prices", "import", str(file), "--currency", "CHF")
    filled = json(shell, "earnings", "--currency", "CHF", "--interpolate")
    assert (filled["rounds_without_price"], filled["interpolated"]) == (0, True)
    assert filled["totals"]["nmr_without_price"] == "0"


def test_last_and_groupings(shell: Shell) -> None:
    assert len(json(shell, "earnings", "--by", "round", "--last", "7")["groups"]) == 7
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
    assert "“nobody” is no model here" in run(shell, *wanted[:-1], "nobody", code=1)
    assert "--tournament" in run(shell, "explain", "--round", "1", "--model", "x", code=2)
