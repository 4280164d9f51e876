"""A virtual DLMS/COSEM meter: the firmware behind the object server that a server session asks.

Access rights and the protection that they want are the model's, per association. Refusals carry the standard's labels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import shake_256
from itertools import count
from typing import Any

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import (
    ActionError,
    DataAccessError,
    DlmskitError,
    EncodeError,
    FirmwareModelError,
    SecurityError,
    ServiceError,
    UnknownObject,
)
from dlmskit.model import quirks
from dlmskit.model.device import Association, DeviceModel, ModelObject
from dlmskit.obis import Obis
from dlmskit.security.certificates import Certificate
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import CounterSighting
from dlmskit.security.policy import NO_POLICY, SecurityPolicy
from dlmskit.security.protection import AUTHENTICATED, ENCRYPTED
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, CURRENT_ASSOCIATION, SHORT_NAMES, ServerAssociation
from dlmskit.store.answer import answer
from dlmskit.store.counters import Counters, MemoryCounters
from dlmskit.store.journal import Journal
from dlmskit.vmeter import defaults, notification, objects, rights
from dlmskit.vmeter.behaviour import Asked
from dlmskit.vmeter.classes import profile_generic
from dlmskit.vmeter.classes.profile_generic import Cell
from dlmskit.vmeter.clock import moment
from dlmskit.vmeter.firmware import Firmware
from dlmskit.vmeter.key_pairs import KeyPairs
from dlmskit.vmeter.layout import layout_of
from dlmskit.vmeter.memory import Command, Memory, Register, descriptor, ending
from dlmskit.vmeter.presence import Presence
from dlmskit.vmeter.profile import Entry
from dlmskit.vmeter.push import MOST_WAITING, Outgoing
from dlmskit.vmeter.secrets import Secrets
from dlmskit.vmeter.security import Security
from dlmskit.vmeter.stated import declaration

PROTECTION = {
    "none": 0,
    "authentication": AUTHENTICATED,
    "encryption": ENCRYPTED,
    "authenticated-encryption": AUTHENTICATED | ENCRYPTED,
}
_ASSOCIATION_LN = 15
_SCRIPT_TABLE = 9


class VirtualMeter:
    """Implements `ObjectServer` for a COSEM model.

    `start` is the physical time at the first `advance`; with a `journal`, which keeps all that the meter is told over
    restarts, it is the time to go on at if that is later than what was told already. `keys` are by association name;
    one that is missing gets the public test keys of `dlmskit.vmeter.defaults`. `pairs` are the meter's key pairs and
    its clients' public keys, `trusted` the authorities of certificates that it may be given. `random` gives the octets
    of keys that it generates; by default they follow from the seed, as everything else does. `counters` keep its
    invocation counters and those of its clients; where they are left out the journal does, or memory. Raises
    `FirmwareModelError` where the model cannot be simulated.
    """

    def __init__(
        self,
        model: DeviceModel,
        *,
        seed: int = defaults.SEED,
        start: datetime,
        keys: Mapping[str, KeySet] | None = None,
        pairs: Credentials | None = None,
        trusted: Sequence[Certificate] = (),
        counters: Counters | None = None,
        random: Callable[[int], bytes] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.model = model
        self.memory = memory = Memory(journal) if journal is not None else None
        made = memory.first() if memory is not None else None
        self.firmware = Firmware(model, self, seed=seed, start=start if made is None else moment(made.start))
        self.counters = counters or (MemoryCounters() if memory is None else memory.counters)
        self.guard = ReplayGuard()
        """counters accepted from clients, over all lines"""
        random = random or _seeded(seed)
        random = random if memory is None else memory.drawing(random)
        self.secrets = Secrets(model, keys)
        self.pairs = KeyPairs(self.firmware.identity.system_title, random, pairs, trusted)
        self.security = Security(model, self.secrets, self.pairs, random)
        self.presence = Presence()
        layout = layout_of(model)
        self._rows = layout.rows
        self._protected = any(_protected(row) for row in model.objects)

        self._cells: dict[str, list[Cell]] = {}
        self._short_names = layout.short_names
        self._quirks = frozenset(row.name for row in model.quirks if row.value)
        connection = model.connection
        self._patience = (connection.wrapper.inactivity_timeout if connection is not None else 0) or None
        self._outgoing: deque[Outgoing] = deque(maxlen=MOST_WAITING)
        if not layout.checked:
            self._check()
            layout.checked = True
        self.firmware.begin()
        if memory is not None:
            memory.attach(self, start)
        self.firmware.send = self._send  # not before: what is carried out again after a restart was sent already
        self._learn()

    def advance(self, now: float) -> None:
        """Let physical time pass up to the host's monotonic `now` in seconds."""
        self.firmware.advance(now)
        if self.memory is not None:
            self.memory.told()

    def association(self, client_sap: int) -> ServerAssociation | None:
        """The rules for this client SAP, None where there is no such client."""
        found = self.model.association_of(client_sap)
        if found is None:
            return None
        self._learn()
        return ServerAssociation(
            mechanism=found.mechanism,
            context=found.context,
            keys=self.secrets.of(found),
            asks_for_pairs=True,
            suite=found.suite,
            policy=self.security_policy(client_sap),
            conformance=found.conformance or CLIENT_CONFORMANCE,
            max_receive_pdu_size=found.max_receive_pdu_size,
            security_control=PROTECTION[found.protection],
            system_title=self.firmware.identity.system_title,
            short_names=self._short_names.seen_by(found) if found.short_names or found.context in SHORT_NAMES else (),
            inactivity_timeout=self._patience,
            pre_established=found.pre_established,
            quirks=self._quirks,
        )

    def security_policy(self, client_sap: int) -> SecurityPolicy:
        """What the policy in force wants of this client; clients may raise it while associations are open."""
        found = self.model.association_of(client_sap)
        return NO_POLICY if found is None else self.security.floor(found)

    def access_policy(self, client_sap: int, target: AttributeDescriptor | MethodDescriptor) -> SecurityPolicy:
        """What the model wants of messages about an attribute or method besides; attribute 0 is all that are read."""
        association = self.model.association_of(client_sap)
        row = None if association is None else self._object(target.class_id, target.instance_id, association)
        if not self._protected or association is None or row is None:
            return NO_POLICY
        known, name = declaration(row), association.name
        if isinstance(target, MethodDescriptor):
            method = known.method(target.method_id)
            return NO_POLICY if method is None else rights.policy(row.method_wants(name, method.name))
        asked = known.attributes if target.attribute_id == 0 else [known.attribute(target.attribute_id)]
        wanted = (row.wants(name, item.name) for item in asked if item is not None)
        return rights.policy(each for wants in wanted for each in wants)

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        """An attribute's value; attribute 0 is a structure of all, null-data where it may not be read."""
        if quirks.SELECTION_IGNORED in self._quirks:
            access = None
        asked = self._asked(client_sap, attribute.class_id, attribute.instance_id, access, DataAccessError)
        if attribute.attribute_id == 0:
            names = (item.name for item in declaration(asked.row).attributes)
            return data.structure(*(self._readable(asked, name) for name in names))
        name = _attribute_name(asked.row, attribute.attribute_id)
        if access is not None and (asked.row.class_id, name) not in SELECTIVE:
            raise DataAccessError("scope-of-access-violated", f"selective access to {asked.row.name} {name}")
        return self._read(asked, name)

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        """Write an attribute. Raises `DataAccessError`."""
        if self.memory is None:
            return self._set(client_sap, attribute, value)
        record = self._command(client_sap, attribute, value)
        return self.memory.command(record, lambda: self._set(client_sap, attribute, value))

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        """Invoke a method. Raises `ActionError`."""
        if self.memory is None:
            return self._action(client_sap, method, parameters)
        record = self._command(client_sap, method, parameters)
        return self.memory.command(record, lambda: self._action(client_sap, method, parameters))

    def carry_out(self, record: Command | Register) -> str:
        """Do a command again; how it ended, empty for success."""
        assert isinstance(record, Command)
        target, sap = descriptor(record), record.client_sap
        value = None if record.octets is None else Data(record.octets)
        self.presence.remember(sap, record.title)
        try:
            if isinstance(target, MethodDescriptor):
                self._action(sap, target, value)
            else:
                self._set(sap, target, value or data.null_data())
        except DlmskitError as error:
            return ending(error)
        return ""

    def _command(self, client_sap: int, target: AttributeDescriptor | MethodDescriptor, value: Data | None) -> Command:
        method = isinstance(target, MethodDescriptor)
        return Command(
            self.firmware.clock.physical,
            self.firmware.clock.reading,
            client_sap,
            self.presence.title(client_sap),
            target.class_id,
            target.instance_id.to_bytes(),
            target.method_id if isinstance(target, MethodDescriptor) else target.attribute_id,
            method,
            None if value is None else value.to_bytes(),
        )

    def _set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        asked = self._asked(client_sap, attribute.class_id, attribute.instance_id, None, DataAccessError)
        name = _attribute_name(asked.row, attribute.attribute_id)
        if "w" not in asked.row.rights(asked.association.name, name):
            raise DataAccessError("read-write-denied", f"{asked.row.name} {name}")
        objects.write(asked, name, value)

    def _action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        asked = self._asked(client_sap, method.class_id, method.instance_id, None, ActionError)
        declared = declaration(asked.row).method(method.method_id)
        if declared is None:
            raise ActionError("object-undefined", f"method {method.method_id} of {asked.row.name}")
        if asked.row.method_rights(asked.association.name, declared.name) != "x":
            raise ActionError("read-write-denied", f"{asked.row.name} {declared.name}")
        return objects.invoke(asked, declared.name, parameters)

    def render(self, row: ModelObject, at: Entry) -> bytes:
        """What a profile keeps of a moment."""
        asked = self._ask(row, at, self.model.associations[0])
        if row.name not in self._cells:
            self._cells[row.name] = profile_generic.cells(asked)
        return profile_generic.captured(asked, self._cells[row.name], objects.read)

    def run_script(self, table: Obis, selector: int) -> bool:
        """Carry out a script; False where there is no such script."""
        row = self._rows.get((_SCRIPT_TABLE, table))
        return row is not None and objects.run_script(self.own(row), selector)

    def look(self, row: ModelObject, attribute: int) -> Data:
        """An attribute as it is now, rights aside. Raises `DataAccessError`."""
        return objects.read(self.own(row), _attribute_name(row, attribute))

    def pushes_to_send(self) -> list[Outgoing]:
        """Pushes that fell due since this was asked last; of those that nobody takes the oldest are lost."""
        found = list(self._outgoing)
        self._outgoing.clear()
        return found

    def delivered(self, push: Outgoing, success: bool) -> None:
        """What became of a push: one that failed is repeated as its setup says."""
        if self.memory is not None:
            self.memory.delivered(push.setup, push.tried, success)
        else:
            self.firmware.delivered(push.setup, push.tried, success)

    def answer(self, event: Any) -> Any | None:
        """What to `provide` for an event of a session that serves this meter, None for one that asks nothing.

        Raises `SecurityError` where the counters cannot be kept: nothing may be sent then.
        """
        self.presence.note(event)
        reply = answer(event, self.pairs, self.counters)
        if isinstance(event, CounterSighting):
            self.firmware.last_counter = self._last_counter()
        return reply

    def _send(self, row: ModelObject, number: int, service: str, destination: str, tried: int) -> None:
        client = notification.receiver(self.firmware, row)
        plain = notification.notification(self.firmware, row, number)
        if client is None or plain is None:
            return
        title, control = self.firmware.identity.system_title, PROTECTION[client.protection]
        try:
            apdu = notification.sealed(plain, control, client, self.secrets.of(client), self.counters, title)
        except SecurityError:  # no key, or the counters cannot be kept
            return
        if apdu is not None:
            self._outgoing.append(
                Outgoing(row.name, service, destination, apdu, client.server_sap, client.client_sap, tried)
            )

    def _learn(self) -> None:
        """Take up what is known of the counters under the present keys."""
        for key_id in self.secrets.key_ids():
            self.guard.learn(self.counters.last_seen(key_id))
        self.firmware.last_counter = self._last_counter()

    def _last_counter(self) -> int:
        """The highest counter that a client used under a present unicast key, 0 where there was none."""
        seen = (self.counters.last_seen(key_id).values() for key_id in self.secrets.key_ids())
        return max((last for values in seen for last in values), default=0)

    def _asked(
        self, client_sap: int, class_id: int, obis: Obis, access: SelectiveAccess | None, error: type[ServiceError]
    ) -> Asked:
        association = self.model.association_of(client_sap)
        if association is None:
            raise error("scope-of-access-violated", f"client {client_sap}")
        row = self._object(class_id, obis, association)
        if row is None:
            elsewhere = any(known == obis for _, known in self._rows)
            raise error("object-class-inconsistent" if elsewhere else "object-undefined", f"{class_id} {obis}")
        return self._ask(row, self.firmware.present(), association, access)

    def _object(self, class_id: int, obis: Obis, association: Association) -> ModelObject | None:
        return self._rows.get((class_id, obis)) or self._current(class_id, obis, association)

    def own(self, row: ModelObject) -> Asked:
        """What the meter itself asks: rights do not matter."""
        return self._ask(row, self.firmware.present(), self.model.associations[0])

    def _ask(
        self, row: ModelObject, at: Entry, association: Association, access: SelectiveAccess | None = None
    ) -> Asked:
        return Asked(self.firmware, self.security, self.presence, row, at, association, access)

    def _current(self, class_id: int, obis: Obis, association: Association) -> ModelObject | None:
        """0-0:40.0.0*255 stands for the association in use where the model lists it under another name only."""
        if (class_id, obis) != (_ASSOCIATION_LN, CURRENT_ASSOCIATION) or association.object is None:
            return None
        return self.model.object(association.object)

    def _check(self) -> None:
        """Read once what each association may read, buffers aside, so that a model fails here and not in a service."""
        now = self.firmware.present()
        for association in self.model.associations:
            for row in self._rows.values():
                asked = self._ask(row, now, association)
                for item in declaration(row).attributes:
                    if item.name != "buffer" and "r" in row.rights(association.name, item.name):
                        self._probe(asked, item.name)

    def _probe(self, asked: Asked, name: str) -> None:
        try:
            objects.read(asked, name)
        except DataAccessError:
            return
        except (EncodeError, UnknownObject) as error:
            raise FirmwareModelError(f"{asked.row.name} {name} of model {self.model.id}: {error}") from None

    def _read(self, asked: Asked, name: str) -> Data:
        if "r" not in asked.row.rights(asked.association.name, name):
            raise DataAccessError("read-write-denied", f"{asked.row.name} {name}")
        return objects.read(asked, name)

    def _readable(self, asked: Asked, name: str) -> Data:
        try:
            return self._read(asked, name)
        except DataAccessError:
            return data.null_data()


SELECTIVE = {(7, "buffer")}
"""attributes that can be read in part"""


def _attribute_name(row: ModelObject, attribute_id: int) -> str:
    declared = declaration(row).attribute(attribute_id)
    if declared is None:
        raise DataAccessError("object-undefined", f"attribute {attribute_id} of {row.name}")
    return declared.name


def _protected(row: ModelObject) -> bool:
    attributes = (item.protection for item in row.attributes.values())
    return any((row.protection, *row.method_protection.values(), *attributes))


def _seeded(seed: int) -> Callable[[int], bytes]:
    calls = count(1)
    key = seed.to_bytes(8, "big", signed=True)
    return lambda octets: shake_256(key + next(calls).to_bytes(8, "big")).digest(octets)
