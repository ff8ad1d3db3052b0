"""Words: too many of them, and one thing spelt in several ways."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

import polars as pl

from features.contracts import CUSTOMERS, EVENTS, Frame
from features.health.finding import Finding, examined
from features.vocabulary import WORDS_MOST

VALUES_MOST = 200
RARE_SHARE = 0.1
"""A slip is much rarer than the word that was meant."""
LETTERS_LEAST = 5
"""In shorter words one other letter may well be another word."""
LETTERS_OF_WORD = 3
"""With fewer it is a number or a range, in which marks matter: 1-2 M is not 12 M."""
_PAIRS_SHOWN = 3


def check_words(events: Frame, customers: Frame) -> list[Finding]:
    """C01 and C02: channels and steps of events, and the values of text attributes."""
    told = {name: _counts(events, name) for name in ("step", "channel")}
    attributes = {
        name: _counts(frame, name)
        for frame, table in ((events, EVENTS), (customers, CUSTOMERS))
        for name in frame.columns
        if name not in table.schema and frame.schema[name] == pl.String
    }
    of_events = [
        finding
        for name, counts in told.items()
        for finding in (_quoted if len(counts) <= WORDS_MOST else _counted)(name, counts)
    ]
    others = [f for name, counts in attributes.items() for f in _counted(name, counts)]
    return [
        *examined("C01", "there are few enough steps and channels", _many(told)),
        *examined("C02", "no word is spelt in several ways", [*of_events, *others]),
    ]


def variants(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Pairs of words that seem to be one: the rarer, then the one that was meant.

    They differ in case, blanks and marks alone, or the rarer one has one letter wrong. More than
    `VALUES_MOST` words are texts, which are not compared.

    >>> variants({"demo_requested": 90, "Demo requested": 5, "demo_reqeusted": 2, "visit": 40})
    [('Demo requested', 'demo_requested'), ('demo_reqeusted', 'demo_requested')]
    >>> variants({"mailing_type_a": 50, "mailing_type_b": 3})
    []
    """
    if len(counts) > VALUES_MOST:
        return []
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    found: dict[str, str] = {}
    for meant, other in combinations(ordered, 2):
        is_rare = counts[other] <= RARE_SHARE * counts[meant]
        if other not in found and (_same(meant, other) or (is_rare and _slip(meant, other))):
            found[other] = found.get(meant, meant)
    return [(other, found[other]) for other in ordered if other in found]


def _counts(frame: pl.DataFrame, name: str) -> dict[str, int]:
    """How often each word occurs."""
    return dict(frame[name].drop_nulls().value_counts().iter_rows())


def _many(told: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
    for name, counts in told.items():
        if len(counts) > WORDS_MOST:
            yield Finding(
                code="C01",
                severity="stop",
                sentence=f"the events have {len(counts)} different {name}s; more than "
                f"{WORDS_MOST} are names of things, not kinds of touches",
                measured=float(len(counts)),
                needed=float(WORDS_MOST),
                mends=(
                    f"map `{name}` to a few words with CASE WHEN ... THEN 'visit' ... END",
                    f"write one word in quotes there, such as {name} = \"'visit'\"",
                    f"keep the names as an attribute, and let `{name}` be their group",
                ),
            )


def _quoted(name: str, counts: Mapping[str, int]) -> Iterator[Finding]:
    pairs = variants(counts)
    if pairs:
        shown = ", ".join(f"{other!r} for {meant!r}" for other, meant in pairs[:_PAIRS_SHOWN])
        more = f" and {len(pairs) - _PAIRS_SHOWN} more" if len(pairs) > _PAIRS_SHOWN else ""
        yield _several(f"{name}s are spelt in several ways: {shown}{more}", name, len(pairs))


def _counted(name: str, counts: Mapping[str, int]) -> Iterator[Finding]:
    """Without the words themselves: values and texts may say who someone is."""
    pairs = variants(counts)
    if pairs:
        rows = sum(counts[other] for other, _ in pairs)
        yield _several(
            f"{name}: {len(pairs)} of its {len(counts)} values are another one spelt differently, "
            f"in {rows:,} rows",
            name,
            len(pairs),
        )


def _several(sentence: str, name: str, pairs: int) -> Finding:
    return Finding(
        code="C02",
        severity="warn",
        sentence=sentence,
        measured=float(pairs),
        needed=0.0,
        mends=(
            f"map `{name}` through LOWER(TRIM(...)) or REPLACE(...) in the workspace file",
            f"join a lookup in `sql` that has the one right spelling of each {name}",
            "correct it where it is typed, and export again",
        ),
    )


def _same(one: str, other: str) -> bool:
    def bare(word: str) -> str:
        return re.sub(r"[\W_]+", "", word.casefold())

    letters = re.sub(r"[\W\d_]+", "", one)
    return bare(one) == bare(other) and len(letters) >= LETTERS_OF_WORD


def _slip(meant: str, other: str) -> bool:
    """Whether the words differ in one part only, by one letter or two that changed places."""
    one, two = _parts(meant), _parts(other)
    if len(one) != len(two):
        return False
    differing = [pair for pair in zip(one, two, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and _one_off(*differing[0])


def _parts(word: str) -> list[str]:
    return re.split(r"[\W_]+", word.casefold())


def _one_off(meant: str, other: str) -> bool:
    if not (meant.isalpha() and other.isalpha() and len(meant) >= LETTERS_LEAST):
        return False
    if len(meant) == len(other):
        wrong = [at for at, pair in enumerate(zip(meant, other, strict=True)) if len({*pair}) > 1]
        swapped = [meant[at] for at in wrong] == [other[at] for at in reversed(wrong)]
        return len(wrong) == 1 or (wrong[1:] == [wrong[0] + 1] and swapped)
    shorter, longer = sorted((meant, other), key=len)
    return shorter in (longer[:at] + longer[at + 1 :] for at in range(len(longer)))
