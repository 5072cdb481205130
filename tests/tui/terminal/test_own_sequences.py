"""What goes to the terminal is what the app paints with, and text, whoever wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ledger.sandbox import Sandbox
from tests.outside import CLASSES, EVERY, fill, steers
from tests.tui.emulated import Emulated
from tests.tui.process import AppProcess
from tui.terminal.own_sequences import only_own
from tui.terminal.painting import REPEATS

OWN = (
    *(
        "\x1b[5;12H",
        "\x1b[H",
        "\x1b[2J",
        "\x1b[K",
        "\x1b[12X",
        "─\x1b[9b",
        "\x1b[3A",
        "\x1bM",
        "\r",
        "\b\b",
    ),
    *("\x1b[0m", "\x1b[1;38;2;1;2;3;48;5;9m", "\x1b[?2026h", "\x1b[?1049l", "\x1b[?2048$p"),
    *("\x1b[>1u", "\x1b[<u", "\x1b]8;id=1;https://numer.ai\x1b\\", "\x1b]8;;\x1b\\", "\n", "\v"),
)
"""What a frame is made of."""

ALONE = ("\x07", "\x1b]22;pointer\x1b\\", "\x1b]52;c;eA==\x07", REPEATS)
"""What is written by itself."""

PAINTED = re.compile(
    rb"\x1b\[[\d;]*[ABCDGHJKXbm]|\x1b\[\?[\d;]+[hl]|\x1b\[\?\d+\$p|\x1b\[[<>=?]\d*u|\x1bM"
    rb"|\x1b\]22;[a-z-]*\x1b\\|[\x08\t\n\x0b\r]"
)
"""Everything that steers in what a whole session writes; the clipboard is not among it."""

pieces = st.one_of(st.sampled_from(OWN), st.text(st.characters(codec=None), max_size=8))


@pytest.mark.parametrize("own", [*OWN, *ALONE, "".join(OWN)])
def test_what_the_app_writes_goes_through(own: str) -> None:
    assert only_own(own) == own


@pytest.mark.parametrize("steering", CLASSES.values(), ids=CLASSES)
def test_a_frame_that_cannot_be_read_keeps_its_own_and_its_width(steering: str) -> None:
    text = f"al{steering}der"
    sent = only_own(f"\x1b[5;1H\x1b[31m{text}\x1b[0m\x1b]99;{steering}\x1b[6n")
    rest = "".join(re.split(PAINTED.pattern.decode(), sent))
    assert not steers(rest)
    assert "\x1b[31m" in sent and "\x1b]52" not in sent
    assert cell_len(only_own(text).translate({27: None, 7: None})) >= len("alder")


@given(st.lists(pieces))
def test_nothing_else_ever_steers(frame: list[str]) -> None:
    sent = only_own("".join(frame))
    if sent not in ALONE:
        links = re.sub(r"\x1b\]8;[^\x00-\x1f;]*;[^\x00-\x1f\x7f-\x9f]*\x1b\\", "", sent)
        assert not steers("".join(re.split(PAINTED.pattern.decode(), links)))
    assert only_own(sent) == sent


@pytest.mark.long
def test_a_session_on_hostile_names_writes_its_own_sequences_alone(
    tmp_path: Path, synced_ledger: Path, sandbox: Sandbox
) -> None:
    """From the first paint back to the shell, as a terminal reads it."""
    app = AppProcess(tmp_path / "app", sandbox)
    app.set_up(synced_ledger)
    assert fill(app.ledger_file, f"[/foo][@click=app.quit]{EVERY}") > 10
    with Emulated(app.command, env=app.environment, size=(200, 50)) as terminal:
        terminal.wait_for("16 models", "[/foo][@click=app.quit]")
        terminal.press("3")
        terminal.wait_for("added up")
        terminal.press("2\r")
        terminal.wait_for("locked")
        terminal.press("q")
        assert terminal.wait_end() == 0
    rest = PAINTED.sub(b"", terminal.written.replace(REPEATS.encode(), b"", 1)).decode()
    assert not steers(rest), [rest[max(0, at - 40) : at + 40] for at in places(rest)]
    assert b"\x1b]52" not in terminal.written


def places(text: str) -> list[int]:
    """Where something steers."""
    return [at for at, letter in enumerate(text) if steers(letter)][:3]
