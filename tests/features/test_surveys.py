"""Surveys: a score becomes a sentiment, and what is no score is left for quarantine to tell."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import surveys
from features.sources.raw import ROW

NPS = """Timestamp,Email Address,How likely are you to recommend Jejak?,Comments
12/31/2026 21:05:33,sari@armada.test,10,"Fast, and in Indonesian"
1/2/2027 8:00:00,budi@armada.test,5,
1/3/2027 8:00:00,ana@armada.test,,too dear
"""
CSAT = """Response ID,Email,Tanggal,Skor CSAT,Komentar
r1,sari@armada.test,2026-12-31 21:05,1,lambat sekali
r2,budi@armada.test,2026-12-31 21:06,4,bagus
r3,ana@armada.test,2026-12-31 21:07,6,bagus
r4,ana@armada.test,2026-12-31 21:08,baik,bagus
"""


def spec(**options):
    return SourceSpec(name="answers", kind="surveys", path="answers.csv", options=options)


def answers(content, folder, **options):
    path = folder / "answers.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return surveys.read(path, spec(**options))


def rows(raw, *names):
    return raw.rows.select(*names).collect().rows()


def test_nps_of_a_form(tmp_path):
    raw = answers(NPS, tmp_path)
    assert rows(raw, "respondent", "answered_at", "step", "sentiment", "comment") == [
        (
            "sari@armada.test",
            "2026-12-31T21:05:33",
            "survey_nps",
            "1.0",
            "Fast, and in Indonesian",
        ),
        ("budi@armada.test", "2027-01-02T08:00:00", "survey_nps", "0.0", None),
        ("ana@armada.test", "2027-01-03T08:00:00", "survey_nps", None, "too dear"),
    ]


def test_csat_in_indonesian_and_what_quarantine_makes_of_it(tmp_path):
    raw = answers(CSAT, tmp_path)
    assert rows(raw, "source_key", "sentiment", "score") == [
        ("r1", "-1.0", "1"),
        ("r2", "0.5", "4"),
        ("r3", "1.5", "6"),
        ("r4", "baik", "baik"),
    ]
    got = read(
        [spec()],
        tmp_path,
        as_of=datetime(2027, 1, 1, tzinfo=UTC),
        zone=ZoneInfo("Asia/Jakarta"),
        max_quarantine_share=0.5,
    )
    assert sorted(got.events.select("step", "sentiment").rows()) == [
        ("survey_csat", -10_000),
        ("survey_csat", 5_000),
    ]
    assert got.quarantine.select("row", "reason").rows() == [
        (3, "bad_sentiment"),
        (4, "bad_sentiment"),
    ]


def test_a_plain_score_needs_the_survey(tmp_path):
    content = "email,date,score\na@b.test,31/12/2026,3\n"
    assert rows(answers(content, tmp_path, survey="csat"), "answered_at") == [("2026-12-31",)]
    assert rows(answers(content, tmp_path, survey="csat"), "step", "sentiment") == [
        ("survey_csat", "0.0")
    ]
    assert rows(answers(content, tmp_path, survey="nps"), "sentiment") == [("-0.4",)]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("email,date,score\n", {}, "no column for the score"),
        ("email,date,nps,csat\n", {}, "several columns that may be the score"),
        (NPS, {"survey": "npss"}, "did you mean `nps`"),
        (NPS, {"scale": "5"}, "is not known to kind"),
        (NPS.replace("31/", "3/"), {}, "which number of a date is the day cannot be told"),
        (NPS, {"date_order": "mydd"}, "date_order"),
    ],
)
def test_what_is_not_plain_is_refused(content, options, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        answers(content, tmp_path, **options)


CELLS = st.text(st.characters(exclude_characters='\r\n",\0', exclude_categories=["Cs"]), max_size=5)


@given(cells=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
def test_every_row_is_kept(cells, tmp_path_factory):
    body = "".join(f"{who},{when},{score},x\n" for who, when, score in cells)
    content = "email,date,nps,comment\n" + body
    raw = answers(content, tmp_path_factory.mktemp("answers"), date_order="dmy")
    assert len(rows(raw, ROW)) + len(raw.broken) == len(cells)


@given(content=st.binary(max_size=120))
def test_garbage_is_read_or_refused(content, tmp_path_factory):
    header = b"email,date,nps\na@b.test,2026-12-31,3\n"
    raw = answers(header + content, tmp_path_factory.mktemp("answers"), date_order="dmy")
    assert rows(raw, "respondent")[0] == ("a@b.test",)


def test_head_and_schema_are_those_of_the_rows(tmp_path):
    rows = answers(NPS, tmp_path).rows.drop(ROW).collect()
    path = tmp_path / "answers.csv"
    assert surveys.head(path, spec()).equals(rows)
    assert surveys.schema(path, spec()) == rows.schema
