"""What a meter says of its ports is what its connection is."""

from __future__ import annotations

import msgspec

from dlmskit.codec import data
from dlmskit.model.device import AttributeRow

from .rigs import get, meter_of, model_of, put


def test_the_port_of_the_wrapper_is_told_and_may_be_written() -> None:
    meter = meter_of()
    assert [get(meter, "tcp_udp_setup", index) for index in (2, 3, 6)] == [4059, bytes.fromhex("0000190100FF"), 180]
    put(meter, "tcp_udp_setup", 6, data.long_unsigned(60))
    assert get(meter, "tcp_udp_setup", 6) == 60


def test_hdlc_settings_are_told_from_the_meters_side() -> None:
    model = model_of("idis")
    assert model.connection is not None
    hdlc = msgspec.structs.replace(
        model.connection.hdlc, max_info_tx=512, max_info_rx=1024, window_tx=2, window_rx=3, baud=19200
    )
    connection = msgspec.structs.replace(model.connection, hdlc=hdlc)
    meter = meter_of(msgspec.structs.replace(model, connection=connection))
    told = [get(meter, "hdlc_setup", index) for index in range(2, 10)]
    assert told == [6, 3, 2, 1024, 512, told[5], hdlc.inactivity_timeout, hdlc.server_lower or 0]


def test_the_models_own_word_goes_first() -> None:
    own = {"attributes": {"tcp_udp_port": AttributeRow(value=5000)}}
    assert get(meter_of(model_of(rows={"tcp_udp_setup": own})), "tcp_udp_setup", 2) == 5000
