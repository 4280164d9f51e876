"""Random Data: as trees, as octets, and as octets that are almost Data."""

from __future__ import annotations

from hypothesis import strategies as st

from dlmskit.codec import _axdr_encode
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import DONT_CARE, BitString, Node
from dlmskit.exceptions import DecodeError


def _integers(bits: int, signed: bool) -> st.SearchStrategy[int]:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    edges = [low, low + 1, 0, 1, high // 2, high // 2 + 1, high - 1, high]
    return st.one_of(st.sampled_from(edges), st.integers(low, high))


def _open(*choices: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), *choices)


_DATE = {
    "year": _open(st.integers(0, 0xFFFE)),
    "month": _open(st.integers(1, 12), st.sampled_from([0xFD, 0xFE])),
    "day": _open(st.integers(1, 31), st.sampled_from([0xFD, 0xFE])),
    "day_of_week": _open(st.integers(0, 7)),
}
_TIME = {
    "hour": _open(st.integers(0, 23)),
    "minute": _open(st.integers(0, 59)),
    "second": _open(st.integers(0, 59)),
    "hundredths": _open(st.integers(0, 99)),
}
_ZONE = {"deviation": _open(st.integers(-840, 840)), "status": _open(st.integers(0, 0xFE))}

dates = st.builds(CosemDate, **_DATE)
times = st.builds(CosemTime, **_TIME)
date_times = st.builds(CosemDateTime, **_DATE, **_TIME, **_ZONE)


def _octets_of(kind: type[CosemDate] | type[CosemTime] | type[CosemDateTime], size: int) -> st.SearchStrategy[object]:
    """What any octets of a date or time are: a value, or themselves where a field is impossible."""

    def read(octets: bytes) -> object:
        try:
            return kind.from_bytes(octets)
        except DecodeError:
            return octets

    return st.binary(min_size=size, max_size=size).map(read)


SCALARS: dict[int, st.SearchStrategy[object]] = {
    0: st.none(),
    3: st.booleans(),
    4: st.text("01", max_size=20).map(BitString.from_str),
    **{tag: _integers(8, True) for tag in (15, 28)},
    **{tag: _integers(16, True) for tag in (16, 29)},
    **{tag: _integers(32, True) for tag in (5, 30)},
    20: _integers(64, True),
    **{tag: _integers(8, False) for tag in (13, 17, 22, 31)},
    **{tag: _integers(16, False) for tag in (18, 32)},
    **{tag: _integers(32, False) for tag in (6, 33)},
    21: _integers(64, False),
    9: st.one_of(st.binary(max_size=20), st.binary(min_size=128, max_size=300)),
    10: st.text(st.characters(max_codepoint=127), max_size=20),
    12: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    23: st.floats(width=32, allow_nan=False),
    24: st.floats(allow_nan=False),
    25: st.one_of(date_times, _octets_of(CosemDateTime, 12)),
    26: st.one_of(dates, _octets_of(CosemDate, 5)),
    27: st.one_of(times, _octets_of(CosemTime, 4)),
    255: st.just(DONT_CARE),
}

scalars = st.sampled_from(sorted(SCALARS)).flatmap(lambda tag: st.builds(Node, st.just(tag), SCALARS[tag]))


def _described(tag: int) -> st.SearchStrategy[Node]:
    items = st.lists(st.builds(Node, st.just(tag), SCALARS[tag]), max_size=6).map(tuple)
    return st.builds(Node, st.just(19), items, form=st.just(bytes((tag,))))


compact_arrays = st.sampled_from(sorted(set(SCALARS) - {0, 255})).flatmap(_described)

trees = st.recursive(
    st.one_of(scalars, scalars, compact_arrays),
    lambda inner: st.builds(Node, st.sampled_from([1, 2]), st.lists(inner, max_size=5).map(tuple)),
    max_leaves=25,
)


def plain(node: Node) -> object:
    """The plain Python that a tree stands for."""
    return [plain(item) for item in node.value] if node.tag in (1, 2, 19) else node.value


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The octets of a tree with a few of them changed, cut, doubled or taken out."""
    octets = bytearray(_axdr_encode.encode_tree(draw(trees)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(octets)))
        match draw(st.sampled_from(["set", "cut", "insert", "delete"])):
            case "set" if at < len(octets):
                octets[at] = draw(st.integers(0, 255))
            case "cut":
                del octets[at:]
            case "insert":
                octets[at:at] = draw(st.binary(min_size=1, max_size=4))
            case "delete":
                del octets[at : at + draw(st.integers(1, 4))]
    return bytes(octets)


# Random octets of which most begin like a Data.
noise = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([*SCALARS, 1, 2, 19, 0, 1, 2, 3, 0x81, 0x82, 0x84]), max_size=60).map(bytes),
)
