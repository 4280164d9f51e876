"""The journal on disk: what was appended is there, what was torn is cut, what is damaged is refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import SecurityError
from dlmskit.store.journal import DurableJournal, MemoryJournal

RECORDS = [b"\x00", b"one", bytes(300), b"\x00\x00\x00\x01", b"last"]


def contents(journal: DurableJournal | MemoryJournal, position: int = 0) -> list[bytes]:
    return [content for _, content in journal.records(position)]


def filled(path: Path) -> DurableJournal:
    journal = DurableJournal(path)
    for record in RECORDS:
        journal.append(record)
    return journal


def test_records_are_there_after_a_restart(tmp_path: Path) -> None:
    filled(tmp_path / "a.journal").close()
    again = DurableJournal(tmp_path / "a.journal")
    assert contents(again) == RECORDS
    again.append(b"more")
    assert contents(again) == [*RECORDS, b"more"]
    assert stat.S_IMODE((tmp_path / "a.journal").stat().st_mode) == 0o600


def test_both_kinds_have_positions_and_snapshots(tmp_path: Path) -> None:
    for journal in (DurableJournal(tmp_path / "b.journal"), MemoryJournal()):
        assert journal.kept() is None
        journal.append(b"before")
        middle = journal.position
        journal.keep(b"state")
        journal.append(b"after")
        assert journal.kept() == (middle, b"state")
        assert contents(journal, middle) == [b"after"]
        assert journal.records()[0] == (middle, b"before")


@pytest.mark.parametrize("torn", range(1, 12 + 8))
def test_a_torn_tail_is_cut_off_wherever_it_was_torn(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "c.journal"
    filled(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-torn])
    lost = 1 if torn <= 12 else 2
    journal = DurableJournal(path)
    assert contents(journal) == RECORDS[:-lost]
    journal.append(b"new")
    journal.close()
    assert contents(DurableJournal(path)) == [*RECORDS[:-lost], b"new"]


def test_a_last_record_of_other_octets_is_torn_and_one_before_it_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "d.journal"
    filled(path).close()
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    journal = DurableJournal(path)
    assert contents(journal) == RECORDS[:-1]
    journal.close()
    whole = bytearray(path.read_bytes())
    whole[17] ^= 1
    path.write_bytes(whole)
    with pytest.raises(SecurityError, match="damaged"):
        DurableJournal(path)


def test_a_damaged_snapshot_and_a_strange_position_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.journal"
    journal = filled(path)
    journal.keep(b"state")
    snapshot = path.with_name(path.name + ".snapshot")
    octets = snapshot.read_bytes()
    for broken in (octets[:-1], octets[:5], b"", octets[:-1] + b"?"):
        snapshot.write_bytes(broken)
        with pytest.raises(SecurityError, match="damaged"):
            journal.kept()
    with pytest.raises(SecurityError, match="damaged"):
        journal.records(3)
    with pytest.raises(SecurityError, match="most"):
        journal.append(bytes((1 << 24) + 1))


def test_a_journal_is_one_process_s(tmp_path: Path) -> None:
    path = tmp_path / "f.journal"
    journal = DurableJournal(path)
    with pytest.raises(SecurityError, match="in use"):
        DurableJournal(path)
    journal.close()
    journal.close()
    DurableJournal(path).close()
    with pytest.raises(SecurityError, match="directory"):
        DurableJournal(tmp_path)


@given(st.binary(max_size=200))
def test_any_octets_are_a_journal_or_damage(octets: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "g.journal"
        path.write_bytes(octets)
        try:
            journal = DurableJournal(path)
        except SecurityError:
            return
        found = contents(journal)
        assert sum(8 + len(content) for content in found) == journal.position <= len(octets)
        journal.close()


def test_zeros_that_a_file_system_left_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "z.journal"
    filled(path).close()
    path.write_bytes(path.read_bytes() + bytes(64))
    assert contents(DurableJournal(path)) == RECORDS


def test_a_record_has_octets(tmp_path: Path) -> None:
    with pytest.raises(SecurityError, match="without octets"):
        DurableJournal(tmp_path / "e.journal").append(b"")


def test_after_a_failed_write_nothing_is_appended_until_it_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    path = tmp_path / "f.journal"
    journal = filled(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(SecurityError):
            journal.append(b"lost or not")
    with pytest.raises(SecurityError):
        journal.append(b"later")
    again = DurableJournal(path)
    assert contents(again) in (RECORDS, [*RECORDS, b"lost or not"])
    again.append(b"more")
    assert contents(again)[-1] == b"more"
