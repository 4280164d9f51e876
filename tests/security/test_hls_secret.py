"""HLS mechanisms 2, 3, 4, 6 and 7 as foreign stacks spoke them.

The challenges and answers are from our own recordings of gurux-py, gurux-c and dlms-cosem clients with a pydlms meter,
the secret being "Gurux". The signing keys of mechanism 7 were thrown away; the public keys here were computed back from
the signatures, and only because two dialogues gave the same one do they show what a signature covers.
"""

from __future__ import annotations

import pytest

from dlmskit.enums import Mechanism
from dlmskit.exceptions import AuthenticationError, SecurityError
from dlmskit.security.hls import Challenges, HighAlgorithm, secret_answer, secret_verify
from dlmskit.security.key_pair import PublicKey

SECRET = b"Gurux"
CLIENT, SERVER = bytes.fromhex("4752585249473031"), bytes.fromhex("5059440000000001")

# mechanism, CtoS, StoC, f(StoC), f(CtoS)
DIALOGUES = [
    (
        Mechanism.HIGH,  # gurux-py
        "684fa80fc285c1b6689875a55184a9c4",
        "d01004d81daf14f3173c8a9d4c33ffd5",
        "09ba8710e09b97f9950c73ce4228a593",
        "1182176c6cc4a245eea989c6120a21df",
    ),
    (
        Mechanism.HIGH,  # dlms-cosem, whose challenge is no whole block
        "4775727578",
        "62876ec0582240cf51d7081c6b6e5fcc",
        "6dee2e605f7aecfda819b998f18f2b24",
        "af8cf305fe80f8fd398525838f90da81",
    ),
    (
        Mechanism.HIGH_MD5,  # gurux-c
        "70389cce67b359ac56ab552a158a4522",
        "8407fe43c6fec809a66b7af14d7aabc0",
        "2a9b89c9c4a6c1f9103f9498143901db",
        "2161780dad02c270df559f5aa383270d",
    ),
    (
        Mechanism.HIGH_SHA1,  # gurux-py
        "2193971c364ac4ef4489f531958a210f",
        "6103334d356053a66535cdf25d1f9b1e",
        "1c7b60e34398489c045f27936d7d79b4f43ec9c4",
        "7c01e24efff09c57a55325229fb62496a4ad5075",
    ),
    (
        Mechanism.HIGH_SHA256,  # gurux-py
        "332cafc244171e1b2bf1879821fd856a",
        "a453f794df4deefdf1504055342bc94b",
        "9c6c90358980090e915d43fbf5bfdc381c4cf3b5a33e7a03b35d1d009b6d2327",
        "90d766ff86237b6e046ecea40f7ffbd24514c7efa757f9f514a1f1f9a7567f2f",
    ),
]

CLIENT_KEY = PublicKey(
    bytes.fromhex(
        "829c71784dab391bc0056044d2a333691e18f8ef5e70e0ce2c56f58d156a6ee1"
        "63b94c162bb29ee9862efc36eda4d3a57971f504c2a0c1c5a4131386ecdf64bf"
    ),
    1,
)
SERVER_KEY = PublicKey(
    bytes.fromhex(
        "9d4cfe5c460c48e893ca3892423b8b6e26adc99c0b382ff42b095891cd67b197"
        "ce0be63ee38b5476abce4d21ea6ef81a657896256a873f2c3261bb815ce63a7f"
    ),
    1,
)
# CtoS, StoC, f(StoC), f(CtoS): gurux-py with pydlms, in a plain and in a ciphered context
SIGNED = [
    (
        "b8c3515698ef946a0e797aaaf66b99af",
        "86ed09440d4332394e8d9cc50a6a4b9552b58e9952464eacba20e570944cc385",
        "bc22239b74819ea58aa129731b5585531e3b06f6c27e6ff47f9771c3d6112c42"
        "e975e4da0b99b2df89dfbcc54e448eb3f23ea0176eb756e2e82d395ec8e4dde4",
        "7e0463d8ce9297a97ec90aaee597082a4c612b95b1039cee911021c8db5d5ecf"
        "ea9b4489c18a2e7a8d538edcaa12d16a03ff5efdfb6395ccd1e38c2044844e03",
    ),
    (
        "322a8db5739dd2deb09721cb3daa6464",
        "109d34e493d88ea7cc62869f1b98cfd1f420454de2e756162050642ae29b2b26",
        "421ee943744b7170370dd5f2b0868eb9ef78b89ca0f5fa377644dd894a5ef613"
        "5c4c2258b80483795db08abc85ba0694df3ae8897fc696776a097b592596be9a",
        "483c8e1bfd808fdfa73581d52b8ea18a35e9f74c6133cb53661813ebc0a6562e"
        "f7146dea7285efeeafa0703c5888c90eead1312a4a657b8d94f58396a1f64d9f",
    ),
]


def of_client(ctos: str, stoc: str) -> Challenges:
    return Challenges(CLIENT, SERVER, received=bytes.fromhex(stoc), sent=bytes.fromhex(ctos))


@pytest.mark.parametrize(("mechanism", "ctos", "stoc", "pass3", "pass4"), DIALOGUES)
def test_both_answers_of_a_recorded_dialogue(
    mechanism: Mechanism, ctos: str, stoc: str, pass3: str, pass4: str
) -> None:
    challenges = of_client(ctos, stoc)
    assert secret_answer(mechanism, challenges, SECRET).hex() == pass3
    assert secret_answer(mechanism, challenges.seen_by_peer(), SECRET).hex() == pass4
    secret_verify(mechanism, bytes.fromhex(pass4), challenges, SECRET)
    secret_verify(mechanism, bytes.fromhex(pass3), challenges.seen_by_peer(), SECRET)
    for wrong in (b"", bytes.fromhex(pass3), bytes.fromhex(pass4)[:-1], bytes.fromhex(pass4) + b"\0"):
        with pytest.raises(AuthenticationError):
            secret_verify(mechanism, wrong, challenges, SECRET)
    with pytest.raises(AuthenticationError):
        secret_verify(mechanism, bytes.fromhex(pass4), challenges, b"gurux")


@pytest.mark.parametrize(("mechanism", "pass4"), [(row[0], row[4]) for row in DIALOGUES])
def test_every_flipped_bit_is_refused(mechanism: Mechanism, pass4: str) -> None:
    row = next(row for row in DIALOGUES if row[4] == pass4)
    answer = bytes.fromhex(pass4)
    for position in range(len(answer) * 8):
        altered = bytearray(answer)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(AuthenticationError):
            secret_verify(mechanism, bytes(altered), of_client(row[1], row[2]), SECRET)


@pytest.mark.parametrize(("ctos", "stoc", "pass3", "pass4"), SIGNED)
def test_signatures_of_a_recorded_dialogue(ctos: str, stoc: str, pass3: str, pass4: str) -> None:
    challenges = of_client(ctos, stoc)
    CLIENT_KEY.verify(challenges.signed_octets(), bytes.fromhex(pass3))
    SERVER_KEY.verify(challenges.seen_by_peer().signed_octets(), bytes.fromhex(pass4))
    with pytest.raises(AuthenticationError):
        CLIENT_KEY.verify(challenges.seen_by_peer().signed_octets(), bytes.fromhex(pass3))


def test_mechanism_2_is_the_maker_s_own() -> None:
    challenges = of_client("00" * 16, "00" * 16)
    assert HighAlgorithm("aes-128-ecb") is HighAlgorithm.AES_128_ECB
    with pytest.raises(SecurityError, match="at most 16 octets, found 17"):
        secret_answer(Mechanism.HIGH, challenges, bytes(17))


@pytest.mark.parametrize("mechanism", [Mechanism.NONE, Mechanism.LOW, Mechanism.HIGH_GMAC, Mechanism.HIGH_ECDSA])
def test_other_mechanisms_have_no_secret(mechanism: Mechanism) -> None:
    with pytest.raises(SecurityError, match=mechanism.label):
        secret_answer(mechanism, of_client("00" * 8, "01" * 8), SECRET)
