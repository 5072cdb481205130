"""Names are never parsed: markup in a text means nothing, and no text names an action."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from textual.content import Content

import tui
from ledger.errors import Refused
from tests.conftest import BookMaker
from tests.tui.driving import QUIET, app_of, running, settled
from tui import problems
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.text_dialog import TextDialog
from tui.widgets.button import Button
from tui.widgets.static import Static
from tui.widgets.tick import Tick

NAMES = ("[/foo]", "[@click=app.quit]alder[/]", "[b]alder[/b]", "alder [red", "[", "\\[/")

PARSING = {"from_markup", "from_text", "render_str", "render_markup"}
"""What reads markup."""

TITLES = {"border_title", "border_subtitle", "tooltip", "label"}
"""What is given to a widget and would be read as markup."""

WIDGETS = {"static.py": "Static", "button.py": "Button", "tick.py": "Checkbox"}
"""The one place where each widget that would read markup is made one that does not."""


def found(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(Path(tui.__file__).parent)}:{getattr(node, 'lineno', 0)}"


def widgets(path: Path, node: ast.AST) -> bool:
    """Whether it imports a widget that reads markup; ``Input`` and the containers read none."""
    if not isinstance(node, ast.ImportFrom):
        return False
    names = {alias.name for alias in node.names}
    if node.module == "textual":
        return "widgets" in names and path.name not in WIDGETS
    of_widgets = (node.module or "").startswith("textual.widgets")
    return of_widgets and not names <= {"Input", WIDGETS.get(path.name)}


def readers(path: Path, node: ast.AST) -> bool:
    """Whether it reads markup."""
    return (
        (isinstance(node, ast.Attribute) and node.attr in PARSING)
        or (isinstance(node, ast.ImportFrom) and node.module in {"rich.markup", "textual.markup"})
        or (isinstance(node, ast.keyword) and node.arg == "markup" and not _is_false(node.value))
        or (isinstance(node, ast.Constant) and "@click" in str(node.value))
        or (isinstance(node, ast.FunctionDef) and node.name == "render" and _returns_text(node))
    )


def titles(path: Path, node: ast.AST) -> bool:
    """Whether it gives a widget a title that is a text."""
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    titled = any(isinstance(one, ast.Attribute) and one.attr in TITLES for one in targets)
    return titled and not _is_content(node)


@cache
def offences() -> dict[Callable[[Path, ast.AST], bool], set[str]]:
    """Where each of the rules is broken: the sources are gone through once."""
    places: dict[Callable[[Path, ast.AST], bool], set[str]] = {
        rule: set() for rule in (widgets, readers, titles)
    }
    for path in Path(tui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for rule, broken in places.items():
                if rule(path, node):
                    broken.add(found(path, node))
    return places


def test_widgets_that_read_markup_are_used_by_those_that_do_not() -> None:
    assert not offences()[widgets]


def test_nothing_reads_markup() -> None:
    assert not offences()[readers]


def test_titles_are_content() -> None:
    assert not offences()[titles]


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _returns_text(function: ast.FunctionDef) -> bool:
    return function.returns is None or ast.unparse(function.returns) == "str"


def _is_content(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    called = node.value.func if isinstance(node.value, ast.Call) else None
    return called is not None and ast.unparse(called).split(".")[0] == "Content"


@pytest.mark.parametrize("name", NAMES)
def test_a_label_is_what_is_written(name: str) -> None:
    button = Button(name, id="x")
    assert isinstance(button.label, Content)
    assert button.label.plain == name
    button.label = name
    assert button.label.plain == name
    assert Tick(name, True, id="x").label.plain == name
    static = Static(name)
    assert str(static.visual) == name
    static.update(name[::-1])
    assert str(static.visual) == name[::-1]


async def test_names_in_notices_and_titles_end_nothing(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        for name in NAMES:
            app.notify(f"{name} copied.", title=name)
            problems.show(app, Refused(f"no {name}"))
            await settled(pilot)
            dialog = app.screen
            assert isinstance(dialog, TextDialog)
            await pilot.press("escape")
            question = Question(name, f"{name} by 1 NMR", (name,), f"Send {name}?", (name,))
            await app.push_screen(ConfirmDialog(question))
            await settled(pilot)
            frame = app.screen.query_one(".dialog--frame")
            title = getattr(frame, "_border_title")  # noqa: B009 - the text, not its markup
            assert title.plain == name
            await pilot.press("escape")
            app.notify(name, title=name)
            await settled(pilot)
        shown = {str(toast.render()) for toast in app.screen.query("Toast")}
        assert f"{NAMES[-1]}\n{NAMES[-1]}" in shown


async def test_no_text_names_an_action(make_book: BookMaker) -> None:
    """Should markup ever be read again: a click on it runs nothing."""
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        linked = Content.from_markup("[@click=app.notify('ran')]alder[/]")
        await app.push_screen(TextDialog("alder", linked))
        await settled(pilot)
        assert await pilot.click("#text", offset=(1, 0))
        await settled(pilot)
        assert not app.screen.query("Toast")
