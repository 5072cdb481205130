"""All commands by what they are for: where each is, and what the list of commands says of it.

The list is printed without importing one of them, so each one's first sentence is here as well.
"""

from __future__ import annotations

from typing import NamedTuple

PROGRAM = "numstake-tui"
"""What the program is called by."""


class Entry(NamedTuple):
    """A command: its ``module`` in this package, and its ``sentence`` in the list of commands."""

    module: str
    sentence: str


SECTIONS: dict[str, dict[str, Entry]] = {
    "Account": {
        "login": Entry(
            "account.account", "Check an API key with Numerai and put it into the keyring."
        ),
        "logout": Entry(
            "account.account", "Remove the API key from the keyring; the ledger stays."
        ),
        "config": Entry("account.config", "Show, check and edit the config file."),
        "doctor": Entry("account.account", "Check that all is in order, and say what to do."),
        "sync": Entry("account.reports", "Fetch what is new from Numerai."),
        "backup": Entry(
            "account.backups", "Copy the ledger into FILE, checked, also while the app runs."
        ),
        "restore": Entry(
            "account.backups", "Put the backup FILE in the ledger's place, and keep that aside."
        ),
    },
    "Look, without network": {
        "status": Entry(
            "account.status", "One line: stake, last payouts, next close, what misses."
        ),
        "models": Entry("account.reports", "All models: stakes, what is at risk, pending changes."),
        "earnings": Entry("earnings.earnings", "What every round paid every model."),
        "risk": Entry(
            "earnings.risk", "What the running rounds could lose, and through which models."
        ),
        "explain": Entry("earnings.earnings", "Why a round paid a model what it paid."),
        "positions": Entry(
            "stakes.strategy", "Atomic positions: what is locked, claimable and idle."
        ),
        "unlocks": Entry("stakes.strategy", "When which NMR comes free, over both systems."),
        "project": Entry(
            "stakes.projecting", "Where an allocation strategy leads over coming rounds."
        ),
        "cash": Entry("stakes.cash", "When AMOUNT NMR can be had, by which way, at what cost."),
        "notices": Entry(
            "notices.notices", "What deserves attention, by what is lost and how soon."
        ),
    },
    "Plan and change": {
        "targets": Entry("targets.plan", "What stakes should become, as edited in the app."),
        "plan": Entry("targets.plan", "The changes that lead from the stakes to the targets."),
        "move": Entry("targets.move", "Move NMR from one model to one or several."),
        "policy": Entry("policy.policy", "Where payouts go, by percent."),
        "queue": Entry("queue.queue", "Stake changes, from draft to what became of them."),
        "strategy": Entry("stakes.strategy", "Allocation strategies: systems, settings and keys."),
        "tx": Entry("queue.tx", "Transactions of an allocation strategy."),
        "wallet": Entry("queue.wallet", "The owner's key, encrypted in keyring or keystore file."),
    },
    "Your predictors": {
        "predictors": Entry("slots.predictors", "Your own trained models, wherever they sit."),
        "slots": Entry(
            "slots.slots", "Which of your predictors sits in which slot, round by round."
        ),
        "shuffle": Entry("slots.shuffle", "Whether moving predictors between slots helps."),
    },
    "Records": {
        "export": Entry("records.records", "Every movement of NMR as a file for accounting."),
        "prices": Entry("records.records", "Prices of NMR by day."),
        "summary": Entry("records.records", "Income, burns and net by year, tournament and model."),
    },
    "Scripts": {
        "completion": Entry(
            "scripting.completion", "The script that completes commands and names in a shell."
        ),
        "man": Entry("scripting.man", "The manual page of all commands, as man reads it."),
        "schema": Entry(
            "scripting.schema", "The JSON schema of what a command prints with --json."
        ),
        "sandbox": Entry(
            "account.sandbox", "An embedded Numerai on this machine, for demos and scripts."
        ),
    },
}
"""Every command by section, in the order of the list."""

COMMANDS = {name: entry for section in SECTIONS.values() for name, entry in section.items()}
"""The same without the sections."""
