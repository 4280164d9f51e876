"""APDUs of ours go through the codec of another maker and come back as the same octets."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit import apdu
from dlmskit.enums import DataAccessResult
from dlmskit.testing.apdus import of_class

ECHO = Path(__file__).with_name("apdu_echo.py")

NOT_THEIRS = (
    apdu.Aarq,
    apdu.Aare,
    apdu.Rlrq,
    apdu.Rlre,
    apdu.DataNotificationConfirm,
    apdu.GeneralGloCiphering,
    apdu.GeneralDedCiphering,
    apdu.GeneralCiphering,
    apdu.GeneralSigning,
    apdu.GatewayRequest,
    apdu.GatewayResponse,
)
"""what the peer has no codec for that stands alone"""


def both_have(value: apdu.Apdu) -> bool:
    """Whether `value` has one encoding only, and nothing that the peer refuses on purpose."""
    match value:
        case apdu.SetRequestWithList():
            return len(value.attributes) == len(value.values)
        case apdu.ActionRequestWithList():
            return len(value.methods) == len(value.parameters)
        case apdu.AccessRequest():
            return len(value.specifications) == len(value.data)
        case apdu.AccessResponse():
            repeated = value.specifications is None or len(value.specifications) == len(value.data)
            return repeated and len(value.data) == len(value.results)
        case apdu.InformationReportRequest():
            names = all(isinstance(variable, apdu.VariableName) for variable in value.variables)
            return names and len(value.variables) == len(value.data) and value.current_time != b""
        case apdu.WriteResponse():
            return DataAccessResult.SUCCESS not in value.results
        case apdu.InitiateRequest():
            return value.dedicated_key != b""
        case apdu.ConfirmedServiceError():
            return value.error_class is not apdu.ErrorClass.CHANGE_SCOPE
    return True


class Peer:
    """The other codec."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def echo(self, octets: bytes) -> str:
        self._requests.write(octets.hex() + "\n")
        self._requests.flush()
        return self._answers.readline().strip()


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    command = [os.environ["DLMSKIT_PEER_PYTHON"], str(ECHO)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Peer(process.stdin, process.stdout)


THEIRS = [cls for cls in apdu.SUPPORTED if cls not in NOT_THEIRS]


@pytest.mark.parametrize("cls", THEIRS, ids=lambda cls: cls.NAME)
def test_the_peer_encodes_what_it_decoded_to_our_octets(cls: type[apdu.Apdu], peer: Peer) -> None:
    @settings(max_examples=100, deadline=None, database=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        octets = data.draw(of_class(cls).filter(both_have)).to_bytes()
        assert peer.echo(octets) == octets.hex()

    holds()
