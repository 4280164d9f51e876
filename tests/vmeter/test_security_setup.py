"""Security setup of the virtual meter over real octets: policy, new keys, key pairs, certificates; and class 15."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client import Client
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import (
    ActionError,
    AssociationError,
    AuthenticationError,
    DataAccessError,
    DlmskitError,
    ExceptionResponseError,
    TransportError,
)
from dlmskit.model import registry
from dlmskit.reading.key_change import activate_policy, agree_keys, change, transfer_keys
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.key_transfer import GlobalKeyId
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.vmeter import defaults
from dlmskit.vmeter.key_pairs import KeyPairs
from dlmskit.vmeter.secrets import Secrets
from dlmskit.vmeter.security import Security

from .security_bench import SETUP, TITLE, Authority, Bench, scalar

NEW = {suite: bytes(range(0x70, 0x70 + size)) for suite, size in ((0, 16), (1, 16), (2, 32))}
SUITES = pytest.mark.parametrize("suite", [0, 1, 2])
PAIRS = pytest.mark.parametrize("suite", [1, 2])


def act(client: Client, method: int, parameters: Data) -> Any:
    return client.action(*SETUP, method, parameters)


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises((ActionError, DataAccessError)) as caught:
        call()
    return caught.value.result


# Policy


POLICIES = {
    name: Security(model, Secrets(model), KeyPairs(bytes(8), bytes), bytes)
    for name, model in ((name, registry.load(name)) for name in ("generic", "interop"))
}


@given(old=st.integers(0, 255), new=st.integers(0, 255), version=st.sampled_from([0, 1]))
def test_a_policy_only_grows(old: int, new: int, version: int) -> None:
    name = ("generic", "interop")[version]
    security, row = POLICIES[name], registry.load(name).object("security_setup")
    assert row.version == version
    security._policies[row.name] = 0
    for value in (old, new):
        before = security.policy(row)
        try:
            security.strengthen(row, value, 1)
        except DlmskitError:
            assert security.policy(row) == before
            assert before & ~value or value > 3 * (1 - version) + 0xFC * version or value & 3 * version
        else:
            assert security.policy(row) == value
            assert before & value == before


def test_a_stronger_policy_is_the_floor_of_clients_that_are_there() -> None:
    bench = Bench(1)
    bench.meter.security._policies[bench.model.object("security_setup").name] = 0
    with bench.client("none_ciphered") as first, bench.client("none_ciphered", title=b"TST\0\0\0\0\x08") as second:
        assert second.get(*SETUP, 2).value == 0
        act(first, 1, data.enum(0x10))  # requests signed
        with pytest.raises(ExceptionResponseError):
            second.get(*SETUP, 2)


def test_a_stronger_policy_is_the_floor_from_the_next_request_on() -> None:
    bench = Bench(0)
    row = bench.model.object("security_setup")
    bench.meter.security._policies[row.name] = 0
    with bench.client("none_ciphered") as client:
        assert client.get(*SETUP, 2).value == 0
        assert bench.meter.security_policy(5) == 0
        assert client.follow(activate_policy(0x24)) == 0x24  # requests and responses authenticated
        assert refused(lambda: act(client, 1, data.enum(0))) == "other-reason"
        assert refused(lambda: act(client, 1, data.enum(0x20))) == "other-reason"
        assert refused(lambda: act(client, 1, data.integer(0x24))) == "type-unmatched"
        assert refused(lambda: act(client, 1, data.enum(0x34))) == "other-reason"  # suite 0 signs nothing
    assert bench.meter.association(5).policy == 0x24  # type: ignore[union-attr]
    assert bench.meter.association(16).policy == 0  # type: ignore[union-attr]


# New keys


def changes(suite: int) -> list[dict[GlobalKeyId, bytes]]:
    return [{key_id: NEW[suite]} for key_id in GlobalKeyId] + [
        {key_id: bytes((key_id,)) * len(NEW[suite]) for key_id in GlobalKeyId}
    ]


@SUITES
def test_new_keys_count_from_the_next_association(suite: int) -> None:
    for new in changes(suite):
        bench = Bench(suite)
        with bench.client() as client:
            client.follow(transfer_keys(new, master_key=bench.keys.wrapping()))
            assert client.clock()  # the association goes on under its own keys
        changed = bench.keys.replaced(**{key_id.field: key for key_id, key in new.items()})
        with bench.client(keys=changed) as client:
            assert client.clock()
        if {GlobalKeyId.GUEK, GlobalKeyId.GAK} & new.keys():
            with pytest.raises(DlmskitError):
                bench.client().open()


@SUITES
def test_counters_begin_anew_under_a_new_key(suite: int) -> None:
    bench = Bench(suite)
    with bench.client() as client:
        for _ in range(5):
            client.clock()
        client.follow(transfer_keys({GlobalKeyId.GUEK: NEW[suite]}, master_key=bench.keys.wrapping()))
    changed = bench.keys.replaced(guek=NEW[suite])
    with bench.client(keys=changed) as client:
        client.clock()
    old, new = (max(bench.counters.last_seen(keys.key_id(KeyPurpose.GUEK)).values()) for keys in (bench.keys, changed))
    assert new < old
    with bench.client("none", changed) as client:
        assert client.get(1, "0-0:43.1.0").value < old


@pytest.mark.parametrize("after", range(1, 9))
def test_a_change_that_is_cut_ends_with_keys_that_work(after: int) -> None:
    bench = Bench(0)
    opened: list[KeySet] = []

    def opener(keys: KeySet) -> Client:
        opened.append(keys)
        return bench.client(keys=keys, after=after if len(opened) == 1 else 10_000)

    new = {GlobalKeyId.GUEK: NEW[0], GlobalKeyId.GAK: bytes(16)}
    found = change(opener, bench.keys, new)
    assert found.guek in (NEW[0], bench.keys.guek)
    with bench.client(keys=found) as client:
        assert client.clock()


def test_a_change_that_is_refused_changes_nothing() -> None:
    bench = Bench(0)
    wrong = bench.keys.replaced(master_key=bytes(16))
    with pytest.raises(ActionError):
        change(lambda keys: bench.client(keys=keys), wrong, {GlobalKeyId.GUEK: NEW[0]})
    with bench.client() as client:
        assert client.clock()


def test_a_meter_that_answers_to_neither_set_is_an_error() -> None:
    bench = Bench(0)
    with pytest.raises((AssociationError, TransportError)):
        change(lambda keys: bench.client(keys=keys.replaced(guek=bytes(16))), bench.keys, {GlobalKeyId.GAK: NEW[0]})


@pytest.mark.parametrize(
    "parameters",
    [
        data.null_data(),
        data.array(data.structure(data.enum(0), data.octet_string(bytes(24)))),
        data.array(data.structure(data.enum(4), data.octet_string(bytes(24)))),
        data.array(data.structure(data.enum(0), data.octet_string(b""))),
        data.array(data.structure(data.enum(0))),
        data.structure(data.enum(0), data.octet_string(bytes(24))),
    ],
    ids=repr,
)
def test_what_is_not_wrapped_by_the_master_key_is_refused(parameters: Data) -> None:
    bench = Bench(0)
    with bench.client() as client:
        assert refused(lambda: act(client, 2, parameters)) in ("type-unmatched", "other-reason")
    with bench.client() as client:
        assert client.clock()


@PAIRS
def test_keys_are_agreed_on(suite: int) -> None:
    bench = Bench(suite)
    assert bench.pairs is not None
    titles = {"own_title": TITLE, "peer_title": bench.title}
    with bench.client() as client:
        agreed = client.follow(agree_keys(list(GlobalKeyId), bench.pairs, random=bytes_of(3), **titles))
    assert len(set(agreed.values())) == 4
    changed = bench.keys.replaced(**{key_id.field: key for key_id, key in agreed.items()})
    with bench.client(keys=changed) as client:
        client.follow(transfer_keys({GlobalKeyId.GBEK: NEW[suite]}, master_key=changed.wrapping()))
    with pytest.raises(DlmskitError):
        bench.client().open()


@PAIRS
def test_an_offer_of_somebody_else_is_refused(suite: int) -> None:
    bench = Bench(suite)
    own = bench.pairs
    assert own is not None
    forged = type(own)(suite, signing=scalar(9, suite), peer_signing=own.peer_signing)
    wrong_meter = type(own)(suite, signing=own.signing, peer_signing=scalar(9, suite).public)
    titles = {"own_title": TITLE, "peer_title": bench.title}
    with bench.client() as client:
        with pytest.raises(ActionError, match="other-reason"):
            client.follow(agree_keys([GlobalKeyId.GUEK], forged, random=bytes_of(3), **titles))
        assert client.clock()
    with bench.client() as client, pytest.raises(AuthenticationError):
        client.follow(agree_keys([GlobalKeyId.GUEK], wrong_meter, random=bytes_of(3), **titles))


def test_suite_0_agrees_on_nothing() -> None:
    bench = Bench(0)
    with bench.client() as client:
        offer = data.array(data.structure(data.enum(0), data.octet_string(bytes(128))))
        assert refused(lambda: act(client, 3, offer)) == "other-reason"
        assert refused(lambda: act(client, 4, data.enum(0))) == "other-reason"


def bytes_of(seed: int) -> Callable[[int], bytes]:
    """Octets that differ at every call."""
    calls = iter(range(seed, 250))
    return lambda octets: bytes((next(calls),)) * octets


# Key pairs and certificates


def by_entity(entity: int, kind: int, title: bytes) -> Data:
    named = data.structure(data.enum(entity), data.enum(kind), data.octet_string(title))
    return data.structure(data.enum(0), named)


@PAIRS
def test_a_new_key_pair_serves_once_it_is_certified(suite: int) -> None:
    bench = Bench(suite)
    assert bench.pairs is not None
    with bench.client() as client:
        act(client, 4, data.enum(0))
        request = act(client, 5, data.enum(0)).value
        with bench.client("ecdsa") as signed:  # the old one serves until then
            assert signed.clock()
        issued = bench.authority.answer(request)
        assert issued.system_title == bench.title
        act(client, 6, data.octet_string(issued.octets))
        assert act(client, 7, by_entity(0, 0, bench.title)).value == issued.octets
        (row,) = client.get(*SETUP, 6).value
        assert row == [0, 0, issued.serial_octets, issued.issuer_octets, issued.subject_octets, b""]
    with pytest.raises(DlmskitError):
        bench.client("ecdsa").open()
    bench.pairs = type(bench.pairs)(suite, signing=bench.pairs.signing, peer_signing=issued.public_key)
    with bench.client("ecdsa") as signed:
        assert signed.clock()


@PAIRS
def test_a_client_is_known_by_its_certificate(suite: int) -> None:
    bench = Bench(suite)
    assert bench.pairs is not None
    new = scalar(5, suite)
    certified = bench.authority.of(new, TITLE)
    with bench.client() as client:
        act(client, 6, data.octet_string(certified.octets))
        with pytest.raises(DlmskitError):
            bench.client("ecdsa").open()
        bench.pairs = type(bench.pairs)(suite, signing=new, peer_signing=bench.pairs.peer_signing)
        with bench.client("ecdsa") as signed:
            assert signed.clock()
        serial = data.structure(data.octet_string(certified.serial_octets), data.octet_string(certified.issuer_octets))
        act(client, 8, data.structure(data.enum(1), serial))
        assert client.get(*SETUP, 6).value == []
        with pytest.raises(DlmskitError):
            bench.client("ecdsa").open()


@PAIRS
def test_certificates_that_prove_nothing_are_refused(suite: int) -> None:
    bench = Bench(suite)
    other = Authority(suite)
    other._key = PrivateKeyOf(suite)
    strange = other.of(scalar(5, suite), TITLE)
    foreign_key = bench.authority.of(scalar(5, suite), bench.title)
    good = bench.authority.of(scalar(5, suite), TITLE).octets
    nobody = bench.authority.of(scalar(5, suite), b"short")
    with bench.client() as client:
        for octets in (strange.octets, foreign_key.octets, nobody.octets, good[:-1] + bytes((good[-1] ^ 1,))):
            assert refused(lambda octets=octets: act(client, 6, data.octet_string(octets))) == "other-reason"  # type: ignore[misc]
        for parameters in (data.octet_string(b"no certificate"), data.octet_string(good[:-1]), data.enum(0)):
            assert refused(lambda given=parameters: act(client, 6, given)) == "type-unmatched"  # type: ignore[misc]
        assert client.get(*SETUP, 6).value == []
        for method in (7, 8):
            assert refused(lambda method=method: act(client, method, by_entity(1, 0, TITLE))) == "other-reason"  # type: ignore[misc]
            assert refused(lambda method=method: act(client, method, by_entity(9, 0, TITLE))) == "type-unmatched"  # type: ignore[misc]
            assert refused(lambda method=method: act(client, method, data.null_data())) == "type-unmatched"  # type: ignore[misc]


def PrivateKeyOf(suite: int) -> Any:  # noqa: N802
    """The private key of another authority, as the library has it."""
    return PrivateKey(bytes((0, 8)) * (8 * suite + 8), suite)._key


def test_a_meter_without_authorities_imports_nothing() -> None:
    bench = Bench(1, trusted=[])
    with bench.client() as client:
        octets = bench.authority.of(scalar(5, 1), TITLE).octets
        assert refused(lambda: act(client, 6, data.octet_string(octets))) == "other-reason"


# Association LN


def test_a_password_is_changed_by_writing_and_an_hls_secret_by_its_method() -> None:
    bench = Bench(0)
    with bench.client("low") as client:
        assert refused(lambda: client.get(15, "0-0:40.0.0", 7)) == "read-write-denied"
        client.set(15, "0-0:40.0.0", 7, data.octet_string(b"other"))
        assert refused(lambda: client.action(15, "0-0:40.0.0", 2, data.octet_string(b"x"))) == "read-write-denied"
    with bench.client("high_md5") as client:
        assert refused(lambda: client.set(15, "0-0:40.0.0", 7, data.octet_string(b"x"))) == "read-write-denied"
        client.action(15, "0-0:40.0.0", 2, data.octet_string(b"other"))
    other = defaults.keys(0, b"other")
    for name in ("low", "high_md5"):
        with pytest.raises(DlmskitError):
            bench.client(name).open()
        with bench.client(name, other) as client:
            assert client.clock()
    with bench.client("high_sha1") as client:  # each association has a secret of its own
        assert client.clock()


def test_what_an_association_says_about_itself() -> None:
    bench = Bench(1)
    with bench.client() as client:
        said = {number: client.get(15, "0-0:40.0.0", number).value for number in range(3, 10) if number != 7}
        assert said[3] == [1, 1]
        assert (said[4], said[6]) == (bytes.fromhex("60857405080103"), bytes.fromhex("60857405080205"))
        assert (said[8], said[9]) == (2, bytes.fromhex("00002B0000FF"))
        assert client.get(*SETUP, 4).value == TITLE
        assert client.get(*SETUP, 3).value == 1
        assert client.get(*SETUP, 2).value == 0x6C
        assert any(row.class_id == 64 for row in client.objects())
    with bench.client("none") as client:
        assert client.get(15, "0-0:40.0.0", 9).value == bytes(6)


def test_secrets_are_never_shown() -> None:
    bench = Bench(1)
    shown = repr(bench.meter.secrets) + repr(bench.meter.pairs) + repr(bench.meter.security)
    assert all(key.hex() not in shown and repr(key) not in shown for key in (defaults.GUEK, defaults.GAK, b"Gurux"))
