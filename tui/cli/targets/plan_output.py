"""Targets, plans and simulations as JSON and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.domain.knowledge import Fact
from ledger.domain.names import said
from ledger.domain.nmr import ZERO
from ledger.domain.readable import readable
from tui.cli.missing_output import amount_text, echo_footer, is_old, missing_json
from tui.cli.output import Column, echo_table, text_or_none, time_or_none
from tui.cli.queue.queue_output import conditions_json

_STAKED = (Fact.STAKE, Fact.PENDING)

if TYPE_CHECKING:
    from ledger.domain.knowledge import MissingFacts
    from ledger.domain.targets.allocation import Allocation, AllocationLine
    from ledger.domain.targets.plan import (
        Balance,
        Option,
        Plan,
        Shortage,
        Simulation,
        SimulationPoint,
        Step,
    )


def allocation_json(allocation: Allocation) -> dict[str, Any]:
    """Every row with its target, and the balance over all tournaments."""
    return {
        "tournament": int(allocation.tournament),
        "system": allocation.system.value,
        "name": allocation.name,
        "models": [_line_json(line, allocation.missing) for line in allocation.lines],
        "balance": _balance_json(allocation.balance),
        "problems": list(allocation.problems),
        "missing_facts": missing_json(allocation.missing, "", str(int(allocation.tournament))),
    }


def plan_json(allocation: Allocation, simulation: Simulation | None) -> dict[str, Any]:
    """A plan; ``simulation`` is there when one was asked for."""
    plan = allocation.plan
    document: dict[str, Any] = {
        "tournament": int(allocation.tournament),
        "name": allocation.name,
        "steps": [step_json(step) for step in plan.steps],
        "complete": time_or_none(plan.complete),
        "missing": str(plan.missing),
        "shortages": [_shortage_json(shortage) for shortage in plan.shortages],
        "offers": [step_json(step) for step in plan.offers],
        "replaces": list(plan.replaces),
        "options": [_option_json(option) for option in plan.options],
        "warnings": list(plan.warnings),
        "problems": list(allocation.problems),
        "blocked": [
            {"model": line.name, "model_id": line.model_id, "why": line.blocked}
            for line in allocation.lines
            if line.blocked is not None
        ],
        "left_out": list(plan.left_out),
        "missing_facts": missing_json(
            allocation.missing,
            "",
            str(int(allocation.tournament)),
            *(line.model_id for line in allocation.lines),
        ),
    }
    if simulation is not None:
        document["simulation"] = {
            "complete": time_or_none(simulation.complete),
            "unknown_models": simulation.unknown,
            "points": [_point_json(point) for point in simulation.points],
        }
    return document


def echo_allocation(allocation: Allocation, decimals: int) -> None:
    """The rows as a table, and what can't be meant on standard error."""
    from tui import format as show

    columns = [
        Column("Model", name=True),
        Column("Current", right=True, rank=2),
        Column("Settled", right=True),
        Column("Target", right=True),
        Column("NMR", right=True, rank=1),
        Column("Difference", right=True),
        Column("Way"),
        Column("", rank=3),
    ]
    rows = [
        [
            line.name,
            amount_text(line.current, decimals, old=_old(line, allocation)),
            amount_text(line.effective, decimals, old=_old(line, allocation)),
            line.text,
            show.nmr(line.target, decimals),
            "" if line.difference == ZERO else amount_text(line.difference, decimals, signed=True),
            line.way,
            "locked" if line.locked else "",
        ]
        for line in allocation.lines
    ]
    echo_table(columns, rows)
    balance = allocation.balance
    click.echo(
        f"Numerai wallet {_wallet(allocation, decimals)}, being released "
        f"{show.nmr(balance.releasing, decimals)}, left {amount_text(balance.left, decimals)} NMR."
    )
    models = [line.model_id for line in allocation.lines]
    echo_footer(allocation.missing, ["", *models], (*_STAKED, Fact.WALLET))
    for problem in allocation.problems:
        click.echo(problem, err=True)


def echo_plan(allocation: Allocation, simulation: Simulation | None, decimals: int) -> None:
    """The steps in order, then what they do not reach, then the simulation as a table."""
    plan = allocation.plan
    if plan.steps:
        for number, step in enumerate(plan.steps, 1):
            after = "" if step.after_step is None else f" After step {step.after_step + 1}."
            click.echo(f"{number}. {step.reason}{after}")
    else:
        click.echo("Nothing to do.")
    for line in allocation.lines:
        if line.blocked is not None:
            click.echo(f"Blocked: {said(line.name)}: {line.blocked}")
    for option in plan.options:
        click.echo(f"{_choice(option)}: {option.sentence} ({option.days} days)")
    for step in plan.offers:
        click.echo(f"Offered, not in the plan: {step.reason}")
    click.echo(_completion(plan))
    if simulation is not None:
        _echo_simulation(simulation, decimals)
    for shortage in plan.shortages:
        click.echo(_short_before(shortage, decimals), err=True)
    for warning in (*plan.warnings, *allocation.problems):
        click.echo(readable(warning, decimals), err=True)


def _old(line: AllocationLine, allocation: Allocation) -> bool:
    return is_old(allocation.missing, line.model_id, *_STAKED)


def _wallet(allocation: Allocation, decimals: int) -> str:
    old = is_old(allocation.missing, "", Fact.WALLET)
    return amount_text(allocation.balance.wallet, decimals, old=old)


def _choice(option: Option) -> str:
    if option.asked:
        return "Chosen by you"
    if option.chosen:
        return "Chosen as the cheapest"
    return "Instead, the cheapest" if option.cheapest else "Instead"


def _completion(plan: Plan) -> str:
    from tui import format as show

    if plan.complete is None:
        return "Not every target can be reached."
    return f"Complete {show.full(plan.complete)}." if plan.outlooks else "No targets are set."


def _short_before(shortage: Shortage, decimals: int) -> str:
    from tui import format as show

    at = (
        ""
        if shortage.at is None
        else f", first in round {shortage.round}, {show.full(shortage.at)}"
    )
    return (
        f"{shortage.tournament.label}'s settings lacked idle NMR before this plan: "
        f"{show.nmr(shortage.nmr, decimals)} NMR{at}."
    )


def _echo_simulation(simulation: Simulation, decimals: int) -> None:
    from tui import format as show

    columns = [
        Column("Time"),
        Column("Round", right=True),
        Column("Staked", right=True),
        Column("Releasing", right=True, rank=1),
        Column("Held", right=True, rank=2),
        Column("Free", right=True),
    ]
    rows = [
        [
            f"{point.at:%Y-%m-%d %H:%M}",
            "" if point.round is None else str(point.round),
            *(
                amount_text(amount, decimals)
                for amount in (point.staked, point.releasing, point.held, point.free)
            ),
        ]
        for point in simulation.points
    ]
    echo_table(columns, rows)
    if simulation.unknown:
        click.echo(f"{show.count(simulation.unknown, 'model')} without a known stake left out.")


def _line_json(line: AllocationLine, missing: MissingFacts) -> dict[str, Any]:
    pending = line.pending and {
        "kind": line.pending.kind.value,
        "nmr": str(line.pending.amount),
        "due": time_or_none(line.pending.due),
    }
    return {
        "model": line.name,
        "model_id": line.model_id,
        "current": text_or_none(line.current),
        "pending": pending,
        "effective": text_or_none(line.effective),
        "text": line.text,
        "target": text_or_none(line.target),
        "difference": text_or_none(line.difference),
        "way": line.way,
        "complete": time_or_none(line.complete),
        "problem": line.problem,
        "locked": line.locked,
        "uncertain": line.uncertain,
        "missing_facts": missing_json(missing, line.model_id),
    }


def _balance_json(balance: Balance) -> dict[str, Any]:
    return {
        "current": str(balance.current),
        "wallet": text_or_none(balance.wallet),
        "releasing": str(balance.releasing),
        "targets": str(balance.targets),
        "left": text_or_none(balance.left),
        "missing_now": text_or_none(balance.missing_now),
        "missing": text_or_none(balance.missing),
        "before": text_or_none(balance.before),
        "covered": time_or_none(balance.covered),
        "unknown_models": balance.unknown,
    }


def _shortage_json(shortage: Shortage) -> dict[str, Any]:
    return {
        "tournament": int(shortage.tournament),
        "nmr": str(shortage.nmr),
        "round": shortage.round,
        "at": time_or_none(shortage.at),
    }


def step_json(step: Step) -> dict[str, Any]:
    """One step of a plan."""
    return {
        "kind": step.kind.value,
        "tournament": int(step.model.tournament),
        "model": step.model.name,
        "model_id": step.model.id,
        "nmr": text_or_none(step.nmr),
        "conditions": conditions_json(step.conditions),
        "after_step": step.after_step,
        "earliest": time_or_none(step.earliest),
        "effect": time_or_none(step.effect),
        "reason": step.reason,
    }


def _option_json(option: Option) -> dict[str, Any]:
    return {
        "model": option.model.name,
        "model_id": option.model.id,
        "kind": option.kind.value,
        "days": str(option.days),
        "complete": time_or_none(option.complete),
        "sentence": option.sentence,
        "chosen": option.chosen,
        "asked": option.asked,
        "cheapest": option.cheapest,
    }


def _point_json(point: SimulationPoint) -> dict[str, Any]:
    return {
        "at": time_or_none(point.at),
        "round": point.round,
        "free": text_or_none(point.free),
        "held": str(point.held),
        "staked": str(point.staked),
        "releasing": str(point.releasing),
        "models": [
            {
                "model_id": stake.model_id,
                "staked": str(stake.staked),
                "counting": str(stake.counting),
                "held": str(stake.held),
                "releasing": str(stake.releasing),
            }
            for stake in point.models
        ],
    }
