"""A client of a second maker that reaches a meter through a gateway; runs in the peer's Python, not in ours.

One JSON argument in: ``host``, ``port``, ``octets`` of its longest APDU, ``network_id`` and the device's ``address`` in
hex. One JSON object out.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType
from gurux_dlms.GXDLMSGateway import GXDLMSGateway
from gurux_dlms.objects import GXDLMSClock, GXDLMSProfileGeneric, GXDLMSRegister
from gurux_dlms.secure.GXDLMSSecureClient import GXDLMSSecureClient

PASSWORD = b"12345678"


class Meter:
    """The dialogue, blocking."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self.client = GXDLMSSecureClient(True, 17, 1, Authentication.LOW, PASSWORD, InterfaceType.WRAPPER)
        self.client.maxReceivePDUSize = wanted["octets"]
        gateway = GXDLMSGateway()
        gateway.networkId = wanted["network_id"]
        gateway.physicalDeviceAddress = bytearray.fromhex(wanted["address"])
        self.client.gateway = self.client.settings.gateway = gateway
        self.line = socket.create_connection((wanted["host"], wanted["port"]), 4.0)

    def ask(self, messages: Any) -> GXReplyData:
        reply = GXReplyData()
        for message in messages if isinstance(messages, list) else [messages]:
            reply.clear()
            self.exchange(message, reply)
            while reply.isMoreData():
                self.exchange(self.client.receiverReady(reply), reply)
        return reply

    def exchange(self, message: Any, reply: GXReplyData) -> None:
        self.line.sendall(bytes(message))
        received = GXByteBuffer()
        while not self.client.getData(received, reply, GXReplyData()):
            if not (octets := self.line.recv(4096)):
                raise ConnectionError("the meter closed the line")
            received.set(octets)

    def read(self, target: Any, attribute: int) -> Any:
        reply = self.ask(self.client.read(target, attribute)[0])
        return self.client.updateValue(target, attribute, reply.value)


def main(wanted: dict[str, Any]) -> None:
    meter = Meter(wanted)
    meter.client.parseAareResponse(meter.ask(meter.client.aarqRequest()).data)
    register, profile = GXDLMSRegister("1.0.1.8.0.255"), GXDLMSProfileGeneric("1.0.99.1.0.255")
    meter.read(register, 3)
    meter.read(profile, 3)
    rows = meter.ask(meter.client.readRowsByEntry(profile, 11, 40)).value
    found = {
        "clock": str(meter.read(GXDLMSClock("0.0.1.0.0.255"), 2)),
        "scaler": float(register.scaler),
        "profile": len(rows),
    }
    print(json.dumps(found))


main(json.loads(sys.argv[1]))
