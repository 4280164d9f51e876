"""Access rights that want protection: objects seen through what the present request was protected by."""

from __future__ import annotations

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.security.policy import UNPROTECTED, Protection
from dlmskit.session.cosem.settings import AccessRights, ObjectServer, ServerAssociation

_DENIED = "read-write-denied"


class GuardedObjects:
    """Passes to `objects` what their access rights let a request of this protection do. An `ObjectServer` itself.

    `owed` is what the answer must have. `possible` is what protection answers of this association can be given. Once
    one request has read `most_octets` the rest of it is refused: nobody could take such an answer.
    """

    def __init__(
        self, objects: ObjectServer, possible: Protection, most_octets: int = DEFAULT_LIMITS.transfer_octets
    ) -> None:
        self._objects = objects
        self._rights = objects if isinstance(objects, AccessRights) else None
        self._possible = possible
        self._most = most_octets
        self._read = 0
        self._found = UNPROTECTED
        self.owed = UNPROTECTED

    def begin(self, found: Protection, *, goes_on: bool) -> None:
        """A request came; a transfer in blocks is as well protected as the weakest of them."""
        self._found = self._found & found if goes_on else found
        self.owed = self.owed if goes_on else UNPROTECTED
        self._read = 0

    def association(self, client_sap: int) -> ServerAssociation | None:
        """See `ObjectServer`."""
        return self._objects.association(client_sap)

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        """See `ObjectServer`."""
        if not self._permits(client_sap, attribute):
            raise DataAccessError(_DENIED)
        if self._read >= self._most:
            raise DataAccessError("data-block-unavailable", f"after {self._read} octets of one answer")
        value = self._objects.get(client_sap, attribute, access)
        self._read += len(value.to_bytes())
        return value

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        """See `ObjectServer`."""
        if not self._permits(client_sap, attribute):
            raise DataAccessError(_DENIED)
        self._objects.set(client_sap, attribute, value)

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        """See `ObjectServer`."""
        if not self._permits(client_sap, method):
            raise ActionError(_DENIED)
        return self._objects.action(client_sap, method, parameters)

    def _permits(self, client_sap: int, target: AttributeDescriptor | MethodDescriptor) -> bool:
        if self._rights is None:
            return True
        policy = self._rights.access_policy(client_sap, target)
        if policy.requests & ~self._found or policy.responses & ~self._possible:
            return False
        self.owed |= policy.responses
        return True
