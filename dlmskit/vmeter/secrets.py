"""The symmetric secrets of one meter: keys and passwords by association, which clients may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlmskit.enums import Mechanism
from dlmskit.model.device import Association, DeviceModel
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.vmeter import defaults


class Secrets:
    """Keys by association name; one that is not given has the public test keys and the model's password.

    What is changed counts from the next association on: one that stands keeps the keys that it was opened with.
    """

    def __init__(self, model: DeviceModel, keys: Mapping[str, KeySet] | None = None) -> None:
        password = defaults.password(model)
        self._keys = {row.name: defaults.keys(row.suite, password) for row in model.associations if needs_keys(row)}
        self._keys |= {name: given for name, given in (keys or {}).items() if name in self._keys}

    def __repr__(self) -> str:
        return f"Secrets({len(self._keys)} associations)"

    def of(self, association: Association) -> KeySet | None:
        """The keys of an association, None where it needs none."""
        return self._keys.get(association.name)

    def change(self, names: Iterable[str], **keys: bytes) -> None:
        """Give these associations new keys, or a new `password`. Raises `SecurityError` for a bad length."""
        self._keys |= {name: self._keys[name].replaced(**keys) for name in names if name in self._keys}

    def key_ids(self) -> set[str]:
        """Names of the unicast keys of all associations."""
        return {keys.key_id(KeyPurpose.GUEK) for keys in self._keys.values() if keys.guek is not None}


def needs_keys(association: Association) -> bool:
    """Whether an association has any secret."""
    return association.mechanism is not Mechanism.NONE or association.context.ciphered
