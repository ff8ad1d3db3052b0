"""Parts come back as they were written, whatever they carry and however they are cut."""

from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.destinations.dataverse.multipart import Part, content_type, read, written

BOUNDARY = "batch_5a1f"
TOLD = content_type(BOUNDARY)

words = st.text("abcdefghij-()=%20'", min_size=1)
parts = st.lists(
    st.builds(
        Part,
        number=st.integers(1, 1000).map(str) | st.just(""),
        line=words.map(lambda path: f"PATCH /{path} HTTP/1.1"),
        headers=st.dictionaries(st.sampled_from(["accept", "content-type"]), words),
        body=st.binary().filter(lambda body: b"--" not in body),
    ),
    max_size=5,
)


@given(parts)
def test_parts_come_back_as_they_were_written(told):
    assert read(written(told, BOUNDARY), TOLD) == told


@given(parts)
def test_another_reader_finds_the_same_parts(told):
    mail = b"Content-Type: " + TOLD.encode() + b"\r\n\r\n" + written(told, BOUNDARY)
    found = message_from_bytes(mail).get_payload() if told else []
    assert [one["Content-ID"] or "" for one in found] == [part.number for part in told]
    lines = [one.get_payload(decode=True).splitlines()[0].decode() for one in found]
    assert lines == [part.line for part in told]


@given(parts, st.data())
def test_a_body_that_is_cut_keeps_the_parts_that_are_whole(told, data):
    body = written(told, BOUNDARY)
    cut = body[: data.draw(st.integers(0, len(body)))]
    found = read(cut, TOLD)
    assert found == told[: len(found)]
    ends = [len(written(told[:count], BOUNDARY)) - len("\r\n") for count in range(len(told) + 1)]
    assert len(found) >= max(
        (count for count, end in enumerate(ends) if end <= len(cut)), default=0
    )


@given(st.binary(), st.sampled_from([b"--batch_5a1f", b"\r\n--batch_5a1f\r\n", b"\n"]))
def test_no_body_breaks_the_reader(body, spice):
    for one in read(spice + body + spice, TOLD):
        assert one.line


@pytest.mark.parametrize("told", ["application/json", "multipart/mixed", "", "multipart"])
def test_without_a_boundary_there_are_no_parts(told):
    with pytest.raises(ValueError, match="no multipart body"):
        read(written([Part(line="GET / HTTP/1.1")], BOUNDARY), told)


@pytest.mark.parametrize(
    "told",
    ["multipart/mixed;boundary=batch_5a1f", 'Multipart/Mixed; charset=x; boundary="batch_5a1f"'],
)
def test_lines_may_end_by_a_newline_alone_and_boundaries_be_told_plainly(told):
    body = written([Part(number="7", line="HTTP/1.1 204 No Content")], BOUNDARY)
    [part] = read(body.replace(b"\r\n", b"\n"), told)
    assert (part.number, part.line) == ("7", "HTTP/1.1 204 No Content")
