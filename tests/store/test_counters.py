"""Counters are never given twice: not after a crash, not to two processes, not at the end of the range."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dlmskit.exceptions import SecurityError
from dlmskit.store.counters import LAST, DurableCounters, MemoryCounters

TITLE, OTHER = b"CLI00001", b"CLI00002"


@pytest.fixture(params=["memory", "durable"])
def counters(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryCounters:
    return MemoryCounters() if request.param == "memory" else DurableCounters(tmp_path / "counters.json")


def test_streams_are_apart_and_rise(counters: MemoryCounters) -> None:
    assert counters.reserve("k", TITLE, 10) == (1, 10)
    assert counters.reserve("k", TITLE, 10) == (11, 10)
    assert counters.reserve("k", OTHER, 5) == (1, 5)
    assert counters.reserve("other", TITLE, 5) == (1, 5)


def test_nothing_lowers_a_stream(counters: MemoryCounters) -> None:
    counters.raise_to("k", TITLE, 500)
    counters.raise_to("k", TITLE, 20)
    assert counters.reserve("k", TITLE, 1) == (500, 1)
    counters.saw("k", TITLE, 9)
    counters.saw("k", TITLE, 4)
    assert counters.last_seen("k") == {("k", TITLE): 9}
    assert counters.last_seen("other") == {}


def test_the_last_counter_is_the_last(counters: MemoryCounters) -> None:
    counters.raise_to("k", TITLE, LAST - 1)
    assert counters.reserve("k", TITLE, 10) == (LAST - 1, 2)
    assert counters.reserve("k", TITLE, 1) is None
    for floor in (1, 1 << 40):
        counters.raise_to("k", TITLE, floor)
        assert counters.reserve("k", TITLE, 1) is None


def test_a_block_is_on_disk_before_it_is_used(tmp_path: Path) -> None:
    file = tmp_path / "counters.json"
    first = DurableCounters(file)
    assert first.reserve("k", TITLE, 16) == (1, 16)
    first.saw("k", OTHER, 77)
    # as after a crash: nothing was told to the first object
    again = DurableCounters(file)
    assert again.reserve("k", TITLE, 16) == (17, 16)
    assert again.last_seen("k") == {("k", OTHER): 77}
    # and the first, still alive, sees what the second took
    assert first.reserve("k", TITLE, 1) == (33, 1)


def test_a_crash_while_writing_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "counters.json"
    counters = DurableCounters(file)
    counters.reserve("k", TITLE, 16)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SecurityError, match="No space left"):
        counters.reserve("k", TITLE, 16)
    monkeypatch.undo()
    assert counters.reserve("k", TITLE, 16) == (17, 16)


def test_file_and_folder_are_synced_before_anything_is_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(stat.S_ISDIR(os.fstat(handle).st_mode)))
    DurableCounters(tmp_path / "counters.json").reserve("k", TITLE, 16)
    assert synced == [False, True]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"version": 1, "sending": 5}',
        b'{"version": 9}',
        b"\xff",
        b'{"sending": {"k/00": -1}}',
        b'{"sending": {"k/00": 4294967297}}',
        b'{"seen": {"k/title": 1}}',
        b"{}",
        b"null",
        b'{"version": 1}',
        b'{"version": 1, "sending": {"k/00": 5}}',
        b'{"version": 1, "seen": {"k/00": 5}}',
        b'{"version": 1, "sending": {}, "seen": {}}',
    ],
)
def test_a_damaged_file_is_refused_not_begun_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "counters.json"
    file.write_bytes(content)
    with pytest.raises(SecurityError, match=r"counters\.json"):
        DurableCounters(file)
    assert file.read_bytes() == content


def test_a_file_that_was_emptied_while_in_use_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "counters.json"
    counters = DurableCounters(file)
    counters.reserve("k", TITLE, 16)
    file.write_bytes(b"{}")
    for use in (
        lambda: counters.reserve("k", TITLE, 1),
        lambda: counters.raise_to("k", TITLE, 5),
        lambda: counters.saw("k", TITLE, 5),
        lambda: counters.last_seen("k"),
    ):
        with pytest.raises(SecurityError, match="damaged"):
            use()
    assert file.read_bytes() == b"{}"


def test_what_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "counters.json"
    counters = DurableCounters(file)
    assert counters.reserve("k", TITLE, 0) is None
    assert not file.exists()
    counters.saw("k", TITLE, 9)
    counters.raise_to("k", TITLE, 7)
    written = file.stat()
    counters.saw("k", TITLE, 4)
    counters.raise_to("k", TITLE, 5)
    assert counters.reserve("k", TITLE, 0) is None
    assert file.stat().st_ino == written.st_ino


def test_a_file_is_one_file_whatever_it_is_called_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, link = tmp_path / "counters.json", tmp_path / "link.json"
    link.symlink_to(file)
    monkeypatch.chdir(tmp_path)
    linked, relative = DurableCounters(link), DurableCounters("counters.json")
    assert linked.reserve("k", TITLE, 1) == (1, 1)
    monkeypatch.chdir("/")
    assert relative.reserve("k", TITLE, 1) == (2, 1)
    assert linked.reserve("k", TITLE, 1) == (3, 1)
    assert link.is_symlink()


def test_threads_never_get_the_same(counters: MemoryCounters) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    rounds = 100 if isinstance(counters, DurableCounters) else 5000
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: counters.reserve("k", TITLE, 1), range(rounds)))
    finally:
        sys.setswitchinterval(interval)
    assert len(set(found)) == rounds


def test_two_processes_never_get_the_same(tmp_path: Path) -> None:
    file = tmp_path / "counters.json"
    program = (
        "import sys; from dlmskit.store.counters import DurableCounters\n"
        f"c = DurableCounters(sys.argv[1])\n"
        f"for _ in range(20): print(c.reserve('k', {TITLE!r}, 3)[0])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    firsts = [int(line) for process in running for line in process.communicate()[0].split()]
    assert all(process.returncode == 0 for process in running)
    assert sorted(firsts) == list(range(1, 121, 3))


def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "counters.json"
    DurableCounters(file).reserve("k", TITLE, 1)
    assert file.stat().st_mode & 0o777 == 0o600
