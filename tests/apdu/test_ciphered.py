"""Envelopes of ciphered APDUs and of blocks."""

from __future__ import annotations

import pytest

from dlmskit import apdu
from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError

# gvtret/gosem (MIT), pkg/dlmsclient/client_test.go
DED_GET = bytes.fromhex("d01e3000000001d3b903996d9508c5b6bcdeb025dd1800a5c92775fb55f317cf")


def test_service_specific_form() -> None:
    value = apdu.ServiceCiphered.from_bytes(DED_GET)
    assert value.NAME == "ded-get-request"
    assert value.dedicated
    content = apdu.CipheredContent.parse(value.content)
    assert content.invocation_counter == 1
    assert content.authenticated
    assert content.encrypted
    assert not content.broadcast_key
    assert not content.compressed
    assert content.suite == 0
    assert content.tag == bytes.fromhex("dd1800a5c92775fb55f317cf")
    assert content.to_bytes() == value.content
    assert value.to_bytes() == DED_GET


@pytest.mark.parametrize(
    ("plain", "glo", "ded"),
    [
        (0x01, 0x21, 0x41),
        (0x0E, 0x2E, 0x4E),
        (0x18, 0x38, 0x58),
        (0xC0, 0xC8, 0xD0),
        (0xC4, 0xCC, 0xD4),
        (0xC7, 0xCF, 0xD7),
    ],
)
def test_tags_of_ciphered_services(plain: int, glo: int, ded: int) -> None:
    assert apdu.GLO_TAGS[plain] == glo
    assert apdu.DED_TAGS[plain] == ded
    assert apdu.SERVICE_NAMES[glo].removeprefix("glo-") == apdu.SERVICE_NAMES[ded].removeprefix("ded-")
    assert apdu.ServiceCiphered(ded, b"").dedicated


def test_content_without_tag() -> None:
    content = apdu.CipheredContent.parse(bytes.fromhex("2000000001aabb"))
    assert content.tag is None
    assert content.payload == b"\xaa\xbb"


@pytest.mark.parametrize("content", ["", "30000000", "3000000001" + 11 * "aa"])
def test_content_that_is_cut(content: str) -> None:
    with pytest.raises(TruncatedError):
        apdu.CipheredContent.parse(bytes.fromhex(content))


def test_general_form_with_and_without_title() -> None:
    for title in (b"MMM\0\0\xbcaN", b""):
        value = apdu.GeneralGloCiphering(title, b"content")
        assert apdu.decode(value.to_bytes()) == value
    with pytest.raises(EncodeError, match="system-title: a system title has 8 octets"):
        apdu.GeneralDedCiphering(b"short", b"").to_bytes()
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex("db03aabbcc00"))
    assert caught.value.offset == 1


def test_a_plain_tag_is_no_ciphered_service() -> None:
    with pytest.raises(EncodeError, match="0xc0"):
        apdu.ServiceCiphered(0xC0, b"").to_bytes()
    with pytest.raises(DecodeError, match="0xc0"):
        apdu.ServiceCiphered.from_bytes(b"\xc0\x00")


def test_block_control_of_general_blocks() -> None:
    # Landis+Gyr E450 pushes look so: streaming, window 0
    block = apdu.GeneralBlockTransfer.from_bytes(bytes.fromhex("e0400001000002aabb"))
    assert (block.last_block, block.streaming, block.window) == (False, True, 0)
    last = apdu.GeneralBlockTransfer(apdu.block_control(last_block=True, window=5), 3, 2, b"")
    assert (last.last_block, last.streaming, last.window) == (True, False, 5)
    assert apdu.decode(last.to_bytes()) == last
    assert apdu.block_control(last_block=False, streaming=True, window=63) == 0x7F
    with pytest.raises(EncodeError, match="window is 0 to 63, found 64"):
        apdu.block_control(last_block=False, window=64)


def test_no_representation_shows_what_may_be_in_clear() -> None:
    plain = b"plaintext"
    for shown in (
        apdu.CipheredContent(0x10, 1, plain, bytes(12)),
        apdu.GeneralGloCiphering(b"MMM\0\0\xbcaN", plain),
        apdu.ServiceCiphered(0xC8, plain),
        apdu.SetRequestWithDatablock(0xC1, True, 2, plain),
        apdu.GetResponseWithDatablock(0xC1, True, 2, plain),
        apdu.GeneralBlockTransfer(0x80, 1, 0, plain),
    ):
        assert "plaintext" not in repr(shown)
        assert "9 octets" in repr(shown)
