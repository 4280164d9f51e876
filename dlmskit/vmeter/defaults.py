"""What a virtual meter is set up with unless told otherwise. All of it is public: these keys protect nothing.

The keys are the ones that published examples and test rigs of the field use, so foreign clients can be pointed at a
virtual meter without set-up.
"""

from __future__ import annotations

from dlmskit.model.device import DeviceModel
from dlmskit.security.keys import KeySet

SEED = 1
GUEK = bytes(range(0x10))
GAK = bytes(range(0xD0, 0xE0))
MASTER_KEY = bytes(range(0x20, 0x30))
PASSWORD = b"12345678"
"""the LLS secret, and the password of IEC 62056-21 programming mode"""
CONTROL_MODE = 1
"""of a supply switch whose model does not say: remote disconnect, remote reconnect makes ready, the consumer closes"""


def password(model: DeviceModel) -> bytes:
    """The public password of a model's virtual meters."""
    stated = model.simulation.password
    return PASSWORD if stated is None else stated.encode("utf-8")


def keys_of(model: DeviceModel) -> KeySet:
    """The public keys and the password of a model's virtual meters, as a client needs them."""
    return keys(password=password(model))


def advice(model: DeviceModel) -> str:
    """What to say to a client that a model's virtual meter refused."""
    return (
        f"a simulated {model.id} has a public password and the public keys that dlmskit sim run --help shows: "
        "leave password and keys out, and they are used"
    )


def keys(suite: int = 0, password: bytes = PASSWORD) -> KeySet:
    """The public test keys and a password, for a suite; suite 2 has each key twice."""
    times = 2 if suite == 2 else 1
    return KeySet(guek=GUEK * times, gak=GAK * times, password=password, suite=suite, master_key=MASTER_KEY * times)
