import threading
import time

import pytest

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout
from dlmskit.transport import loopback, tcp


@pytest.fixture(params=["tcp", "loopback"])
def ends(request):
    """Two ends of one line."""
    if request.param == "loopback":
        yield loopback.pair()
        return
    listener = tcp.listen()
    near = tcp.connect(listener.host, listener.port, 5.0)
    far = listener.accept(5.0)
    yield near, far
    for item in (near, far, listener):
        item.close()


def read_all(end, octets):
    data = b""
    while len(data) < octets:
        data += end.read(5.0)
    return data


def test_octets_go_both_ways(ends):
    near, far = ends
    near.write(b"question")
    assert read_all(far, 8) == b"question"
    far.write(b"answer")
    assert read_all(near, 6) == b"answer"
    near.set_line(9600, "7E1")
    near.drain()


def test_time_out(ends):
    begin = time.monotonic()
    with pytest.raises(TransportTimeout, match=r"0\.05 s"):
        ends[0].read(0.05)
    assert time.monotonic() - begin < 2.0
    with pytest.raises(TimeoutError):
        ends[0].read(0.0)


def test_what_was_written_before_closing_can_be_read(ends):
    near, far = ends
    near.write(b"last words")
    near.close()
    near.close()
    assert read_all(far, 10) == b"last words"
    with pytest.raises(TransportClosed):
        far.read(5.0)


def test_a_waiting_reader_wakes_when_the_other_end_closes(ends):
    near, far = ends
    threading.Timer(0.05, far.close).start()
    with pytest.raises(TransportClosed):
        near.read(10.0)


def test_a_closed_end_raises_our_error(ends):
    near, _ = ends
    near.close()
    with pytest.raises(TransportClosed):
        near.write(b"x")
    with pytest.raises(TransportError):
        near.read(0.1)


def test_much_data_between_two_threads(ends):
    near, far = ends
    data = bytes(range(256)) * 4000
    writer = threading.Thread(target=near.write, args=(data,))
    writer.start()
    assert read_all(far, len(data)) == data
    writer.join(5.0)


def test_nobody_listens():
    listener = tcp.listen()
    port = listener.port
    listener.close()
    with pytest.raises(TransportError, match=f"127.0.0.1:{port}"):
        tcp.connect("127.0.0.1", port, 2.0)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99999), ("a" * 70 + ".example", 1), ("\udcff", 1)])
def test_places_that_cannot_be(host, port):
    with pytest.raises(TransportError):
        tcp.connect(host, port, 2.0)


def test_listener():
    listener = tcp.listen()
    with pytest.raises(TransportTimeout):
        listener.accept(0.05)
    with pytest.raises(TransportError, match=str(listener.port)):
        tcp.listen(listener.port)
    threading.Timer(0.05, listener.close).start()
    with pytest.raises(TransportClosed):
        listener.accept(10.0)


def test_loopback_notes_line_settings():
    near, _ = loopback.pair()
    near.set_line(300, "7E1")
    assert near.lines == [(300, "7E1")]


def test_more_than_the_line_holds():
    listener = tcp.listen()
    near = tcp.connect(listener.host, listener.port, 5.0)
    far = listener.accept(5.0)
    octets = bytes(range(256)) * 80_000
    sender = threading.Thread(target=near.write, args=(octets,))
    sender.start()
    time.sleep(0.05)
    assert read_all(far, len(octets)) == octets
    sender.join()
    for item in (near, far, listener):
        item.close()


def test_a_closed_line_is_not_read_by_its_number():
    listener = tcp.listen()
    near = tcp.connect(listener.host, listener.port, 5.0)
    near.close()
    other = tcp.connect(listener.host, listener.port, 5.0)  # often gets the number of the one closed
    begin = time.monotonic()
    with pytest.raises(TransportClosed):
        near.read(5.0)
    with pytest.raises(TransportClosed):
        near.write(b"x")
    assert time.monotonic() - begin < 2.0
    other.close()
    listener.close()
