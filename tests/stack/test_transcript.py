"""A recording keeps what was on the line and never a secret."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import dlmskit
from dlmskit import capture
from dlmskit.apdu import GeneralGloCiphering, ServiceCiphered
from dlmskit.codec import data
from dlmskit.codec.fcs import fcs16
from dlmskit.exceptions import AssociationError, DecodeError
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.client import HdlcClientLink
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.server import HdlcServerLink
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import AUTHENTICATED, ENCRYPTED, protect
from dlmskit.session.operations import ReadOut, Set
from dlmskit.stack.redact import Redactor, hdlc_frames, information, secret_spans
from dlmskit.stack.transcript import FORMAT, Happening, Header, Octets, Transcript, parse

PASSWORD = b"Kw7#pineapple"
AARQ = (
    bytes.fromhex("60")
    + b"\x3b"
    + bytes.fromhex("a1090607608574050801018a0207808b0760857405080201")
    + (b"\xac\x0f\x80\x0d" + PASSWORD + bytes.fromhex("be10040e01000000065f1f0400007e1fffff"))
)
HEADER = Header(FORMAT, "tcp://127.0.0.1:4059", "2026-11-21T10:00:00+00:00")


def shown(text: str) -> bytes:
    """Everything of a recording that a reader could see, octets put together by direction as well."""
    entries = [entry for entry in parse(text.splitlines(keepends=True)) if isinstance(entry, Octets)]
    octets = b"".join(entry.to_bytes() for entry in entries)
    infos = b"".join(octets[slice(*information(octets, *frame))] for frame in hdlc_frames(octets))
    return text.encode() + octets + infos


def transcript(secrets: tuple[bytes, ...] = ()) -> tuple[Transcript, io.StringIO]:
    file = io.StringIO()
    return Transcript(file.write, HEADER, 100.0, secrets), file


def test_what_is_written_is_read_back() -> None:
    recorder, file = transcript()
    recorder.sent(b"\x7e\xa0", 100.25)
    recorder.received(b"\x01", 100.5)
    recorder.received(b"\x02", 100.75)
    recorder.happened("associated", 101.0, mechanism="none")
    header, *entries = parse(file.getvalue().splitlines())
    assert header == HEADER
    assert entries == [
        Octets(0.25, "out", "7ea0"),
        Octets(0.5, "in", "0102"),
        Happening(1.0, "associated", {"mechanism": "none"}),
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "line 1"),
        (["{"], "line 1"),
        (
            ['{"dlmskit":"recording/9","target":"","started":""}'],
            "line 1: format recording/1 wanted, found 'recording/9'",
        ),
        ([None, '{"t":0,"dir":"sideways","hex":""}'], "line 2"),
        ([None, '{"t":0,"dir":"in","hex":"0"}'], "line 2: hex digits in pairs wanted"),
        ([None, '{"t":0,"event":"closed"}', '{"t":0}'], "line 3"),
    ],
)
def test_a_broken_recording_is_refused_with_its_line(lines: list[str | None], said: str) -> None:
    file = io.StringIO()
    Transcript(file.write, HEADER, 0.0)
    with pytest.raises(DecodeError, match=said):
        list(parse([line if line is not None else file.getvalue() for line in lines]))


def test_the_aarq_names_where_its_password_stands() -> None:
    ((start, end),) = secret_spans(AARQ)
    assert AARQ[start:end] == PASSWORD
    assert secret_spans(AARQ[:20]) == []


def test_a_dedicated_key_in_clear_is_a_secret() -> None:
    key = bytes(range(16))
    initiate = b"\x01\x01\x10" + key + bytes.fromhex("0000065f1f0400007e1fffff")
    aarq = b"\x60\x2f" + bytes.fromhex("a109060760857405080101") + b"\xbe\x22\x04\x20" + initiate + b"\x00"
    ((start, end),) = secret_spans(aarq)
    assert aarq[start:end] == key


def protected(plain: bytes, control: int) -> bytes:
    keys = KeySet(bytes(range(16)), bytes(range(16, 32)))
    return protect(plain, keys=keys, system_title=bytes(8), invocation_counter=1, security_control=control)


@pytest.mark.parametrize("general", [False, True])
def test_protection_that_only_authenticates_hides_nothing_by_itself(general: bool) -> None:
    def wrap(tag: int, plain: bytes, control: int = AUTHENTICATED) -> bytes:
        content = protected(plain, control)
        if general:
            return GeneralGloCiphering(bytes(8), content).to_bytes()
        return ServiceCiphered(tag, content).to_bytes()

    key = bytes(range(100, 116))
    initiate = wrap(0x21, b"\x01\x01\x10" + key + bytes.fromhex("0000065f1f0400007e1fffff"))
    user_information = b"\xbe" + bytes([len(initiate) + 2]) + b"\x04" + bytes([len(initiate)]) + initiate
    body = bytes.fromhex("a109060760857405080103") + user_information
    aarq = b"\x60" + bytes([len(body)]) + body
    ((start, end),) = secret_spans(aarq)
    assert aarq[start:end] == key
    written = bytes.fromhex("c101c1000f0000280000ff0700090c") + PASSWORD
    message = wrap(0xC9, written)
    ((start, end),) = secret_spans(message)
    assert PASSWORD in message[start:end]
    assert secret_spans(wrap(0xC9, written, AUTHENTICATED | ENCRYPTED)) == []
    for cut in range(len(message)):
        secret_spans(message[:cut])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 16, 40, 128])
def test_a_password_in_hdlc_segments_is_blanked_and_the_frames_stay_good(size: int) -> None:
    parameters = HdlcParameters(max_info_tx=size, max_info_rx=size)
    client = HdlcClientLink(16, HdlcAddress(1), parameters)
    meter = HdlcServerLink(HdlcAddress(1), parameters)
    recorder, file = transcript()
    client.open(0.0)
    meter.open(0.0)
    recorder.message(AARQ)
    sent = False
    received = []
    for _ in range(600):
        out = client.data_to_send()
        recorder.sent(out, 100.0)
        meter.receive_data(out, 0.0)
        back = meter.data_to_send()
        recorder.received(back, 100.0)
        client.receive_data(back, 0.0)
        if client.next_event() is not None and not sent:
            client.send(AARQ, 0.0)
            sent = True
        while (event := meter.next_event()) is not None:
            received.append(event)
        if not out and not back:
            break
    assert any(getattr(event, "octets", b"") == AARQ for event in received)
    assert PASSWORD not in shown(file.getvalue())
    joined = b""
    for entry in parse(file.getvalue().splitlines()):
        if isinstance(entry, Octets):
            for start, end in hdlc_frames(entry.to_bytes()):
                frame = HdlcFrame.from_bytes(entry.to_bytes()[start:end])
                joined += frame.information if entry.dir == "out" else b""
    assert b"*" * len(PASSWORD) in joined


def test_the_frame_check_does_not_tell_about_the_secret() -> None:
    redactor = Redactor()
    redactor.expect(AARQ)
    octets = HdlcFrame(
        HdlcAddress(1), HdlcAddress(16), Control(FrameKind.I, True, 0, 0), b"\xe6\xe6\x00" + AARQ
    ).to_bytes()
    blanked = redactor.redact(octets)
    assert blanked != octets
    assert blanked[-3:-1] != octets[-3:-1]
    assert int.from_bytes(blanked[-3:-1], "little") == fcs16(blanked[1:-3])


def test_known_secrets_are_blanked_wherever_they_stand() -> None:
    recorder, file = transcript((b"topsecret",))
    recorder.sent(b"xx topsecret yy " + b"topsecret".hex().encode(), 100.0)
    recorder.received(b"echo top", 100.1)
    recorder.received(b"secret", 100.2)
    recorder.flush()
    assert b"topsecret" not in shown(file.getvalue())
    assert b"topsecret".hex() not in file.getvalue()


def test_an_echo_that_is_cut_inside_the_secret_is_blanked() -> None:
    for cut in range(1, len(AARQ)):
        recorder, file = transcript()
        recorder.message(AARQ)
        recorder.received(AARQ[:cut], 100.0)
        recorder.happened("dropped", 100.1)
        recorder.received(AARQ[cut:], 100.2)
        recorder.flush(final=True)
        assert PASSWORD not in shown(file.getvalue())


@pytest.mark.parametrize("parity", [False, True])
def test_an_echo_of_a_known_password_that_is_cut_is_blanked_with_parity_too(parity: bool) -> None:
    echo = b"\x01P1\x02(" + PASSWORD + b")\x03"
    if parity:
        echo = bytes(octet | (octet.bit_count() & 1) << 7 for octet in echo)
    for cut in range(1, len(echo)):
        recorder, file = transcript((PASSWORD,))
        recorder.received(echo[:cut], 100.0)
        recorder.happened("dropped", 100.1)
        recorder.received(echo[cut:], 100.2)
        recorder.flush(final=True)
        entries = [entry for entry in parse(file.getvalue().splitlines()) if isinstance(entry, Octets)]
        octets = b"".join(entry.to_bytes() for entry in entries)
        assert not any(PASSWORD[at : at + 3] in bytes(o & 0x7F for o in octets) for at in range(len(PASSWORD) - 2))


@pytest.mark.parametrize("parity", [False, True])
def test_a_password_command_is_blanked_with_its_block_check(parity: bool) -> None:
    command = b"\x01P1\x02(00000000)\x03"
    check = 0
    for octet in command[1:]:
        check ^= octet
    line = command + bytes([check])
    if parity:
        line = bytes(octet | (octet.bit_count() & 1) << 7 for octet in line)
    blanked = Redactor().redact(line)
    assert len(blanked) == len(line)
    plain = bytes(octet & 0x7F for octet in blanked)
    assert plain[:-1] == b"\x01P1\x02(********)\x03"
    check = 0
    for octet in plain[1:-1]:
        check ^= octet
    assert plain[-1] == check


def test_a_new_association_secret_is_blanked() -> None:
    with dlmskit.connect("sim:generic", record=(file := io.StringIO())) as meter:
        operation = Set(15, Obis(0, 0, 40, 0, 0), 7, data.octet_string(b"brand new secret"))
        with pytest.raises(dlmskit.DlmskitError):
            meter.run(operation)
    assert b"brand new secret" not in shown(file.getvalue())
    assert '"redacted":true' in file.getvalue()


@pytest.mark.parametrize("model", ["generic", "zzh"])
def test_a_recorded_session_holds_no_password(model: str, tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with dlmskit.connect(f"sim:{model}", record=path) as meter:
        meter.clock()
    text = path.read_text()
    assert b"12345678" not in shown(text)
    assert b"12345678".hex() not in text
    recording = capture.read(path)
    assert [entry.event for entry in recording.events] == ["connected", "associated", "request", "completed", "closed"]
    assert any(entry.redacted for entry in recording.octets)
    assert recording.header.target == f"sim:{model}"


def test_a_refused_password_is_not_recorded_either() -> None:
    with (
        pytest.raises(AssociationError),
        dlmskit.connect("sim:generic", password=PASSWORD, record=(file := io.StringIO())),
    ):
        pass
    assert PASSWORD not in shown(file.getvalue())
    assert PASSWORD.hex() not in file.getvalue()
    assert '"event":"failed"' in file.getvalue()


def test_an_iec_62056_21_password_is_not_recorded() -> None:
    with dlmskit.connect("sim:zzc", association="programming", record=(file := io.StringIO())) as meter:
        meter.run(ReadOut())
    assert b"12345678" not in shown(file.getvalue())


def test_an_aarq_recorded_twice_stays_blank() -> None:
    redactor = Redactor()
    redactor.expect(AARQ)
    assert PASSWORD not in redactor.redact(AARQ + AARQ)
