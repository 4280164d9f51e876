from dlmskit.link.base import Connected, Drain, FrameDropped, SetLine
from dlmskit.link.outbox import Outbox


def test_line_requests_keep_their_place_between_octets():
    out = Outbox()
    out.write(b"a")
    out.write(b"b")
    out.emit(Drain())
    out.emit(SetLine(9600, "7E1"))
    out.write(b"c")
    assert out.next_event() is None
    assert out.data_to_send() == b"ab"
    assert out.data_to_send() == b""
    assert out.next_event() == Drain()
    assert out.data_to_send() == b""
    assert out.next_event() == SetLine(9600, "7E1")
    assert not out.empty
    assert out.data_to_send() == b"c"
    assert out.empty


def test_other_events_do_not_wait():
    out = Outbox()
    out.write(b"a")
    out.emit(Connected())
    assert out.next_event() == Connected()
    assert out.next_event() is None


def test_neighbouring_drops_are_counted_together():
    out = Outbox()
    for octets in (1, 2, 3):
        out.emit(FrameDropped(f"reason {octets}", octets))
    assert out.next_event() == FrameDropped("reason 1", 6)
    assert out.next_event() is None
