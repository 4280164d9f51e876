"""Invariant: whatever octets come in, a port raises nothing, answers a bounded amount, and serves the next client.

A host must survive every peer, so the invariant is on the port, below any socket.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlmskit.apdu import Aarq, GetRequestNormal, InitiateRequest, SetRequestNormal
from dlmskit.apdu.descriptors import AttributeDescriptor, SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import ApplicationContext, Mechanism
from dlmskit.link.wrapper import WrapperPdu
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.port import MeterPort

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
METERS = {name: meter_of(registry.load(name), start=START) for name in ("generic", "zzh", "zzc")}
READER = 17


def fresh(name: str) -> MeterPort:
    port = port_of(METERS[name], bytes)
    port.open(0.0)
    return port


def reader() -> MeterPort:
    """A port of the generic meter with the reader associated."""
    port = fresh("generic")
    initiate = InitiateRequest(proposed_conformance=CLIENT_CONFORMANCE, client_max_receive_pdu_size=0xFFFF)
    aarq = Aarq(
        application_context_name=ApplicationContext.LN,
        mechanism_name=Mechanism.LOW,
        calling_authentication_value=defaults.PASSWORD,
        user_information=initiate.to_bytes(),
    )
    assert ask(port, aarq.to_bytes())[:1] == b"\x61"
    return port


def ask(port: MeterPort, apdu: bytes) -> bytes:
    port.receive(WrapperPdu(READER, 1, apdu).to_bytes(), 0.0)
    answer = port.data_to_send()
    return WrapperPdu.from_bytes(answer).apdu if answer else b""


STARTS = {
    "generic": bytes.fromhex("0001001000010000"),  # a wrapper header without APDU
    "zzh": bytes.fromhex("7EA00A00020023219318717E"),  # SNRM
    "zzc": b"/?!\r\n",
}


@pytest.mark.parametrize("name", METERS)
@given(noise=st.lists(st.binary(max_size=60), max_size=6), now=st.floats(0, 1e6))
@settings(deadline=None, max_examples=60)
def test_noise_raises_nothing(name: str, noise: list[bytes], now: float) -> None:
    port = fresh(name)
    for chunk in (*noise, STARTS[name], *noise):
        port.receive(chunk, now)
        assert len(port.data_to_send()) < 4096
        deadline = port.next_deadline()
        if deadline is not None:
            port.handle_timeout(max(now, deadline))


values = st.sampled_from(
    [
        data.null_data(),
        data.octet_string(b""),
        data.octet_string(b"\xff" * 12),
        data.date_time(data.Data(b"\x19" + b"\xff" * 12).value),
        data.array(),
        data.structure(data.null_data()),
        data.enum(255),
        data.compact_array(b"\x11", [1, 2]),
        data.bit_string("0101"),
        data.double_long_unsigned(0xFFFF_FFFF),
        data.structure(*(data.double_long_unsigned(0) for _ in range(4))),
    ]
)
codes = st.sampled_from([(row.class_id, row.obis) for row in registry.load("generic").objects])


@given(code=codes, attribute=st.integers(-128, 127), selector=st.integers(0, 255), value=values)
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_every_request_gets_one_answer(
    code: tuple[int | None, Obis | None], attribute: int, selector: int, value: Data
) -> None:
    port = reader()
    class_id, obis = code
    assert class_id is not None
    assert obis is not None
    descriptor = AttributeDescriptor(class_id, obis, attribute)
    for request in (
        GetRequestNormal(0xC1, descriptor, None),
        GetRequestNormal(0xC1, descriptor, SelectiveAccess(selector, value)),
        SetRequestNormal(0xC1, descriptor, None, value),
    ):
        answer = ask(port, request.to_bytes())
        assert answer[0] in (0xC4, 0xC5)
    clock = AttributeDescriptor(8, Obis(0, 0, 1, 0, 0), 2)
    assert ask(port, GetRequestNormal(0xC1, clock, None).to_bytes())[:4] == b"\xc4\x01\xc1\x00"


def test_a_new_line_is_greeted_in_the_models_own_way() -> None:
    snrm = fresh("zzh")
    snrm.receive(STARTS["zzh"], 0.0)
    assert snrm.data_to_send()[8:9] == b"\x73"  # UA
    request = fresh("zzc")
    request.receive(STARTS["zzc"], 0.0)
    assert request.data_to_send() == b"/ZZC5C1-FICTION\r\n"
