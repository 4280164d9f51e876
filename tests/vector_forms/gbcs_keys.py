"""Signatures and MACs of the published GBCS test messages.

The messages are between parties of a test system whose keys gbcs-parser publishes with them. Kept here are the numbers
that checking needs: the points of the public signing keys, and what two parties' agreement keys have in common.
A message of other parties is not checked.
"""

from __future__ import annotations

from dlmskit.apdu import GeneralCiphering, GeneralSigning
from dlmskit.security.agreement import Scheme
from dlmskit.security.general_ciphering import message_key, open_message
from dlmskit.security.general_signing import verify
from dlmskit.security.key_pair import PublicKey
from dlmskit.security.profile import GBCS

SUITE = 1
COMMAND = 1
BROKER = "90b3d51f30000002"

SIGNING_KEYS = {
    "00db1234567890a0": "f41284362a5a81eeff848ae2db4c6d0df336f06128eb32121596faef86db383d"
    "93c3952e73476036406d91009f6133244102a9f88a3682f16f92ccbf7cc959fa",
    "00db1234567890a1": "291628ee521318f894e471564f104891a99482d52850341a648f33d176f5ed5d"
    "f831a27bfefc7c1683554378dcf134be20a22cb28bc3330f0024a52908be84ff",
    "90b3d51f30010000": "30c2ab5a0d131726ffbda80e79294cc37534432a3e424405b97a3aba0ffc79dc"
    "e729b2517563cb7d95827e4c50b48cba3d87d5893c51b96d87c345e3717f8c1e",
}
"""system title -> X and Y"""

SHARED_SECRETS = {
    ("00db1234567890a0", "90b3d51f30010000"): "42da8fad4c8c9d613976f39f1e79ccc88571efa43933d57146b533bc6d253e0f",
    ("00db1234567890a0", "90b3d51f30020000"): "20b9ca7423d85cca230d672f40caeddaf7f19f6319a571c3a20a04566922b736",
    ("00db1234567890a0", "90b3d51f30000002"): "ed342441df01551a6beaff3b54adc981f4c6a7e71dff4c3e1cc80b3c9f4e5ac0",
    ("00db1234567890a2", "90b3d51f30000002"): "9689fab9f5e2642a4543b3bb8bd2f55c7ab31e45dfa566b18beead0bd46394ed",
}
"""system titles of device and remote party -> Z of their static keys"""


def check_signature(message: GeneralSigning) -> bool:
    """Whether there was a signature to verify. Raises `AuthenticationError` where it is wrong."""
    key = SIGNING_KEYS.get(message.originator_system_title.hex())
    if not message.signature or key is None:
        return False
    verify(message, PublicKey(bytes.fromhex(key), SUITE), GBCS)
    return True


def check_mac(envelope: GeneralCiphering, parties: GeneralSigning) -> bool:
    """Whether there was a key to check the MAC with.

    The names in it are those of the message inside; but a command's MAC is made by the access control broker, with its
    own key. Raises `AuthenticationError` where it is wrong.
    """
    originator = parties.originator_system_title
    command = parties.transaction_id[0] == COMMAND
    device = parties.recipient_system_title if command else originator
    remote = BROKER if command else parties.recipient_system_title.hex()
    secret = SHARED_SECRETS.get((device.hex(), remote))
    if secret is None:
        return False
    key = message_key(parties, bytes.fromhex(secret), suite=SUITE, scheme=Scheme.STATIC_UNIFIED, profile=GBCS)
    opened = open_message(envelope, key=key, gak=None, originator=originator, profile=GBCS)
    assert opened.plain == parties.to_bytes()
    return True
