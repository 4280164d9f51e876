"""From what a caller says about a meter to everything that a client is made of; blocking and asyncio clients share it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import msgspec

from dlmskit.enums import ApplicationContext, Mechanism
from dlmskit.exceptions import SecurityError
from dlmskit.model import registry
from dlmskit.model.device import Association, DeviceModel
from dlmskit.security.keys import KeySet
from dlmskit.session.cosem.settings import AssociationSettings
from dlmskit.stack.build import Framing, LinkSettings, association_settings, client_stack, iec21_client_stack
from dlmskit.stack.client import ClientStack
from dlmskit.stack.transcript import FORMAT, Header, Transcript
from dlmskit.store.counters import Counters, MemoryCounters
from dlmskit.store.keys import KeyStore, MemoryKeyStore
from dlmskit.transport.target import Target

PUBLIC_CLIENT = 16
TITLE_PREFIX = b"DKT"
DURABLE_TITLE = TITLE_PREFIX + b"\x00\x00\x00\x00\x01"

Record = str | Path | IO[str]
"""Where a recording goes: a path, or a text file that stays open."""

_FRAMING: dict[str, Framing] = {"tcp": "wrapper", "tcp+hdlc": "hdlc", "serial": "hdlc", "optical": "mode-e"}


class Plan(msgspec.Struct, frozen=True):
    """What a client is made of, before any port is opened."""

    target: Target
    stack: ClientStack
    keys: KeyStore
    counters: Counters
    model: DeviceModel | None


class Opening:
    """A recording that has begun; `close` closes the file when it was opened here."""

    def __init__(self, transcript: Transcript, close: Callable[[], Any]) -> None:
        self.transcript = transcript
        self._close = close

    def close(self) -> None:
        """Write what is pending and close; harmless when closed already."""
        self.transcript.flush()
        self._close()


def plan(
    target: str,
    *,
    model: DeviceModel | str | None,
    association: str | AssociationSettings | None,
    client_sap: int | None,
    server_sap: int,
    mechanism: Mechanism | None,
    password: bytes | None,
    keys: KeySet | KeyStore | None,
    counters: Counters | None,
    system_title: bytes,
    timeout: float,
) -> Plan:
    """See `dlmskit.client.connect`. Raises `DlmskitError` kinds for what does not go together."""
    parsed = Target.parse(target)
    known = registry.load(model) if isinstance(model, str) else model
    if known is None and parsed.scheme == "sim":
        known = registry.load(parsed.path or "generic")
    store = key_store(keys, password)
    if known is not None and known.connection is not None and known.connection.iec21 is not None and known.connection.link == "iec21":
        row = _row(known, association, client_sap)
        stack = iec21_client_stack(known.connection.iec21, row)
        return Plan(parsed, stack, store, counters or MemoryCounters(), known)
    title, counters = own_title(system_title, counters)
    if isinstance(association, AssociationSettings):
        settings = association
    elif known is not None and known.associations:
        settings = association_settings(_row(known, association, client_sap), title)
    else:
        settings = stated(client_sap, server_sap, mechanism, password, keys, title)
    settings = msgspec.structs.replace(settings, timeout=timeout)
    if settings.needs_title and not settings.system_title:
        settings = msgspec.structs.replace(settings, system_title=title)
    return Plan(parsed, client_stack(link_settings(parsed, known), settings, secrets.token_bytes), store, counters, known)


def stated(
    client_sap: int | None,
    server_sap: int,
    mechanism: Mechanism | None,
    password: bytes | None,
    keys: KeySet | KeyStore | None,
    title: bytes,
) -> AssociationSettings:
    """An association from what the caller stated: with keys GMAC in a ciphered context, with a password LLS, else none."""
    if mechanism is None:
        mechanism = Mechanism.HIGH_GMAC if keys is not None else Mechanism.LOW if password is not None else Mechanism.NONE
    return AssociationSettings(
        client_sap=PUBLIC_CLIENT if client_sap is None else client_sap,
        server_sap=server_sap,
        mechanism=mechanism,
        context=ApplicationContext.LN_CIPHERED if keys is not None else ApplicationContext.LN,
        suite=keys.suite.value if isinstance(keys, KeySet) else 0,
        system_title=title,
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


def link_settings(target: Target, model: DeviceModel | None) -> LinkSettings:
    """The model's connection where it has one, else what the target's scheme means."""
    connection = model.connection if model is not None else None
    settings = LinkSettings.of(connection) if connection is not None else LinkSettings(framing=_FRAMING.get(target.scheme, "wrapper"))
    if target.scheme in ("tcp+hdlc", "optical"):
        settings = msgspec.structs.replace(settings, framing=_FRAMING[target.scheme])
    return settings


def _row(model: DeviceModel, association: str | AssociationSettings | None, client_sap: int | None) -> Association:
    if isinstance(association, str):
        return model.association(association)
    found = model.association_of(client_sap) if client_sap is not None else None
    return found or model.associations[0]


def open_transport(wanted: Plan, timeout: float) -> Any:
    """The blocking transport of a target; a simulated meter is started in this process."""
    if wanted.target.scheme == "sim":
        # the virtual meter stands above the client: it is looked up only where somebody asks for it by name
        return import_module("dlmskit.vmeter").open_sim(wanted.model.id if wanted.model is not None else "generic")
    return wanted.target.open(timeout)


def open_record(record: Record | None, target: str) -> Opening | None:
    """Begin a recording. Raises `OSError` where the file cannot be written."""
    if record is None:
        return None
    header = Header(FORMAT, target, datetime.now(UTC).isoformat(timespec="milliseconds"))
    if isinstance(record, str | Path):
        file = Path(record).open("w", encoding="utf-8")  # noqa: SIM115
        return Opening(Transcript(file.write, header, time.monotonic()), file.close)
    return Opening(Transcript(record.write, header, time.monotonic()), record.flush)
