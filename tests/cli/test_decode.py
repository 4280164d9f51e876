"""`dlmskit decode` on captured octets; each vector's source and licence are in tests/vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .command_line import accepted, dlmskit, refused, vector

KAIFA = vector("hdlc-frame-d77813eb9ced")["hex"]  # captured, in clear, tolerated by a named quirk
KAMSTRUP = vector("hdlc-frame-e6a5caac63af")  # captured, ciphered, keys published with it
SEGMENT = vector("hdlc-frame-4334ecbe8838")["hex"]  # captured, the first of three segments
GUEK, GAK = KAMSTRUP["context"]["guek"], KAMSTRUP["context"]["gak"]
QUIRK = "date-time-carries-octet-string-tag"


def clear_reading(text: str) -> bool:
    return "1-0:1.7.0*255" in text and "5502" in text and "active power import" in text


def total_energy(text: str) -> bool:
    return "63074980" in text and "active energy import" in text


@pytest.mark.parametrize(
    "written",
    [
        [KAIFA],
        [KAIFA.upper()],
        [KAIFA[:40], KAIFA[40:]],
        [" ".join(KAIFA[i : i + 2] for i in range(0, len(KAIFA), 2))],
        [":".join(KAIFA[i : i + 2] for i in range(0, len(KAIFA), 2))],
        ["0x" + KAIFA],
    ],
)
def test_hex_may_be_written_in_any_usual_way(written: list[str]) -> None:
    assert clear_reading(accepted(dlmskit("decode", *written)).out)


def test_the_tree_says_where_each_octet_stands() -> None:
    out = accepted(dlmskit("decode", KAIFA)).out
    assert "hdlc-frame I  [0..40]" in out
    assert "data-notification  [12..37]" in out
    assert "double-long-unsigned 5502  [33..37]" in out


def test_a_file_may_hold_hex_or_the_octets_themselves(tmp_path: Path) -> None:
    text, binary = tmp_path / "push.txt", tmp_path / "push.bin"
    text.write_text(f"{KAIFA[:20]}\n{KAIFA[20:]}\n")
    binary.write_bytes(bytes.fromhex(KAIFA))
    assert accepted(dlmskit("decode", text)).out == accepted(dlmskit("decode", binary)).out
    assert clear_reading(accepted(dlmskit("decode", binary)).out)


@pytest.mark.parametrize("words", [[], ["-"]])
@pytest.mark.parametrize("content", [KAIFA.encode(), bytes.fromhex(KAIFA), f" {KAIFA}\r\n".encode()])
def test_octets_come_on_standard_input(words: list[str], content: bytes) -> None:
    assert clear_reading(accepted(dlmskit("decode", *words, stdin=content)).out)


def test_keys_open_a_ciphered_push(tmp_path: Path) -> None:
    key_file = tmp_path / "gak.hex"
    key_file.write_text(GAK + "\n")
    key_file.chmod(0o600)
    store = tmp_path / "keys.toml"
    store.write_text(f'[[keys]]\nsystem_title = "4B414D4501349083"\nguek = "{GUEK}"\ngak = "{GAK}"\n')
    store.chmod(0o600)
    frame = KAMSTRUP["hex"]
    by_option = accepted(dlmskit("decode", frame, "--guek", GUEK, "--gak", GAK))
    assert total_energy(by_option.out)
    assert ", authenticated" in by_option.out
    for said in (
        dlmskit("decode", frame, "--key", "env:A", "--auth-key", f"file:{key_file}", env={"A": GUEK}),
        dlmskit("decode", frame, env={"DLMSKIT_GUEK": GUEK, "DLMSKIT_GAK": GAK}),
        dlmskit("decode", frame, "--keys", store),
    ):
        assert accepted(said).out == by_option.out


def test_without_a_key_the_frame_is_explained_and_said_to_be_locked() -> None:
    out = accepted(dlmskit("decode", KAMSTRUP["hex"])).out
    assert "system-title 4b414d4501349083" in out
    assert "locked: encrypted, and no key is known for system title 4B414D4501349083" in out


def test_a_tag_that_nobody_can_check_is_passed_over_on_request_only() -> None:
    refused(dlmskit("decode", KAMSTRUP["hex"], "--guek", GUEK), 5, "authentication key")
    out = accepted(dlmskit("decode", KAMSTRUP["hex"], "--guek", GUEK, "--allow-unauthenticated")).out
    assert total_energy(out)
    assert "NOT authenticated" in out


def test_a_wrong_key_is_a_security_failure() -> None:
    refused(dlmskit("decode", KAMSTRUP["hex"], "--guek", GUEK, "--gak", GUEK), 5, "does not verify")


def test_a_deviation_is_named_and_in_strict_mode_refused() -> None:
    assert f"quirk: {QUIRK}" in accepted(dlmskit("decode", KAIFA)).out
    refused(dlmskit("decode", KAIFA, "--strict"), 9, QUIRK, "octet 17")


def test_a_segment_alone_is_incomplete_and_no_failure() -> None:
    out = accepted(dlmskit("decode", SEGMENT)).out
    assert "more segments follow" in out
    assert "incomplete: " in out
    assert accepted(dlmskit("decode", SEGMENT, "--json")).json()["ok"] is True


@pytest.mark.parametrize("cut", range(4, len(KAIFA) - 1, 2))
def test_a_frame_cut_anywhere_is_undecodable_and_says_where(cut: int) -> None:
    refused(dlmskit("decode", KAIFA[:cut]), 9, "octet")


def test_flags_alone_are_no_frame() -> None:
    refused(dlmskit("decode", KAIFA[:2]), 2, "flags")


def test_a_changed_octet_is_found_by_the_frame_check() -> None:
    changed = KAIFA[:60] + f"{int(KAIFA[60:62], 16) ^ 1:02x}" + KAIFA[62:]
    refused(dlmskit("decode", changed), 9, "frame check")


def test_json_holds_tree_readings_and_quirks() -> None:
    answer = accepted(dlmskit("decode", KAIFA, "--json")).json()
    assert answer["schema"] == "dlmskit/decode/1"
    assert answer["ok"] is True
    frame = answer["tree"]["children"][0]
    assert (frame["offset"], frame["end"]) == (0, 41)
    [item] = answer["readings"][0]["items"]
    assert (item["obis"], item["value"], item["unit"]) == ("1-0:1.7.0*255", "5502", "W")
    assert QUIRK in json.dumps(answer)


def test_json_of_a_failure_says_why_and_keeps_what_was_understood() -> None:
    said = refused(dlmskit("decode", KAIFA[:-8], "--json"), 9)
    answer = said.json()
    assert answer["ok"] is False
    assert answer["error"]["code"] == 9
    assert answer["error"]["reason"] in said.err
    assert answer["tree"]["children"]


def test_each_batch_line_gets_one_answer_whatever_it_is(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "clear", "hex": KAIFA}),
        "",
        "not json",
        json.dumps({"id": 7, "hex": "no hex"}),
        json.dumps({"hex": KAMSTRUP["hex"], "guek": GUEK, "gak": GAK}),
        json.dumps({"hex": KAMSTRUP["hex"], "guek": GUEK, "gak": GUEK}),
        json.dumps({"hex": KAMSTRUP["hex"], "guek": "00"}),
        json.dumps(KAMSTRUP),  # keys in the vector's context
        json.dumps({"hex": KAIFA[:30]}),
        json.dumps({"octets": KAIFA}),
        '{"hex": "\xff"}',
    ]
    file = tmp_path / "frames.jsonl"
    file.write_bytes("\n".join(lines).encode("latin-1"))
    said = dlmskit("decode", "--batch", file)
    assert said.code == 7
    assert "Traceback" not in said.out + said.err
    answers = said.json_lines()
    assert [answer["line"] for answer in answers] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert [answer["ok"] for answer in answers] == [True, False, False, True, False, False, True] + [False] * 3
    assert [answer["error"]["code"] for answer in answers if not answer["ok"]] == [9, 2, 5, 5, 9, 9, 9]
    assert (answers[0]["id"], answers[2]["id"], answers[6]["id"]) == ("clear", 7, KAMSTRUP["id"])
    assert dlmskit("decode", "--batch", stdin=file.read_bytes()) == said


def test_a_batch_without_fault_exits_with_0() -> None:
    [answer] = accepted(dlmskit("decode", "--batch", "-", stdin=json.dumps({"hex": KAIFA}))).json_lines()
    assert answer["ok"] is True


def test_no_key_comes_back_in_any_output(tmp_path: Path) -> None:
    frame = KAMSTRUP["hex"]
    line = json.dumps({"hex": frame, "guek": GUEK, "gak": GUEK})
    runs = [
        dlmskit("decode", frame, "--guek", GUEK, "--gak", GAK),
        dlmskit("decode", frame, "--guek", GUEK, "--gak", GAK, "--json"),
        dlmskit("decode", frame, "--guek", GUEK, "--gak", GUEK),
        dlmskit("decode", frame, "--guek", GUEK + "00"),
        dlmskit("decode", frame, "--guek", GUEK[:-1] + "x"),
        dlmskit("decode", "--batch", stdin=line),
        dlmskit("decode", "--batch", stdin=line.replace(GUEK, GUEK[:-2])),
        dlmskit("decode", "--batch", stdin=line + "}"),
    ]
    for said in runs:
        shown = (said.out + said.err).lower()
        assert GUEK[:-2] not in shown
        assert GAK not in shown


def test_a_model_narrows_the_templates() -> None:
    one = "7EA027010201105A87E6E7000F40000000090C07E4020F06011922FF8000000201060000157EEA5E7E"
    [by_kaifa] = accepted(dlmskit("decode", one, "--model", "kfm", "--json")).json()["readings"]
    assert by_kaifa["template"] == "kfm-list-1"
    [by_kamstrup] = accepted(dlmskit("decode", one, "--model", "kam", "--json")).json()["readings"]
    assert "unknown" in by_kamstrup
    refused(dlmskit("decode", one, "--model", "nobody"), 10, "nobody")


def test_a_locked_frame_is_no_failure_and_says_so() -> None:
    frame = vector("hdlc-frame-e6a5caac63af")["hex"]
    answer = accepted(dlmskit("decode", frame, "--json")).json()
    assert (answer["ok"], answer["locked"]) == (True, True)
    [line] = accepted(dlmskit("decode", "--batch", stdin=json.dumps({"hex": frame}))).json_lines()
    assert (line["ok"], line["locked"]) == (True, True)
    wrong = refused(dlmskit("decode", frame, "--json", "--guek", "00" * 16, "--gak", "00" * 16), 5).json()
    assert (wrong["ok"], wrong["error"]["code"]) == (False, 5)
