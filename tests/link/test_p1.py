"""P1 streams: text and ciphered messages, in any pieces, with noise between them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Connected, Disconnected, FrameDropped, LinkEvent, Received
from dlmskit.link.p1 import P1Link

TEXT = b"/NWA-WARMTELINK\r\n\r\n1-3:0.2.8(50)\r\n0-1:24.2.1(260215200523W)(240.860*GJ)\r\n!1234\r\n"
OLD = TEXT.replace(b"!1234", b"!")
CIPHERED = bytes.fromhex("db08") + b"SYSTEMID" + bytes([0x81, 200]) + bytes(range(200))
BEHIND_TEXT = b"/EGM5253710000_A\r\n\r\n" + bytes.fromhex("db00") + bytes([60]) + b"!/" * 30
MESSAGES = (TEXT, OLD, CIPHERED, BEHIND_TEXT)


def events(link: P1Link) -> list[LinkEvent]:
    found = []
    while (event := link.next_event()) is not None:
        found.append(event)
    return found


def received(link: P1Link) -> list[bytes]:
    return [event.octets for event in events(link) if isinstance(event, Received)]


@given(
    st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=4),
    st.integers(1, 40),
    st.binary(max_size=20).filter(lambda noise: not {0x2F, 0xDB} & set(noise)),
)
def test_messages_do_not_depend_on_how_the_stream_is_cut(messages: list[bytes], size: int, noise: bytes) -> None:
    link = P1Link()
    link.open(0)
    stream = noise + noise.join(messages) + noise
    for start in range(0, len(stream), size):
        link.receive_data(stream[start : start + size], 0)
    assert received(link) == messages
    assert link.next_deadline() is None


@given(st.binary(max_size=400))
def test_noise_never_raises_and_is_given_up(noise: bytes) -> None:
    link = P1Link(gap=1)
    link.open(0)
    link.receive_data(noise, 0)
    if link.next_deadline() is not None:
        link.handle_timeout(1)
    found = events(link)
    lost = sum(event.octets for event in found if isinstance(event, FrameDropped))
    assert lost + sum(len(event.octets) for event in found if isinstance(event, Received)) == len(noise)
    link.receive_data(TEXT, 2)
    assert received(link) == [TEXT]


def test_a_broken_message_is_given_up_after_the_gap() -> None:
    link = P1Link(gap=1)
    link.open(0)
    link.receive_data(CIPHERED[:50], 0)
    assert link.next_deadline() == 1
    link.handle_timeout(1)
    assert events(link) == [Connected(), FrameDropped("a P1 message was broken off", 50)]


def test_it_only_listens() -> None:
    link = P1Link()
    link.open(0)
    with pytest.raises(LocalProtocolError):
        link.send(b"x", 0)
    assert link.data_to_send() == b""
    link.close(0)
    link.receive_data(TEXT, 0)
    assert events(link) == [Connected(), Disconnected("closed", clean=True)]


@pytest.mark.parametrize(
    "unit", [b"/", b"!", b"/!", b"\xdb\x08", b"\xdb\x00\x82\x3f\x00", b"/EGM\r\n\r\n\xdb", b"/a" * 9 + b"!"]
)
def test_work_is_linear_in_noise(unit: bytes) -> None:
    link = P1Link()
    link.open(0)
    began = time.process_time()
    link.receive_data((unit * 100_000)[:100_000], 0)
    assert time.process_time() - began < 2
    link.handle_timeout(link.next_deadline() or 0)
    link.receive_data(TEXT, 10)
    assert received(link)[-1] == TEXT


def test_a_telegram_behind_one_that_was_broken_off_is_found() -> None:
    link = P1Link()
    link.open(0)
    link.receive_data(TEXT[:40] + TEXT + CIPHERED, 0)
    assert received(link) == [TEXT, CIPHERED]
