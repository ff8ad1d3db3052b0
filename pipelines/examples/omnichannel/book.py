"""The files of one night, and the truth about whose rows they hold."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipelines.examples.omnichannel.calendar import month
from pipelines.examples.omnichannel.company import Company
from pipelines.examples.omnichannel.people import Person

Row = Sequence[str | int | float]


@dataclass(kw_only=True)
class Book:
    """What one night's exports hold; nothing in them is of `until` or later."""

    until: datetime
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Content by path from the workspace's folder on."""
    identity: dict[tuple[str, str], tuple[str, str]] = field(
        default_factory=dict[tuple[str, str], tuple[str, str]]
    )
    """Person and company by source and row; blank where a row is of no one person."""

    def tell(self, source: str, row: str, person: Person | None, company: Company | None) -> None:
        """Whose row it is: `row` is what its key begins with, up to the first of `/`, `:`, `|`."""
        self.identity[source, row] = (person.key if person else "", company.key if company else "")

    def table(self, path: str, header: Row, rows: Iterable[Row], above: Iterable[Row] = ()) -> None:
        """A CSV file, perhaps with lines above its header."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*above, header, *rows])
        self.files[path] = text.getvalue().encode()

    def lines(self, path: str, records: Iterable[Mapping[str, Any]]) -> None:
        """A file of JSON Lines."""
        self.files[path] = "".join(f"{as_json(record)}\n" for record in records).encode()

    def monthly_tables(
        self, folder: str, header: Row, rows: Iterable[tuple[datetime, Row]]
    ) -> None:
        """A CSV file a month, each row in the month of its moment and in the order of time."""
        for name, held in by_month(rows).items():
            self.table(f"{folder}/{name}.csv", header, held)

    def monthly_lines(
        self, folder: str, records: Iterable[tuple[datetime, Mapping[str, Any]]]
    ) -> None:
        """A file of JSON Lines a month."""
        for name, held in by_month(records).items():
            self.lines(f"{folder}/{name}.jsonl", held)


def by_month(dated: Iterable[tuple[datetime, Any]]) -> dict[str, list[Any]]:
    """What is dated, by month and in the order of time."""
    months: defaultdict[str, list[Any]] = defaultdict(list)
    for moment, one in sorted(dated, key=lambda pair: pair[0]):
        months[month(moment)].append(one)
    return dict(months)


def as_json(value: object) -> str:
    """JSON in one line, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
