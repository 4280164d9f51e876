"""A COSEM meter that answers wrongly: blocks left out or repeated, old answers, pushes in between, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dlmskit.apdu import (
    DED_TAGS,
    GLO_TAGS,
    Apdu,
    AttributeDescriptor,
    DataNotification,
    GetRequestNext,
    GetResponseWithDatablock,
    MethodDescriptor,
    SelectiveAccess,
)
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import ActionError, DataAccessError, LocalProtocolError
from dlmskit.security.policy import SecurityPolicy
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import ServerAssociation
from dlmskit.vmeter.faults import Chance
from dlmskit.vmeter.meter import VirtualMeter

_SEALED = frozenset((*GLO_TAGS.values(), *DED_TAGS.values()))
_IMAGE_TRANSFER = 18
_BLOCK, _VERIFY, _ACTIVATE = 2, 3, 4
_PASSING = "temporary-failure"


class FaultySession(CosemServerSession):
    """A session of a meter with the faults of its line."""

    def __init__(self, meter: VirtualMeter, random: Callable[[int], bytes], chance: Chance) -> None:
        super().__init__(FaultyObjects(meter, chance), random, guard=meter.guard)
        self._chance = chance
        self._block: GetResponseWithDatablock | None = None
        self._sealed_before = b""

    def messages_to_send(self) -> list[bytes]:
        """See `CosemServerSession`."""
        return [self._aged(message) for message in super().messages_to_send()]

    def _aged(self, message: bytes) -> bytes:
        if message[0] not in _SEALED:
            return message
        before, self._sealed_before = self._sealed_before, message
        return before if before and self._chance.strikes("wrong-counter") else message

    def _send(self, response: Apdu, *how: Any) -> None:
        if self._chance.strikes("late-push"):
            with suppress(LocalProtocolError):  # the association does not know notifications
                self.notify(DataNotification(0, None, data.structure(data.octet_string(b"late"))))
        super()._send(self._in_blocks(response), *how)

    def _in_blocks(self, response: Apdu) -> Apdu:
        """The response, or another block in place of one."""
        before, self._block = self._block, None
        if not isinstance(response, GetResponseWithDatablock):
            return response
        if not response.last_block and self._chance.strikes("lost-block"):
            asked = GetRequestNext(response.invoke_id_and_priority, response.block_number)
            following = self._services.answer(asked) if self._services is not None else None
            response = following if isinstance(following, GetResponseWithDatablock) else response
        self._block = response
        if before is not None and before.block_number < response.block_number:
            return before if self._chance.strikes("repeated-block") else response
        return response


class FaultyObjects:
    """The objects of a meter that is busy, or has trouble with images. An `ObjectServer`."""

    def __init__(self, meter: VirtualMeter, chance: Chance) -> None:
        self._meter = meter
        self._chance = chance

    def association(self, client_sap: int) -> ServerAssociation | None:
        """See `ObjectServer`."""
        return self._meter.association(client_sap)

    def security_policy(self, client_sap: int) -> SecurityPolicy:
        """See `SecurityPolicies`."""
        return self._meter.security_policy(client_sap)

    def access_policy(self, client_sap: int, target: AttributeDescriptor | MethodDescriptor) -> SecurityPolicy:
        """See `AccessRights`."""
        return self._meter.access_policy(client_sap, target)

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        """See `ObjectServer`."""
        self._busy(DataAccessError)
        return self._meter.get(client_sap, attribute, access)

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        """See `ObjectServer`."""
        self._busy(DataAccessError)
        self._meter.set(client_sap, attribute, value)

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        """See `ObjectServer`."""
        self._busy(ActionError)
        if method.class_id == _IMAGE_TRANSFER:
            if method.method_id == _BLOCK and self._chance.strikes("stuck-image"):
                return None
            if method.method_id in (_VERIFY, _ACTIVATE) and self._chance.strikes("refusing-firmware"):
                raise ActionError("other-reason", "the image is refused")
        return self._meter.action(client_sap, method, parameters)

    def _busy(self, kind: type[ActionError] | type[DataAccessError]) -> None:
        if self._chance.strikes("busy"):
            raise kind(_PASSING, "the meter is busy")
