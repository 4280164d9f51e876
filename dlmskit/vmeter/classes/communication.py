"""HDLC setup (class 23) and TCP-UDP setup (class 41): what the model's connection states, told from the meter's side.

What a model says of the object itself goes before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit.codec.data import Data
from dlmskit.cosem import typed
from dlmskit.model.device import Connection
from dlmskit.vmeter.behaviour import Asked, Behaviour, Read
from dlmskit.vmeter.stated import declaration, stated

_MOST = 0xFFFF


def _told(name: str, of: Callable[[Connection], Any]) -> Read:
    def read(asked: Asked) -> Data:
        own, declared = asked.row.attributes.get(name), declaration(asked.row).attribute(name)
        connection = asked.firmware.model.connection
        if connection is None or declared is None or (own is not None and own.value is not None):
            return stated(asked.row, name)
        return typed.to_data(declared.form, of(connection))

    return read


_HDLC: dict[str, Callable[[Connection], Any]] = {
    "comm_speed": lambda connection: str(connection.hdlc.baud),
    "window_size_transmit": lambda connection: connection.hdlc.window_rx,
    "window_size_receive": lambda connection: connection.hdlc.window_tx,
    "max_info_field_length_transmit": lambda connection: connection.hdlc.max_info_rx,
    "max_info_field_length_receive": lambda connection: connection.hdlc.max_info_tx,
    "inactivity_time_out": lambda connection: min(connection.hdlc.inactivity_timeout, _MOST),
    "device_address": lambda connection: connection.hdlc.server_lower or 0,
}
_TCP: dict[str, Callable[[Connection], Any]] = {
    "tcp_udp_port": lambda connection: connection.wrapper.port,
    "inactivity_time_out": lambda connection: min(connection.wrapper.inactivity_timeout, _MOST),
}
HDLC_SETUP = Behaviour(read={name: _told(name, of) for name, of in _HDLC.items()})
TCP_UDP_SETUP = Behaviour(read={name: _told(name, of) for name, of in _TCP.items()})
