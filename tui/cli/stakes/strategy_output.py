"""Allocation strategies as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.readable import readable
from tui.cli.missing_output import missing_json
from tui.cli.output import Column, echo_table, text_or_none, time_or_none

if TYPE_CHECKING:
    from ledger.domain.nmr import NMR
    from ledger.domain.stakes.strategy import ModelKey, SettingReading
    from ledger.reports.notices.strategy_notices import StrategyNotice
    from ledger.reports.stakes.strategy import ModelStrategy, StrategyReport, TournamentStrategy


def strategy_json(report: StrategyReport, notices: Sequence[StrategyNotice]) -> dict[str, Any]:
    """Every tournament, and what deserves attention."""
    return {
        "as_of": time_or_none(report.as_of),
        "missing_facts": missing_json(report.missing, "", *_subjects(report)),
        "tournaments": [_strategy_json(entry) for entry in report.tournaments],
        "callouts": [
            {
                "kind": notice.kind.value,
                "tournament": int(notice.tournament),
                "at": time_or_none(notice.at),
                "sentence": notice.sentence,
            }
            for notice in notices
        ],
    }


def _subjects(report: StrategyReport) -> list[str]:
    tournaments = [str(int(entry.tournament)) for entry in report.tournaments]
    return tournaments + [model.model_id for entry in report.tournaments for model in entry.models]


def _strategy_json(entry: TournamentStrategy) -> dict[str, Any]:
    reading, contract = entry.reading, entry.contract
    return {
        "tournament": int(entry.tournament),
        "system": entry.system.value,
        "reason": text_or_none(entry.reason),
        "why": entry.why,
        "address": entry.address,
        "staking_contract": contract and {"address": contract.address, "paused": contract.paused},
        "reading": reading
        and {
            "owner": reading.owner,
            "operator": reading.operator,
            "staking": reading.staking,
            "idle": text_or_none(reading.idle),
            "wallet": text_or_none(reading.wallet),
            "gas_wei": text_or_none(reading.gas_wei),
            "chain_id": reading.chain_id,
            "block": reading.block,
            "as_of": time_or_none(reading.as_of),
            "trouble": reading.trouble,
        },
        "claims_as_of": time_or_none(entry.claims_as_of),
        "trouble": list(entry.trouble),
        "unknown": list(entry.unknown),
        "models": [_setting_json(model) for model in entry.models],
    }


def _setting_json(model: ModelStrategy) -> dict[str, Any]:
    return {
        "model": model.name,
        "model_id": model.model_id,
        "setting": model.best and reading_json(model.best),
        "readings": [reading_json(one) for one in model.readings],
        "disagreements": [one.sentence for one in model.disagreements],
        "key": model.key and key_json(model.key),
    }


def key_json(key: ModelKey) -> dict[str, Any]:
    """A model's key on chain."""
    return {
        "tournament": int(key.tournament),
        "model_id": key.model_id,
        "key": key.key,
        "origin": key.origin.value,
        "proof": key.proof
        and {
            "by": key.proof.by.value,
            "evidence": key.proof.evidence,
            "at": time_or_none(key.proof.at),
        },
    }


def echo_strategy(report: StrategyReport, notices: Iterable[StrategyNotice], decimals: int) -> None:
    """Tournament by tournament; what deserves attention first."""
    for notice in notices:
        click.echo(f"! {readable(notice.sentence, decimals)}")
    for entry in report.tournaments:
        click.echo(f"{entry.tournament.label}: {entry.system}. {entry.why}")
        if entry.address:
            click.echo(f"  Strategy {entry.address}")
        if entry.contract:
            click.echo(f"  Staking contract {entry.contract.address}")
        for sentence in entry.unknown:
            click.echo(f"  {sentence}")
        if entry.models:
            _echo_settings(entry.models, decimals)


def _echo_settings(models: Iterable[ModelStrategy], decimals: int) -> None:
    columns = [
        Column("Model", name=True),
        Column("Per round", right=True),
        Column("Mode"),
        Column("Enabled"),
        Column("Source", rank=1),
        Column("Disagrees", rank=2),
        Column("Key", rank=3),
    ]
    rows = []
    for model in models:
        best = model.best
        enabled = {True: "yes", False: "no", None: ""}[best.enabled if best else None]
        rows.append(
            (
                model.name,
                nmr_or_blank(best.per_round if best else None, decimals),
                text_or_none(best.mode if best else None) or "",
                enabled,
                best.origin.value if best else "",
                " ".join(one.sentence for one in model.disagreements),
                _key(model.key),
            )
        )
    echo_table(columns, rows)


def _key(key: ModelKey | None) -> str:
    """The beginning of a key, and whether anything proves it."""
    if key is None:
        return ""
    return f"{key.key[:10]}… {'proven' if key.proof else 'unproven'}"


def reading_json(reading: SettingReading) -> dict[str, Any]:
    """A setting as a source tells it."""
    return {
        "per_round": text_or_none(reading.per_round),
        "mode": text_or_none(reading.mode),
        "enabled": reading.enabled,
        "origin": reading.origin.value,
        "as_of": time_or_none(reading.as_of),
    }


def nmr_or_blank(amount: NMR | None, decimals: int) -> str:
    """An amount on screen, or nothing."""
    from tui import format as show

    return "" if amount is None else show.nmr(amount, decimals)


def payout_or_blank(amount: NMR | None, decimals: int) -> str:
    """A signed amount on screen, or nothing."""
    from tui import format as show

    return "" if amount is None else show.payout(amount, decimals)
