import pytest
from hypothesis import given

from dlmskit.codec.fcs import fcs16
from dlmskit.exceptions import EncodeError, FrameCheckError, FrameError, HeaderCheckError, TruncatedError
from dlmskit.link.hdlc import Control, FrameKind, HdlcAddress, HdlcFrame
from link.hdlc.strategies import frames

SNRM = "7ea0070303938c117e"
GET_RESPONSE = "7ea0130303305037e6e700c401c10012123485607e"
FLAGS_INSIDE = "7ea01b03033088d2e6e700c401c10009097e7e7e7e7e7e7e7e7e70b67e"


def checked(body: str) -> bytes:
    """A frame without information, made around `body` with a right check."""
    octets = bytes.fromhex(body)
    return b"\x7e" + octets + fcs16(octets).to_bytes(2, "little") + b"\x7e"


def test_frame_without_information():
    frame = HdlcFrame.from_bytes(bytes.fromhex(SNRM))
    assert frame == HdlcFrame(HdlcAddress(1), HdlcAddress(1), Control(FrameKind.SNRM))
    assert frame.to_bytes().hex() == SNRM


def test_frame_with_information():
    frame = HdlcFrame.from_bytes(bytes.fromhex(GET_RESPONSE))
    assert frame.control == Control(FrameKind.I, True, 0, 1)
    assert frame.information.hex() == "e6e700c401c100121234"
    assert frame.to_bytes().hex() == GET_RESPONSE


def test_flags_inside_are_data():
    assert HdlcFrame.from_bytes(bytes.fromhex(FLAGS_INSIDE)).information.endswith(b"\x7e" * 9)


@pytest.mark.parametrize("octets", [128, 255, 256, 2030])
def test_length_field_has_eleven_bits(octets):
    frame = HdlcFrame(HdlcAddress(16), HdlcAddress(1), Control(FrameKind.UI), bytes(octets), True)
    encoded = frame.to_bytes()
    assert (encoded[1] & 7) << 8 | encoded[2] == octets + 9
    assert HdlcFrame.from_bytes(encoded) == frame


def test_information_that_makes_the_frame_too_long():
    with pytest.raises(EncodeError):
        HdlcFrame(HdlcAddress(16), HdlcAddress(1), Control(FrameKind.UI), bytes(2039)).to_bytes()


@given(frames)
def test_round_trip(frame):
    assert HdlcFrame.from_bytes(frame.to_bytes()) == frame


@pytest.mark.parametrize(
    ("octets", "error", "offset"),
    [
        ("a0070303938c117e", FrameError, 0),
        ("7e80070303938c117e", FrameError, 1),
        ("7ea0060303938c117e", FrameError, 1),
        ("7ea0130303300000e6e700c401c10012123414117e", HeaderCheckError, 6),
        (GET_RESPONSE.replace("8560", "6085"), FrameCheckError, 18),
        (GET_RESPONSE[:-2] + "7f", FrameError, 20),
        (GET_RESPONSE + "7e", FrameError, 21),
        (GET_RESPONSE[:-2], TruncatedError, 20),
        (GET_RESPONSE[:10], TruncatedError, 5),
        ("", TruncatedError, 0),
    ],
)
def test_refusals_say_where(octets, error, offset):
    with pytest.raises(error) as caught:
        HdlcFrame.from_bytes(bytes.fromhex(octets))
    assert caught.value.offset == offset
    assert type(caught.value) is error


def test_every_cut_is_refused_with_the_offset_where_octets_ran_out():
    octets = bytes.fromhex(GET_RESPONSE)
    for cut in range(len(octets)):
        with pytest.raises(TruncatedError) as caught:
            HdlcFrame.from_bytes(octets[:cut])
        assert caught.value.offset == cut


def test_reject_is_refused_by_name():
    with pytest.raises(FrameError, match="REJ is not part of this profile") as caught:
        HdlcFrame.from_bytes(checked("a007030319"))
    assert caught.value.offset == 5


def test_unknown_control_octet_is_refused():
    with pytest.raises(FrameError, match="FF"):
        HdlcFrame.from_bytes(checked("a0070303ff"))


@pytest.mark.parametrize("octet", range(256))
def test_control_octet_is_refused_or_comes_back(octet):
    try:
        control = Control.from_octet(octet)
    except FrameError:
        return
    assert control.to_octet() == octet
