"""Our stack as the hostile corpus runs it: ``run_hostile.py --adapter fuzz.hostile_adapter``.

Every entry goes through the public API as a user of the package would. A frame or an answer counts as delivered when it
came out of a link that is connected, or of a session whose request is in flight.

Outcomes that are argued, and left out by their id: none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit import apdu
from dlmskit.codec import iec21
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.mbus import MeterTelegram
from dlmskit.exceptions import DlmskitError, FrameError, RemoteProtocolError
from dlmskit.limits import Tolerance
from dlmskit.link.base import Disconnected, FrameDropped, Link, Received
from dlmskit.link.hdlc import Control, FrameKind, HdlcAddress, HdlcClientLink, HdlcFrame
from dlmskit.link.mbus import MBusFrame, MBusReader
from dlmskit.link.wrapper import WrapperLink
from dlmskit.obis import Obis
from dlmskit.security.key_wrap import unwrap
from fuzz.hostile_dialogue import REQUEST, Result, run_cipher, run_hls, run_session

CLIENT_SAP, SERVER_SAP = 1, 1
WRAPPER_CLIENT, WRAPPER_METER = 16, 1


def run_axdr(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    value = Data.from_bytes(data)
    return {"status": "ok", "consumed": len(data), "value": repr(value.value)[:160]}


def run_datetime(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    return {"status": "ok", "value": str(CosemDateTime.from_bytes(data).to_datetime())}


def run_apdu(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    value = apdu.decode(data)
    for part in (getattr(value, "user_information", None),):
        if part is not None:
            apdu.decode(part)
    return {"status": "ok", "value": repr(value)[:160]}


def run_hdlc(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    """A client link: connecting where the case is about the UA, else connected with a request in flight."""
    link = HdlcClientLink(CLIENT_SAP, HdlcAddress(SERVER_SAP))
    link.open(0.0)
    link.data_to_send()
    if (case.get("ctx") or {}).get("await") != "UA":
        answer = HdlcFrame(HdlcAddress(CLIENT_SAP), HdlcAddress(SERVER_SAP), Control(FrameKind.UA))
        link.receive_data(answer.to_bytes(), 0.0)
        link.next_event()
        link.send(bytes.fromhex(REQUEST), 0.0)
        link.data_to_send()
    return run_link(link, steps)


def run_wrapper(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    link = WrapperLink(WRAPPER_CLIENT, WRAPPER_METER)
    link.open(0.0)
    link.next_event()
    return run_link(link, steps)


def run_link(link: Link, steps: list[bytes]) -> Result:
    """Feed the octets; a message counts when it is an APDU."""
    words, delivered = [], []
    for step in steps:
        link.receive_data(step, 0.0)
        link.data_to_send()
        word = "need_more"
        while (event := link.next_event()) is not None:
            if isinstance(event, Received):
                word = "ok" if is_apdu(event.octets) else "refused"
                if word == "ok":
                    delivered.append(event.octets.hex())
            elif isinstance(event, Disconnected | FrameDropped):
                word = "refused"
            elif word == "need_more":
                word = "ok"
        words.append(word)
    return {"status": words[-1] if words else "need_more", "steps": words, "delivered": delivered}


def is_apdu(octets: bytes) -> bool:
    try:
        apdu.decode(octets)
    except DlmskitError:
        return False
    return True


def run_keywrap(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    return {"status": "ok", "delivered": [unwrap(data, master_key=bytes.fromhex(case["ctx"]["kek"])).hex()]}


def run_identification(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    """What a client makes of the answer to its sign-on."""
    message = iec21.decode(data)
    if not isinstance(message, iec21.Identification):
        raise RemoteProtocolError(f"wanted an identification, found {message.NAME}")
    return {"status": "ok", "value": message.manufacturer}


def run_data_block(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    message = iec21.decode(iec21.without_bcc(data))
    if not isinstance(message, iec21.DataMessage):
        raise RemoteProtocolError(f"wanted data, found {message.NAME}")
    numbers = [str(value.number) for row in iec21.parse_data_sets(message.data) for value in row.values]
    return {"status": "ok", "value": numbers[:8]}


def run_mbus(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    """Frames of a line, and the records inside; no model declares lengths modulo 256, no key is known."""
    reader = MBusReader(Tolerance(strict=True))
    frames = [frame for step in steps for frame in reader.feed(step)]
    if not frames:
        lost = reader.take_lost()
        if lost is not None and not reader.pending:
            raise FrameError(lost[0])
        return {"status": "need_more"}
    values = [telegram_of(frame).plain_records() for frame in frames]
    return {"status": "ok", "delivered": [frame.body.hex() for frame in frames], "value": repr(values)[:160]}


def telegram_of(frame: MBusFrame) -> MeterTelegram:
    return MeterTelegram.from_bytes(bytes([frame.control_information]) + frame.body)


def run_obis(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    return {"status": "ok", "value": str(Obis.parse(data.decode("utf-8", "surrogateescape")))}


def run_obis_octets(case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
    return {"status": "ok", "value": str(Obis.from_bytes(data))}


ENTRIES: dict[str, Callable[[dict[str, Any], bytes, list[bytes]], Result]] = {
    "axdr": run_axdr,
    "datetime": run_datetime,
    "apdu": run_apdu,
    "hdlc": run_hdlc,
    "wrapper": run_wrapper,
    "cipher": lambda case, data, steps: run_cipher(case["ctx"], steps),
    "keywrap": run_keywrap,
    "hls": lambda case, data, steps: run_hls(case["ctx"]),
    "session": lambda case, data, steps: run_session(case.get("ctx") or {}, steps),
    "iec21": run_identification,
    "iec21data": run_data_block,
    "mbus": run_mbus,
    "obis": run_obis,
    "obisbytes": run_obis_octets,
}


class Adapter:
    """The runner's contract."""

    NAME = "dlmskit"
    VERSION = "checkout"
    DOMAIN = (DlmskitError,)
    SUPPORTS = frozenset(ENTRIES)

    def run(self, entry: str, case: dict[str, Any], data: bytes, steps: list[bytes]) -> Result:
        return ENTRIES[entry](case, data, steps)
