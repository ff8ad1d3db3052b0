"""The last event before an instant: as a join that looks backwards finds it, and a slow look."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from models.rows.last_before import last_before

BEGIN = pd.Timestamp("2026-05-01", tz="UTC")
facts = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 6)), max_size=12)


def columns(told: list[tuple[str, int]]) -> tuple[pd.Series, pd.Series]:
    days = pd.to_timedelta([day for _, day in told], "D")
    instants = pd.Series(BEGIN + days, dtype="datetime64[us, UTC]")
    return pd.Series([who for who, _ in told], dtype="str"), instants


def slowly(who: str, until: int, events: list[tuple[str, int]]) -> int:
    own = [(day, place) for place, (one, day) in enumerate(events) if one == who and day < until]
    return max(own, default=(0, -1))[1]


@given(rows=facts, events=facts)
def test_each_row_finds_the_last_of_its_own_events(rows, events):
    found = last_before(*columns(rows), *columns(events))
    assert found.tolist() == [slowly(who, until, events) for who, until in rows]


def test_a_join_that_looks_backwards_finds_the_same_among_many():
    rng = np.random.default_rng(0)
    told = [
        columns([(f"c{who}", int(day)) for who, day in rng.integers(0, 60, (rows, 2))])
        for rows in (500, 800)
    ]
    (whose, until), (of, at) = told
    asked = pd.DataFrame({"who": whose, "until": until, "row": np.arange(len(whose))})
    events = pd.DataFrame({"who": of, "at": at, "place": np.arange(len(of))})
    joined = pd.merge_asof(
        asked.sort_values("until", kind="stable"),
        events.sort_values("at", kind="stable"),
        left_on="until",
        right_on="at",
        by="who",
        allow_exact_matches=False,
    )
    expected = joined.sort_values("row")["place"].fillna(-1).astype(np.int64)
    assert last_before(whose, until, of, at).tolist() == expected.tolist()
