"""A device model: everything that is known about one kind of meter, as plain typed data.

The classes mirror the tables of a model file one to one; `dlmskit.model.schema` says how TOML becomes them. Client,
translator, recogniser and virtual meter all read the same instance, none of them changes it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dlmskit.cosem.time import TimeRules
from dlmskit.cosem.units import Unit
from dlmskit.enums import ApplicationContext, Conformance, DataType, Mechanism
from dlmskit.exceptions import UnknownObject
from dlmskit.model.events import EventTable
from dlmskit.model.push import PushRules, PushTemplate, Scaler
from dlmskit.model.service import Index, Service
from dlmskit.obis import Obis

Confidence = Literal["witnessed", "seen", "common-knowledge", "unwitnessed", "fictional"]
"""How far a row is to be trusted; only *witnessed* rows were confirmed by something outside this project."""

Rights = Literal["-", "r", "w", "rw", "x"]
"""What an association may do: nothing, read, write, both, or execute (methods and commands)."""

Access = Rights | dict[str, Rights]
"""One right for every association, or rights by association name; a name that is missing may do nothing."""

Wanted = Literal[
    "authenticated-request",
    "encrypted-request",
    "digitally-signed-request",
    "authenticated-response",
    "encrypted-response",
    "digitally-signed-response",
]
"""A bit of an access mode of Association LN, version 3."""

Protection = tuple[Wanted, ...] | dict[str, tuple[Wanted, ...]]
"""What messages about something must have besides the association's own: for every association, or by its name."""


_Octet = Annotated[int, Meta(ge=0, le=0xFF)]
_Word = Annotated[int, Meta(ge=0, le=0xFFFF)]
_DoubleWord = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
_Positive = Annotated[int, Meta(ge=1, le=0xFFFFFFFF)]
_Information = Annotated[int, Meta(ge=1, le=2030)]
_Window = Annotated[int, Meta(ge=1, le=7)]
_Digits = Annotated[int, Meta(ge=0, le=40)]


class HdlcSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[connection.hdlc]`: the physical device behind the link and what to propose in SNRM."""

    server_lower: Annotated[int, Meta(ge=0, le=0x3FFF)] | None = None
    """physical device address; the upper part is the association's server SAP"""
    address_octets: Literal[1, 2, 4] = 1
    max_info_tx: _Information = 128
    max_info_rx: _Information = 128
    window_tx: _Window = 1
    window_rx: _Window = 1
    baud: _Positive = 9600
    inactivity_timeout: _DoubleWord = 120
    """seconds"""


class WrapperSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[connection.wrapper]`: the wPorts are the SAPs of the association."""

    port: _Word = 4059
    inactivity_timeout: _DoubleWord = 180
    """seconds without a request after which the meter ends an association, 0 for never"""


class Iec21Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[connection.iec21]`: sign-on and protocol mode."""

    identification: str
    """what follows the maker's FLAG id and the baud character, without framing"""
    enhanced: Annotated[str, Meta(max_length=1)] = ""
    """the character behind a backslash before it, where there is one"""
    address: str = ""
    mode: Literal["A", "B", "C", "D", "E"] = "C"
    initial_baud: _Positive = 300
    baud: _Positive = 9600
    format: str = "7E1"
    ack_rate: Literal["offered", "300"] = "offered"
    wake_up: Annotated[int, Meta(ge=0, le=200)] = 0
    """NUL octets before each sign-on, for meters with a battery"""
    read_command: str = "R5"
    write_command: str = "W5"
    execute_command: str = "E2"


class Dlt645Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[connection.dlt645]`: DL/T 645-2007 on a serial line."""

    address: Annotated[str, Meta(pattern="^([0-9]{12})?$")] = ""
    """twelve digits; empty for the only meter on the line, which is asked"""
    operator: Annotated[str, Meta(pattern="^[0-9]{8}$")] = "00000000"
    baud: _Positive = 2400
    format: str = "8E1"
    wake_up: Annotated[int, Meta(ge=0, le=16)] = 4
    """FE octets before each frame"""


class Connection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[connection]`: which link the meter speaks and its settings."""

    link: Literal["hdlc", "wrapper", "iec21", "mbus", "dlt645"]
    hdlc: HdlcSettings = HdlcSettings()
    wrapper: WrapperSettings = WrapperSettings()
    iec21: Iec21Settings | None = None
    dlt645: Dlt645Settings = Dlt645Settings()


class Association(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[association]]`: one way to log in.

    `protection` is the floor for every APDU. `invocation_counter` names the object (a role) that the meter's counter
    can be read from without keys. `password_command` is for IEC 62056-21 only.
    """

    name: str
    source: str
    confidence: Confidence
    client_sap: _Word = 16
    server_sap: _Word = 1
    mechanism: Mechanism = Mechanism.NONE
    context: ApplicationContext = ApplicationContext.LN
    short_names: bool = False
    """whether the meter also lets this client refer to objects by short names; a context ``sn`` means only so"""
    conformance: Conformance = Conformance(0)
    max_receive_pdu_size: _Word = 0xFFFF
    protection: Literal["none", "authentication", "encryption", "authenticated-encryption"] = "none"
    suite: Literal[0, 1, 2] = 0
    dedicated: bool = False
    release: Literal["rlrq", "disconnect"] = "rlrq"
    pre_established: bool = False
    """whether it stands without an AARQ"""
    invocation_counter: str | None = None
    object: str | None = None
    """role of the Association object that the meter serves for it"""
    security_setup: str | None = None
    """role of the Security setup that it refers to, None for the first that the meter has"""
    password_command: Literal["P0", "P1", "P2"] | None = None
    timeout: _Positive = 30
    """seconds"""


class Simulation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[simulation]`: what a virtual meter of this model is set up with unless told otherwise; all of it is public."""

    start: datetime | None = None
    """simulated time at the start; None for the host's"""
    load: Literal["prosumer", "household", "household-solar", "shop", "solar", "empty"] = "prosumer"
    """what is behind the meter; ``prosumer`` has the same load every day"""
    grid: Literal["steady", "usual", "poor"] = "steady"
    """how often the network has sags, swells and outages: never, every few weeks, every few days"""
    drift: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    """parts per million by which the clock is fast"""
    password: str | None = None
    """the LLS secret and that of HLS 2, 3, 4 and 6; None for the one that all models have"""


class Iec21Format(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a value is written in an IEC 62056-21 data set, or in the packed digits of a DL/T 645 identifier.

    ``decimal``: `digits` in all, `decimals` of them after the point, zero padded (``0001234.5`` is digits 8, decimals
    1). ``date``, ``time``, ``date-time``: `pattern` of YY MM DD WW hh mm ss, WW the weekday from 0 for Sunday.
    ``text``: as it is; in DL/T 645 hex, highest first. ``profile``: one data set a row, the stamp as in `pattern`, then
    the captured values in their own formats. ``block``: the captured values one behind the other, DL/T 645 only.
    """

    kind: Literal["decimal", "text", "date", "time", "date-time", "profile", "block"]
    digits: _Digits = 0
    decimals: _Digits = 0
    pattern: str = ""
    suffix: str = ""
    """the unit as the data set writes it after ``*``"""


class AttributeRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model says about one attribute beyond its declaration in the interface class; all of it optional."""

    type: DataType | None = None
    unit: Unit | None = None
    scaler: Scaler | None = None
    """of ``scaler_unit``: what the meter tells where it counts in another"""
    access: Access | None = None
    protection: Protection | None = None
    value: int | str | bool | None = None
    """fixed or initial value; text for string types, ``0x..`` for octets and for the encoding of what has elements"""


class CaptureColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column of a profile: an object by role, an attribute of it, and the element of a structured attribute."""

    object: str
    attribute: Index = 2
    index: _Word = 0


class ImageRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an Image transfer object judges an image: what its last octets are, over all that is before them."""

    check: Literal["none", "crc-32", "sha-256", "ecdsa"] = "none"
    """``crc-32`` is four octets, most significant first; ``ecdsa`` is r and s"""
    key: str = ""
    """X and Y of the signer in hex, for ``ecdsa``"""
    capacity: _Positive = 1 << 20
    """octets of the longest image"""
    block_size: _Positive = 128
    """octets"""
    verify_seconds: _Word = 0
    activate_seconds: _Word = 0


class ModelObject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[object]]`: one object of the meter under its role name.

    A COSEM object has `class_id` and `obis`; an IEC 62056-21 register or a DL/T 645 identifier has `address` and
    `format` instead. `type`,
    `unit`, `scaler` and `value` speak of attribute 2 (or of the data set).
    """

    name: str
    source: str
    confidence: Confidence
    class_id: _Word | None = None
    version: _Octet = 0
    obis: Obis | None = None
    base_name: Annotated[int, Meta(ge=0, le=0xFFF8)] | None = None
    """its short name, where the meter is known to have it at one"""
    address: str | None = None
    format: Iec21Format | None = None
    type: DataType | None = None
    unit: Unit | None = None
    scaler: Scaler = 0
    access: Access = "r"
    protection: Protection = ()
    """of attributes that state none of their own"""
    value: int | str | bool | None = None
    attributes: dict[str, AttributeRow] = {}
    """by the Blue Book's attribute name"""
    methods: dict[str, Access] = {}
    """by the Blue Book's method name; a method that is missing may not be invoked"""
    method_protection: dict[str, Protection] = {}
    """by the Blue Book's method name"""
    capture: tuple[CaptureColumn, ...] = ()
    capture_period: _DoubleWord = 0
    """seconds, 0 for a log that events or commands fill"""
    entries: _DoubleWord = 0
    """rows that the ring buffer of a profile holds"""
    image: ImageRules = ImageRules()
    """of an Image transfer object"""
    push: PushRules = PushRules()
    """of a Push setup"""
    bits: dict[str, Annotated[int, Meta(ge=0, le=63)]] = {}
    """number of the bit, 0 the least significant, for each condition that a status word of a profile tells of
    (``power-down``, ``clock-adjusted``, ``daylight-saving`` ...) or each event that an alarm register knows"""
    command: str | None = None
    """IEC 62056-21 command that writes or executes this address where it is not the connection's default"""

    def rights(self, association: str, attribute: str | None = None) -> Rights:
        """What `association` may do with the named attribute, or with every attribute that has no rights of its own."""
        row = self.attributes.get(attribute) if attribute is not None else None
        return _rights(row.access if row is not None and row.access is not None else self.access, association)

    def method_rights(self, association: str, method: str) -> Rights:
        """``"x"`` when `association` may invoke the named method, else ``"-"``."""
        return _rights(self.methods.get(method, "-"), association)

    def wants(self, association: str, attribute: str | None = None) -> tuple[Wanted, ...]:
        """What messages of `association` about the attribute must have; without a name as in `rights`."""
        row = self.attributes.get(attribute) if attribute is not None else None
        own = row.protection if row is not None else None
        return _wanted(self.protection if own is None else own, association)

    def method_wants(self, association: str, method: str) -> tuple[Wanted, ...]:
        """What messages of `association` about the method must have."""
        return _wanted(self.method_protection.get(method, ()), association)


def _rights(access: Access, association: str) -> Rights:
    return access.get(association, "-") if isinstance(access, dict) else access


def _wanted(protection: Protection, association: str) -> tuple[Wanted, ...]:
    return protection.get(association, ()) if isinstance(protection, dict) else protection


class Quirk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[quirk]]`: a deviation that this meter is known for, by the name that decoders and links use."""

    name: str
    source: str
    confidence: Confidence
    value: int | str | bool = True


class DeviceModel(msgspec.Struct, frozen=True):
    """One kind of meter. Rows keep the order of the files, inherited ones first."""

    id: str
    name: str
    maker: str
    """FLAG id, empty for a companion specification"""
    flag_ids: tuple[str, ...] = ()
    """every FLAG id that the maker uses, `maker` included"""
    fictional: bool = False
    lineage: tuple[str, ...] = ()
    """ids from this model up to its oldest ancestor"""
    connection: Connection | None = None
    """None for a model that only labels pushes"""
    associations: tuple[Association, ...] = ()
    time: TimeRules = TimeRules()
    objects: tuple[ModelObject, ...] = ()
    quirks: tuple[Quirk, ...] = ()
    pushes: tuple[PushTemplate, ...] = ()
    services: tuple[Service, ...] = ()
    event_tables: tuple[EventTable, ...] = ()
    simulation: Simulation = Simulation()

    def object(self, role: str) -> ModelObject:
        """The object with this role name. Raises `UnknownObject`."""
        for row in self.objects:
            if row.name == role:
                return row
        raise UnknownObject(f"model {self.id} has no object named {role}")

    def has_object(self, role: str) -> bool:
        return any(row.name == role for row in self.objects)

    def object_at(self, class_id: int, obis: Obis) -> ModelObject | None:
        """The object with this class and logical name, None when the model has none."""
        return next((row for row in self.objects if row.class_id == class_id and row.obis == obis), None)

    def object_at_address(self, address: str) -> ModelObject | None:
        """The IEC 62056-21 object with this address, None when the model has none."""
        return next((row for row in self.objects if row.address == address), None)

    def association(self, name: str) -> Association:
        """The association with this name. Raises `UnknownObject`."""
        for row in self.associations:
            if row.name == name:
                return row
        names = ", ".join(row.name for row in self.associations) or "none"
        raise UnknownObject(f"model {self.id} has no association named {name} (it has: {names})")

    def association_of(self, client_sap: int) -> Association | None:
        """The association that a client with this SAP gets, None when the meter has none for it."""
        return next((row for row in self.associations if row.client_sap == client_sap), None)

    def quirk(self, name: str) -> int | str | bool:
        """The value of a quirk, False when the model does not have it."""
        return next((row.value for row in self.quirks if row.name == name), False)
