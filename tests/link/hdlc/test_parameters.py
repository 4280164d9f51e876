import pytest

from dlmskit.exceptions import EncodeError, FrameError
from dlmskit.link.hdlc import HdlcParameters
from dlmskit.link.hdlc.parameters import read_information

# A UA of a C meter, recorded: 128/128, windows 1/1.
UA = "818012050180060180070400000001080400000001"


def numbers(parameters):
    return parameters.max_info_tx, parameters.max_info_rx, parameters.window_tx, parameters.window_rx


def test_recorded_ua():
    assert numbers(read_information(bytes.fromhex(UA))) == (128, 128, 1, 1)
    assert HdlcParameters().to_information().hex() == UA


@pytest.mark.parametrize(
    ("information", "expected"),
    [
        ("", (128, 128, 1, 1)),
        ("818003050140", (64, 128, 1, 1)),
        ("81801405020100060200f8070400000003080400000002", (256, 248, 3, 2)),
        ("81800605 02 0800 07 01 02".replace(" ", "").replace("818006", "818007"), (2030, 128, 2, 1)),
        ("818003 55 01 07".replace(" ", ""), (128, 128, 1, 1)),
    ],
)
def test_sizes_of_one_and_two_octets_and_defaults(information, expected):
    assert numbers(read_information(bytes.fromhex(information))) == expected


@pytest.mark.parametrize(
    ("information", "offset"),
    [
        ("8180", 0),
        ("818014050180", 2),
        ("ffffffffffff", 0),
        ("818003050100", 3),
        ("818006070400000000", 3),
        ("8180060704ffffffff", 3),
        ("8180020502", 3),
        ("81800305 05 80".replace(" ", ""), 3),
    ],
)
def test_refusals(information, offset):
    with pytest.raises(FrameError) as caught:
        read_information(bytes.fromhex(information))
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("name", "value"), [("max_info_tx", 0), ("max_info_rx", 2031), ("window_tx", 8), ("window_rx", 0)]
)
def test_own_numbers_out_of_range(name, value):
    with pytest.raises(EncodeError, match=name):
        HdlcParameters(**{name: value})


def test_what_one_end_transmits_the_other_receives():
    own = HdlcParameters(max_info_tx=1000, max_info_rx=900, window_tx=7, window_rx=6)
    peer = HdlcParameters(max_info_tx=500, max_info_rx=600, window_tx=5, window_rx=4)
    assert numbers(own.agreed_with(peer)) == (600, 500, 4, 5)
    assert numbers(peer.agreed_with(own)) == (500, 600, 5, 4)
