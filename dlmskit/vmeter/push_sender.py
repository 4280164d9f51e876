"""Takes a virtual meter's pushes to where they are for, over TCP and UDP, from a thread of its own.

A push over TCP has a connection of its own and counts as delivered when it was written; one over UDP when it was sent.
"""

from __future__ import annotations

import queue
import socket
import threading
from contextlib import suppress

from dlmskit.exceptions import DlmskitError
from dlmskit.link.wrapper import WrapperPdu
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.push import MOST_WAITING, Outgoing

PATIENCE = 5.0
"""seconds that a receiver may take"""


class PushSender:
    """`work` is called again and again by whoever drives the meter; `close` waits for what is being sent."""

    def __init__(self, meter: VirtualMeter, *, speed: float = 1.0) -> None:
        self._meter = meter
        self._speed = speed
        self._outgoing: queue.Queue[Outgoing | None] = queue.Queue(MOST_WAITING)
        self._told: queue.SimpleQueue[tuple[Outgoing, bool]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def work(self, now: float) -> None:
        """Let the meter's time pass and pushes go out; tell the meter what became of earlier ones."""
        with suppress(queue.Empty):
            while True:
                self._meter.delivered(*self._told.get_nowait())
        self._meter.advance(now * self._speed)
        for each in self._meter.pushes_to_send():
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pushes", daemon=True)
                self._thread.start()
            with suppress(queue.Full):
                self._outgoing.put_nowait(each)

    def close(self) -> None:
        """Stop; pushes that wait are sent before."""
        if self._thread is not None:
            self._outgoing.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (each := self._outgoing.get()) is not None:
            self._told.put((each, deliver(each)))


def deliver(push: Outgoing) -> bool:
    """Send a push; whether that could be done."""
    host, _, port = push.destination.rpartition(":")
    kind = _KINDS.get(push.service)
    if kind is None or not port.isdecimal():
        return False
    try:
        octets = WrapperPdu(push.server_sap, push.client_sap, push.apdu).to_bytes()
        family, *_, address = socket.getaddrinfo(host.strip("[]"), int(port), type=kind)[0]
        with socket.socket(family, kind) as line:
            line.settimeout(PATIENCE)
            line.connect(address)
            line.sendall(octets)
    except (OSError, OverflowError, UnicodeError, DlmskitError):
        return False
    return True


_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
"""by transport service"""
