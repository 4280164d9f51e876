"""What Security setup objects manage: the policy of each, and the keys of the associations that refer to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_

from dlmskit.codec.data import Data
from dlmskit.exceptions import FirmwareModelError, PolicyError, SecurityError
from dlmskit.model.device import Association, DeviceModel, ModelObject
from dlmskit.security.agreement import Offer, Scheme, agreed_key, signed_octets
from dlmskit.security.kdf import KeyUse
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.key_transfer import GlobalKeyId, agreement, read_agreement, read_transfer
from dlmskit.security.policy import SecurityPolicy
from dlmskit.vmeter.key_pairs import KeyPairs
from dlmskit.vmeter.secrets import Secrets, needs_keys

SECURITY_SETUP = 64
_PROTECTION = {"none": 0, "authentication": 1, "encryption": 2, "authenticated-encryption": 3}


class Security:
    """The security of one meter. `random` gives the octets of ephemeral keys.

    A policy begins as the model says, or as what all associations under it have in common, and only ever grows.
    """

    def __init__(self, model: DeviceModel, secrets: Secrets, pairs: KeyPairs, random: Callable[[int], bytes]) -> None:
        self.secrets = secrets
        self.pairs = pairs
        self._model = model
        self._random = random
        self._setups = [row for row in model.objects if row.class_id == SECURITY_SETUP]
        self._policies = {row.name: self._first_policy(row) for row in self._setups}

    def setup_of(self, association: Association) -> ModelObject | None:
        """The Security setup that an association refers to; None for one without keys."""
        if not self._setups or not needs_keys(association):
            return None
        named = association.security_setup
        return self._setups[0] if named is None else self._model.object(named)

    def policy(self, row: ModelObject) -> int:
        """The value of attribute security_policy."""
        return self._policies[row.name]

    def floor(self, association: Association) -> SecurityPolicy:
        """What the policy wants of this association; one that ciphers nothing is not under it."""
        row = self.setup_of(association)
        if row is None or not association.context.ciphered:
            return SecurityPolicy(0)
        return SecurityPolicy.of_version(row.version, self.policy(row))

    def strengthen(self, row: ModelObject, value: int, suite: int) -> None:
        """Activate a policy. Raises `PolicyError` for one that wants less than before, or what the suite lacks."""
        wanted, present = (SecurityPolicy.of_version(row.version, item) for item in (value, self.policy(row)))
        if present & ~wanted:
            raise PolicyError(f"security policy {value} is weaker than {self.policy(row)}")
        signed = SecurityPolicy.REQUEST_SIGNED | SecurityPolicy.RESPONSE_SIGNED
        if wanted & signed and not suite:
            raise PolicyError("suite 0 has no signatures")
        self._policies[row.name] = value

    def transfer(self, row: ModelObject, association: Association, parameters: Data) -> None:
        """Take new keys that are wrapped under the master key: all or none.

        Raises `DecodeError`, `AuthenticationError` or `KeyUnavailable`.
        """
        keys = self.secrets.of(association)
        if keys is None:
            raise SecurityError("this association has no keys")
        self._change(row, read_transfer(parameters, master_key=keys.wrapping(), suite=keys.suite))

    def agree(self, row: ModelObject, association: Association, client: bytes, parameters: Data) -> Data:
        """Agree on new keys with the client of this title; gives our side of it.

        Raises `DecodeError`, `AuthenticationError`, `KeyUnavailable` or `SecurityError`.
        """
        suite = association.suite
        offers = read_agreement(parameters, suite=suite)
        credentials = self.pairs.credentials(client, suite)
        if credentials is None:
            raise SecurityError("there are no key pairs towards this client")
        agreed: dict[GlobalKeyId, bytes] = {}
        answers: dict[GlobalKeyId, Offer] = {}
        for key_id, offer in offers.items():
            offer.verify(credentials.peer_signer(), key_id)
            own = PrivateKey.generate(suite, self._random)
            agreed[key_id] = agreed_key(
                own.agree(offer.public),
                suite=suite,
                scheme=Scheme.EPHEMERAL_UNIFIED,
                originator=client,
                recipient=self.pairs.system_title,
                use=KeyUse.WRAP if key_id is GlobalKeyId.MASTER_KEY else KeyUse.CIPHER,
            )
            answers[key_id] = Offer(own.public, credentials.signer().sign(signed_octets(own.public, key_id)))
        self._change(row, agreed)
        return agreement(answers)

    def _change(self, row: ModelObject, keys: dict[GlobalKeyId, bytes]) -> None:
        names = [item.name for item in self._model.associations if self.setup_of(item) is row]
        self.secrets.change(names, **{key_id.field: key for key_id, key in keys.items()})

    def _first_policy(self, row: ModelObject) -> int:
        stated = row.attributes.get("security_policy")
        if stated is not None and stated.value is not None:
            value = stated.value
            if not isinstance(value, int):
                raise FirmwareModelError(f"security policy {value!r} of {row.name} is no number")
            SecurityPolicy.of_version(row.version, value)
            return value
        under = [item for item in self._model.associations if item.context.ciphered and self.setup_of(item) is row]
        common = reduce(and_, (_PROTECTION[item.protection] for item in under)) if under else 0
        return common if row.version == 0 else common << 2 | common << 5
