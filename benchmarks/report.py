"""Results as a table and a picture: docs/benchmarks.md and docs/benchmarks.svg, from benchmarks/results/*.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
DOCS = Path(__file__).parent.parent / "docs"
OURS = "dlmskit"
PEERS = {"dlms_cosem": "dlms-cosem", "gurux_py": "gurux-dlms", "pydlms": "pydlms-client", "amshan": "amshan"}
FLOORS = {"floor_pyobj": "floor", "floor_cython": "C prototype"}
WORK = {
    "w1.decode": "profile of 4,464 x 8, octets to rows",
    "w1.decode_dt": "the same with aware datetimes",
    "w1.columns": "the same as columns",
    "w2.encode": "the same, rows to octets",
    "w3.get_resp_dec": "get-response, octets to APDU",
    "w4.get_req_enc": "get-request, APDU to octets",
    "w5.aarq_enc": "AARQ, APDU to octets",
    "w5.aare_dec": "AARE, octets to APDU",
    "w6.glo_64": "open 64 octets of ciphertext",
    "w6.glo_1k": "open 1 KiB",
    "w6.glo_16k": "open 16 KiB",
    "w7.enc_128": "HDLC frame of 128, encode",
    "w7.dec_128": "HDLC frame of 128, decode",
    "w7.enc_2030": "HDLC frame of 2,030, encode",
    "w7.dec_2030": "HDLC frame of 2,030, decode",
    "w7.seg_128": "64 KiB from HDLC segments of 128",
    "w7.seg_2030": "64 KiB from HDLC segments of 2,030",
    "w8.parse": "parse an OBIS code",
    "w8.format": "format an OBIS code",
    "w8.describe": "describe an OBIS code",
    "w9.kamstrup": "a real push of Kamstrup, to labelled values",
    "w9.kaifa": "a real push of Kaifa, to labelled values",
    "w10.compact_1k": "compact-array of 1,000 rows",
    "w10.compact": "compact-array of 4,464 rows",
}

Times = dict[str, float]


def times(compared: dict[str, Any], work: str) -> Times:
    """Nanoseconds an operation by library, of those that gave the right result."""
    found = {}
    for name, library in compared["results"].items():
        result = library["results"].get(work, {})
        if "ns" in result:
            found[name] = result["ns"] / (64 if work.startswith("w8") else 1)
    return found


def shown(nanoseconds: float | None) -> str:
    if nanoseconds is None:
        return "-"
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


def comparison(compared: dict[str, Any]) -> list[str]:
    """The table of all libraries, with how many times the best of the others takes."""
    versions = {name: compared["results"][name]["version"] for name in PEERS if name in compared["results"]}
    heads = [f"{PEERS[name]} {version}" for name, version in versions.items()]
    lines = [f"| work | dlmskit | {' | '.join(heads)} | ratio | floor |", "|---" * (len(heads) + 4) + "|"]
    for work, what in WORK.items():
        found = times(compared, work)
        if OURS not in found:
            continue
        others = [found.get(name) for name in versions]
        best = min((time for time in others if time is not None), default=None)
        ratio = f"{best / found[OURS]:.1f}x" if best is not None else "-"
        floor = min((found[name] for name in FLOORS if name in found), default=None)
        cells = [shown(found[OURS]), *map(shown, others), ratio, shown(floor)]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return lines


def picture(compared: dict[str, Any], path: Path) -> None:
    """Bars on a logarithmic scale, one group a workload."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "dlmskit"
    from matplotlib import pyplot

    names = {OURS: "dlmskit", **PEERS}
    works = [work for work in WORK if OURS in times(compared, work) and len(times(compared, work)) > 1]
    figure, axes = pyplot.subplots(figsize=(9, 0.52 * len(works) + 1.4), layout="constrained")
    thickness = 0.8 / len(names)
    for place, (name, label) in enumerate(names.items()):
        bars = [(row, found[name]) for row, work in enumerate(works) if name in (found := times(compared, work))]
        heights = [row + (place - len(names) / 2 + 0.5) * thickness for row, _ in bars]
        axes.barh(heights, [value / 1e3 for _, value in bars], thickness, label=label, color=f"C{place}")
    axes.set_xscale("log")
    axes.set_yticks(range(len(works)), [WORK[work] for work in works])
    axes.set_ylim(len(works) - 0.4, -0.6)
    axes.set_xlabel("microseconds an operation, less is better (logarithmic)")
    axes.grid(axis="x", which="major", alpha=0.3)
    figure.legend(loc="outside upper center", ncols=len(names))
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def dialogues(loads: dict[str, dict[str, float]]) -> list[str]:
    """The table of loads on loopback."""
    lines = ["| load | per client CPU second | per second |", "|---|---|---|"]
    for name, rates in loads.items():
        lines.append(f"| {name} | {rates['per_client_cpu_second']:,.0f} | {rates['per_second']:,.0f} |")
    return lines


def growing(results: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """The table of time and memory a row."""
    sizes = list(next(iter(results.values())))
    lines = [f"| | {' | '.join(f'{int(size):,} rows' for size in sizes)} |", "|---" * (len(sizes) + 1) + "|"]
    for name, by_size in results.items():
        cells = [_grown(by_size[size]) for size in sizes]
        lines.append(f"| {name}, a row | {' | '.join(cells)} |")
    return lines


def _grown(found: dict[str, float]) -> str:
    kernel = f" (kernel {found['kernel']:.0f})" if found["kernel"] >= 1 else ""
    return f"{found['nanoseconds']:.0f} ns{kernel}, {found['octets']:.0f} octets"


def instructions(counts: dict[str, float]) -> list[str]:
    """The table of what operations take, free of noise."""
    lines = ["| operation | instructions |", "|---|---|"]
    return lines + [f"| {name} | {count:,.0f} |" for name, count in counts.items()]


def pools(results: dict[str, dict[str, float]]) -> list[str]:
    """The table of meters that one process has open at the same time, each read twice."""
    lines = ["| meters at once | peak memory of the process | CPU |", "|---|---|---|"]
    for count, found in results.items():
        lines.append(f"| {int(count):,} | {found['memory_peak_mib']:.0f} MiB | {found['cpu_s']:.2f} s |")
    return lines


def write() -> None:
    """Make the page and the picture from what results there are."""
    kept = {path.stem: json.loads(path.read_text()) for path in RESULTS.glob("*.json")}
    compared = kept["compare"]
    parts = [
        "# Benchmarks",
        "",
        f"Made by `python -m benchmarks` on {compared['when'][:10]}, {compared['cpu']}, CPython {compared['python']}."
        " Each table is of one run; figures of different runs are not comparable. How: `benchmarks/README.md`.",
        "",
        "## Beside other libraries",
        "",
        "CPU time of one operation, after its result was found right; *ratio* is the best other library over dlmskit,"
        " *floor* the faster of two throw-away programs of the same run: a C loop that makes the same Python objects,"
        " and a prototype of the operation.",
        "",
        *comparison(compared),
        "",
        "![bars of the table above](benchmarks.svg)",
    ]
    if "loopback" in kept:
        parts += ["", "## Whole dialogues on loopback", "", *dialogues(kept["loopback"])]
    if "growth" in kept:
        parts += ["", "## Growth", "", *growing(kept["growth"]["rows"]), "", *pools(kept["growth"]["meters"])]
    if "instructions" in kept:
        parts += ["", "## Instructions, by callgrind", "", *instructions(kept["instructions"])]
    DOCS.joinpath("benchmarks.md").write_text("\n".join(parts) + "\n")
    picture(compared, DOCS / "benchmarks.svg")
