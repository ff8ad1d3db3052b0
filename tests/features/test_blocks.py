"""Blocks of a file: together its bytes, each of whole lines, however they are taken."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.engine.ahead import one_ahead
from features.sources.formats import blocks

CONTENT = st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"long line", b"\xff"])).map(
    b"".join
)


def taken(parts, size):
    return iter(lambda: parts.lines(size), b"")


@given(content=CONTENT, size=st.integers(1, 12), longest=st.integers(1, 12))
def test_blocks_are_the_file_in_whole_lines(content, size, longest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_LONGEST_LINE", longest)
        found = list(taken(blocks.of_utf8(io.BytesIO(content)), size))
    assert b"".join(found) == content
    for block, following in pairwise(found):
        assert block.endswith((b"\n", b"\r"))
        assert not (block.endswith(b"\r") and following.startswith(b"\n"))


@given(content=CONTENT, data=st.data())
def test_what_is_handed_back_comes_again(content, data):
    parts = blocks.of_utf8(io.BytesIO(content))
    kept = b""
    while block := parts.lines(data.draw(st.integers(1, 12))):
        ends = [end for end in range(1, len(block) + 1) if block[end - 1 : end] == b"\n"]
        end = data.draw(st.sampled_from([*ends, len(block)]))
        parts.hand_back(len(block) - end)
        kept += block[:end]
    assert kept == content


@pytest.mark.parametrize("size", [1, 3, 100])
def test_another_encoding_is_utf8_in_the_end(size):
    file = io.TextIOWrapper(
        io.BytesIO(b"\xe9,1\n\x81,2\n"), "cp1252", errors="surrogateescape", newline=""
    )
    content = b"".join(taken(blocks.of_text(file), size))
    assert content.decode(errors="surrogatepass") == "é,1\n\udc81,2\n"
    with pytest.raises(UnicodeDecodeError):
        content.decode()


def test_a_mark_is_skipped_where_it_begins_the_file_only():
    parts = blocks.of_utf8(io.BytesIO(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n"))
    assert parts.lines(1) == b"a\n"
    assert parts.lines(1) == b"\xef\xbb\xbfb\n"


def test_what_fails_ahead_fails_here_and_in_its_turn():
    def items():
        yield 1
        raise LookupError("in the thread")

    found = one_ahead(items())
    assert next(found) == 1
    with pytest.raises(LookupError, match="in the thread"):
        next(found)
