"""How texts feel, as far as a lexicon knows their words: TextBlob's of English, a workspace's own.

The score of a text is the mean over the words of it that a lexicon knows; a text of which it knows
none has no score, which is not the same as a neutral one. The text itself goes no further.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from features.errors import DataRefused

if TYPE_CHECKING:
    from textblob import TextBlob

REQUIREMENT = "textblob>=0.20,<0.21"
"""What the extra `sentiment` of the project installs."""

NEGATIONS = frozenset(
    {
        *("tidak", "tak", "tdk", "bukan", "kurang", "belum"),
        *("enggak", "nggak", "ngga", "gak", "ga", "ndak"),
        *("no", "not", "never"),
    }
)
"""A word of a workspace's own lexicon behind one of these means about the opposite."""

TURNED = -0.5
"""What a negated word is worth, as TextBlob has it: `not good` is less bad than `bad`."""

REACH = 2
"""So many words behind a negation it still holds, up to a comma: `tidak begitu bagus`."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001  # an apostrophe of phones
_BREAK = re.compile(r"[.,;:!?()\n]")
_ROWS_TOLD = 5


@dataclass(frozen=True, kw_only=True)
class Feelings:
    """By which words texts are judged.

    With `english`, those of TextBlob's lexicon. `lexicon` names a CSV file, from the workspace's
    folder on, with the columns `word` and `score` (from -1 to 1) of any language.
    """

    english: bool = True
    lexicon: str = ""

    def told(self, root: Path) -> "Words":
        """The words themselves; `DataRefused` if the file cannot be read whole."""
        return Words(english=self.english, scores=_scores(self.lexicon, root))

    def fault(self) -> DataRefused | None:
        """Why no text can be judged, if so."""
        if not self.english and not self.lexicon:
            mend = "name a `lexicon` below [sentiment], or say `english = true`"
            return DataRefused("there is no word to judge texts by", where="sentiment", mend=mend)
        if self.english and find_spec("textblob") is None:
            return DataRefused(
                "texts are judged by TextBlob, which is not installed",
                where="sentiment.english",
                mend=f"run `python -m pip install '{REQUIREMENT}'`; or say `english = false` and"
                " name a `lexicon` of your own below [sentiment]",
            )
        return None


@dataclass(frozen=True, kw_only=True)
class Words:
    """Scores by word, and whether TextBlob's are to be asked, too."""

    english: bool = True
    scores: Mapping[str, float] = field(default_factory=dict[str, float])

    def of(self, texts: pl.Series) -> pl.Series:
        """The score of each text, from -1 to 1; null where no word is known.

        >>> words = Words(english=False, scores={"bagus": 0.7, "lambat": -0.6})
        >>> texts = pl.Series(["Bagus, tapi lambat", "TIDAK begitu bagus!", "jam 10 kak", None])
        >>> [score and round(score, 2) for score in words.of(texts)]
        [0.05, -0.35, None, None]
        """
        different = texts.drop_nulls().unique(maintain_order=True)
        scores = pl.Series([self._score(text) for text in different], dtype=pl.Float64)
        return texts.replace_strict(different, scores, default=None, return_dtype=pl.Float64)

    def _score(self, text: str) -> float | None:
        found = [*self._own(text), *(_english(text) if self.english else ())]
        return max(-1.0, min(1.0, sum(found) / len(found))) if found else None

    def _own(self, text: str) -> Iterator[float]:
        """The scores of the words that the own lexicon knows, as negations leave them."""
        if not self.scores:
            return
        for clause in _BREAK.split(text.lower()):
            words = _WORD.findall(clause)
            for place, word in enumerate(words):
                if word in self.scores:
                    turned = not NEGATIONS.isdisjoint(words[max(0, place - REACH) : place])
                    yield self.scores[word] * (TURNED if turned else 1.0)


def felt(picked: pl.DataFrame, column: str, words: Words) -> pl.DataFrame:
    """The rows with the scores of a column of texts as `sentiment`, and without the texts."""
    texts = picked[column].cast(pl.String)
    return picked.drop(column).with_columns(words.of(texts).alias("sentiment"))


def _english(text: str) -> list[float]:
    """The scores of the words that TextBlob's lexicon of English knows."""
    judged: Any = _textblob()(text).sentiment_assessments
    return [assessment[1] for assessment in judged.assessments]


@cache
def _textblob() -> type["TextBlob"]:
    from textblob import TextBlob  # noqa: PLC0415  # it loads for some seconds

    return TextBlob


def _scores(lexicon: str, root: Path) -> Mapping[str, float]:
    """Words with their scores; none where no file is named."""
    if not lexicon:
        return {}
    try:
        with (root / lexicon).open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refusal(lexicon, f"cannot be read ({type(error).__name__})") from None
    read = [(number, *_entry(row)) for number, row in enumerate(rows, start=1)]
    bad = [number for number, word, score in read if not word or score is None]
    if bad or not read:
        told = ", ".join(map(str, bad[:_ROWS_TOLD]))
        raise _refusal(lexicon, f"has {len(bad)} rows that cannot be read ({told})")
    found = {word: score for _, word, score in read if score is not None}
    if len(found) < len(read):
        raise _refusal(lexicon, f"has {len(read) - len(found)} words twice")
    return found


def _entry(row: Mapping[str, str | None]) -> tuple[str, float | None]:
    """A word in small letters, and its score if it is one."""
    word = (row.get("word") or "").strip().lower()
    try:
        score = float(row.get("score") or "")
    except ValueError:
        return "", None
    is_one = _WORD.fullmatch(word) is not None
    return (word, score) if is_one and -1 <= score <= 1 else ("", None)


def _refusal(lexicon: str, what: str) -> DataRefused:
    mend = "write a header `word,score`, then a single word and a number from -1 to 1 a row, once"
    return DataRefused(f"the lexicon {what}", where=lexicon, mend=mend)
