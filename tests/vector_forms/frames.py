"""Link frames in the JSON form of the vectors, and the APDUs inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dlmskit import apdu
from dlmskit.exceptions import FrameError
from dlmskit.limits import Tolerance
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.llc import COMMAND, RESPONSE
from dlmskit.link.hdlc.parameters import read_information
from dlmskit.link.hdlc.stream import Dropped, FrameReader
from dlmskit.link.mbus import MBusFrame, MBusReader, PartJoiner
from dlmskit.link.wrapper import WrapperPdu, WrapperReader
from vector_forms.apdus import Opener, apdu_form, encoded_again

_LLC = (COMMAND, RESPONSE)


def hdlc_frames(octets: bytes) -> list[HdlcFrame]:
    """All frames of a stream that holds nothing else."""
    reader = FrameReader()
    frames: list[HdlcFrame] = []
    for item in reader.feed(octets):
        if isinstance(item, Dropped):
            raise FrameError(item.reason)
        frames.append(item)
    if reader.pending or not frames:
        raise FrameError("octets end inside a frame", len(octets))
    return frames


def hdlc_form(frames: list[HdlcFrame], opener: Opener, *, opaque: bool) -> dict[str, Any]:
    form: dict[str, Any] = {"frames": [_frame_form(frame) for frame in frames]}
    if opaque:
        return form
    runs = list(_runs(frames))
    if runs[-1][-1].segmented:
        form["incomplete_segment"] = True
        del runs[-1]
    messages = [_message(run)[1] for run in runs if _carries(run)]
    form["apdu_hex"] = [message.hex() for message in messages]
    if (whole := _joined_blocks([opener.decode(message) for message in messages])) is not None:
        form["gbt_reassembled"] = whole.hex()
        messages.append(whole)
    form["apdus"] = [apdu_form(opener.decode(message), opener) for message in messages]
    return form


def _frame_form(frame: HdlcFrame) -> dict[str, Any]:
    control: dict[str, Any] = {"type": str(frame.control.kind), "pf": frame.control.poll_final}
    if frame.control.send_sequence is not None:
        control["ns"] = frame.control.send_sequence
    if frame.control.receive_sequence is not None:
        control["nr"] = frame.control.receive_sequence
    form = {
        "segmented": frame.segmented,
        "dest": _address_form(frame.destination),
        "src": _address_form(frame.source),
        "control": control,
        "info": frame.information.hex(),
    }
    if frame.information[:3] in _LLC:
        form["llc"] = frame.information[:3].hex()
    if frame.control.kind in (FrameKind.SNRM, FrameKind.UA):
        form["negotiation"] = _negotiation_form(frame.information)
    return form


def _address_form(address: HdlcAddress) -> dict[str, int]:
    form = {"len": address.octets, "upper": address.upper}
    return form if address.lower is None else form | {"lower": address.lower}


_PARAMETERS = {5: "max_info_tx", 6: "max_info_rx", 7: "window_tx", 8: "window_rx"}


def _negotiation_form(information: bytes) -> dict[str, int]:
    """The parameters that are stated; defaults are not."""
    parameters, form, offset = read_information(information), {}, 3
    while offset < len(information):
        if name := _PARAMETERS.get(information[offset]):
            form[name] = getattr(parameters, name)
        offset += 2 + information[offset + 1]
    return form


def _runs(frames: Iterable[HdlcFrame]) -> Iterator[list[HdlcFrame]]:
    """Frames that carry one message each, or that carry none."""
    run: list[HdlcFrame] = []
    for frame in frames:
        run.append(frame)
        if not frame.segmented:
            yield run
            run = []
    if run:
        yield run


def _message(run: list[HdlcFrame]) -> tuple[bytes, bytes]:
    """LLC octets and the message of a run."""
    joined = b"".join(frame.information for frame in run)
    return (joined[:3], joined[3:]) if joined[:3] in _LLC else (b"", joined)


def _carries(run: list[HdlcFrame]) -> bool:
    return run[-1].control.kind in (FrameKind.I, FrameKind.UI) and bool(run[0].information)


def _joined_blocks(apdus: list[apdu.Apdu]) -> bytes | None:
    blocks = [block for block in apdus if isinstance(block, apdu.GeneralBlockTransfer)]
    return b"".join(block.block_data for block in blocks) if blocks and blocks[-1].last_block else None


def hdlc_again(frames: list[HdlcFrame], opener: Opener, *, opaque: bool) -> bytes:
    """The frames encoded anew, and the APDUs of whole runs too, cut where they were cut."""
    octets = b""
    for run in _runs(frames):
        llc, message = _message(run)
        if _carries(run) and not run[-1].segmented and not opaque:
            message = encoded_again(opener.decode(message))
        left = llc + message
        for frame in run:
            information, left = left[: len(frame.information)], left[len(frame.information) :]
            octets += msgspec.structs.replace(frame, information=information).to_bytes()
        octets += left
    return octets


class MBusParts(msgspec.Struct, frozen=True):
    """Long frames that carry one APDU in parts."""

    frames: list[MBusFrame]
    message: bytes


def mbus_parts(octets: bytes, tolerance: Tolerance) -> MBusParts:
    """The frames of a stream that holds the parts of one APDU and nothing else."""
    reader, joiner = MBusReader(tolerance), PartJoiner()
    frames = reader.feed(octets)
    if lost := reader.take_lost():
        raise FrameError(lost[0])
    received = [joiner.take(frame) for frame in frames]
    if reader.pending or not received or received[-1] is None or any(received[:-1]):
        raise FrameError("no whole APDU", len(octets))
    return MBusParts(frames, received[-1].octets)


def mbus_form(parts: MBusParts, opener: Opener) -> dict[str, Any]:
    frame_form = _wrong_length_form if opener.tolerance.noticed else _mbus_frame_form
    return {
        "frames": [frame_form(frame) for frame in parts.frames],
        "apdu_hex": parts.message.hex(),
        "apdu": apdu_form(opener.decode(parts.message), opener),
    }


def _mbus_frame_form(frame: MBusFrame) -> dict[str, int]:
    stsap, dtsap = frame.body[:2]
    form = {"c": frame.control, "a": frame.address, "ci": frame.control_information}
    return form | {"stsap": stsap, "dtsap": dtsap, "payload_len": len(frame.body) - 2}


def _wrong_length_form(frame: MBusFrame) -> dict[str, int]:
    """Vectors with L modulo 256 tell lengths only."""
    announced = (3 + len(frame.body)) % 256
    return {"l_field": announced, "payload_len_real": len(frame.body) - 2, "ci": frame.control_information}


def mbus_again(parts: MBusParts, opener: Opener) -> bytes:
    """The frames encoded anew, and the APDU too, cut where it was cut."""
    octets, left = b"", encoded_again(opener.decode(parts.message))
    for frame in parts.frames:
        size = len(frame.body) - 2
        octets += msgspec.structs.replace(frame, body=frame.body[:2] + left[:size]).to_bytes()
        left = left[size:]
    return octets + left


def wrapper_pdus(octets: bytes) -> list[WrapperPdu]:
    reader = WrapperReader()
    pdus = list(reader.feed(octets))
    if reader.pending or not pdus:
        raise FrameError("octets end inside a wrapper PDU", len(octets))
    return pdus


def wrapper_form(pdus: list[WrapperPdu], opener: Opener) -> dict[str, Any]:
    return {
        "pdus": [
            {
                "version": 1,
                "source_wport": pdu.source_wport,
                "destination_wport": pdu.destination_wport,
                "length": len(pdu.apdu),
                "apdu": apdu_form(opener.decode(pdu.apdu), opener),
            }
            for pdu in pdus
        ]
    }


def wrapper_again(pdus: list[WrapperPdu], opener: Opener) -> bytes:
    return b"".join(
        WrapperPdu(pdu.source_wport, pdu.destination_wport, encoded_again(opener.decode(pdu.apdu))).to_bytes()
        for pdu in pdus
    )
