"""Security setup (class 64): policy, keys, key pairs and certificates, in front of what the meter keeps of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.values import Node
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DecodeError, SecurityError
from dlmskit.security.certificates import Certificate
from dlmskit.vmeter.behaviour import Asked, Behaviour, Invoke
from dlmskit.vmeter.clock import moment
from dlmskit.vmeter.key_pairs import Entity, KeyPairs, PairKind, kind_of

_BY_ENTITY, _BY_SERIAL_NUMBER = 0, 1


def _refusing(invoke: Callable[[Asked, Data], Data | None]) -> Invoke:
    """A method whose errors are results: what cannot be read is of a wrong type, what is not proven is refused."""

    @wraps(invoke)
    def call(asked: Asked, parameters: Data | None) -> Data | None:
        try:
            return invoke(asked, parameters if parameters is not None else data.null_data())
        except DecodeError as error:
            raise ActionError("type-unmatched", str(error)) from None
        except SecurityError as error:
            raise ActionError("other-reason", str(error)) from None

    return call


@_refusing
def _activate(asked: Asked, parameters: Data) -> None:
    asked.security.strengthen(asked.row, _number(parameters.tree()), asked.association.suite)


@_refusing
def _transfer(asked: Asked, parameters: Data) -> None:
    asked.security.transfer(asked.row, asked.association, parameters)


@_refusing
def _agree(asked: Asked, parameters: Data) -> Data:
    return asked.security.agree(asked.row, asked.association, asked.client, parameters)


@_refusing
def _generate(asked: Asked, parameters: Data) -> None:
    _pairs(asked).generate(_kind(parameters.tree()), asked.association.suite)


@_refusing
def _request(asked: Asked, parameters: Data) -> Data:
    return data.octet_string(_pairs(asked).request(_kind(parameters.tree())))


@_refusing
def _import(asked: Asked, parameters: Data) -> None:
    octets = _typed(parameters.tree(), DataType.OCTET_STRING)
    _pairs(asked).take(Certificate.from_bytes(octets), moment(asked.firmware.clock.reading))


@_refusing
def _export(asked: Asked, parameters: Data) -> Data:
    return data.octet_string(_identified(_pairs(asked), parameters.tree()).to_bytes())


@_refusing
def _remove(asked: Asked, parameters: Data) -> None:
    _pairs(asked).remove(_identified(_pairs(asked), parameters.tree()))


def _pairs(asked: Asked) -> KeyPairs:
    return asked.security.pairs


def _identified(pairs: KeyPairs, wanted: Node) -> Certificate:
    """The certificate that a certificate_identification names. Raises `DecodeError` or `SecurityError`."""
    by, options = _typed(wanted, DataType.STRUCTURE, 2)
    found: Certificate | None = None
    if (how := _number(by)) == _BY_ENTITY:
        entity, kind, title = _typed(options, DataType.STRUCTURE, 3)
        number = _number(entity)
        if number not in set(Entity):
            raise DecodeError(f"{number} is no certificate entity", entity.offset)
        found = pairs.find(Entity(number), _number(kind), _typed(title, DataType.OCTET_STRING))
    elif how == _BY_SERIAL_NUMBER:
        parts = _typed(options, DataType.STRUCTURE, 2)
        serial, issuer = (_typed(part, DataType.OCTET_STRING) for part in parts)
        found = next((item for item in pairs.certificates if _serial(item) == (serial, issuer)), None)
    else:
        raise DecodeError(f"{how} is no way to identify a certificate", by.offset)
    if found is None:
        raise SecurityError("there is no such certificate")
    return found


def _serial(certificate: Certificate) -> tuple[bytes, bytes]:
    return certificate.serial_octets, certificate.issuer_octets


def _kind(node: Node) -> PairKind:
    number = _number(node)
    if number not in set(PairKind):
        raise SecurityError(f"there are no key pairs of kind {number}")
    return PairKind(number)


def _number(node: Node) -> int:
    number: int = _typed(node, DataType.ENUM)
    return number


def _typed(node: Node, tag: DataType, count: int | None = None) -> Any:
    if node.tag != tag or (count is not None and len(node.value) != count):
        raise DecodeError(f"wanted {tag.label}{f' of {count}' if count else ''}", node.offset)
    return node.value


def _certificates(asked: Asked) -> Data:
    pairs = _pairs(asked)
    return data.array(
        *(
            data.structure(
                data.enum(pairs.entity(item)),
                data.enum(kind_of(item)),
                data.octet_string(item.serial_octets),
                data.octet_string(item.issuer_octets),
                data.octet_string(item.subject_octets),
                data.octet_string(item.alternative_octets),
            )
            for item in pairs.certificates
        )
    )


SECURITY_SETUP = Behaviour(
    read={
        "security_policy": lambda asked: data.enum(asked.security.policy(asked.row)),
        "security_suite": lambda asked: data.enum(asked.association.suite),
        "client_system_title": lambda asked: data.octet_string(asked.client),
        "server_system_title": lambda asked: data.octet_string(asked.firmware.identity.system_title),
        "certificates": _certificates,
    },
    invoke={
        "security_activate": _activate,
        "global_key_transfer": _transfer,
        "key_transfer": _transfer,
        "key_agreement": _agree,
        "generate_key_pair": _generate,
        "generate_certificate_request": _request,
        "import_certificate": _import,
        "export_certificate": _export,
        "remove_certificate": _remove,
    },
)
