"""Payout policies, what they came to, and the past with and without them, as JSON and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.knowledge import Fact
from ledger.domain.policy import DestinationKind
from ledger.reports.policy.text import destination_text, policy_table, source_text
from tui.cli.missing_output import amount_text, is_old, missing_json
from tui.cli.output import Column, echo_table, text_or_none, time_or_none
from tui.cli.tables import by_sign

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.domain.model import Tournament
    from ledger.domain.policy import Destination, Policy, PolicyVersion, Replay
    from ledger.reports.policy.matrix import PolicyColumn, PolicyReport

_POINTS = 20
"""How many points of the two curves the text shows."""


def names_of(report: PolicyReport) -> dict[str, str]:
    """The tournament's models by id."""
    return {line.model_id: line.name for line in report.lines if line.model_id is not None}


def policy_json(report: PolicyReport) -> dict[str, Any]:
    """The edited policy, the versions, and every balance."""
    names = names_of(report)
    return {
        "tournament": int(report.tournament),
        "system": report.system.value,
        "policy": _table(report.policy, names),
        "in_force": report.in_force,
        "active": None if report.active is None else version_json(report.active, names),
        "next_round": report.next_round,
        "destinations": [
            {
                "to": destination_text(column.destination, names),
                "stake": text_or_none(column.stake),
                "accrued": str(column.accrued),
                "open": str(column.open),
            }
            for column in report.columns
        ],
        "sources": [
            {
                "from": source_text(line.model_id, names),
                "own_row": line.own,
                "shares": _percents(line.shares, names),
                "accrued": {
                    destination_text(place, names): str(nmr) for place, nmr in line.accrued.items()
                },
            }
            for line in report.lines
        ],
        "total": str(report.total),
        "waiting": list(report.waiting),
        "problems": list(report.problems),
        "missing_facts": missing_json(report.missing, "", *names),
    }


def version_json(version: PolicyVersion, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One version; its rows where ``names`` of models are given."""
    document: dict[str, Any] = {
        "id": version.id,
        "since": version.since,
        "made": time_or_none(version.made),
        "name": version.name,
        "on": version.on,
    }
    return document if names is None else document | {"policy": _table(version.policy, names)}


def _table(policy: Policy, names: Mapping[str, str]) -> dict[str, Any]:
    """The same table as in a file of targets, with every row whole and nothing left out."""
    rows = {source_text(row.source, names): _percents(row.shares, names) for row in policy.rows}
    return policy_table(policy, names) | {
        "threshold": text_or_none(policy.threshold),
        "every": policy.every,
        "pools": list(policy.pools),
        "rows": rows,
    }


def _percents(shares: Mapping[Destination, Decimal], names: Mapping[str, str]) -> dict[str, str]:
    return {destination_text(place, names): plain(percent) for place, percent in shares.items()}


def plain(percent: Decimal) -> str:
    """``12.5``."""
    return f"{percent.normalize():f}"


def echo_policy(report: PolicyReport, decimals: int) -> None:
    """What is in force, the rows, the balances; what can't be meant on standard error."""
    click.echo(_in_force(report))
    names = names_of(report)
    for row in report.policy.rows:
        click.echo(f"{source_text(row.source, names)}: {_shares(row.shares, names)}")
    click.echo(_rules(report.policy))
    if report.total or any(column.accrued for column in report.columns):
        _echo_accrued(report, decimals)
    for sentence in report.waiting:
        click.echo(f"Waits: {sentence}")
    for problem in report.problems:
        click.echo(problem, err=True)


def _in_force(report: PolicyReport) -> str:
    label, active = report.tournament.label, report.active
    later = [one for one in report.versions if one.since > report.next_round]
    rows = "" if report.policy.rows else " The edited policy has no row."
    if active is None or not active.on:
        soon = f" One begins with round {later[-1].since}." if later and later[-1].on else ""
        return f"{label}: no policy is in force.{soon}{rows}"
    called = f" “{active.name}”" if active.name else ""
    same = "" if report.in_force else " What is edited here is another one."
    return f"{label}: a policy{called} is in force since round {active.since}.{same}{rows}"


def _shares(shares: Mapping[Destination, Decimal], names: Mapping[str, str]) -> str:
    return ", ".join(
        f"{plain(value)} % {destination_text(at, names)}" for at, value in shares.items()
    )


def _rules(policy: Policy) -> str:
    burns = {"carry": "made up for by later payouts", "share": "shared like payouts"}
    occasions = []
    if policy.threshold is not None:
        occasions.append(f"from {policy.threshold} NMR on")
    if policy.every is not None:
        occasions.append(f"every {policy.every} rounds")
    drafted = " and ".join(occasions) or "never"
    return f"Burns are {burns[policy.burns.value]}. Amounts become drafts {drafted}."


def _echo_accrued(report: PolicyReport, decimals: int) -> None:
    from tui import format as show

    names = names_of(report)
    columns = [
        Column("To"),
        Column("Accrued", right=True, tone=by_sign),
        Column("Open", right=True),
        Column("Stake", right=True, rank=1),
    ]
    rows = [
        [
            destination_text(column.destination, names),
            show.nmr(column.accrued, decimals, signed=True),
            show.nmr(column.open, decimals, signed=True) if column.open else "",
            _stake(column, report, decimals),
        ]
        for column in report.columns
        if column.accrued or column.open
    ]
    echo_table(columns, rows)
    total = show.nmr(report.total, decimals, signed=True)
    click.echo(f"Payouts in all {total} NMR.")


def _stake(column: PolicyColumn, report: PolicyReport, decimals: int) -> str:
    """What a model holds; nothing for places that are none."""
    if column.destination.kind is not DestinationKind.MODEL:
        return ""
    old = is_old(report.missing, column.destination.name, Fact.STAKE, Fact.PENDING)
    return amount_text(column.stake, decimals, old=old)


def replay_json(tournament: Tournament, replay: Replay, names: Mapping[str, str]) -> dict[str, Any]:
    """Both curves and the difference, oldest round first; amounts are cumulative."""
    last = replay.points[-1]
    return {
        "tournament": int(tournament),
        "points": [
            {
                "round": point.round,
                "without": str(point.without),
                "with": str(point.with_policy),
                "difference": str(point.difference),
            }
            for point in replay.points
        ],
        "without": str(last.without),
        "with": str(last.with_policy),
        "difference": str(last.difference),
        "accrued": {
            destination_text(place, names): str(nmr) for place, nmr in replay.accrued.items()
        },
        "moved": str(replay.moved),
        "changes": replay.changes,
    }


def echo_replay(replay: Replay, names: Mapping[str, str], decimals: int) -> None:
    """Some points of both curves, the last one among them, and where it went."""
    from tui import format as show

    columns = [
        Column(title, right=True, tone=by_sign)
        for title in ("Round", "Without", "With", "Difference")
    ]
    step = -(-len(replay.points) // _POINTS)
    shown = replay.points[::-1][::step][::-1]
    rows = [
        [
            str(point.round),
            *(
                show.nmr(amount, decimals, signed=True)
                for amount in (point.without, point.with_policy, point.difference)
            ),
        ]
        for point in shown
    ]
    echo_table(columns, rows)
    for place, nmr in sorted(replay.accrued.items()):
        click.echo(f"{destination_text(place, names)}: {show.nmr(nmr, decimals, signed=True)} NMR")
    moved, rounds = show.nmr(replay.moved, decimals), len(replay.points)
    click.echo(f"{moved} NMR moved, in {replay.changes} changes over {rounds} rounds.")


def echo_history(report: PolicyReport, names: Mapping[str, str]) -> None:
    """One line for each version and each of its rows."""
    if not report.versions:
        click.echo(f"{report.tournament.label}: no policy was ever in force.")
    for version in report.versions:
        called = f" “{version.name}”" if version.name else ""
        what = "" if version.on else ": off"
        made = f"{version.made:%Y-%m-%d %H:%M} UTC"
        click.echo(f"From round {version.since}, made {made}{called}{what}")
        for row in version.policy.rows:
            click.echo(f"  {source_text(row.source, names)}: {_shares(row.shares, names)}")
        if version.on:
            click.echo(f"  {_rules(version.policy)}")
