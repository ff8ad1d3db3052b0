"""What a person reads after a delivery, in a window of 80 columns."""

import re
from contextlib import redirect_stdout
from dataclasses import asdict
from datetime import UTC, datetime
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import WorkspaceInvalid
from pipelines.delivery.deliver import Delivered, Previewed, each
from pipelines.delivery.delivered import LINES
from serving.delivery.books import Books
from serving.delivery.preview import Preview
from serving.destinations.destination import Row
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Misconfigured

counts = st.integers(0, 9_999_999)
some_books = st.builds(
    Books,
    destination=st.from_regex(r"[a-z][a-z0-9_-]{0,39}", fullmatch=True),
    run_id=st.just("r1"),
    **dict.fromkeys(LINES, counts),
)


def said(summary):
    """What a summary prints."""
    with redirect_stdout(StringIO()) as text, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        summary.text(1.0)
    return text.getvalue()


@given(books=st.lists(some_books, min_size=1, max_size=9))
def test_every_number_of_the_books_is_told_and_nothing_is_cut(books):
    text = said(Delivered(books=tuple(books)))
    told = [line for line in text.splitlines() if line.startswith((*LINES, "of these clears"))]
    assert max(map(len, told)) <= 80
    assert "…" not in text
    numbers = [int(one.replace(",", "")) for line in told for one in re.findall(r"[\d,]+", line)]
    assert sorted(numbers) == sorted(asdict(one)[name] for one in books for name in LINES)


def test_what_stopped_and_what_to_do_are_told():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    stopped = Books(
        destination="crm",
        run_id="r1",
        pending=3,
        stopped="the day's calls are used up",
        mend="run it again\nlater",
        resumes_at=at,
    )
    error = WorkspaceInvalid("a secret is not set", where="variable TOKEN", mend="set it")
    text = said(Delivered(books=(stopped,), failed={"mart": error}))
    assert "crm: the day's calls are used up, until 2026-11-23 00:00 UTC.\n" in text
    assert "\n  run it again later\n" in text
    assert "mart: a secret is not set\n  variable TOKEN\n  set it\n" in text
    assert "0 of 2 complete" in text


def test_what_is_not_set_up_or_not_published_says_what_to_do():
    assert "under [[destinations]]" in said(Delivered())
    assert "under [[destinations]]" in said(Previewed(previews=()))
    assert "run jejak score" in said(Delivered(books=(Books(destination="crm", run_id=""),)))


def test_calls_that_are_alike_are_one_line_and_rows_stay_on_theirs():
    rows = [Row(key="a[b]", op="set", values={"reason": "two\nlines \x1b[31m", "band": None})]
    preview = Preview(
        destination="crm",
        run_id="r1",
        scored=1,
        unchanged=0,
        suppressed=0,
        rows=rows * 25,
        refused={"KEY_MISSING": 2},
        calls=["POST 100 rows"] * 1_200 + ["POST 3 rows"],
    )
    text = said(Previewed(previews=(preview,)))
    assert text.count("  set a[b]: reason=two lines [31m, band=(empty)\n") == 20
    assert "  ... and 5 more rows\n  1,200 × POST 100 rows\n  POST 3 rows\n" in text
    assert "  2 would be refused: KEY_MISSING\n" in text


def test_a_destination_that_cannot_begin_does_not_stop_the_others():
    specs = [DestinationSpec(name=name, kind="files", fields={"a": "b"}) for name in ("x", "y")]

    def work(spec):
        if spec.name == "x":
            raise Misconfigured("no address", mend="write one")
        return spec.name

    made, failed = each(specs, "Trying", work)
    assert made == ["y"]
    assert (failed["x"].what, failed["x"].mend, failed["x"].exit_code) == (
        "no address",
        "write one",
        2,
    )
