"""Passes 3 and 4 of HLS: the method reply_to_HLS_authentication, invoked in logical names or in short names."""

from __future__ import annotations

from typing import Protocol

import msgspec

from dlmskit.apdu import (
    ActionRequestNormal,
    ActionResponseNormal,
    Apdu,
    MethodDescriptor,
    ParameterizedAccess,
    ReadRequest,
    ReadResponse,
)
from dlmskit.codec.data import Data, octet_string
from dlmskit.cosem.short_names import REPLY_TO_HLS
from dlmskit.enums import ActionResult, DataAccessResult
from dlmskit.exceptions import AssociationError, AuthenticationError, RemoteProtocolError
from dlmskit.session.cosem.invoke import CONFIRMED

NO_SELECTOR = 0
"""what stands for a selector where a method is invoked"""


class Passes(Protocol):
    """How the two passes travel in one kind of referencing."""

    def ask(self, invoke: int, answer: bytes) -> Apdu:
        """Pass 3, client: our answer to the meter's challenge."""

    def returned(self, apdu: Apdu) -> bytes:
        """Pass 4, client: the meter's answer to ours.

        Raises `RemoteProtocolError`, `AssociationError` for a refusal and `AuthenticationError` where it is missing.
        """

    def given(self, apdu: Apdu) -> bytes | None:
        """Pass 3, meter: the client's answer, None where `apdu` is something else."""

    def grant(self, apdu: Apdu, answer: bytes) -> Apdu:
        """Pass 4, meter: our answer to the client's challenge."""

    def deny(self, apdu: Apdu) -> Apdu:
        """What a client gets that did not prove itself."""


class LogicalPasses(msgspec.Struct, frozen=True):
    """ACTION on the association object. The meter looks at object and method, not at the class."""

    method: MethodDescriptor

    def ask(self, invoke: int, answer: bytes) -> Apdu:
        return ActionRequestNormal(invoke, self.method, octet_string(answer))

    def returned(self, apdu: Apdu) -> bytes:
        if not isinstance(apdu, ActionResponseNormal):
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to the challenge")
        if apdu.result != ActionResult.SUCCESS:
            raise AssociationError(f"the meter refused our authentication: {apdu.result.label}")
        return _octets(apdu.return_parameters)

    def given(self, apdu: Apdu) -> bytes | None:
        if not isinstance(apdu, ActionRequestNormal):
            return None
        wanted, found = self.method, apdu.method
        if (found.instance_id, found.method_id) != (wanted.instance_id, wanted.method_id):
            return None
        return _given(apdu.parameters)

    def grant(self, apdu: Apdu, answer: bytes) -> Apdu:
        return ActionResponseNormal(_invoke(apdu) | CONFIRMED, ActionResult.SUCCESS, octet_string(answer))

    def deny(self, apdu: Apdu) -> Apdu:
        return ActionResponseNormal(_invoke(apdu), ActionResult.READ_WRITE_DENIED)


class ShortPasses(msgspec.Struct, frozen=True):
    """READ with parameterized access to the short name of the method, which is the same in every meter."""

    name: int = REPLY_TO_HLS

    def ask(self, invoke: int, answer: bytes) -> Apdu:
        return ReadRequest((ParameterizedAccess(self.name, NO_SELECTOR, octet_string(answer)),))

    def returned(self, apdu: Apdu) -> bytes:
        if not isinstance(apdu, ReadResponse) or len(apdu.results) != 1:
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to the challenge")
        if isinstance(apdu.results[0], DataAccessResult):
            raise AssociationError(f"the meter refused our authentication: {apdu.results[0].label}")
        return _octets(apdu.results[0])

    def given(self, apdu: Apdu) -> bytes | None:
        if not isinstance(apdu, ReadRequest) or len(apdu.variables) != 1:
            return None
        asked = apdu.variables[0]
        if not isinstance(asked, ParameterizedAccess) or asked.variable_name != self.name:
            return None
        return _given(asked.parameter)

    def grant(self, apdu: Apdu, answer: bytes) -> Apdu:
        return ReadResponse((octet_string(answer),))

    def deny(self, apdu: Apdu) -> Apdu:
        return ReadResponse((DataAccessResult.READ_WRITE_DENIED,))


def _invoke(apdu: Apdu) -> int:
    assert isinstance(apdu, ActionRequestNormal)
    return apdu.invoke_id_and_priority


def _octets(returned: object) -> bytes:
    found = returned.value if isinstance(returned, Data) else None
    if not isinstance(found, bytes):
        raise AuthenticationError("the meter did not answer our challenge")
    return found


def _given(given: Data | None) -> bytes:
    """What was given, no octets at all where it is nothing that could be an answer."""
    found = given.value if given is not None else None
    return found if isinstance(found, bytes) else b""
