"""APDUs in the JSON form of the vectors, opened where the vector gives keys."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import msgspec

from dlmskit import apdu
from dlmskit.codec.data import Data
from dlmskit.enums import ApplicationContext, Conformance, DataAccessResult
from dlmskit.limits import Tolerance
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import unprotect
from vector_forms.values import data_form, rebuilt

_CONTEXTS = {
    ApplicationContext.LN: "LN",
    ApplicationContext.SN: "SN",
    ApplicationContext.LN_CIPHERED: "LN-ciphered",
    ApplicationContext.SN_CIPHERED: "SN-ciphered",
}
_RENAMED = {
    "instance_id": "instance",
    "attribute_id": "id",
    "method_id": "id",
    "access_selector": "selector",
    "access_parameters": "parameters",
    "raw_data": "raw",
    "notification_body": "body",
    "proposed_dlms_version_number": "proposed_dlms_version",
    "negotiated_dlms_version_number": "negotiated_dlms_version",
    "application_context_name": "application_context",
    "mechanism_name": "mechanism",
    "error_class": "error_type",
}
_RESERVED = {"reserved-zero": "reserved0", "reserved-seven": "reserved7"}


class Opener:
    """Opens ciphered APDUs with the keys of one vector's context."""

    def __init__(self, context: dict[str, Any], tolerance: Tolerance) -> None:
        self.tolerance = tolerance
        self._context = context
        keys = {name: bytes.fromhex(context[name]) for name in ("guek", "gak", "dedicated_key") if name in context}
        if "guek" in keys:
            keys.setdefault("dedicated_key", keys["guek"])
        self._keys = keys

    def decode(self, octets: bytes) -> apdu.Apdu:
        return apdu.decode(octets, tolerance=self.tolerance)

    def envelope(self, content: bytes, title: bytes | None, *, dedicated: bool) -> dict[str, Any]:
        """What is seen of a ciphered content without and, given keys, with opening it."""
        seen = apdu.CipheredContent.parse(content)
        form: dict[str, Any] = {name: getattr(seen, name) for name in ("security_control", "suite", "authenticated")}
        form |= {name: getattr(seen, name) for name in ("encrypted", "broadcast_key", "compressed")}
        form |= {"invocation_counter": seen.invocation_counter, "content": seen.payload.hex()}
        if seen.tag is not None:
            form["tag"] = seen.tag.hex()
        if "guek" in self._keys:
            form["decrypted"] = self._opened(seen, content, title, dedicated)
        return form

    def _opened(
        self, seen: apdu.CipheredContent, content: bytes, title: bytes | None, dedicated: bool
    ) -> dict[str, Any]:
        title = title or bytes.fromhex(self._context["system_title"])
        keys = KeySet(**self._keys, suite=seen.suite)
        opened = unprotect(content, keys=keys, system_title=title, dedicated=dedicated, allow_unauthenticated=True)
        inner = apdu_form(self.decode(opened.plain), self)
        return {"plain": opened.plain.hex(), "apdu": inner, "tag_verified": opened.authenticated}


def apdu_form(value: apdu.Apdu, opener: Opener) -> dict[str, Any]:
    """The JSON form of one APDU."""
    form = _FORMS.get(type(value), _plain)(value, opener)
    return {"apdu": value.NAME} | form


def _plain(value: msgspec.Struct, opener: Opener) -> dict[str, Any]:
    return {_RENAMED.get(name, name): _part(getattr(value, name), opener) for name in value.__struct_fields__}


def _part(value: Any, opener: Opener) -> Any:
    match value:
        case Data():
            return data_form(value)
        case Conformance():
            bits = [_RESERVED.get(label, label) for label in value.labels]
            return {"hex": int(value).to_bytes(3, "big").hex(), "bits": bits}
        case apdu.ErrorClass() | apdu.ConfirmedService():
            return int(value)
        case IntEnum():
            return value.name.lower().replace("_", "-")
        case bytes():
            return value.hex()
        case Obis():
            return str(value).replace("*", ".")
        case tuple():
            return [_part(item, opener) for item in value]
        case apdu.AttributeWithSelection():
            return _plain(value.attribute, opener) | {"access_selection": _part(value.access_selection, opener)}
        case msgspec.Struct():
            return _plain(value, opener)
    return value


def _get_data_result(value: Data | DataAccessResult | None) -> Any:
    if value is None:
        return None
    return {"data": data_form(value)} if isinstance(value, Data) else {"data-access-result": value.label}


def _get_response(value: Any, opener: Opener) -> dict[str, Any]:
    return _plain(value, opener) | {"result": _get_data_result(value.result)}


def _get_response_list(value: Any, opener: Opener) -> dict[str, Any]:
    return _plain(value, opener) | {"results": [_get_data_result(result) for result in value.results]}


def _get_block(value: apdu.GetResponseWithDatablock, opener: Opener) -> dict[str, Any]:
    form = _plain(value, opener)
    result = form.pop("result")
    return form | {"raw" if isinstance(value.result, bytes) else "data-access-result": result}


def _action_response(value: Any, opener: Opener) -> dict[str, Any]:
    return _plain(value, opener) | {"return_parameters": _get_data_result(value.return_parameters)}


def _exception(value: apdu.ExceptionResponse, opener: Opener) -> dict[str, Any]:
    return {name: part for name, part in _plain(value, opener).items() if part is not None}


def _service_error(value: apdu.ConfirmedServiceError, opener: Opener) -> dict[str, Any]:
    form = _plain(value, opener)
    return form | {"error": form.pop("value")}


def _block(value: apdu.GeneralBlockTransfer, opener: Opener) -> dict[str, Any]:
    form = _plain(value, opener)
    del form["block_control"]
    return form | {"last_block": value.last_block, "streaming": value.streaming, "window": value.window}


def _acse(value: Any, opener: Opener) -> dict[str, Any]:
    form = {name: part for name, part in _plain(value, opener).items() if part not in (None, [])}
    if "application_context" in form:
        form["application_context"] = _CONTEXTS.get(value.application_context_name, value.application_context_name)
    if isinstance(value, apdu.Aare):
        diagnostic = value.result_source_diagnostic
        form["result_source_diagnostic"] = {
            "source": diagnostic.source.name.lower().replace("_", "-"),
            "value": diagnostic.value,
        }
    if value.user_information is not None:
        form["user_information"] = apdu_form(opener.decode(value.user_information), opener)
    return form


def _service(value: apdu.ServiceCiphered, opener: Opener) -> dict[str, Any]:
    return opener.envelope(value.content, None, dedicated=value.dedicated)


def _general(value: apdu.GeneralGloCiphering | apdu.GeneralDedCiphering, opener: Opener) -> dict[str, Any]:
    dedicated = isinstance(value, apdu.GeneralDedCiphering)
    seen = opener.envelope(value.content, value.system_title, dedicated=dedicated)
    return {"system_title": value.system_title.hex()} | seen


_FORMS: dict[type, Callable[[Any, Opener], dict[str, Any]]] = {
    apdu.GetResponseNormal: _get_response,
    apdu.GetResponseWithList: _get_response_list,
    apdu.GetResponseWithDatablock: _get_block,
    apdu.ActionResponseNormal: _action_response,
    apdu.ExceptionResponse: _exception,
    apdu.ConfirmedServiceError: _service_error,
    apdu.GeneralBlockTransfer: _block,
    apdu.Aarq: _acse,
    apdu.Aare: _acse,
    apdu.Rlrq: _acse,
    apdu.Rlre: _acse,
    apdu.ServiceCiphered: _service,
    apdu.GeneralGloCiphering: _general,
    apdu.GeneralDedCiphering: _general,
}


def encoded_again(value: apdu.Apdu) -> bytes:
    """The octets of `value`, every Data and every inner APDU in it encoded anew from what was decoded."""
    return _rebuilt(value).to_bytes()


def _rebuilt(value: Any, name: str = "") -> Any:
    match value:
        case Data():
            return rebuilt(value)
        case bytes() if name == "user_information":
            return encoded_again(apdu.decode(value, tolerance=Tolerance(strict=True)))
        case bytes() if name == "content":
            return apdu.CipheredContent.parse(value).to_bytes()
        case tuple():
            return tuple(_rebuilt(item) for item in value)
        case msgspec.Struct():
            return type(value)(**{field: _rebuilt(getattr(value, field), field) for field in value.__struct_fields__})
    return value
