"""File systems that are full, have no locks, or are other machines' too: named, and survived."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ledger import doctor
from ledger.clock import FrozenClock
from ledger.doctor import Level
from ledger.errors import StoreError
from ledger.store import Store, file_systems
from ledger.store.file_systems import FileSystem, can_lock, file_system, is_full
from tests.ledger.store.samples import ACCOUNT, FACTS, LOG

ROOT = Path(__file__).parents[3]

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /home rw - nfs4 server:/export/home rw,vers=4.2
31 30 0:27 / /home/me/local\040disk rw master:2 - xfs /dev/sdb1 rw
32 22 0:28 / /mnt rw - ext4 /dev/sdc1 rw
33 32 0:29 / /mnt rw - fuse.sshfs me@box: rw
""".strip()

WITHOUT_LOCKS = """
import ctypes, errno, platform, struct, sys

# The kernel answers ENOLCK to everything that would lock, as NFS without a lock service does.
ARCH, FCNTL, FLOCK = {"x86_64": (0xC000003E, 72, 73), "aarch64": (0xC00000B7, 25, 32)}[
    platform.machine()
]
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.ENOLCK

def step(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
program = b"".join([
    step(LOAD, 0, 0, 4), step(EQUAL, 0, 6, ARCH),
    step(LOAD, 0, 0, 0), step(EQUAL, 5, 0, FLOCK), step(EQUAL, 0, 3, FCNTL),
    step(LOAD, 0, 0, 24), step(EQUAL, 2, 0, 6), step(EQUAL, 1, 0, 7),
    step(RETURN, 0, 0, ALLOW), step(RETURN, 0, 0, REFUSE),
])
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(
    22, 2, ctypes.byref(Program(len(program) // 8, program)), 0, 0
):
    sys.exit(77)
sys.argv.pop(0)
from tui.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/srv/ledger", FileSystem("ext4", "/")),
        ("/home/me/ledger", FileSystem("nfs4", "/home")),
        ("/homely/ledger", FileSystem("ext4", "/")),
        ("/home/me/local disk/ledger", FileSystem("xfs", "/home/me/local disk")),
        ("/mnt/ledger", FileSystem("fuse.sshfs", "/mnt")),
    ],
)
def test_the_innermost_and_last_mount_counts(
    path: str, expected: FileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    monkeypatch.setattr(file_systems, "MOUNTS", table)
    assert file_system(Path(path)) == expected


def test_where_no_table_of_mounts_is_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_systems, "MOUNTS", tmp_path / "none")
    assert file_system(tmp_path) is None
    assert doctor.check_file_system(tmp_path / "default.sqlite3") == []


def test_this_one_has_locks_and_room(tmp_path: Path) -> None:
    assert can_lock(tmp_path)
    assert can_lock(tmp_path / "nowhere")
    assert not is_full(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is told by seccomp")
def test_without_locks_it_is_said_by_name_and_doctor_goes_on(filled: Path, tmp_path: Path) -> None:
    before = filled.read_bytes()
    arguments = ["--at", str(filled.parent.parent)]

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_LOCKS, "-", *arguments, *command],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip

    models = run("models")
    if models.returncode == 77:
        pytest.skip("this kernel filters no calls")
    where = str(file_system(filled))
    assert models.returncode == 1
    assert f"Files on {where} can't be locked" in models.stderr
    assert "--at DIR" in models.stderr
    found = run("doctor").stdout
    assert "FAIL  file system" in found
    assert where in found
    assert "keyring" in found
    assert filled.read_bytes() == before


def test_where_other_machines_are_doctor_warns(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"30 22 0:26 / {filled.parent.resolve()} rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(file_systems, "MOUNTS", table)
    (finding,) = doctor.check_file_system(filled)
    assert finding.level is Level.WARN
    assert f"nfs4 at {filled.parent.resolve()}" in finding.what


@pytest.mark.parametrize("log", [None, 3])
def test_on_a_full_disk_it_can_be_read_and_says_that_it_is_full(
    filled: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, log: int | None
) -> None:
    """Opened where SQLite can make nothing beside it; with room again the same store writes."""
    full = True
    monkeypatch.setattr(file_systems, "is_full", lambda _: full)
    if log is not None:
        filled.with_name(f"{filled.name}-shm").write_bytes(b"\0" * log)
    store = Store.open(filled, clock=clock)
    assert store.account() == ACCOUNT
    with pytest.raises(StoreError, match="disk is full"):
        store.apply(FACTS, LOG)
    assert store.account() == ACCOUNT
    assert len(store.syncs(9)) == 1
    full = False
    store.apply(FACTS, LOG)
    assert len(store.syncs(9)) == 2
    assert store.check() == []
    store.close()
