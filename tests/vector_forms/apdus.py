"""APDUs in the JSON form of the vectors, opened where the vector gives keys."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import msgspec

from dlmskit import apdu
from dlmskit.apdu.sequence import asn1_name
from dlmskit.codec.data import Data
from dlmskit.enums import ApplicationContext, Conformance, DataAccessResult
from dlmskit.exceptions import DecodeError
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
        title = context.get("system_title")
        self.system_title = bytes.fromhex(title) if title else None
        """the sender of what does not name one"""
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
        title = title or self.system_title
        assert title is not None
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


def _general_ciphering(value: apdu.GeneralCiphering, opener: Opener) -> dict[str, Any]:
    form = _header(value, opener) | {"key_info": _key_info(value.key_info, opener)}
    return form | opener.envelope(value.content, value.originator_system_title, dedicated=False)


def _general_signing(value: apdu.GeneralSigning, opener: Opener) -> dict[str, Any]:
    return _header(value, opener)


def _header(value: apdu.GeneralCiphering | apdu.GeneralSigning, opener: Opener) -> dict[str, Any]:
    return _plain(value, opener) | {"date_time": (value.date_time or b"").hex()}


def _key_info(value: Any, opener: Opener) -> Any:
    return None if value is None else {asn1_name(type(value).__name__): _plain(value, opener)}


def _gateway(value: apdu.GatewayRequest | apdu.GatewayResponse, opener: Opener) -> dict[str, Any]:
    form = _plain(value, opener)
    del form["user_data"]
    return form | {"inner": apdu_form(opener.decode(value.user_data), opener)}


def _access(value: apdu.AccessRequest | apdu.AccessResponse, opener: Opener) -> dict[str, Any]:
    form = {name: part for name, part in _plain(value, opener).items() if part is not None or name == "date_time"}
    for name in ("specifications", "results"):
        if items := getattr(value, name, None):
            form[name] = [_specification(item, opener) for item in items]
    return form


def _specification(value: msgspec.Struct, opener: Opener) -> dict[str, Any]:
    """Service and what it points at, without levels in between."""
    service = asn1_name(type(value).__name__).removeprefix("access-request-").removeprefix("access-response-")
    form: dict[str, Any] = {"service": service}
    for name, part in _plain(value, opener).items():
        form |= part if isinstance(part, dict) else {name: part}
    return form


def _short_name(value: Any, opener: Opener) -> dict[str, Any]:
    return _plain(value, opener) | {"variables": [_variable(variable, opener) for variable in value.variables]}


def _variable(value: msgspec.Struct, opener: Opener) -> dict[str, Any]:
    return {asn1_name(type(value).__name__): _only(_plain(value, opener))}


def _only(form: dict[str, Any]) -> Any:
    """A form of one field is that field's."""
    return next(iter(form.values())) if len(form) == 1 else form


def _short_name_results(value: apdu.ReadResponse | apdu.WriteResponse, opener: Opener) -> dict[str, Any]:
    return {"results": [_short_name_result(result, opener) for result in value.results]}


def _short_name_result(value: Any, opener: Opener) -> Any:
    match value:
        case Data():
            return {"data": data_form(value)}
        case DataAccessResult():
            return {"data-access-error": value.label}
        case apdu.WriteSuccess():
            return {"success": None}
        case apdu.ReadDataBlock():
            return {"data-block-result": _plain(value, opener)}
    return {"block-number": value.block_number}


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
    apdu.GeneralCiphering: _general_ciphering,
    apdu.GeneralSigning: _general_signing,
    apdu.GatewayRequest: _gateway,
    apdu.GatewayResponse: _gateway,
    apdu.AccessRequest: _access,
    apdu.AccessResponse: _access,
    apdu.ReadRequest: _short_name,
    apdu.WriteRequest: _short_name,
    apdu.ReadResponse: _short_name_results,
    apdu.WriteResponse: _short_name_results,
    apdu.UnconfirmedWriteRequest: _short_name,
    apdu.InformationReportRequest: _short_name,
}


def encoded_again(value: apdu.Apdu) -> bytes:
    """The octets of `value`, every Data and every inner APDU in it encoded anew from what was decoded."""
    return _rebuilt(value).to_bytes()


def _rebuilt(value: Any) -> Any:
    match value:
        case Data():
            return rebuilt(value)
        case tuple():
            return tuple(_rebuilt(item) for item in value)
        case msgspec.Struct():
            fields = {name: _rebuilt(getattr(value, name)) for name in value.__struct_fields__}
            return type(value)(**fields | _inner_again(value))
    return value


def _inner_again(value: Any) -> dict[str, bytes]:
    """The field that holds a protected or an inner APDU, encoded anew."""
    match value:
        case apdu.Aarq() | apdu.Aare() | apdu.Rlrq() | apdu.Rlre() if value.user_information is not None:
            return {"user_information": _octets_again(value.user_information)}
        case apdu.GatewayRequest() | apdu.GatewayResponse():
            return {"user_data": _octets_again(value.user_data)}
        case apdu.GeneralSigning() if is_apdu(value.content):
            return {"content": _octets_again(value.content)}
        case apdu.ServiceCiphered() | apdu.GeneralGloCiphering() | apdu.GeneralDedCiphering() | apdu.GeneralCiphering():
            content = apdu.CipheredContent.parse(value.content)
            payload = content.payload if content.encrypted else _octets_again(content.payload)
            return {"content": msgspec.structs.replace(content, payload=payload).to_bytes()}
    return {}


def is_apdu(octets: bytes) -> bool:
    """Whether `octets` are one: what is signed may be something else."""
    try:
        apdu.decode(octets)
    except DecodeError:
        return False
    return True


def _octets_again(octets: bytes) -> bytes:
    return encoded_again(apdu.decode(octets, tolerance=Tolerance(strict=True)))
