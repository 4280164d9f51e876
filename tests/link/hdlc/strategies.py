"""Hypothesis strategies for frames, and for streams with frames in noise."""

from hypothesis import strategies as st

from dlmskit.link.hdlc import Control, FrameKind, HdlcAddress, HdlcFrame

SEVEN = st.integers(0, 0x7F)
FOURTEEN = st.integers(0, 0x3FFF)
SEQUENCE = st.integers(0, 7)

addresses = st.one_of(
    st.builds(HdlcAddress, SEVEN),
    st.builds(HdlcAddress, SEVEN, SEVEN, st.just(2)),
    st.builds(HdlcAddress, FOURTEEN, FOURTEEN, st.just(4)),
)
controls = st.one_of(
    st.builds(Control, st.just(FrameKind.I), st.booleans(), SEQUENCE, SEQUENCE),
    st.builds(Control, st.sampled_from([FrameKind.RR, FrameKind.RNR]), st.booleans(), st.none(), SEQUENCE),
    st.builds(
        Control,
        st.sampled_from([kind for kind in FrameKind if kind not in (FrameKind.I, FrameKind.RR, FrameKind.RNR)]),
        st.booleans(),
    ),
)
# 7E is made common: a frame must not end there.
information = st.lists(st.one_of(st.just(0x7E), st.integers(0, 0xFF)), max_size=300).map(bytes)
frames = st.builds(HdlcFrame, addresses, addresses, controls, information, st.booleans())
