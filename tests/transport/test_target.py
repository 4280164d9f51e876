import subprocess
import sys

import pytest

from dlmskit.exceptions import DecodeError, DlmskitError
from dlmskit.transport import tcp
from dlmskit.transport.target import Target, TargetError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("tcp://192.0.2.7", Target(scheme="tcp", host="192.0.2.7", port=4059)),
        ("tcp://[2001:db8::1]:4060", Target(scheme="tcp", host="2001:db8::1", port=4060)),
        (
            "TCP+HDLC://meter:4001?client=16&server=1",
            Target(scheme="tcp+hdlc", host="meter", port=4001, client=16, server=1),
        ),
        (
            "serial:///dev/ttyUSB0?baud=9600&format=7e1",
            Target(scheme="serial", path="/dev/ttyUSB0", baud=9600, format="7E1"),
        ),
        ("serial://COM3", Target(scheme="serial", path="COM3")),
        ("serial:///COM3", Target(scheme="serial", path="COM3")),
        (
            "optical:///dev/pts/3?device=123&dtr=on&rts=0",
            Target(scheme="optical", path="/dev/pts/3", device="123", dtr=True, rts=False),
        ),
        ("serial:///dev/a?lower=17&octets=4", Target(scheme="serial", path="/dev/a", lower=17, octets=4)),
        ("sim:", Target(scheme="sim")),
        ("sim:zzc", Target(scheme="sim", path="zzc")),
    ],
)
def test_targets(text, target):
    assert Target.parse(text) == target


@pytest.mark.parametrize(
    "text", ["tcp://h:4059", "tcp+hdlc://[::1]:1", "serial:///dev/x", "sim:zzh", "optical:///dev/x"]
)
def test_text_comes_back(text):
    assert str(Target.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "tcp, tcp[+]hdlc, udp, udp[+]hdlc, serial, optical, sim"),
        ("meter", "unknown target scheme"),
        ("sctp://h:1", "unknown target scheme 'sctp'"),
        ("tcp:h", "tcp://host:port"),
        ("tcp://", "tcp://host:port"),
        ("tcp://h:99999", "0-65535"),
        ("tcp://h:0", "1 to 65535"),
        ("tcp://h:x", "host and port"),
        ("tcp://user@h", "tcp://host:port"),
        ("tcp://h/path", "tcp://host:port"),
        ("tcp+hdlc://h", "tcp[+]hdlc://host:port"),
        ("serial://", "serial:///dev/ttyUSB0"),
        ("tcp://h?bau=1", "one of baud, format"),
        ("tcp://h?x", "name=value"),
        ("tcp://h?client=999", "0 to 127"),
        ("tcp://h?client=-1", "number"),
        ("serial:///d?baud=1", "at least 50"),
        ("serial:///d?format=9N1", "8N1 or 7E1"),
        ("serial:///d?octets=3", "1, 2 or 4"),
        ("serial:///d?rts=maybe", "on or off"),
        ("tcp://[::1", "host and port"),
    ],
)
def test_errors_say_what_would_be_right(text, word):
    with pytest.raises(TargetError, match=word) as caught:
        Target.parse(text)
    assert isinstance(caught.value, DecodeError)
    assert str(caught.value) == caught.value.reason


def test_open():
    listener = tcp.listen()
    end = Target.parse(f"tcp://127.0.0.1:{listener.port}").open(5.0)
    listener.accept(5.0).close()
    end.close()
    listener.close()
    with pytest.raises(DlmskitError):
        Target.parse("sim:").open()
    with pytest.raises(DlmskitError, match="no such port"):
        Target.parse("serial:///dev/no-such-port").open()


def test_parsing_loads_neither_pyserial_nor_asyncio():
    code = "import sys, dlmskit.transport.target; print({'serial', 'asyncio', 'ssl'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
