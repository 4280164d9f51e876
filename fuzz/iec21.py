"""Invariant: octets on an IEC 62056-21 line become messages or are counted as lost, and raise only `DecodeError`.

- The messages are the same whether the octets come whole or one by one, on the client's and on the meter's side.
- A message that decodes encodes to the same octets, and can be shown.
- Data sets that can be read and written come back equal.
"""

from __future__ import annotations

from contextlib import suppress

from dlmskit.codec.iec21 import BlockReader, DataMessage, decode, format_data_sets, parse_data_sets
from dlmskit.codec.iec21.block import Lost
from dlmskit.exceptions import DecodeError, EncodeError


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether a message in them could be decoded."""
    check_message(octets)
    check_data_sets(octets.decode("latin-1"))
    return check_line(octets, False) | check_line(octets, True)


def check_line(octets: bytes, selects: bool) -> bool:
    """One side of a line; whether a message was understood."""
    reader = BlockReader(selects=selects)
    items = reader.feed(octets)
    messages = [item for item in items if isinstance(item, bytes)]
    pieces = BlockReader(selects=selects)
    singly = [item for octet in octets for item in pieces.feed(bytes([octet]))]
    assert [item for item in singly if isinstance(item, bytes)] == messages
    lost = sum(item.octets for item in items if isinstance(item, Lost))
    assert lost + sum(map(len, messages)) <= len(octets)
    return sum(map(check_message, messages)) > 0


def check_message(octets: bytes) -> bool:
    """One message; whether it was understood."""
    try:
        message = decode(octets)
    except DecodeError as error:
        check_error(error, len(octets))
        return False
    assert message.to_bytes() == octets
    assert repr(message)
    if isinstance(message, DataMessage):
        check_data_sets(message.data)
    return True


def check_error(error: DecodeError, size: int) -> None:
    """An error points into its input and can be shown."""
    assert 0 <= error.offset <= size, f"offset {error.offset} of {size}"
    assert str(error)


def check_data_sets(text: str) -> None:
    """Data sets in a text."""
    try:
        data_sets = parse_data_sets(text)
    except DecodeError as error:
        check_error(error, len(text))
        return
    for value in (value for data_set in data_sets for value in data_set.values):
        with suppress(DecodeError):
            assert value.number.is_finite()
    try:
        written = format_data_sets(data_sets, "\r\n")
    except EncodeError:
        return
    assert format_data_sets(parse_data_sets(written), "\r\n") == written
