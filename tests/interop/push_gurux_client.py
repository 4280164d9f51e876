"""The client of gurux-dlms limits and lets push; runs with a Python that has that package, never imports ours.

One JSON argument (port, keys and titles in hex) in. It sets a limiter's threshold, reads the limiter back, writes where
a push setup sends to, invokes push, takes what comes there and opens it. One JSON object out.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

from gurux_dlms import GXByteBuffer, GXDLMSException, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, Security
from gurux_dlms.objects import GXDLMSLimiter, GXDLMSPushSetup
from gurux_dlms.objects.enums import MessageType, ServiceType
from gurux_dlms.secure.GXDLMSSecureClient import GXDLMSSecureClient

wanted = json.loads(sys.argv[1])


def secured(client: Any) -> Any:
    client.ciphering.systemTitle = bytes.fromhex(wanted["title"])
    client.ciphering.blockCipherKey = bytes.fromhex(wanted["guek"])
    client.ciphering.authenticationKey = bytes.fromhex(wanted["gak"])
    client.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
    return client


class Meter:
    """One dialogue over one socket."""

    def __init__(self) -> None:
        self.client = secured(GXDLMSSecureClient(True, 1, 1, Authentication.HIGH_GMAC, None, InterfaceType.WRAPPER))
        self.client.ciphering.invocationCounter = 1
        self.socket = socket.create_connection(("127.0.0.1", wanted["port"]), 10.0)

    def ask(self, requests: Any) -> GXReplyData:
        for request in requests if isinstance(requests, list) else [requests]:
            reply = GXReplyData()
            octets = GXByteBuffer()
            self.socket.sendall(bytes(request))
            while not self.client.getData(octets, reply, None):
                octets.set(self.socket.recv(4096))
            if reply.error:
                raise GXDLMSException(reply.error)
        return reply

    def read(self, item: Any, attribute: int) -> Any:
        return self.client.updateValue(item, attribute, self.ask(self.client.read(item, attribute)[0]).value)


def pushed(listener: socket.socket) -> Any:
    line, _ = listener.accept()
    line.settimeout(10.0)
    client = secured(GXDLMSSecureClient(True, 1, 1, Authentication.NONE, None, InterfaceType.WRAPPER))
    octets, reply = GXByteBuffer(), GXReplyData()
    notify = GXReplyData()
    while not client.getData(octets, reply, notify):
        octets.set(line.recv(4096))
        if notify.value is not None:
            break
    return notify.value if notify.value is not None else reply.value


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return (
        bytes(value).hex() if isinstance(value, (bytes, bytearray)) else value if isinstance(value, int) else str(value)
    )


def main() -> None:
    meter = Meter()
    client = meter.client
    client.parseAareResponse(meter.ask(client.aarqRequest()).data)
    client.parseApplicationAssociationResponse(meter.ask(client.getApplicationAssociationRequest()).data)
    limiter = GXDLMSLimiter("0.0.17.0.0.255")
    for attribute in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11):
        meter.read(limiter, attribute)
    before = [limiter.thresholdActive, limiter.minOverThresholdDuration, limiter.monitoredAttributeIndex]
    limiter.thresholdNormal = 4321
    limiter.setDataType(4, 6)
    meter.ask(client.write(limiter, 4))
    meter.read(limiter, 3)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10.0)
    setup = GXDLMSPushSetup("0.0.25.9.0.255")
    setup.version = 0
    for attribute in (2, 3, 6):
        meter.read(setup, attribute)
    setup.service, setup.message = ServiceType.TCP, MessageType.COSEM_APDU
    setup.destination = f"127.0.0.1:{listener.getsockname()[1]}"
    meter.ask(client.write(setup, 3))
    meter.ask(setup.activate(client))
    listed = [
        [int(item.objectType), str(item.logicalName), entry.attributeIndex] for item, entry in setup.pushObjectList
    ]
    print(
        json.dumps(
            {"before": before, "active": limiter.thresholdActive, "listed": listed, "pushed": plain(pushed(listener))}
        )
    )


main()
