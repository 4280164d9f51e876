"""Serial ports on pseudo-terminals, which carry octets and have no line settings."""

import os
import pty
import tty

import pytest

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout
from dlmskit.transport import serial


@pytest.fixture
def terminal():
    """The master's descriptor and the path of the slave."""
    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    for descriptor in (master, slave):
        try:
            os.close(descriptor)
        except OSError:
            continue


def test_octets_and_line_changes(terminal):
    master, path = terminal
    port = serial.open_port(path, 300, "7E1")
    port.write(b"\x00\xff/?!\r\n")
    assert os.read(master, 100) == b"\x00\xff/?!\r\n"
    port.set_line(9600, "8N1")
    port.drain()
    os.write(master, bytes(range(256)))
    data = b""
    while len(data) < 256:
        data += port.read(2.0)
    assert data == bytes(range(256))
    with pytest.raises(TransportTimeout, match="nothing came"):
        port.read(0.02)
    port.close()


def test_a_port_is_taken_exclusively(terminal):
    port = serial.open_port(terminal[1])
    with pytest.raises(TransportError, match="another program uses it"):
        serial.open_port(terminal[1])
    port.close()
    serial.open_port(terminal[1]).close()


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/dev/no-such-port", "there is no such port"),
        ("/", "it is a directory"),
        (__file__, "it is not a serial port"),
    ],
)
def test_ports_that_cannot_be_opened(path, cause):
    with pytest.raises(TransportError, match=cause) as caught:
        serial.open_port(path)
    assert path in str(caught.value)


@pytest.mark.parametrize("format", ["", "8", "9N1", "8X1", "8N3", "8N11"])
def test_line_formats_that_do_not_exist(format, terminal):
    with pytest.raises(TransportError, match="line format"):
        serial.open_port(terminal[1], 9600, format)


def test_a_port_that_goes_away(terminal):
    master, path = terminal
    port = serial.open_port(path)
    os.close(master)
    with pytest.raises(TransportClosed):
        port.read(1.0)
    port.close()
    with pytest.raises(TransportClosed):
        port.read(0.1)
    with pytest.raises(TransportClosed):
        port.write(b"x")
