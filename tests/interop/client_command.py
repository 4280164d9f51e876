"""The client as a command for interoperability rigs: one JSON argument in, one JSON line a step out.

The argument holds host, port, framing (``hdlc`` or ``wrap``), client, server, auth (``none``, ``low``, ``high``,
``md5``, ``sha1``, ``gmac``, ``sha256``, ``ecdsa``), password, ciphered, suite, ek, ak, signing_key and peer_key (paths
of PEM files, for ``ecdsa``), clock, register, profile, start, end. What a rig need not say is

- ``target``, in place of host, port and framing, and ``query``, the options of the target
- ``hdlc``, ``association``, ``general_profile``: fields of `HdlcSettings`, `AssociationSettings`, `GeneralProfile`
- ``general_key``: the kind of key that general-ciphering is to be under
- ``services``: names of conformance bits besides the usual ones; ``more``: names of `MORE_STEPS`

A step is ``{"step", "pass", "detail"}``. The exit code is 1 when the session could not be had at all.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial, reduce
from operator import or_
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from dlmskit.client import Client, connect
from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.selective import EntryDescriptor
from dlmskit.enums import ApplicationContext, Conformance, Mechanism
from dlmskit.exceptions import DlmskitError, ServiceError
from dlmskit.model.device import Connection, DeviceModel, HdlcSettings
from dlmskit.obis import Obis
from dlmskit.reading import image
from dlmskit.reading.reader import Where
from dlmskit.security.credentials import Credentials
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.key_pair import PrivateKey, PublicKey
from dlmskit.security.keys import KeySet
from dlmskit.security.profile import GeneralProfile
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, AssociationSettings
from dlmskit.session.operations import AccessList, Action, ActionList, Get, Set, SetList
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import KeyStore, MemoryKeyStore

SCHEMES = {"hdlc": "tcp+hdlc", "wrap": "tcp", "wrapper": "tcp"}
MECHANISMS = {
    "none": Mechanism.NONE,
    "low": Mechanism.LOW,
    "high": Mechanism.HIGH,
    "md5": Mechanism.HIGH_MD5,
    "sha1": Mechanism.HIGH_SHA1,
    "gmac": Mechanism.HIGH_GMAC,
    "sha256": Mechanism.HIGH_SHA256,
    "ecdsa": Mechanism.HIGH_ECDSA,
}
TITLE = b"DKTRIG01"


def key_store(wanted: dict[str, Any]) -> KeyStore:
    """The symmetric keys, and the key pairs where the association wants them."""
    keys = KeySet(
        bytes.fromhex(wanted["ek"]),
        bytes.fromhex(wanted["ak"]),
        password=(wanted.get("password") or "").encode() or None,
        suite=wanted["suite"],
    )
    if wanted["auth"] != "ecdsa":
        return MemoryKeyStore(keys)
    pairs = Credentials(
        wanted["suite"],
        signing=PrivateKey.from_pem(Path(wanted["signing_key"]).read_bytes()),
        peer_signing=PublicKey.of(load_pem_public_key(Path(wanted["peer_key"]).read_bytes())),
    )
    return MemoryKeyStore(keys, credentials={b"": pairs})


def client(wanted: dict[str, Any], recording: io.StringIO) -> Client:
    """The client that the argument describes."""
    settings = AssociationSettings(
        client_sap=wanted["client"],
        server_sap=wanted["server"],
        mechanism=MECHANISMS[wanted["auth"]],
        context=ApplicationContext.LN_CIPHERED if wanted["ciphered"] else ApplicationContext.LN,
        conformance=reduce(or_, map(Conformance.__getitem__, wanted.get("services", ())), CLIENT_CONFORMANCE),
        suite=wanted["suite"],
        system_title=TITLE,
        general_ciphering=MessageKey(wanted["general_key"]) if "general_key" in wanted else None,
        general_profile=GeneralProfile.of(wanted.get("general_profile", {})),
        **wanted.get("association", {}),
    )
    target = wanted.get("target") or f"{SCHEMES[wanted['framing']]}://{wanted['host']}:{wanted['port']}"
    # the meter is made anew for each session, so counters may begin anew as well
    return connect(
        f"{target}?{wanted.get('query', '')}",
        model=model(wanted["hdlc"]) if "hdlc" in wanted else None,
        association=settings,
        keys=key_store(wanted),
        counters=MemoryCounters(),
        record=recording,
        timeout=4.0,
    )


def model(hdlc: dict[str, Any]) -> DeviceModel:
    """A meter of which nothing is known but what to propose in SNRM."""
    connection = Connection("hdlc", hdlc=msgspec.convert(hdlc, HdlcSettings))
    return DeviceModel("peer", "Peer meter", "", connection=connection)


class Steps:
    """Runs steps and prints what became of each."""

    def run(self, name: str, act: Callable[[], Any]) -> bool:
        """Whether the step went well."""
        try:
            detail, good = str(act()), True
        except DlmskitError as error:
            detail, good = f"{type(error).__name__}: {error}", False
        print(json.dumps({"step": name, "pass": good, "detail": detail[:300]}), flush=True)
        return good


def moment(text: str | None) -> datetime | None:
    """An aware datetime from ISO text."""
    return datetime.fromisoformat(text) if text else None


def refused(meter: Client) -> str:
    """An object that no meter has must be refused by the meter, not by us."""
    try:
        meter.get(1, "9-9:9.9.9*9", 2)
    except ServiceError as error:
        return f"refused: {error.result}"
    raise DlmskitError("an unknown object was readable")


def profile(meter: Client, where: Where, start: datetime | None, end: datetime | None) -> str:
    """Rows and columns of a profile, and the first row."""
    found = meter.profile(where, start, end)
    if not found.rows:
        raise DlmskitError("the profile has no rows")
    names = [column.name for column in found.columns]
    return f"{len(found.rows)} rows of {names}, first {[str(cell) for cell in found.rows[0].cells]}"


def by_entry(meter: Client, where: str) -> str:
    """Rows 1 and 2."""
    rows = meter.get(7, where, 2, EntryDescriptor(1, 2).to_access()).value
    if len(rows) != 2:
        raise DlmskitError(f"2 rows asked for, {len(rows)} came")
    return "2 rows"


def in_one_request(meter: Client, wanted: dict[str, Any]) -> str:
    """Clock, register and logical device name in one GET."""
    obis = meter.reader.obis
    places = (Get(8, obis(wanted["clock"]), 2), Get(3, obis(wanted["register"]), 2), Get(1, obis("0-0:42.0.0"), 2))
    results = meter.get_list(*places)
    for result in results:
        if isinstance(result, DlmskitError):
            raise result
    return f"{len(results)} values"


def set_clock(meter: Client, where: str) -> str:
    """Write the present time."""
    now = CosemDateTime.from_datetime(datetime.now(UTC))
    meter.set(8, where, 2, data.octet_string(now.to_bytes()))
    return str(now)


def long_value(meter: Client) -> str:
    """Write a value that needs several blocks where PDUs are short, and read it back."""
    value = data.visible_string("block by block " * 20)
    meter.set(1, SERIAL_NUMBER, 2, value)
    if (found := meter.get(1, SERIAL_NUMBER, 2)) != value:
        raise DlmskitError(f"{len(found.to_bytes())} octets came back")
    return f"{len(value.to_bytes())} octets there and back"


def whole_image(meter: Client) -> str:
    """Send, verify and activate an image of some blocks."""
    sent = meter.follow(image.send(bytes(range(256)) * 2, b"DKT image 1"))
    verified, activated = meter.follow(image.verify()), meter.follow(image.activate())
    return f"{sent.blocks} blocks, {verified.name}, {activated.name}"


def outcomes(results: tuple[Any, ...]) -> str:
    """One word an item of a list."""
    return ", ".join(
        item.result if isinstance(item, ServiceError) else "done" if item is None else str(item.value)
        for item in results
    )


def written_as_list(meter: Client) -> str:
    """Two writes in one request, the second one to an object that is not there."""
    value = data.visible_string("PYD0000000002")
    return outcomes(meter.run(SetList((Set(1, SERIAL_NUMBER, 2, value), Set(1, UNKNOWN, 2, value)))))


def invoked_as_list(meter: Client) -> str:
    """Two methods in one request, the second one of an object that is not there."""
    none = data.integer(0)
    return outcomes(meter.run(ActionList((Action(8, CLOCK, 1, none), Action(8, UNKNOWN, 1, none)))))


def by_access(meter: Client) -> str:
    """Read, write, read back, invoke, and read what is not there, in one request."""
    value = data.visible_string("PYD0000000003")
    place = Get(1, SERIAL_NUMBER, 2)
    items = (Get(3, REGISTER, 2), Set(1, SERIAL_NUMBER, 2, value), place, Action(8, CLOCK, 1, data.integer(0)))
    return outcomes(meter.run(AccessList((*items, Get(1, UNKNOWN, 2)))))


def pushed(meter: Client) -> str:
    """What the meter says on its own before it answers."""
    meter.clock()
    found = meter.notification(4.0)
    if found is None:
        raise DlmskitError("no push came")
    return f"{found.apdu.NAME} {found.authenticated}"


CLOCK, REGISTER = Obis(0, 0, 1, 0, 0), Obis(1, 0, 1, 8, 0)
SERIAL_NUMBER, UNKNOWN = Obis(0, 0, 96, 1, 0), Obis(9, 9, 9, 9, 9, 9)
MORE_STEPS: dict[str, Callable[[Client], str]] = {
    "long value": long_value,
    "image transfer": whole_image,
    "set with list": written_as_list,
    "action with list": invoked_as_list,
    "access": by_access,
    "push": pushed,
}


def release(meter: Client, recording: io.StringIO) -> str:
    """Release and disconnect; the recording says whether the meter went along."""
    before = recording.getvalue().count('"event":"failed"')
    meter.close()
    if recording.getvalue().count('"event":"failed"') != before:
        raise DlmskitError(recording.getvalue().splitlines()[-2])
    return "ok"


def session(wanted: dict[str, Any]) -> int:
    """All steps of one session; the exit code."""
    steps = Steps()
    recording = io.StringIO()
    try:
        meter = client(wanted, recording)
    except DlmskitError as error:
        print(json.dumps({"step": "connect", "pass": False, "detail": f"{type(error).__name__}: {error}"}))
        return 1
    if not steps.run("link and association", lambda: meter.open().negotiated):
        return 1
    start, end = moment(wanted.get("start")), moment(wanted.get("end"))
    steps.run("association object list", lambda: f"{len(meter.objects())} objects")
    steps.run("clock", meter.clock)
    steps.run("register with scaler and unit", lambda: meter.register(wanted["register"]))
    steps.run("profile, whole", lambda: profile(meter, wanted["profile"], None, None))
    steps.run("profile by entry", lambda: by_entry(meter, wanted["profile"]))
    if start is not None:
        steps.run("profile by range", lambda: profile(meter, wanted["profile"], start, end))
    steps.run("list of attributes", lambda: in_one_request(meter, wanted))
    steps.run("set clock", lambda: set_clock(meter, wanted["clock"]))
    steps.run("action on the clock", lambda: meter.action(8, wanted["clock"], 1, data.integer(0)))
    steps.run("unknown object is refused", lambda: refused(meter))
    for name in wanted.get("more", ()):
        steps.run(name, partial(MORE_STEPS[name], meter))
    steps.run("release and disconnect", lambda: release(meter, recording))
    return 0


if __name__ == "__main__":
    sys.exit(session(json.loads(sys.argv[1])))
