"""``risk`` for scripts: from the ledger as a real process, and with everything told."""

from __future__ import annotations

import pytest

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.risk import RiskRestated
from ledger.rules.earnings.risk import estimate
from tests.ledger.rules.earnings.risky import NOW, facts
from tests.ledger.rules.earnings.test_risk import some_rates
from tests.tui.cli.shell import ISO
from tests.tui.cli.test_strategy import json, run, shell, world
from tests.tui.cli.warm import WarmShell as Shell
from tui.cli.earnings.risk_output import echo_risk, risk_json

__all__ = ["shell", "world"]

TOLD = estimate(facts(some_rates(5)), draws=100)


def test_a_short_history_is_said_and_null(shell: Shell) -> None:
    document = json(shell, "risk", "--tournament", "12")
    assert (document["outlook"], document["sharpe"], document["stale"]) == (None, None, False)
    assert document["history"] == {"rounds": 0, "needed": 64, "oldest": None, "newest": None}
    assert document["why"].startswith("It takes 64 settled rounds of a staked model")
    assert ISO.fullmatch(document["computed"])
    assert {row["tournament"] for row in document["models"]} == {12}
    assert {row["es_95"] for row in document["models"]} == {None}
    (crypto,) = document["tournaments"]
    own = NMR.total(NMR(row["at_risk"]) for row in document["models"])
    assert own == NMR(crypto["at_risk"]) < NMR(document["at_risk"])
    text = run(shell, "risk")
    assert document["why"] in text
    assert len(text.splitlines()) > len(document["models"])


def test_everything_told_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert TOLD.outlook is not None
    restated = RiskRestated(TOLD.outlook, NMR(9), NMR("0.5"), NMR("-1.25"), 0)
    document = risk_json(TOLD, restated, None)
    models = document["models"]
    for name in ("expected", "es_95"):
        assert NMR.total(NMR(row[name]) for row in models) == NMR(document["outlook"][name])
    assert NMR(document["outlook"]["es_95"]) <= NMR(document["outlook"]["var_95"])
    assert document["under_targets"]["es_95"] == "-1.25"
    matrix = document["correlations"]
    assert matrix["model_ids"] == [row["model_id"] for row in models]
    assert [matrix["thousandths"][at][at] for at in range(3)] == [1000] * 3
    assert risk_json(TOLD, None, Tournament.CRYPTO)["correlations"]["thousandths"] == []

    echo_risk(TOLD, restated, None, 3, NOW)
    printed = capsys.readouterr().out
    assert "Under the edited targets, 9.000 NMR at risk: expected ~+0.500 NMR" in printed
    assert "expected shortfall ~−1.250 NMR or worse." in printed
    worst = TOLD.models[0]
    assert worst.shortfall is not None
    assert (
        f"Losing most in the worst 5%: {worst.name} ~−{abs(worst.shortfall.amount):.3f}" in printed
    )
    assert len(printed.splitlines()) == printed.splitlines().index("") + 2 + len(TOLD.models)
