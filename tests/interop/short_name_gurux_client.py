"""The client of gurux-dlms in short names; runs with a Python that has that package, never imports ours.

``short_name_gurux_client.py PORT`` reads the meter behind the wrapper at 127.0.0.1 with a password and prints one JSON
object: what became of each step. Left out is what that client has faults in: blocks, most methods, HLS in short names.
"""

from __future__ import annotations

import datetime
import json
import socket
import sys
from typing import Any

from gurux_dlms import GXByteBuffer, GXDLMSException, GXReplyData
from gurux_dlms.enums import Authentication, DataType, InterfaceType, ObjectType
from gurux_dlms.objects import GXDLMSData
from gurux_dlms.secure.GXDLMSSecureClient import GXDLMSSecureClient


class Meter:
    """One dialogue over one socket."""

    def __init__(self, port: int) -> None:
        self.client = GXDLMSSecureClient(False, 17, 1, Authentication.LOW, "Gurux", InterfaceType.WRAPPER)
        self.socket = socket.create_connection(("127.0.0.1", port), 5.0)

    def ask(self, requests: Any) -> GXReplyData:
        """The answer to the last of `requests`."""
        for request in requests if isinstance(requests, list) else [requests]:
            reply, octets = GXReplyData(), GXByteBuffer()
            self.socket.sendall(bytes(request))
            while not self.client.getData(octets, reply, None):
                octets.set(self.socket.recv(4096))
            if reply.error:
                raise GXDLMSException(reply.error)
        return reply

    def read(self, item: Any, attribute: int) -> Any:
        """An attribute as that stack understands it."""
        return self.client.updateValue(item, attribute, self.ask(self.client.read(item, attribute)[0]).value)


def main() -> None:
    """All steps of one session."""
    meter = Meter(int(sys.argv[1]))
    client = meter.client
    client.parseAareResponse(meter.ask(client.aarqRequest()).data)
    objects = client.parseObjects(meter.ask(client.getObjectsRequest()).data, True, False)
    clock = objects.findByLN(ObjectType.CLOCK, "0.0.1.0.0.255")
    register = objects.findByLN(ObjectType.REGISTER, "1.0.1.8.0.255")
    profile = objects.findByLN(ObjectType.PROFILE_GENERIC, "1.0.99.1.0.255")
    steps: dict[str, Any] = {"objects": len(objects), "clock": str(meter.read(clock, 2))}
    meter.read(register, 3)
    steps["register"] = [float(meter.read(register, 2)), int(register.unit)]
    meter.read(profile, 3)
    steps["columns"] = [captured[0].logicalName for captured in profile.captureObjects]
    steps["entries"] = len(client.updateValue(profile, 2, meter.ask(client.readRowsByEntry(profile, 1, 2)).value))
    start, end = (datetime.datetime(2024, 5, 1, hour, tzinfo=datetime.UTC) for hour in (1, 3))
    steps["range"] = len(client.updateValue(profile, 2, meter.ask(client.readRowsByRange(profile, start, end)).value))
    groups = client.readList([(clock, 2), (register, 3), (register, 2)])
    steps["list"] = len(meter.ask([request for group in groups for request in group]).value)
    clock.timeZone = -120
    meter.ask(client.write(clock, 3))
    steps["set back"] = meter.read(clock, 3)
    image = objects.findByLN(ObjectType.IMAGE_TRANSFER, "0.0.44.0.0.255")
    try:
        # image_verify without an image; it is written to the name of the method
        meter.ask(client.method(image, 3, 0, DataType.INT8))
    except GXDLMSException as error:
        steps["verify"] = str(error)
    unknown = GXDLMSData("9.9.9.9.9.9", 0x0008)
    try:
        meter.read(unknown, 2)
    except GXDLMSException as error:
        steps["unknown"] = str(error)
    meter.ask(client.releaseRequest())
    print(json.dumps(steps))


main()
