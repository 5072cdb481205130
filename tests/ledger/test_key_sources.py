"""Keys read where other programs keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import key_sources
from ledger.errors import CredentialsError

SECRET = "S3CRETWORD4711"

NUMERAI_CLI = f"""[numerai]
NUMERAI_PUBLIC_ID = PUBLIC
NUMERAI_SECRET_KEY = {SECRET}

[aws]
AWS_SECRET_ACCESS_KEY = other
"""
DOTENV = f"""# keys
export NUMERAI_PUBLIC_ID="PUBLIC"   # mine
NUMERAI_SECRET_KEY='{SECRET}'
OTHER=1
"""


@pytest.mark.parametrize(
    "text", [NUMERAI_CLI, NUMERAI_CLI.lower().replace(SECRET.lower(), SECRET), DOTENV]
)
def test_a_key_is_read_and_its_file_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text.replace("= public", "= PUBLIC"))
    before = file.read_bytes(), file.stat().st_mtime_ns
    key = key_sources.from_file(file)
    assert (key.public_id, key.secret_key.reveal()) == ("PUBLIC", SECRET)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_key_is_read_from_the_environment() -> None:
    key = key_sources.from_environment(
        {"NUMERAI_PUBLIC_ID": " PUBLIC ", "NUMERAI_SECRET_KEY": SECRET}
    )
    assert (key.public_id, key.secret_key.reveal()) == ("PUBLIC", SECRET)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "NUMERAI_PUBLIC_ID and NUMERAI_SECRET_KEY"),
        (f"NUMERAI_SECRET_KEY={SECRET}", "does not have NUMERAI_PUBLIC_ID"),
        (f"NUMERAI_PUBLIC_ID=\nNUMERAI_SECRET_KEY={SECRET}", "does not have NUMERAI_PUBLIC_ID"),
        (f"{DOTENV}\nNUMERAI_SECRET_KEY={SECRET}2", "two different"),
        (f"NUMERAI_PUBLIC_ID=A\nNUMERAI_SECRET_KEY={SECRET} {SECRET}", "secret key holds blanks"),
        ("\0", "not UTF-8"),
    ],
)
def test_what_is_no_key_is_told_without_it(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / ".env"
    file.write_text(text)
    with pytest.raises(CredentialsError) as caught:
        key_sources.from_file(file)
    assert what in caught.value.what
    assert SECRET not in "".join(held_by(caught.value))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="There is no"):
        key_sources.from_file(tmp_path / "none")


def held_by(error: BaseException) -> list[str]:
    """The error's words, and all that a crash report could show of our frames."""
    shown = [str(error), repr(error.__cause__), repr(error.__context__)]
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if Path(code.co_filename).name == "key_sources.py":
            shown += map(repr, trace.tb_frame.f_locals.values())
        trace = trace.tb_next
    return shown
