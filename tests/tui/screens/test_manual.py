"""The manual: its files, how they are laid out, and the keys that open them."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tui.driving import AT_HOME, QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import front
from tui.help import CHAPTERS, Chapter, chapter_of
from tui.help.layout import inline, lines
from tui.screens.dialogs.chapters import ChapterDialog, ChapterList
from tui.screens.dialogs.dialog import Dialog
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.palette.palette import Palette
from tui.screens.pane import Pane
from tui.widgets.note import Note

if TYPE_CHECKING:
    from tests.conftest import BookMaker

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tui" / "help"

WIDTH = 70
"""Cells that a text has in a terminal of 80."""

every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)


def plain(source: str, width: int = WIDTH) -> list[str]:
    return [line.plain for line in lines(source, width)]


def panes() -> set[type[Pane[Any]]]:
    """Every kind of screen there is."""
    for file in (ROOT / "tui" / "screens").rglob("*.py"):
        import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    kinds: set[type[Pane[Any]]] = set()
    below: list[type[Pane[Any]]] = [Pane]
    while below:
        kind = below.pop()
        kinds.add(kind)
        below += kind.__subclasses__()
    return {kind for kind in kinds if hasattr(kind, "MODE")}


# The files


def test_every_file_is_a_chapter() -> None:
    assert sorted(file.stem for file in FOLDER.glob("*.md")) == sorted(
        chapter.name for chapter in CHAPTERS
    )


@every_chapter
def test_a_chapter_begins_with_its_title(chapter: Chapter) -> None:
    assert chapter.source().splitlines()[0] == f"# {chapter.title}"


@every_chapter
def test_the_readme_links_to_it(chapter: Chapter) -> None:
    link = f"| [{chapter.title}](tui/help/{chapter.name}.md) | {chapter.summary} |"
    assert link in (ROOT / "README.md").read_text().splitlines()


@pytest.mark.parametrize(
    "file",
    [ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *sorted(FOLDER.glob("*.md"))],
    ids=lambda file: file.stem,
)
def test_links_lead_somewhere(file: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", file.read_text())
    assert [link for link in links if "://" not in link and not (file.parent / link).exists()] == []


def test_every_screen_has_its_chapter() -> None:
    modes = {kind.MODE for kind in panes()}
    owners = [mode for chapter in CHAPTERS for mode in chapter.modes]
    assert sorted(owners) == sorted(modes)
    assert chapter_of("plan").name == "targets"


# How they are laid out


@given(st.sampled_from(CHAPTERS), st.integers(12, 130))
@example(CHAPTERS[0], 34)
@example(CHAPTERS[0], WIDTH)
def test_a_chapter_fits_into_any_width(chapter: Chapter, width: int) -> None:
    assert max(line.cell_length for line in lines(chapter.source(), width)) <= width


@every_chapter
def test_no_word_of_a_chapter_is_lost_or_added(chapter: Chapter) -> None:
    unseen = (f"# {chapter.title}", "![", "<!--", "```")
    source = [line for line in chapter.source().splitlines() if not line.startswith(unseen)]
    prose = re.sub(r"\[([^]]+)\]\((?!http)[^)]+\)", r"\1", "\n".join(source))
    assert letters("\n".join(plain(chapter.source(), 1000))) == letters(prose)


def letters(text: str) -> str:
    return re.sub(r"\W", "", text)


@every_chapter
def test_no_markup_of_a_chapter_is_left(chapter: Chapter) -> None:
    prose = "\n".join(line for line in plain(chapter.source()) if not line.startswith("  "))
    assert not re.search(r"\*\*|`|\]\(|<!--|^#|\.svg|\|", prose, re.MULTILINE)


def test_the_forms_of_a_chapter() -> None:
    source = """# Title

Some `code`, **bold
words** and [a chapter](queue.md), [a page](https://example.org).

## Part

- first item
  goes on
- second

![A picture](picture.svg)
<!-- a mark -->
```sh
numstake-tui sync --again --from 1340

done
```

| a | what it is |
| --- | --- |
| one | `x` |
| three | some longer text |
"""
    assert plain(source, 30) == [
        "Some code, bold words and a",
        "chapter, a page",
        "(https://example.org).",
        "",
        "Part",
        "",
        "- first item goes on",
        "- second",
        "",
        "  numstake-tui sync --again",
        "    --from 1340",
        "  ",
        "  done",
        "",
        "a      what it is",
        "one    x",
        "three  some longer text",
    ]
    assert plain(source, 16)[-8:] == [
        "a      what it",
        "       is",
        "",
        "one    x",
        "",
        "three  some",
        "       longer",
        "       text",
    ]


def test_what_stands_out_does_so_without_colour_too() -> None:
    styles = {str(span.style) for span in inline("a `b` **c** *d* [e](f.md)").spans}
    assert styles == {"bold $mark", "bold", "italic", "underline"}


def test_several_words_stand_out_together_and_a_star_in_code_stays() -> None:
    assert inline("*Create API key*, `A*b` and *c*").plain == "Create API key, A*b and c"
    assert inline("a trailing `*`, 2 * 3 * 4").plain == "a trailing *, 2 * 3 * 4"


# The keys that open them


def top(screen: TextDialog) -> str:
    """The first line on screen."""
    return screen.query_one(Note).text.splitlines()[0].rstrip()


def frame_title(screen: Dialog[Any]) -> str:
    return str(screen.query_one(".dialog--frame").border_title)


def marked(screen: ChapterList) -> str:
    rows = screen.query_one("#chapters", Note).text.splitlines()
    return next(row for row in rows if row.startswith("▌")).removeprefix("▌ ")


async def test_the_chapter_of_a_pane_opens_scrolls_and_closes(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), size=SMALL) as pilot:
        app = app_of(pilot)
        await pilot.press("6")
        await until(pilot, lambda: app.pane is not None and app.pane.MODE == "unlocks")
        await pilot.press("H")
        screen = await front(pilot, ChapterDialog)
        expected = plain(chapter_of("unlocks").source())
        assert frame_title(screen) == "Atomic staking"
        assert top(screen) == expected[0]
        assert screen.query_one(Note).region.height == SMALL[1] - 2
        await pilot.press("G")
        await until(pilot, lambda: screen.query_one(Note).text.endswith(expected[-1]))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.pane)


@pytest.mark.parametrize(
    ("way", "mode", "title"),
    [
        ("2a", "targets", "Rebalancing"),
        ("3a", "payouts", "Where payouts go"),
        ("4", "slots", "Slots and predictors"),
    ],
)
async def test_it_opens_where_keys_are_typed_into_a_table_too(
    make_book: BookMaker, way: str, mode: str, title: str
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        for key in way:
            before = app.pane
            await pilot.press(key)
            await until(pilot, lambda before=before: app.pane is not before)
            await until(pilot, lambda: app.pane is not None and app.pane.report is not None)
        assert (app.pane and app.pane.MODE) == mode
        await pilot.press("H")
        screen = await front(pilot, ChapterDialog)
        assert frame_title(screen) == title
        subtitle = str(screen.query_one(".dialog--frame").border_subtitle)
        assert subtitle.endswith("I manual · c copy · esc back")


async def test_help_leads_to_the_chapter_and_back(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), size=SMALL) as pilot:
        app = app_of(pilot)
        await pilot.press("5", "question_mark")
        help_screen = await front(pilot, HelpScreen)
        subtitle = str(help_screen.query_one(".dialog--frame").border_subtitle)
        assert "H chapter · I manual · c copy · esc close" in subtitle
        assert "The manual on the screen in front." in help_screen.text
        await pilot.press("H")
        assert frame_title(await front(pilot, ChapterDialog)) == "The queue"
        await pilot.press("escape")
        await front(pilot, HelpScreen)
        await pilot.press("I")
        assert marked(await front(pilot, ChapterList)) == "The queue"
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is app.pane)


async def test_the_list_of_chapters(make_book: BookMaker) -> None:
    async with running(make_book(config=AT_HOME), size=SMALL) as pilot:
        app = app_of(pilot)
        await pilot.press("I")
        listed = await front(pilot, ChapterList)
        frame = listed.query_one(".dialog--frame").region
        assert (frame.width, frame.bottom <= SMALL[1]) == (76, True)
        rows = listed.query_one("#chapters", Note).text.splitlines()
        assert [row[2:] for row in rows] == [chapter.title for chapter in CHAPTERS]
        assert marked(listed) == CHAPTERS[0].title
        await pilot.press("up", "end")
        await until(pilot, lambda: marked(listed) == CHAPTERS[-1].title)
        await pilot.press("down")
        assert listed.query_one("#summary", Note).text == CHAPTERS[-1].summary
        await pilot.press("enter")
        screen = await front(pilot, ChapterDialog)
        assert top(screen) == plain(CHAPTERS[-1].source())[0]
        await pilot.press("G", "I")
        assert marked(await front(pilot, ChapterList)) == CHAPTERS[-1].title
        await pilot.press("home", "j", "enter")
        assert await front(pilot, ChapterDialog) is screen
        await until(pilot, lambda: frame_title(screen) == CHAPTERS[1].title)
        assert top(screen) == plain(CHAPTERS[1].source())[0]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.pane)


async def test_a_chapter_is_copied_as_it_is_written(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("H")
        screen = await front(pilot, ChapterDialog)
        assert screen.text == chapter_of("models").source()
        await pilot.resize_terminal(40, 20)
        await until(pilot, lambda: top(screen) == plain(screen.text, 34)[0])


async def test_the_palette_and_the_config_know_the_keys(make_book: BookMaker) -> None:
    config = replace(QUIET, keys={"chapter": "f7", "chapters": "f8"})
    async with running(make_book(config=config)) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+p")
        await front(pilot, Palette)
        await pilot.press(*"chapters of the manual", "enter")
        await front(pilot, ChapterList)
        await pilot.press("escape", "f7")
        await front(pilot, ChapterDialog)
        await pilot.press("f8")
        await front(pilot, ChapterList)
        await pilot.press("escape", "escape", "question_mark")
        await front(pilot, HelpScreen)
        await pilot.press("f8")
        await front(pilot, ChapterList)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is app.pane)
        await pilot.press("H", "I")
        await settled(pilot)
        assert app.screen is app.pane


def test_the_app_starts_without_the_manual() -> None:
    code = "import sys, tui.open, tui.app, tui.screens.models; print('tui.help' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert loaded.stdout.strip() == "False"
