"""The secrets of one meter: keys and passwords by association, and the key pairs it signs and agrees keys with."""

from __future__ import annotations

from collections.abc import Mapping

from dlmskit.enums import Mechanism
from dlmskit.model.device import Association, DeviceModel
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.vmeter import defaults


class Secrets:
    """Keys by association name; one that is not given has the public test keys and the model's password.

    `pairs` are the meter's key pairs and the public keys of its clients.
    """

    def __init__(
        self, model: DeviceModel, keys: Mapping[str, KeySet] | None = None, pairs: Credentials | None = None
    ) -> None:
        self._password = defaults.password(model)
        self._model = model
        self._keys = dict(keys or {})
        self.pairs = pairs

    def __repr__(self) -> str:
        return f"Secrets({len(self._keys)} associations)"

    def of(self, association: Association) -> KeySet | None:
        """The keys of an association, None where it needs none."""
        if association.mechanism == Mechanism.NONE and not association.context.ciphered:
            return None
        return self._keys.get(association.name) or defaults.keys(association.suite, self._password)

    def pairs_of(self, association: Association) -> Credentials | None:
        """The key pairs of an association, None where it uses none or they are of another suite."""
        if self.pairs is None or association.mechanism is not Mechanism.HIGH_ECDSA:
            return None
        return self.pairs if self.pairs.suite == association.suite else None

    def key_ids(self) -> set[str]:
        """Names of the unicast keys of all associations."""
        found = (self.of(association) for association in self._model.associations)
        return {keys.key_id(KeyPurpose.GUEK) for keys in found if keys is not None and keys.guek is not None}

    # What the sessions of the meter ask for.

    def keys(self, system_title: bytes | None, purpose: str) -> KeySet | None:
        """None: an association of the meter has its keys from its rules."""
        return None

    def credentials(self, system_title: bytes | None, suite: int) -> Credentials | None:
        """Key pairs towards a client."""
        return self.pairs if self.pairs is not None and self.pairs.suite == suite else None
