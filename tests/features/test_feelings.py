"""Sentiments read out of texts: what lexicons know, and nothing of the text beyond it."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lakes import AS_OF, UTC_ZONE, VISITS

from features import lake
from features.errors import DataRefused
from features.lake import Intake
from features.lake.origins import origins
from features.sources import SourceSpec, feelings, read
from features.sources.check import faults
from features.sources.declared import mistakes_in_source
from features.sources.feelings import Feelings, Words
from features.sources.kinds import complete
from features.sources.resuming import how_mapped

OWN = Words(english=False, scores={"bagus": 0.8, "lambat": -0.6, "terima-kasih": 0.5})
CHATS = replace(
    VISITS, sentiment_from="text", feelings=Feelings(english=False, lexicon="words.csv")
)
PRIVATE = "Pak Joko di Jalan Mawar 5"


def score(text: str | None, words: Words = OWN) -> float | None:
    return words.of(pl.Series([text], dtype=pl.String))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bagus!", 0.8),
        ("bagus tapi lambat", 0.1),
        ("tidak bagus", -0.4),
        ("Kurang begitu bagus", -0.4),
        ("tidak apa apa, bagus", 0.8),
        ("bukan lambat", 0.3),
        ("gak bagus, lambat", -0.5),
        ("Terima-kasih kak", 0.5),
        ("bagusnya", None),
        ("jam 10 ya", None),
        ("", None),
        (None, None),
    ],
)
def test_the_own_lexicon_is_read_word_by_word(text, expected):
    assert score(text) == (None if expected is None else pytest.approx(expected))


@given(texts=st.lists(st.none() | st.text() | st.sampled_from(["bagus", "tidak lambat ya"])))
def test_every_text_is_judged_by_itself_within_bounds(texts):
    together = OWN.of(pl.Series(texts, dtype=pl.String)).to_list()
    assert together == [score(text) for text in texts]
    assert all(one is None or -1 <= one <= 1 for one in together)


@pytest.mark.slow
def test_english_is_judged_by_textblob():
    english = Words()
    assert score("This is terrible", english) == -1.0
    assert score("The support was not good", english) == pytest.approx(-0.35)
    assert score("Selamat pagi kak, tiga cabang", english) is None
    both = Words(scores={"lambat": -0.6})
    assert score("Good, tapi lambat", both) == pytest.approx((0.7 - 0.6) / 2)


def told(folder: Path, *rows: tuple[str, str], words: str = "word,score\nBagus,0.8\n") -> Path:
    (folder / "words.csv").write_text(words, encoding="utf-8")
    lines = [f"{who},2026-03-0{day},chat,{text}" for day, (who, text) in enumerate(rows, start=1)]
    (folder / "visits.csv").write_text("\n".join(["who,at,what,text", *lines]), encoding="utf-8")
    return folder


def ingested(folder: Path, spec: SourceSpec = CHATS) -> lake.Written:
    intake = Intake(partitions=2)
    reading = read([spec], folder, intake, as_of=AS_OF, zone=UTC_ZONE, max_quarantine_share=1)
    return lake.write(folder / "lake", intake, reading)


def test_the_lake_holds_the_sentiment_and_nothing_of_the_text(tmp_path):
    told(tmp_path, ("ana", f"bagus kata {PRIVATE}"), ("", f"bagus {PRIVATE}"), ("budi", PRIVATE))
    written = ingested(tmp_path)
    events = written.snapshot.events().sort("customer_id")
    assert events.select("customer_id", "sentiment").rows() == [("ana", 8000), ("budi", None)]
    assert origins(written.snapshot) == {"visits": "text"}
    assert written.snapshot.rows_quarantined == 1
    assert not [c for c in events.columns if c.startswith("_jejak")]
    for table in (events, written.snapshot.quarantine()):
        assert "Mawar" not in table.write_csv()
    for file in (tmp_path / "lake").rglob("*.*"):
        assert b"Mawar" not in file.read_bytes()


def test_an_expression_chooses_whose_texts_are_judged(tmp_path):
    told(tmp_path, ("ana", "bagus"), ("budi", "bagus"))
    only_hers = replace(CHATS, sentiment_from="CASE WHEN who = 'ana' THEN text END")
    events = ingested(tmp_path, only_hers).snapshot.events().sort("customer_id")
    assert events["sentiment"].to_list() == [8000, None]


def test_other_words_are_another_reading_and_sources_without_texts_are_read_as_ever(tmp_path):
    words = Words(english=False, scores={"bagus": 0.5})
    hashes = {
        how_mapped(replace(CHATS, words=one), UTC_ZONE, None)
        for one in (words, Words(english=True, scores={"bagus": 0.5}), OWN)
    }
    assert len(hashes) == 3
    unlike = replace(VISITS, feelings=Feelings(english=False))
    assert how_mapped(unlike, UTC_ZONE, None) == how_mapped(VISITS, UTC_ZONE, None)
    # of a lake that was written before there were sentiments of texts
    assert how_mapped(VISITS, UTC_ZONE, None) == "5086e7e7b39445be5dcf5fa1"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("word,score\nbagus,2\nlambat,-0.5\n", r"1 rows that cannot be read \(1\)"),
        ("word,score\nsangat bagus,0.9\n", "1 rows that cannot be read"),
        ("kata,nilai\nbagus,0.9\n", "1 rows that cannot be read"),
        ("word,score\n", "0 rows"),
        ("word,score\nbagus,0.9\nBagus,0.5\n", "1 words twice"),
    ],
)
def test_a_lexicon_that_cannot_be_read_whole_is_refused_before_any_row(tmp_path, words, says):
    told(tmp_path, ("ana", "bagus"), words=words)
    with pytest.raises(DataRefused, match=says):
        ingested(tmp_path)
    assert len(faults([CHATS], tmp_path)) == 1


def test_without_words_to_judge_by_there_is_a_mend(tmp_path, monkeypatch):
    told(tmp_path, ("ana", "bagus"))
    (none,) = faults([replace(CHATS, feelings=Feelings(english=False))], tmp_path)
    assert "name a `lexicon`" in none.mend
    monkeypatch.setattr(feelings, "find_spec", lambda _: None)
    (missing,) = faults([replace(CHATS, feelings=Feelings())], tmp_path)
    assert "TextBlob, which is not installed" in missing.what
    assert "python -m pip install 'textblob" in missing.mend
    assert faults([CHATS], tmp_path) == []


def test_what_cannot_be_meant_is_told(tmp_path):
    def keys(spec: SourceSpec) -> list[str]:
        return [mistake.key for mistake in mistakes_in_source(spec)]

    stated = replace(CHATS, columns=CHATS.columns | {"sentiment": "score"})
    assert keys(CHATS) == []
    assert keys(stated) == ["sentiment_from"]
    assert keys(replace(VISITS, words=Words())) == ["feelings"]
    people = {"customer_id": "who", "valid_from": "at"}
    assert keys(replace(CHATS, table="customers", columns=people)) == ["sentiment_from"]
    (unknown,) = faults([replace(CHATS, sentiment_from="txt")], told(tmp_path, ("ana", "bagus")))
    assert "`sentiment_from` uses column 'txt'" in unknown.what


def test_what_a_kind_states_gives_way_to_its_texts():
    surveys = SourceSpec(name="nps", kind="surveys", path="nps.csv", sentiment_from="comment")
    assert "sentiment" not in complete(surveys).columns
    assert "sentiment" in complete(replace(surveys, sentiment_from=None)).columns
