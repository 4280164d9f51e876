"""Windows, acknowledgement and repetition, modulo 8."""

from __future__ import annotations

from dlmskit.link.hdlc.sequence import Outbound


def taken(outbound: Outbound, window: int) -> list[tuple[int, bytes]]:
    return [(number, segment[0]) for number, segment in outbound.take(window)]


def test_an_acknowledgement_of_some_leaves_the_others_in_flight() -> None:
    outbound = Outbound()
    outbound.queue(bytes(range(10)), 1)
    assert [number for number, _ in taken(outbound, 3)] == [0, 1, 2]
    assert outbound.acknowledge(1) == 1
    assert outbound.in_flight == 2
    assert [outbound.acknowledges(number) for number in range(5)] == [False, True, True, True, False]
    assert taken(outbound, 3) == [(3, bytes([3]))]


def test_what_is_not_acknowledged_is_sent_again_under_the_same_numbers() -> None:
    outbound = Outbound()
    outbound.queue(bytes(range(20)), 1)
    for start in range(0, 14, 7):
        assert taken(outbound, 7) == [((start + i) % 8, bytes([start + i])) for i in range(7)]
        outbound.rewind()
        assert taken(outbound, 7) == [((start + i) % 8, bytes([start + i])) for i in range(7)]
        assert outbound.acknowledge((start + 7) % 8) == 7
    assert not outbound.idle
