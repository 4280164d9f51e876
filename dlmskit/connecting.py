"""From what a caller says about a meter to everything that a client is made of, blocking or asyncio."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import IO, TypedDict, Unpack

import msgspec

from dlmskit.enums import ApplicationContext, Mechanism
from dlmskit.exceptions import DlmskitError, SecurityError, TransportError, UnknownObject
from dlmskit.model import registry
from dlmskit.model.device import Association, Connection, DeviceModel
from dlmskit.security.keys import KeySet
from dlmskit.session.cosem.settings import IN_SHORT_NAMES, AssociationSettings
from dlmskit.stack.build import (
    Framing,
    LinkSettings,
    association_settings,
    client_stack,
    dlt645_client_stack,
    iec21_client_stack,
)
from dlmskit.stack.client import ClientStack
from dlmskit.stack.recovery import NO_RETRY, Retry
from dlmskit.stack.transcript import FORMAT, Header, Transcript
from dlmskit.store.counters import Counters, MemoryCounters
from dlmskit.store.keys import KeyStore, MemoryKeyStore
from dlmskit.store.objects import ObjectCache
from dlmskit.transport.base import Transport
from dlmskit.transport.target import Target

PUBLIC_CLIENT = 16
TITLE_PREFIX = b"DKT"
TIMEOUT = 10.0
LEAST_PATIENCE = 30.0
"""seconds that a client waits at least where neither link nor session set a bound"""
SIMULATED = "sim"
DEFAULT_MODEL = "generic"
DURABLE_TITLE = TITLE_PREFIX + b"\x00\x00\x00\x00\x01"

Record = str | Path | IO[str]
"""Where a recording goes: a path, or a text file that stays open."""

_FRAMING: dict[str, Framing] = {
    "tcp": "wrapper",
    "udp": "wrapper",
    "tcp+hdlc": "hdlc",
    "udp+hdlc": "hdlc",
    "serial": "hdlc",
    "optical": "mode-e",
}
_OUTRIGHT = ("tcp+hdlc", "udp+hdlc", "serial", "optical")


class Wishes(TypedDict, total=False):
    """What a caller may say about a meter and how to reach it; everything may be left out.

    With `model` the rows of its connection and association say how; without it the target's scheme and the single
    wishes do.
    """

    model: DeviceModel | str | None
    """what the meter is: a device model or the id of an installed one"""
    association: str | AssociationSettings | None
    """how to log in: the name of one of the model's associations, or all settings"""
    client_sap: int
    """16, the public client; with a model, chooses the association of this client"""
    server_sap: int
    """1, the management logical device"""
    mechanism: Mechanism | None
    """without it: GMAC where there are keys, LLS where there is a password, else none"""
    context: ApplicationContext
    """without it: logical names, ciphered where there are keys"""
    short_names: bool
    """refer to objects by short names, where neither `context` nor the model's association says so"""
    suite: int
    """security suite; without it that of `keys`, where they are one set, else 0"""
    password: bytes | None
    keys: KeySet | KeyStore | None
    counters: Counters | None
    """where invocation counters are kept; without it they are forgotten with the process, and the system title is drawn
    anew each time so that no nonce comes twice"""
    system_title: bytes
    """ours, 8 octets; only together with `counters`"""
    record: Record | None
    """a path or a text file for a recording of the session, without secrets"""
    timeout: float
    """10.0: seconds for the connection, and for each answer"""
    retry: Retry
    """how reads without an answer are repeated, over a new line where the old one broke; without it they are not"""
    cache: str | Path | None
    """a folder where object lists and scalers are kept from one connection to the next, by meter and firmware"""


class Plan(msgspec.Struct, frozen=True):
    """What a client is made of, before any port is opened."""

    target: Target
    stack: ClientStack
    keys: KeyStore
    counters: Counters
    model: DeviceModel | None
    system_title: bytes = b""
    association: str = ""
    """client and server SAP"""
    advice: str = ""
    """what to do where the meter refuses the association"""


class Opening:
    """A recording that has begun. All of it raises `TransportError` where the file cannot be written."""

    def __init__(self, record: Record, target: str) -> None:
        self._is_ours = isinstance(record, str | Path)
        with _writing(record):
            self._file = Path(record).open("w", encoding="utf-8") if isinstance(record, str | Path) else record  # noqa: SIM115
        header = Header(FORMAT, target, datetime.now(UTC).isoformat(timespec="milliseconds"))
        self.transcript = Transcript(self._write, header, time.monotonic())

    def failed(self, error: DlmskitError) -> None:
        """The line could not be opened: say so and close."""
        self.transcript.happened("failed", time.monotonic(), error=type(error).__name__, reason=str(error))
        self.close()

    def close(self) -> None:
        """Write what is pending and close the file when it was opened here; harmless when closed already."""
        try:
            self.transcript.flush(final=True)
        finally:
            with _writing(self._file):
                self._file.close() if self._is_ours else self._file.flush()

    def _write(self, line: str) -> None:
        with _writing(self._file):
            self._file.write(line)


@contextmanager
def _writing(record: Record) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = record if isinstance(record, str | Path) else getattr(record, "name", "")
        raise TransportError(f"cannot write the recording {name}: {error.strerror}") from None


def plan(target: str, **wishes: Unpack[Wishes]) -> Plan:
    """See `Wishes`. Raises `DlmskitError` kinds for what does not go together."""
    parsed = Target.parse(target)
    untold = wishes.get("keys") is None and wishes.get("password") is None
    wishes = _with_defaults(parsed, wishes)
    model = _model(parsed, wishes.get("model"))
    keys, advice = key_store(wishes.get("keys"), wishes.get("password")), ""
    if parsed.scheme == SIMULATED:
        simulation, there = import_module("dlmskit.vmeter.defaults"), model or _simulated_model(parsed)
        keys, advice = MemoryKeyStore(simulation.keys_of(there)) if untold else keys, simulation.advice(there)
    connection = model.connection if model is not None else None
    if model is not None and connection is not None and connection.iec21 is not None and connection.link == "iec21":
        row, timeout = _row(model, wishes), wishes.get("timeout", TIMEOUT)
        stack = iec21_client_stack(connection.iec21, row, address=parsed.device, timeout=timeout)
        return Plan(parsed, stack, keys, wishes.get("counters") or MemoryCounters(), model, advice=advice)
    if connection is not None and connection.link == "dlt645":
        stack = dlt645_client_stack(connection.dlt645, parsed.device or "")
        return Plan(parsed, stack, keys, wishes.get("counters") or MemoryCounters(), model)
    title, counters = own_title(wishes.get("system_title", b""), wishes.get("counters"))
    settings = _settings(model, wishes, title)
    stack = client_stack(link_settings(parsed, connection, settings.timeout), settings, secrets.token_bytes)
    saps = f"{settings.client_sap}/{settings.server_sap}"
    return Plan(parsed, stack, keys, counters, model, title, saps, advice)


def replanned(before: Plan, target: str, **wishes: Unpack[Wishes]) -> Plan:
    """The same again for a new line. Title and counters go on: no nonce comes twice, and no old answer is accepted."""
    lasting: Wishes = {"model": before.model, "counters": before.counters}
    if before.system_title:
        lasting["system_title"] = before.system_title
    going_on: Wishes = {**wishes, **lasting}
    return plan(target, **going_on)


def _with_defaults(target: Target, wishes: Wishes) -> Wishes:
    """Options of the target, and the public password of a virtual meter, stand where nothing else was said."""
    defaults: Wishes = {}
    if target.client is not None:
        defaults["client_sap"] = target.client
    if target.server is not None:
        defaults["server_sap"] = target.server
    if target.scheme == SIMULATED and wishes.get("keys") is None:
        defaults["password"] = import_module("dlmskit.vmeter.defaults").password(_simulated_model(target))
    return {**defaults, **wishes}


def _settings(model: DeviceModel | None, wishes: Wishes, title: bytes) -> AssociationSettings:
    association = wishes.get("association")
    if isinstance(association, AssociationSettings):
        settings = association
    elif model is not None and model.associations:
        settings = association_settings(_row(model, wishes))
    else:
        settings = stated(**wishes)
    if wishes.get("short_names"):
        context = IN_SHORT_NAMES.get(settings.context, settings.context)
        settings = msgspec.structs.replace(settings, context=context)
    return msgspec.structs.replace(
        settings, timeout=wishes.get("timeout", TIMEOUT), system_title=settings.system_title or title
    )


def _model(target: Target, model: DeviceModel | str | None) -> DeviceModel | None:
    if isinstance(model, str):
        return registry.load(model)
    if model is None and target.scheme == SIMULATED:
        return _simulated_model(target)
    return model


def _simulated_model(target: Target) -> DeviceModel:
    return registry.load(target.path or DEFAULT_MODEL)


def stated(**wishes: Unpack[Wishes]) -> AssociationSettings:
    """An association from single wishes: with keys GMAC in a ciphered context, with a password LLS, else none."""
    keys, mechanism = wishes.get("keys"), wishes.get("mechanism")
    if mechanism is None:
        by_password = Mechanism.LOW if wishes.get("password") is not None else Mechanism.NONE
        mechanism = Mechanism.HIGH_GMAC if keys is not None else by_password
    return AssociationSettings(
        client_sap=wishes.get("client_sap", PUBLIC_CLIENT),
        server_sap=wishes.get("server_sap", 1),
        mechanism=mechanism,
        context=wishes.get("context", ApplicationContext.LN if keys is None else ApplicationContext.LN_CIPHERED),
        suite=wishes.get("suite", keys.suite.value if isinstance(keys, KeySet) else 0),
    )


def own_title(stated_title: bytes, counters: Counters | None) -> tuple[bytes, Counters]:
    """Our system title and the counters that go with it, so that no nonce can come twice.

    Raises `SecurityError` for a title that is used again and again with counters that begin anew each time.
    """
    if counters is not None:
        return stated_title or DURABLE_TITLE, counters
    if stated_title:
        raise SecurityError("a system title of one's own needs counters that last: pass counters= as well")
    return TITLE_PREFIX + secrets.token_bytes(5), MemoryCounters()


def key_store(keys: KeySet | KeyStore | None, password: bytes | None) -> KeyStore:
    """The store that a session is answered from."""
    if isinstance(keys, KeySet):
        if password is not None:
            keys = KeySet(keys.guek, keys.gak, keys.dedicated_key, keys.gbek, password, keys.suite)
        return MemoryKeyStore(keys)
    if keys is not None:
        return keys
    return MemoryKeyStore(KeySet(password=password) if password is not None else None)


def link_settings(target: Target, connection: Connection | None, timeout: float = TIMEOUT) -> LinkSettings:
    """The model's connection where it has one, else what the scheme means; the target's own words go before both.

    No HDLC frame is waited for longer than for a whole answer, which is `timeout`.
    """
    framing = _FRAMING.get(target.scheme, "wrapper")
    settings = LinkSettings.of(connection) if connection is not None else LinkSettings(framing=framing)
    patience = min(settings.parameters.response_timeout, timeout)
    stated = {
        "parameters": msgspec.structs.replace(settings.parameters, response_timeout=patience),
        "framing": framing if target.scheme in _OUTRIGHT else None,
        "datagrams": True if target.scheme == "udp" else None,
        "server_lower": target.lower,
        "address_octets": target.octets,
        "address": target.device,
    }
    return msgspec.structs.replace(settings, **{name: value for name, value in stated.items() if value is not None})


def _row(model: DeviceModel, wishes: Wishes) -> Association:
    """The association asked for by name or client SAP, else the first that the given secrets open."""
    association, client_sap = wishes.get("association"), wishes.get("client_sap")
    if isinstance(association, str):
        return model.association(association)
    if client_sap is not None:
        found = model.association_of(client_sap)
        if found is None:
            raise UnknownObject(f"model {model.id} has no association for client {client_sap}")
        return found
    if not model.associations:
        raise UnknownObject(f"model {model.id} has no association")
    wanted = stated(**wishes).mechanism
    return next((row for row in model.associations if row.mechanism == wanted), model.associations[0])


def open_transport(wanted: Plan, timeout: float) -> Transport:
    """The blocking transport of a target; a simulated meter is started in this process. Raises `TransportError`."""
    if wanted.target.scheme == SIMULATED:
        return simulated(wanted)
    return wanted.target.open(timeout)


def simulated(wanted: Plan) -> Transport:
    """A line to a fresh virtual meter in this process."""
    # the virtual meter stands above the client, so it is looked up by name, and only where somebody asks for it
    line: Transport = import_module("dlmskit.vmeter.sim").open_sim(wanted.model.id if wanted.model else DEFAULT_MODEL)
    return line


class Parts(TypedDict):
    """What a client gets beside its line and its stack."""

    keys: KeyStore
    counters: Counters
    model: DeviceModel | None
    patience: float
    recording: Opening | None
    retry: Retry
    name: str
    cache: ObjectCache | None
    advice: str


def parts(wanted: Plan, recording: Opening | None, **wishes: Unpack[Wishes]) -> Parts:
    """The same for both clients."""
    folder = wishes.get("cache")
    return {
        "keys": wanted.keys,
        "counters": wanted.counters,
        "model": wanted.model,
        "patience": max(3 * wishes.get("timeout", TIMEOUT), LEAST_PATIENCE),
        "recording": recording,
        "retry": wishes.get("retry", NO_RETRY),
        "name": str(wanted.target),
        "cache": ObjectCache(folder, wanted.association) if folder is not None else None,
        "advice": wanted.advice,
    }


@contextmanager
def recorded(record: Record | None, wanted: Plan) -> Iterator[Opening | None]:
    """Begin a recording before the line is opened; where opening it fails, that is recorded and the file closed.

    Raises `TransportError` where the file cannot be written.
    """
    recording = Opening(record, str(wanted.target)) if record is not None else None
    try:
        yield recording
    except BaseException as error:
        if recording is not None:
            recording.failed(error) if isinstance(error, DlmskitError) else recording.close()
        raise
