"""From what is known of a meter to a stack: link and session by the connection and association rows of its model.

Nothing here is a secret: keys and passwords reach the session through its events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from dlmskit.codec.iec21.message import Identification
from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Link
from dlmskit.link.dlt645.link import Dlt645Link
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.client import HdlcClientLink
from dlmskit.link.hdlc.line import HdlcServerLine
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.server import HdlcServerLink
from dlmskit.link.iec21.link import Iec21Link
from dlmskit.link.iec21.mode_e import ModeELink
from dlmskit.link.iec21.mode_e_meter import ModeEMeterLink
from dlmskit.link.wrapper import WrapperLink
from dlmskit.model.device import Association, Connection, HdlcSettings, Iec21Settings
from dlmskit.model.device import Dlt645Settings as Dlt645Connection
from dlmskit.security.protection import AUTHENTICATED, ENCRYPTED
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, AssociationSettings, ObjectServer
from dlmskit.session.dlt645.client import Dlt645ClientSession, Dlt645Settings
from dlmskit.session.dlt645.meter import Dlt645MeterSession, IdentifierServer
from dlmskit.session.iec21.client import Iec21ClientSession
from dlmskit.session.iec21.settings import Iec21DialogueSettings
from dlmskit.stack.associations import CosemMeterStack
from dlmskit.stack.client import ClientStack
from dlmskit.stack.meter import MeterStack

Random = Callable[[int], bytes]
Framing = Literal["wrapper", "hdlc", "mode-e"]
"""``mode-e`` signs on by IEC 62056-21 and goes on in HDLC."""

PROTECTION = {
    "none": 0,
    "authentication": AUTHENTICATED,
    "encryption": ENCRYPTED,
    "authenticated-encryption": AUTHENTICATED | ENCRYPTED,
}


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the meter on its line; the SAPs come from the association."""

    framing: Framing = "wrapper"
    server_lower: int | None = None
    """HDLC: physical device address"""
    address_octets: Literal[1, 2, 4] | None = None
    """HDLC: length of the server address, None for the shortest that fits"""
    parameters: HdlcParameters = HdlcParameters()
    address: str = ""
    """mode E: device address of the sign-on"""
    datagrams: bool = False
    """wrapper: over UDP"""

    @classmethod
    def of(cls, connection: Connection) -> LinkSettings:
        """From a model's connection. Raises `LocalProtocolError` for a link that carries no COSEM association."""
        if connection.link == "wrapper":
            return cls()
        if connection.link != "hdlc":
            raise LocalProtocolError(f"no COSEM client over a connection of kind {connection.link}")
        return cls(
            framing="hdlc",
            server_lower=connection.hdlc.server_lower,
            address_octets=connection.hdlc.address_octets,
            parameters=parameters_of(connection.hdlc),
        )


def parameters_of(settings: HdlcSettings) -> HdlcParameters:
    """HDLC parameters from the rows of a model."""
    return HdlcParameters(
        max_info_tx=settings.max_info_tx,
        max_info_rx=settings.max_info_rx,
        window_tx=settings.window_tx,
        window_rx=settings.window_rx,
        inactivity_timeout=settings.inactivity_timeout,
    )


def association_settings(row: Association, system_title: bytes = b"") -> AssociationSettings:
    """What a client asks for, from a model's association row."""
    protection = PROTECTION[row.protection]
    if not protection and row.context.ciphered:
        protection = AUTHENTICATED | ENCRYPTED
    return AssociationSettings(
        client_sap=row.client_sap,
        server_sap=row.server_sap,
        mechanism=row.mechanism,
        context=row.context,
        conformance=row.conformance or CLIENT_CONFORMANCE,
        max_receive_pdu_size=row.max_receive_pdu_size,
        security_control=protection,
        suite=row.suite,
        system_title=system_title,
        dedicated=row.dedicated,
        release=row.release == "rlrq",
        pre_established=row.pre_established,
        timeout=row.timeout,
    )


def server_address(settings: LinkSettings, server_sap: int) -> HdlcAddress:
    """The meter's HDLC address: the logical device, and the physical device where it has one."""
    octets = settings.address_octets or 0
    lower = settings.server_lower
    if lower is None and octets > 1:
        raise LocalProtocolError(f"an HDLC address of {octets} octets needs the physical device address (server_lower)")
    return HdlcAddress(server_sap, lower, octets if lower is not None else 1)


def client_link(settings: LinkSettings, association: AssociationSettings) -> Link:
    """The link that carries this association."""
    if settings.framing == "wrapper":
        return WrapperLink(association.client_sap, association.server_sap, "client", datagrams=settings.datagrams)
    address = server_address(settings, association.server_sap)
    hdlc = HdlcClientLink(association.client_sap, address, settings.parameters)
    return ModeELink(hdlc, address=settings.address) if settings.framing == "mode-e" else hdlc


def client_stack(settings: LinkSettings, association: AssociationSettings, random: Random) -> ClientStack:
    """A COSEM client."""
    return ClientStack(client_link(settings, association), CosemClientSession(association, random))


def meter_stack(
    connection: Connection, objects: ObjectServer, random: Random, *, server_sap: int = 1
) -> CosemMeterStack:
    """A COSEM meter on one line, for several clients at once."""
    return CosemMeterStack(meter_link(connection, server_sap), lambda: CosemServerSession(objects, random))


def meter_link(connection: Connection, server_sap: int = 1) -> Link:
    """The meter's end of its link."""
    settings = LinkSettings.of(connection)
    if settings.framing == "wrapper":
        return WrapperLink(server_sap, None, "meter")
    return HdlcServerLine(server_address(settings, server_sap), settings.parameters)


def mode_e_meter_link(connection: Connection, identification: Identification, server_sap: int = 1) -> ModeEMeterLink:
    """The meter's end of an optical head: sign-on by IEC 62056-21, then HDLC. Raises `EncodeError` without a rate."""
    settings = LinkSettings.of(msgspec.structs.replace(connection, link="hdlc"))
    hdlc = HdlcServerLink(server_address(settings, server_sap), settings.parameters)
    sign_on = connection.iec21
    if sign_on is None:
        return ModeEMeterLink(hdlc, identification)
    return ModeEMeterLink(
        hdlc,
        identification,
        address=sign_on.address,
        initial_baud=sign_on.initial_baud,
        line_format=sign_on.format,
    )


def dlt645_client_stack(settings: Dlt645Connection, address: str = "") -> ClientStack:
    """A client of a DL/T 645 meter; `address` goes before the model's."""
    link = Dlt645Link(wake_up=settings.wake_up, baud=settings.baud, line_format=settings.format)
    dialogue = Dlt645Settings(address or settings.address, settings.operator)
    return ClientStack(link, Dlt645ClientSession(dialogue))


def dlt645_meter_stack(settings: Dlt645Connection, server: IdentifierServer) -> MeterStack[Dlt645MeterSession]:
    """A DL/T 645 meter on one line. Raises `EncodeError` when the model gives it no address."""
    link = Dlt645Link("meter", wake_up=settings.wake_up, baud=settings.baud, line_format=settings.format)
    return MeterStack(link, Dlt645MeterSession(server, settings.address))


def iec21_client_stack(
    settings: Iec21Settings, row: Association | None = None, *, address: str | None = None, timeout: float = 10.0
) -> ClientStack:
    """A client of a meter that speaks IEC 62056-21 itself, with the login of `row`, without one where it is None.

    `address` stands for the model's device address; `timeout` is waited for each answer, seconds.
    """
    dialogue = Iec21DialogueSettings(
        address=settings.address if address is None else address,
        timeout=timeout,
        password_command=row.password_command if row is not None else None,
        mode="programming" if row is not None and row.password_command is not None else "read-out",
    )
    if settings.wake_up:
        asleep = settings.wake_up * 10 / settings.initial_baud + 2
        dialogue = msgspec.structs.replace(dialogue, timeout=dialogue.timeout + asleep)
    link = Iec21Link(
        "client", initial_baud=settings.initial_baud, line_format=settings.format, wake_up=settings.wake_up
    )
    return ClientStack(link, Iec21ClientSession(dialogue))
