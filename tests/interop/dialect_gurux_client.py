"""The client of gurux-dlms on a dialect; runs with a Python that has that package, never imports ours.

One JSON argument (port, hdlc, client_sap, server) in, where `server` is the address as that stack counts it; one JSON
object out: by logical name of each register that the meter lists, its number, scaler and unit.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

from gurux_dlms import GXByteBuffer, GXDLMSException, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, ObjectType
from gurux_dlms.secure.GXDLMSSecureClient import GXDLMSSecureClient

wanted = json.loads(sys.argv[1])


class Meter:
    """One dialogue over one socket."""

    def __init__(self) -> None:
        kind = InterfaceType.HDLC if wanted["hdlc"] else InterfaceType.WRAPPER
        login = (Authentication.LOW, "12345678")
        self.client = GXDLMSSecureClient(True, wanted["client_sap"], wanted["server"], *login, kind)
        self.socket = socket.create_connection(("127.0.0.1", wanted["port"]), 10.0)

    def ask(self, requests: Any) -> GXReplyData:
        """The whole answer to the last of `requests`."""
        for request in requests if isinstance(requests, list) else [requests]:
            reply = GXReplyData()
            self._exchange(request, reply)
            while reply.isMoreData():
                self._exchange(self.client.receiverReady(reply.moreData), reply)
        return reply

    def _exchange(self, request: Any, reply: GXReplyData) -> None:
        octets = GXByteBuffer()
        self.socket.sendall(bytes(request))
        while not self.client.getData(octets, reply, None):
            octets.set(self.socket.recv(4096))
        if reply.error:
            raise GXDLMSException(reply.error)

    def read(self, item: Any, attribute: int) -> Any:
        return self.client.updateValue(item, attribute, self.ask(self.client.read(item, attribute)[0]).value)


def main() -> None:
    meter = Meter()
    client = meter.client
    if wanted["hdlc"]:
        client.parseUAResponse(meter.ask(client.snrmRequest()).data)
    client.parseAareResponse(meter.ask(client.aarqRequest()).data)
    objects = client.parseObjects(meter.ask(client.getObjectsRequest()).data, True)
    found = {}
    for item in objects.getObjects([ObjectType.REGISTER, ObjectType.EXTENDED_REGISTER]):
        meter.read(item, 3)
        found[str(item.logicalName)] = [float(meter.read(item, 2)), float(item.scaler), int(item.unit)]
    print(json.dumps({"objects": len(objects), "registers": found}))


main()
