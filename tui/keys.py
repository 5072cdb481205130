"""Every action with its key, label and help: feeds bindings, key bar, palette and ``?``.

An action belongs to a group: ``Everywhere``, ``Table`` (moving about), ``View`` (all modes) or
one mode. Users remap keys in the config by action id (``[keys]``), several keys separated by
commas; one key may mean two things only in two different modes.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

from textual.binding import Binding, BindingType
from textual.keys import format_key

from ledger.dataclass import dataclass
from ledger.errors import ConfigError
from tui import key_names

EVERYWHERE = "Everywhere"
TABLE = "Table"
VIEW = "View"
STAKING = "Change a stake"
TARGETS = "Targets"
PLAN = "Plan"
QUEUE = "Queue"
EARNINGS = "Earnings"
PAYOUTS = "Payouts"
TRIAL = "Simulation"
HOME = "Home"
MODELS = "Models"
COLUMNS = "Columns"
ROUNDS = "A model's rounds"
SLOTS = "Slots"
PREDICTORS = "Predictors"
BACKTEST = "Backtest"
UNLOCKS = "Unlocks"
NOTICES = "Notices"
RISK = "Risk"
SETTINGS = "Settings"
DEMO = "Demo"

_SHARED = frozenset({EVERYWHERE, TABLE, VIEW, DEMO})

TOGETHER = (
    frozenset({STAKING, COLUMNS}),
    frozenset({STAKING, COLUMNS, MODELS}),
    frozenset({STAKING, ROUNDS}),
)
"""Groups that work on one page together, besides the shared ones."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a user can do. ``key`` holds Textual key names, ``label`` fits into a key bar.

    ``hint``: its rank in the key bar, 1 first; 0 is not offered there. ``priority``: works while
    an input has the focus. ``call``: the Textual action, when it is not called like the id.
    """

    id: str
    key: str
    label: str
    help: str
    group: str
    hint: int = 0
    priority: bool = False
    call: str = ""

    @property
    def action(self) -> str:
        """What Textual runs: the id with underscores unless ``call`` says otherwise."""
        return self.call or self.id.replace("-", "_")

    @property
    def method(self) -> str:
        """The name of the method behind it."""
        return "action_" + self.action.partition("(")[0]


def _mode(name: str, key: str, text: str) -> Action:
    return Action(name, key, name, text, EVERYWHERE, call=f"mode('{name}')")


_RECORDS = "Records for your accounts, or a year for taxes."

ACTIONS: tuple[Action, ...] = (
    _mode("home", "0", "What there is, whether it grows, what is next."),
    _mode("models", "1", "All models of all tournaments on one page."),
    _mode("stakes", "2", "What is staked, what changes when."),
    _mode("earnings", "3", "Payouts by round and model."),
    _mode("slots", "4", "Submissions by round and slot."),
    _mode("queue", "5", "Stake changes and what became of them."),
    _mode("unlocks", "6", "Which NMR comes free when."),
    _mode("notices", "7", "What deserves attention."),
    Action("callouts", "exclamation_mark", "callouts", "All that deserves attention.", EVERYWHERE),
    Action("sync", "r", "sync", "Ask Numerai for news now.", EVERYWHERE, hint=8),
    Action("help", "question_mark", "help", "Explain the screen in front.", EVERYWHERE, hint=20),
    Action("chapter", "H", "chapter", "The manual on the screen in front.", EVERYWHERE),
    Action("chapters", "I", "manual", "All chapters of the manual.", EVERYWHERE),
    Action(
        "command-palette", "ctrl+p,colon", "commands", "Find all by name, or say it.", EVERYWHERE
    ),
    Action("change-theme", "f2", "theme", "Choose the colours.", EVERYWHERE),
    Action("settings", "comma", "settings", "Every setting and key, to be changed.", EVERYWHERE),
    Action("interrupt", "ctrl+c", "stop", "Stop the running sync.", EVERYWHERE, priority=True),
    Action("suspend", "ctrl+z", "suspend", "Back to the shell; fg returns.", EVERYWHERE),
    Action("quit", "q,ctrl+q", "quit", "Leave.", EVERYWHERE, hint=21),
    Action("redraw", "ctrl+l", "redraw", "Paint the whole screen anew.", EVERYWHERE),
    Action(
        "next-round",
        "right_square_bracket",
        "next round",
        "One round on.",
        DEMO,
        hint=6,
        call="advance(1)",
    ),
    Action("tour", "f3", "tour", "Show around, in eight steps.", DEMO),
    Action("next-week", "right_curly_bracket", "next week", "A week on.", DEMO, call="advance(5)"),
    Action("down", "down,j", "down", "Next row.", TABLE),
    Action("up", "up,k", "up", "Row before.", TABLE),
    Action("page-down", "pagedown,ctrl+f", "page down", "A page down.", TABLE),
    Action("page-up", "pageup,ctrl+b", "page up", "A page up.", TABLE),
    Action("first", "home,g", "first", "First row.", TABLE),
    Action("last", "end,G", "last", "Last row.", TABLE),
    Action("left", "left,h,shift+left", "left", "Columns to the left.", TABLE),
    Action("right", "right,l,shift+right", "right", "Columns to the right.", TABLE),
    Action("choose", "enter", "deeper", "What is behind the row marked.", TABLE, hint=1),
    Action("filter", "slash", "filter", "Show only rows that contain a text.", VIEW, hint=4),
    Action("tournament", "t", "tournament", "Next tournament.", VIEW, hint=7),
    Action("sort", "s", "sort", "Choose the column to sort by, by its letter.", VIEW, hint=5),
    Action("sort-reverse", "S", "reverse", "Sort the other way round.", VIEW),
    Action("copy", "y", "copy", "Copy the row marked, amounts exact.", VIEW),
    Action("open", "O", "open", "What the cell marked is about, on a page of its own.", VIEW),
    Action("back", "escape", "back", "Close detail or filter, else go back a page.", VIEW),
    Action("forward", "ctrl+o,alt+right", "forward", "The page that was left last.", VIEW),
    Action("risk", "X", "risk", "What the running rounds could lose together.", VIEW),
    Action("keep-filter", "F", "keep filter", "Filter and tournament on all panes.", VIEW),
    Action("increase", "plus", "increase", "More NMR on it, in all or per round.", STAKING, hint=2),
    Action(
        "decrease", "minus", "decrease", "Less NMR on it, in all or per round.", STAKING, hint=3
    ),
    Action(
        "cancel-release", "x", "cancel release", "Call a pending release back.", STAKING, hint=9
    ),
    Action("edit-release", "e", "edit release", "Another amount for a pending release.", STAKING),
    Action("drain", "D", "drain", "Release everything, or open no positions.", STAKING),
    Action("take-profit", "p", "take profit", "Earnings to the Numerai wallet, or not.", STAKING),
    Action("mark-model", "space", "mark", "Mark the model NMR moves to, or not.", STAKING),
    Action("move", "m", "move NMR", "From the model to others, with dates.", STAKING, hint=5),
    Action(
        "targets",
        "a",
        "targets",
        "The allocation editor: what stakes should become.",
        STAKING,
        hint=4,
    ),
    Action("positions", "v", "positions", "Every round the model is staked in.", STAKING, hint=9),
    Action("strategy", "i", "strategy", "What is known of its tournament, and how.", STAKING),
    Action("its-payouts", "P", "its payouts", "What the model marked was paid.", STAKING),
    Action("its-predictors", "L", "its predictors", "Who sat in it, round by round.", STAKING),
    Action("its-changes", "C", "its changes", "What was asked of the model marked.", STAKING),
    Action("export-records", "E", "export", _RECORDS, STAKING, call="export"),
    Action("export-account", "E", "export", _RECORDS, HOME, call="export"),
    Action("fewer-days", "less_than_sign", "fewer", "Fewer days.", HOME, hint=2, call="span(-1)"),
    Action("more-days", "greater_than_sign", "more", "More days.", HOME, hint=3, call="span(1)"),
    Action("detail", "d", "detail", "Stake, scores and rounds beside the table.", MODELS, hint=9),
    Action("columns", "c", "columns", "Which are shown, and in which order.", COLUMNS, hint=9),
    Action("worst-round", "w", "worst", "The round that burns most.", ROUNDS, hint=2),
    Action("drain-target", "d", "drain", "Release everything from the model.", TARGETS, hint=5),
    Action("max-target", "m", "max", "All NMR no other model wants.", TARGETS, hint=5),
    Action("clear-target", "backspace,delete", "clear", "No target for the model.", TARGETS),
    Action("clear-targets", "C", "clear all", "No target for any model.", TARGETS),
    Action("mode", "M", "mode", "Constant or compound, where staking is atomic.", TARGETS, hint=6),
    Action("lock", "L", "lock", "Weights leave the model alone, or not.", TARGETS, hint=7),
    Action("undo-target", "u", "undo", "Take the last edit back.", TARGETS, hint=4),
    Action("redo-target", "ctrl+r", "redo", "Make the edit taken back again.", TARGETS),
    Action("weights", "w", "weights", "Spread NMR over the models by a rule.", TARGETS, hint=3),
    Action(
        "target-sets", "o", "sets", "Load, save, copy or delete named targets.", TARGETS, hint=6
    ),
    Action("way", "v", "other way", "Another way around the pending release.", TARGETS),
    Action("plan", "p", "plan", "Steps, dates and what is in the way.", TARGETS, hint=2),
    Action("plan-chart", "c", "chart", "All NMR, the model's stake, or no chart.", PLAN, hint=3),
    Action("plan-way", "v", "other way", "Another way around the model's release.", PLAN, hint=5),
    Action("expected", "e", "payouts", "Expect none, those of the past, or a rate.", PLAN, hint=4),
    Action("take-offer", "space", "take", "Take an offered step, or not.", PLAN, hint=4),
    Action("enqueue", "Q", "queue these drafts", "Put the plan into the queue.", PLAN, hint=2),
    Action("confirm", "c", "confirm", "Confirm what is marked, then send it.", QUEUE, hint=2),
    Action("run", "R", "run", "Send everything that is confirmed and due.", QUEUE, hint=3),
    Action("mark", "space", "mark", "Mark the change for the next key, or not.", QUEUE, hint=4),
    Action("mark-all", "A", "mark drafts", "Mark all that can be confirmed, or none.", QUEUE),
    Action("carry-out", "w", "carry out", "Checklist, transaction or signature.", QUEUE, hint=5),
    Action("other-way", "W", "other way", "By hand, signed elsewhere, or signed here.", QUEUE),
    Action("website", "at", "website", "The demo's website does what is by hand.", QUEUE),
    Action("edit", "e", "edit", "Alter amount and conditions before it is sent.", QUEUE, hint=5),
    Action("cancel", "x", "cancel", "Cancel what is marked and not sent yet.", QUEUE, hint=5),
    Action("undo-drafts", "z", "undo drafts", "Take back what was drafted last.", QUEUE, hint=6),
    Action("later", "J,shift+down", "later", "Send it after the next one.", QUEUE, call="shift(1)"),
    Action(
        "sooner", "K,shift+up", "sooner", "Send it before the one above.", QUEUE, call="shift(-1)"
    ),
    Action("retry", "T", "retry", "Ask again for what was refused, as a new draft.", QUEUE),
    Action("reconcile", "U", "look up", "Find out what became of it.", QUEUE, hint=6),
    Action("judge", "V", "judge", "Say what became of it when nobody can tell.", QUEUE),
    Action("state", "f", "state", "Show only the open ones, or those in one state.", QUEUE, hint=6),
    Action("open-only", "o", "open only", "Hide changes that are done with.", QUEUE),
    Action("export-changes", "E", "export", "All changes, step by step.", QUEUE, call="export"),
    Action("chart", "c", "chart", "Its curve, its bars, or no chart.", EARNINGS, hint=3),
    Action("group-by", "b", "group", "By round, day, week … tournament, model.", EARNINGS, hint=2),
    Action("group-back", "B", "group back", "The grouping before.", EARNINGS, call="group_by(-1)"),
    Action("unit", "dollar_sign", "unit", "NMR, percent or a currency.", EARNINGS, hint=2),
    Action("interpolate", "i", "interpolate", "Fill in days without a price, or not.", EARNINGS),
    Action("extremes", "w", "best, worst", "What earned and what burned most.", EARNINGS, hint=5),
    Action("fewer-rounds", "less_than_sign", "fewer", "Fewer rounds.", EARNINGS),
    Action("more-rounds", "greater_than_sign", "more", "More rounds.", EARNINGS),
    Action("rounds-listed", "o", "listed", "The rounds of a sum as text, to copy.", EARNINGS),
    Action("export-earnings", "E", "export", _RECORDS, EARNINGS, hint=6, call="export"),
    Action("policy", "a", "allocate", "Where payouts go, by percent.", EARNINGS, hint=3),
    Action("try-policy", "p", "simulate", "What it would have done in the past.", PAYOUTS, hint=2),
    Action("switch-on", "w", "switch on", "Put it in force, after a Yes.", PAYOUTS, hint=2),
    Action("switch-off", "W", "switch off", "Leave payouts where they are again.", PAYOUTS),
    Action("find-destination", "f", "find", "Go to a column by its name.", PAYOUTS, hint=3),
    Action("policy-view", "v", "NMR", "Percentages, or what accrued in NMR.", PAYOUTS, hint=4),
    Action("all-columns", "a", "all columns", "All columns, or those in use.", PAYOUTS, hint=6),
    Action("policy-rules", "e", "rules", "Burns, threshold and schedule.", PAYOUTS, hint=5),
    Action("add-pool", "P", "pool", "Set NMR aside under a name.", PAYOUTS, hint=6),
    Action("clear-share", "backspace,delete", "nothing", "Nothing for the cell.", PAYOUTS),
    Action("clear-row", "x", "clear row", "What all others say holds for it.", PAYOUTS, hint=6),
    Action("mark-source", "space", "mark", "Mark the row to be copied to, or not.", PAYOUTS),
    Action("copy-shares", "Y", "copy row", "To the rows marked, or to all others.", PAYOUTS),
    Action("undo-share", "u", "undo", "Take the last edit back.", PAYOUTS, hint=5),
    Action("redo-share", "ctrl+r", "redo", "Make the edit taken back again.", PAYOUTS),
    Action("policy-history", "o", "history", "The versions that were in force.", PAYOUTS),
    Action("policy-info", "i", "info", "The policy in words, and what waits.", PAYOUTS, hint=6),
    Action("fewer-tried", "less_than_sign", "fewer", "Fewer rounds.", TRIAL, hint=3),
    Action("more-tried", "greater_than_sign", "more", "More rounds.", TRIAL, hint=3),
    Action(
        "switch-tried-on",
        "w",
        "switch on",
        "Put it in force, after a Yes.",
        TRIAL,
        hint=2,
        call="switch_on",
    ),
    Action("show-scores", "c", "view", "Predictors, submissions, scores or NMR.", SLOTS, hint=6),
    Action("shuffle", "m", "generate", "Generate who sits where, previewed.", SLOTS, hint=2),
    Action("predictors", "v", "predictors", "Every predictor's own record.", SLOTS, hint=3),
    Action("backtest", "b", "backtest", "Whether shuffling would have helped.", SLOTS, hint=5),
    Action("info", "i", "info", "The cell marked in full.", SLOTS),
    Action("swap-slots", "x", "swap", "Mark a slot, then swap it with another.", SLOTS, hint=3),
    Action("copy-round", "Y", "copy row", "Copy the round marked.", SLOTS),
    Action("put-round", "p", "put row", "Put the copied round into the one marked.", SLOTS),
    Action("undo-slots", "u", "undo", "Take the last change of the log back.", SLOTS, hint=4),
    Action("empty-slot", "minus", "empty", "Leave the slot empty on purpose.", SLOTS),
    Action("carry-over", "backspace,delete", "carry over", "Say nothing for the cell.", SLOTS),
    Action("export-slots", "E", "export", "Who sat where, as CSV or JSON.", SLOTS, call="export"),
    Action("add-predictor", "a", "add", "Name a new predictor.", PREDICTORS, hint=2),
    Action(
        "rename-predictor", "e", "rename", "Another name for the one marked.", PREDICTORS, hint=3
    ),
    Action("retire-predictor", "x", "retire", "Offer it no more, or again.", PREDICTORS, hint=4),
    Action("fewer-scores", "less_than_sign", "fewer", "Fewer rounds.", PREDICTORS, hint=6),
    Action("more-scores", "greater_than_sign", "more", "More rounds.", PREDICTORS, hint=6),
    Action("models-or-slots", "b", "slots", "Predictors or slots as models.", BACKTEST, hint=2),
    Action("complete-rounds", "a", "complete", "All rounds, or complete ones.", BACKTEST, hint=3),
    Action("next-seed", "n", "next seed", "Other random shuffles.", BACKTEST, hint=4),
    Action("in-nmr", "p", "in NMR", "Compare in NMR too, or not.", BACKTEST, hint=2),
    Action("notes", "i", "notes", "What the figures can and can't tell.", BACKTEST, hint=5),
    Action("unlock-view", "v", "view", "Settings stay, or all disabled now.", UNLOCKS, hint=2),
    Action("unlock-span", "b", "group", "By day, by week, or one by one.", UNLOCKS, hint=3),
    Action("when-free", "n", "ask when", "When so much NMR is free.", UNLOCKS, hint=3),
    Action("unlock-info", "i", "in full", "The row in words, to be copied.", UNLOCKS, hint=5),
    Action("export-unlocks", "E", "export", "Keep it as CSV or iCalendar.", UNLOCKS, hint=6),
    Action("unlock-chart", "c", "chart", "Its curve, its bars, or no chart.", UNLOCKS, hint=7),
    Action("notice-info", "i", "in full", "The notice in full, to be copied.", NOTICES, hint=2),
    Action("risk-view", "v", "view", "By model, or how models move together.", RISK, hint=2),
    Action("save-settings", "w", "save", "Write what was changed here.", SETTINGS, hint=2),
    Action("default", "backspace,delete", "default", "What counts without it.", SETTINGS, hint=3),
    Action("undo-setting", "u", "undo", "Take the last edit back.", SETTINGS, hint=3),
    Action("setting-info", "i", "in full", "The setting in full, to be copied.", SETTINGS, hint=5),
)
"""All actions, in the order help and palette list them."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


def bindings(*groups: str) -> list[BindingType]:
    """Textual bindings of all actions of ``groups``, remappable by their ids."""
    return [binding(action.id) for action in ACTIONS if action.group in groups]


def binding(action_id: str) -> Binding:
    """The Textual binding of one action."""
    action = BY_ID[action_id]
    return Binding(
        action.key,
        action.action,
        action.label,
        show=bool(action.hint),
        priority=action.priority,
        tooltip=action.help,
        id=action.id,
    )


def keymap(remapped: Mapping[str, str]) -> dict[str, str]:
    """``[keys]`` of the config, checked, in the form of ``App.set_keymap``.

    Raises:
        ConfigError: an id that does not exist, a key that does not, or one that would mean two
            things at once.
    """
    for action_id, given in remapped.items():
        if action_id not in BY_ID:
            near = difflib.get_close_matches(action_id, BY_ID, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise _refused(action_id, "is not an action.", f"{hint}There are: {', '.join(BY_ID)}.")
        refuse_unknown(action_id, given)
    by_key = _by_key(remapped)
    for key, actions in by_key.items():
        for other, action in combinations(actions, 2):
            if _meet(action.group, other.group):
                # The one that was given a key of its own is the one to be changed.
                first, second = (action, other) if other.id in remapped else (other, action)
                raise ConfigError(
                    f"[keys] {display(key)} would be both {first.id} and {second.id}.",
                    f"Give one of them another key. {free_in_words(second, remapped)}",
                    setting=f"keys.{second.id}",
                )
    return dict(remapped)


def refuse_unknown(action_id: str, given: str) -> None:
    """Take no key that no terminal sends.

    Raises:
        ConfigError: one of ``given``, separated by commas, is none.
    """
    for key in names(given):
        if not key_names.is_key(key):
            near = key_names.likely(key)
            hint = f"Did you mean {near}? " if near else ""
            raise _refused(action_id, f"{key!r} is not a key.", f'{hint}Write "f5" or "ctrl+s,f5".')


def _refused(action_id: str, what: str, advice: str) -> ConfigError:
    return ConfigError(f"[keys] {action_id}: {what}", advice, setting=f"keys.{action_id}")


def in_the_way(
    action: Action, wanted: Iterable[str], remapped: Mapping[str, str]
) -> tuple[str, Action] | None:
    """Which of the keys ``wanted`` for ``action`` means something else where it works, and what."""
    by_key = _by_key(remapped)
    for key in wanted:
        for other in by_key.get(key, ()):
            if other is not action and _meet(action.group, other.group):
                return key, other
    return None


def free(action: Action, remapped: Mapping[str, str]) -> list[str]:
    """Keys that ``action`` could have, the shortest first."""
    by_key = _by_key(remapped)

    def is_taken(key: str) -> bool:
        others = (other for other in by_key.get(key, ()) if other is not action)
        return any(_meet(action.group, other.group) for other in others)

    return [key for key in key_names.candidates() if not is_taken(key)]


def free_in_words(action: Action, remapped: Mapping[str, str]) -> str:
    """A sentence that lists some of them."""
    shown = [display(key) for key in free(action, remapped)[:_MOST_FREE]]
    return f"Free for it: {' '.join(shown)}." if shown else ""


_MOST_FREE = 16


def _by_key(remapped: Mapping[str, str]) -> dict[str, list[Action]]:
    """What each key means, what it means everywhere first."""
    by_key: dict[str, list[Action]] = {}
    for action in sorted(ACTIONS, key=lambda action: action.group not in _SHARED):
        for key in dict.fromkeys(keys_of(action, remapped)):
            by_key.setdefault(key, []).append(action)
    return by_key


def _meet(one: str, other: str) -> bool:
    """Whether actions of two groups work at one place."""
    alike = one == other or one in _SHARED or other in _SHARED
    return alike or any({one, other} <= page for page in TOGETHER)


def commands(
    owners: Mapping[str, object], remapped: Mapping[str, str], choose: Callable[[], object]
) -> dict[str, Callable[[], object]]:
    """What each key does at once and in order, by key: the actions of the groups in ``owners``,
    each a method of its group's owner, and ``choose`` for the key that chooses a row."""
    by_key: dict[str, Callable[[], object]] = {
        key: getattr(owners[action.group], action.method)
        for action in ACTIONS
        if action.group in owners
        for key in keys_of(action, remapped)
    }
    return by_key | dict.fromkeys(keys_of(BY_ID["choose"], remapped), choose)


def keys_of(action: Action, remapped: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of ``action`` in force, as Textual names them."""
    return names(remapped.get(action.id, action.key))


def shown_key(action: Action, remapped: Mapping[str, str]) -> str:
    """The first key of ``action`` as a user reads it: ``^p``, ``?``, ``+``, ``esc``."""
    return display(keys_of(action, remapped)[0])


def display(key: str) -> str:
    """A Textual key name as a user reads it."""
    *modifiers, name = key.split("+") if key != "+" else [key]
    text = _SHORT.get(name) or format_key(name)
    if "shift" in modifiers:
        text = f"⇧{text}"
    if "alt" in modifiers:
        text = f"alt+{text}"
    return f"^{text}" if "ctrl" in modifiers else text


_SHORT = {"escape": "esc", "enter": "enter", "pagedown": "pgdn", "pageup": "pgup", "space": "space"}


def names(keys: str) -> tuple[str, ...]:
    """Keys separated by commas, as Textual names them."""
    return tuple(key_names.named(key) for key in keys.split(","))
