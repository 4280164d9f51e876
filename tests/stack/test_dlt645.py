"""DL/T 645 from a model file: client and meter built from the same connection, and the client over a real socket."""

from __future__ import annotations

import threading

import pytest
from session.dlt645.meter import ADDRESS, Identifiers

from dlmskit.client import connect
from dlmskit.exceptions import DataAccessError, EncodeError, PluginLoadError, TransportClosed
from dlmskit.link.base import SetLine
from dlmskit.model.device import DeviceModel, Dlt645Settings
from dlmskit.model.loader import load_text
from dlmskit.session.operations import ReadIdentifier, WriteIdentifier
from dlmskit.stack.build import dlt645_client_stack, dlt645_meter_stack
from dlmskit.transport import tcp

MODEL = """
[device]
id = "dlt"
name = "A DL/T 645 meter for tests"
maker = "ZZD"
fictional = true

[connection]
link = "dlt645"

[connection.dlt645]
address = "123456781012"
baud = 1200
"""


def loaded(text: str) -> DeviceModel:
    return load_text(text, "model.toml", lambda name: (name, ""))


def serve(listener: tcp.TcpListener, settings: Dlt645Settings) -> None:
    meter = dlt645_meter_stack(settings, Identifiers())
    meter.open(0.0)
    line = listener.accept(5)
    try:
        while True:
            while meter.next_event() is not None:
                pass
            line.write(meter.data_to_send())
            meter.receive_data(line.read(5), 0.0)
    except TransportClosed:
        line.close()


@pytest.mark.parametrize("option", ["", f"?device={ADDRESS}"])
def test_a_client_built_from_a_model(option: str) -> None:
    model = loaded(MODEL)
    assert model.connection is not None
    settings = model.connection.dlt645
    listener = tcp.listen()
    thread = threading.Thread(target=serve, args=[listener, settings])
    thread.start()
    target = f"tcp://127.0.0.1:{listener.port}{option}"
    with connect(target, model=model, password=b"00123456", timeout=5) as client:
        assert client.run(ReadIdentifier(0)) == bytes.fromhex("50500000")
        client.run(WriteIdentifier(0x04000101, b"\x05\x02\x11\x25"))
        assert client.run(ReadIdentifier(0x04000101)) == b"\x05\x02\x11\x25"
        with pytest.raises(DataAccessError):
            client.run(ReadIdentifier(0xFF))
    thread.join()
    listener.close()


def test_the_line_is_the_models() -> None:
    stack = dlt645_client_stack(Dlt645Settings(ADDRESS, baud=1200))
    stack.open(0.0)
    assert stack.next_event() == SetLine(1200, "8E1")


def test_a_meter_needs_an_address() -> None:
    with pytest.raises(EncodeError):
        dlt645_meter_stack(Dlt645Settings(), Identifiers())


@pytest.mark.parametrize("address", ["12345678101", "12345678101A", "1234567810123"])
def test_a_model_with_another_address_is_refused(address: str) -> None:
    with pytest.raises(PluginLoadError):
        loaded(MODEL.replace(ADDRESS, address))
