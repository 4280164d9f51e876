"""CRC-16/X.25, the frame check sequence of HDLC. Compiled a second time as `dlmskit._speedups._fcs`."""

from __future__ import annotations


def _table() -> list[int]:
    table = []
    for index in range(256):
        crc = index
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
        table.append(crc)
    return table


_TABLE = _table()


def fcs16(octets: bytes | bytearray | memoryview, start: int = 0, end: int | None = None) -> int:
    """CRC-16/X.25 of ``octets[start:end]``; on the wire the low octet goes first.

    Source: ITU-T V.42, ISO/IEC 13239.
    """
    crc = 0xFFFF
    table = _TABLE
    for octet in bytes(octets)[start:end]:
        crc = crc >> 8 ^ table[(crc ^ octet) & 0xFF]
    return crc ^ 0xFFFF
