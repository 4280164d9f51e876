"""Key agreement: the standard's examples, all three schemes between two sides, and what binds a key to its parties."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from dlmskit.apdu.general import AgreedKey
from dlmskit.exceptions import AuthenticationError, SecurityError
from dlmskit.security.agreement import Offer, Scheme, agreed_key, one_pass, scheme_of, signed_octets, static_unified
from dlmskit.security.kdf import AlgorithmArc, KeyUse, algorithm_id, derive
from dlmskit.security.key_pair import PrivateKey, PublicKey
from security.test_key_pair import key

CLIENT, SERVER = bytes.fromhex("4D4D4D0000BC614E"), bytes.fromhex("4D4D4D0000000001")
SUITES = pytest.mark.parametrize("suite", [1, 2])

# Examples of IEC 62056-5-3, numbers as in public tests too: ephemeral unified scheme, and one-pass both ways
EPHEMERAL_SERVER = "34A8C23A34DBB519D09B245754C85A6CFE05D14A063EFA5AA41545AA8241EFAE"
EPHEMERAL_CLIENT_PUBLIC = (
    "2914D60E10AB705F62ED6CC349D7CB99B9AB3F3978E59278C7AF595B3AF98794"
    "1372DAB6D5AF1FA867E134167E6F23DE664A6693E05F43414611058D1B48F894"
)
EPHEMERAL_SECRET = "C1CF8FE7891AEF3617D7190795E61FE6C24EFC3CCA2E08469BAD1A225CE6EA08"
ONE_PASS_EPHEMERAL = "47DAB03842E5B6E74828EF4F449B378D7DD1A5DAE1FFCA5AE0B0BE0AD18EC57E"
ONE_PASS_EPHEMERAL_PUBLIC = (
    "C323C2BD45711DE4688637D919F92E9DB8FB2DFC213A88D21C9DC8DCBA917D81"
    "70511DE1BADB360D50058F794B0960AE11FA28D392CFF907A62D13E3357B1DC0"
)
ONE_PASS_SERVER = "AAD3FD0732E991CF52A74C66C1F2827DDC53522A2E0A169D7C4FFCC0FB5D6A4D"
ONE_PASS_SECRET = "0D4385BA0DD756CBCAB9887EB538396EE8F090A14C1079B4359F115B977F4615"
BACK_CLIENT = "A51C16FF5C498FCC89323D4A9267CD71BF81FD6F6A891CD240DA7F3D6F283E65"
BACK_EPHEMERAL_PUBLIC = (
    "6439724714B47CD9CB988897D8424AB946DCD083D37A954637616011B9C23787"
    "73295F0F850D8DAFD1BBE9FE666E53E4F097CD10B38B69622152724A90987444"
)
BACK_SECRET = "2B4302DC49790E2E78D990CFB52ED6E2F273DECE441A2D95E4301B93812A9FAC"


def private(text: str) -> PrivateKey:
    return PrivateKey(bytes.fromhex(text), 1)


def public(text: str) -> PublicKey:
    return PublicKey(bytes.fromhex(text), 1)


@pytest.mark.parametrize(
    ("own", "peer", "secret"),
    [
        (EPHEMERAL_SERVER, EPHEMERAL_CLIENT_PUBLIC, EPHEMERAL_SECRET),
        (ONE_PASS_SERVER, ONE_PASS_EPHEMERAL_PUBLIC, ONE_PASS_SECRET),
        (BACK_CLIENT, BACK_EPHEMERAL_PUBLIC, BACK_SECRET),
    ],
)
def test_shared_secrets_of_the_standard(own: str, peer: str, secret: str) -> None:
    assert private(own).agree(public(peer)) == bytes.fromhex(secret)


def test_the_ephemeral_key_of_the_standard() -> None:
    own = private(ONE_PASS_EPHEMERAL)
    assert own.public == public(ONE_PASS_EPHEMERAL_PUBLIC)
    assert own.agree(private(ONE_PASS_SERVER).public) == bytes.fromhex(ONE_PASS_SECRET)


@pytest.mark.parametrize(
    ("secret", "originator", "recipient", "expected"),
    [
        (EPHEMERAL_SECRET, CLIENT, SERVER, "E025CA6F9EE8D2B40F993739D44CFBC0"),
        (ONE_PASS_SECRET, CLIENT, SERVER, "8CD08FF02EAC71712DE8449DC8331833"),
        (BACK_SECRET, SERVER, CLIENT, "E357F06755CBF5C2C31457FE3CD1D5B8"),
    ],
)
def test_published_keys_that_were_derived_with_arc_6(
    secret: str, originator: bytes, recipient: bytes, expected: str
) -> None:
    # keys of an older printing, as public tests of a head end have them; its AlgorithmID is what GBCS kept
    derived = derive(bytes.fromhex(secret), suite=1, party_u=originator, party_v=recipient, arc=AlgorithmArc.GBCS)
    assert derived == bytes.fromhex(expected)


def test_the_standard_s_message_opens_with_arc_5() -> None:
    # first block of the ACCESS request in the standard's one-pass example; its invocation counter is 0
    agreed = agreed_key(
        bytes.fromhex(ONE_PASS_SECRET), suite=1, scheme=Scheme.ONE_PASS, originator=CLIENT, recipient=SERVER
    )
    decryptor = Cipher(AES(agreed), CTR(CLIENT + bytes(4) + b"\0\0\0\2")).decryptor()
    plain = decryptor.update(bytes.fromhex("f435069679270c5bf4425ee5777402a6"))
    assert plain == bytes.fromhex("d94000000000040100010000600100ff")


def test_algorithm_ids() -> None:
    assert algorithm_id(1).hex() == "60857405080300"
    assert algorithm_id(2).hex() == "60857405080301"
    assert algorithm_id(1, KeyUse.WRAP).hex() == "60857405080302"
    assert algorithm_id(2, KeyUse.WRAP, AlgorithmArc.GBCS).hex() == "60857406080303"


@SUITES
def test_a_key_has_the_length_of_its_suite_and_depends_on_everything(suite: int) -> None:
    def made(**changes: object) -> bytes:
        given: dict[str, object] = {
            "suite": suite,
            "scheme": Scheme.STATIC_UNIFIED,
            "originator": CLIENT,
            "recipient": SERVER,
            "transaction_id": b"\1\2",
        }
        return agreed_key(b"Z" * 32, **(given | changes))  # type: ignore[arg-type]

    assert len(made()) == (16, 32)[suite - 1]
    changed = [
        made(),
        made(originator=SERVER, recipient=CLIENT),
        made(transaction_id=b"\1\3"),
        made(transaction_id=b""),
        made(scheme=Scheme.ONE_PASS),
        made(use=KeyUse.WRAP),
        made(arc=AlgorithmArc.GBCS),
    ]
    assert len(set(changed)) == len(changed)
    for missing in ({"originator": b""}, {"recipient": b""}):
        with pytest.raises(SecurityError, match="titles of both"):
            made(**missing)
    with pytest.raises(SecurityError, match="suite 0"):
        made(suite=0)


@SUITES
def test_both_sides_get_the_same_key(suite: int) -> None:
    ours, theirs = key(suite, b"ours"), key(suite, b"theirs")
    assert ours.agree(theirs.public) == theirs.agree(ours.public)


@SUITES
@pytest.mark.parametrize("key_id", [None, 0, 2])
def test_an_offer_is_bound_to_its_signer_and_key_id(suite: int, key_id: int | None) -> None:
    ephemeral, signing = key(suite, b"e"), key(suite, b"s")
    offer = Offer(ephemeral.public, signing.sign(signed_octets(ephemeral.public, key_id)))
    came = Offer.from_bytes(offer.to_bytes(), suite)
    assert came == offer
    came.verify(signing.public, key_id)
    with pytest.raises(AuthenticationError):
        came.verify(signing.public, 1)
    with pytest.raises(AuthenticationError):
        came.verify(ephemeral.public, key_id)
    for wrong in (b"", offer.to_bytes()[:-1], offer.to_bytes() + b"\0"):
        with pytest.raises(SecurityError, match="octets"):
            Offer.from_bytes(wrong, suite)


def test_key_information_names_the_scheme() -> None:
    offer = Offer(key(1).public, bytes(64))
    assert scheme_of(one_pass(offer)) is Scheme.ONE_PASS
    assert Offer.from_bytes(one_pass(offer).key_ciphered_data, 1) == offer
    assert scheme_of(static_unified()) is Scheme.STATIC_UNIFIED
    for parameters in (b"", b"\0", b"\3", b"\1\1"):
        with pytest.raises(SecurityError, match="no known scheme"):
            scheme_of(AgreedKey(parameters, b""))
