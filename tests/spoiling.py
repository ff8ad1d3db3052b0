"""What happens to files: cut, flipped, pasted into, written in another encoding."""

from collections.abc import Callable

from hypothesis import strategies as st

CELLS = [
    "",
    " ",
    "\0",
    "\ufeff",
    "\u200f\u202e",
    '"',
    '""',
    ";",
    ",",
    "\t",
    "\r",
    "\n",
    "\n\n",
    "[",
    "{",
    "}",
    "{}",
    "[]",
    "[{}]",
    "null",
    "true",
    "\\ud800",
    '"\\ud800"',
    '{"a": {"b": ["\\udfff"]}}',
    "[" * 3_000,
    "\u0661\u0662",
    "\N{HUNDRED POINTS SYMBOL}",
    "nan",
    "-inf",
    "1e999",
    "-0",
    "1_000",
    "0x10",
    "9" * 30,
    "9" * 5_000,
    "1" * 5_000 + ".5",
    "99999999999999999999999999",
    "-9223372036854775809",
    "1798722333",
    "-62135596801",
    "253402300800",
    "1e18",
    "0001-01-01",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31",
    "9999-12-31T23:59:59.999999999-23:59",
    "10000-01-01",
    "-0044-03-15",
    "2026-02-30",
    "2026-03-29 02:30",
    "2026-10-25 02:30",
    "2026-03-08T02:30:00",
    "2026-06-30T23:59:60Z",
    "03/04/2026",
    "3/4/26 9:05 PM",
    "31/12/26",
    "12/31/26",
    "99/99/99 99.99",
    "1/1/1",
    "0/0/0 0:00",
    "31/12/26 21.05 - Sari: halo",
    "[31/12/26 21.05.33] Sari: halo",
    "Total: Account",
    "2. Participants",
    "-",
    ":",
    "'",
    "%",
    "\x1f",
    "\x85",
    "\u2028",
]
"""Cells that files of people hold, and that readers stumble over."""

BYTES = [
    *(cell.encode() for cell in CELLS),
    b"\xff",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xc3",
    b"\xf0\x9f",
    b"\x1a",
    b"\x80\x81",
    b"PK\x03\x04",
    b"PAR1",
    b"\x1f\x8b\x08\x00",
    b"BZh9",
    b"\x28\xb5\x2f\xfd",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff\xff\xff\xff\xff",
]

ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "shift_jis", "cp037", "utf-7"]
DECLARED = ["utf-8", "UTF8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "shift_jis"]
DECLARED += ["idna", "punycode", "undefined", "unicode_escape", "rot13", "hex", "none-such", ""]

PLACE = st.floats(0, 1)
"""A place in a file, whatever its length."""

_EDIT = st.one_of(
    st.tuples(st.just("cut"), PLACE, st.just(b"")),
    st.tuples(st.just("behead"), PLACE, st.just(b"")),
    st.tuples(st.just("paste"), PLACE, st.sampled_from(BYTES)),
    st.tuples(st.just("paste"), PLACE, st.binary(max_size=8)),
    st.tuples(st.just("over"), PLACE, st.sampled_from(BYTES)),
    st.tuples(st.just("flip"), PLACE, st.binary(min_size=1, max_size=1)),
    st.tuples(st.just("lose"), PLACE, st.binary(min_size=1, max_size=1)),
    st.tuples(st.just("again"), PLACE, st.binary(min_size=1, max_size=1)),
    st.tuples(st.just("swap"), PLACE, st.just(b"")),
)
EDITS = st.lists(_EDIT, min_size=1, max_size=4)


_SPOIL: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "cut": lambda before, _after, _piece: before,
    "behead": lambda _before, after, _piece: after,
    "swap": lambda before, after, _piece: after + before,
    "paste": lambda before, after, piece: before + piece + after,
    "over": lambda before, after, piece: before + piece + after[len(piece) :],
    "lose": lambda before, after, piece: before + after[piece[0] :],
    "again": lambda before, after, piece: before + after[: piece[0]] + after,
    "flip": lambda before, after, piece: (
        before + bytes(byte ^ (piece[0] or 1) for byte in after[:1]) + after[1:]
    ),
}


def spoilt(content: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    """The bytes after these edits, one after the other."""
    for edit, place, piece in edits:
        at = int(place * len(content))
        content = _SPOIL[edit](content[:at], content[at:], piece)
    return content
