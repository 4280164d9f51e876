"""Invoke-ids that wait for a late answer."""

from __future__ import annotations

from dlmskit.session.cosem.invoke import InvokeIds


def test_a_long_id_that_was_never_ours_releases_nothing() -> None:
    ids = InvokeIds()
    first = ids.take()
    ids.quarantine(first)
    ids.release(0x10 | first)
    assert first not in [ids.take() for _ in range(30)]
    ids.release(first)
    assert first in [ids.take() for _ in range(16)]
