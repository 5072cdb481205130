"""Files for the user: whole or not at all, for the user alone, and through nobody's link."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.errors import FileError, FileTaken
from ledger.files import make_folder, write_file

posix = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may become longer than ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@posix
def test_a_file_is_its_owners_alone_even_where_others_could_read_what_was_there(
    tmp_path: Path,
) -> None:
    file = tmp_path / "n.csv"
    file.write_text("old")
    file.chmod(0o644)
    write_file(file, "é\n")
    assert (file.read_bytes(), mode(file)) == (b"\xc3\xa9\n", 0o600)
    assert list(tmp_path.iterdir()) == [file]


@posix
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "n.csv"
    file.write_text("old")
    with room_for(1_000), pytest.raises(FileError, match=r"n\.csv can't be written"):
        write_file(file, b"x" * 5_000)
    with room_for(1_000), pytest.raises(FileError, match=r"other\.csv can't be written"):
        write_file(tmp_path / "other.csv", b"x" * 5_000, replace=False)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_only_a_new_name_is_taken_where_nothing_may_be_lost(tmp_path: Path) -> None:
    file = tmp_path / "tx.json"
    write_file(file, "first", replace=False)
    with pytest.raises(FileTaken, match="exists already"):
        write_file(file, "second", replace=False)
    assert file.read_text() == "first"
    with pytest.raises(FileError, match="can't be written"):
        write_file(tmp_path / "no" / "folder", "")
    with pytest.raises(FileError, match="can't be written"):
        write_file(tmp_path, "")


@posix
def test_a_link_is_followed_in_a_folder_of_ones_own(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o700)
    (tmp_path / "folder").symlink_to("kept/../kept")
    (tmp_path / "latest.csv").symlink_to(tmp_path / "folder" / "2026.csv")
    write_file(tmp_path / "latest.csv", "new")
    assert (kept / "2026.csv").read_text() == "new"
    assert (tmp_path / "latest.csv").is_symlink()
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(FileError, match="can't be written"):
        write_file(tmp_path / "round", "")
    with pytest.raises(FileTaken):
        write_file(tmp_path / "latest.csv", "", replace=False)


@posix
@pytest.mark.parametrize("shared_mode", [0o1777, 0o777, 0o775])
def test_no_link_of_somebody_elses_is_followed(tmp_path: Path, shared_mode: int) -> None:
    own = tmp_path / "own"
    own.write_text("untouched")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(shared_mode)
    (shared / "n.csv").symlink_to(own)
    (shared / "dangling").symlink_to(tmp_path / "made")
    (shared / "folder").symlink_to(tmp_path)
    os.mkfifo(shared / "pipe")
    (tmp_path / "mine").symlink_to(shared / "n.csv")
    paths = [shared / name for name in ("n.csv", "dangling", "folder/own", "folder/new", "pipe")]
    for path in (*paths, tmp_path / "mine"):
        with pytest.raises(FileError, match="others may write to; nothing was written"):
            write_file(path, "stolen")
    for path in (shared / "n.csv", shared / "dangling", shared / "folder/new"):
        with pytest.raises(FileError):
            write_file(path, "stolen", replace=False)
    assert own.read_text() == "untouched"
    assert not (tmp_path / "made").exists()
    assert not (tmp_path / "new").exists()
    write_file(shared / "new.csv", "ours")
    assert mode(shared / "new.csv") == 0o600


@posix
def test_what_is_no_file_is_written_to_as_it_stands(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    write_file(Path(f"/dev/fd/{theirs}"), "through")
    os.close(theirs)
    assert os.read(ours, 100) == b"through"
    os.close(ours)
    write_file(Path(os.devnull), "away")
    assert not stat.S_ISREG(Path(os.devnull).stat().st_mode)
    if Path("/dev/full").exists():
        with pytest.raises(FileError, match="No space left"):
            write_file(Path("/dev/full"), "away")


@posix
def test_folders_that_are_made_are_the_users_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_folder(tmp_path / "at" / "data")
    make_folder(tmp_path / "at" / "data")
    assert (mode(tmp_path / "at"), mode(tmp_path / "at" / "data")) == (0o700, 0o700)
    assert mode(tmp_path) == 0o755
