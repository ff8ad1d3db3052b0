"""What the model was made of: data, code, rows and parameters."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from serving.pages.view import Section, Table, figure, section, word
from serving.recording import flat
from serving.reports.material import Material

KNOWN = (
    "sources",
    "as_of",
    "watermark",
    "first_cutoff",
    "last_cutoff",
    "cutoffs",
    "origins",
    "catalog_hash",
    "lake_watermark",
    "lake_manifest_sha256",
    "code_commit",
    "workspace_commit",
)
"""What a person looks for; the rest of the lineage follows under its own names."""

ELSEWHERE = ("counts", "treated")
LONGEST = 200
"""Characters of a value that are shown: the whole of it stands in the recorded run."""


def lineage(told: Material) -> Section:
    """Data lineage, counts and parameters."""
    words, trial = told.words, told.trial
    known = [(words.name("lineage", name), trial.lineage.get(name)) for name in KNOWN]
    others = {name: one for name, one in trial.lineage.items() if name not in (*KNOWN, *ELSEWHERE)}
    counts = [(words.name("counts", name), count) for name, count in trial.counts.items()]
    tables = [
        _table(told, "caption", [*known, *flat(others)]),
        _table(told, "counts", counts, is_number=True),
        _table(told, "parameters", flat(trial.params), is_folded=True),
    ]
    kept = [table for table in tables if table.rows]
    return section(words, "lineage", notes=[*_treated(told)], tables=kept)


def _treated(told: Material) -> Iterator[str]:
    """How customers were settled whom outreach may have kept."""
    found = told.trial.lineage.get("treated")
    if not found or not found["rows"]:
        return
    yield told.words.say(
        f"treated.{found['choice']}",
        rows=found["rows"],
        held=found["rows_held_out"],
        days=found.get("effect_days", 0),
        most=told.words.number(found["largest_weight"], 1),
    )
    if not found["rows_held_out"]:
        yield told.words.say("treated.none_held")


def _table(
    told: Material,
    key: str,
    rows: Iterable[tuple[str, Any]],
    *,
    is_number: bool = False,
    is_folded: bool = False,
) -> Table:
    words = told.words
    cells = [
        [word(name), figure(words.number(value)) if is_number else word(_text(value))]
        for name, value in rows
        if value not in (None, "", [], ())
    ]
    head = [words.say("lineage.name"), words.say("lineage.value")]
    return Table(caption=words.say(f"lineage.{key}"), head=head, rows=cells, folded=is_folded)


def _text(value: object) -> str:
    """A value in one line, a long one cut."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(map(str, cast("Sequence[object]", value)))
    else:
        text = str(value)
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text
