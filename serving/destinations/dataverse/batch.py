"""Single upserts to Dataverse in one $batch: the operations, and what became of each."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from http import HTTPStatus

from serving.destinations.calls.answers import Answer
from serving.destinations.dataverse.answers import trouble_of
from serving.destinations.dataverse.multipart import Part, read
from serving.destinations.destination import Acknowledged, Outcome, Outcomes, Rejected, Row
from serving.destinations.troubles import BatchRefused, OutcomeUnknown, Trouble


def operations(rows: Sequence[Row], address: Callable[[Row], str]) -> list[Part]:
    """One upsert a row, numbered from 1; `address` gives the row's record as it stands in a URL."""
    return [
        Part(
            number=str(number),
            line=f"PATCH {address(row)} HTTP/1.1",
            headers={"content-type": "application/json"},
            body=json.dumps({**row.values}, allow_nan=False).encode(),
        )
        for number, row in enumerate(rows, start=1)
    ]


def outcomes(answer: Answer, rows: Sequence[Row], now: datetime) -> Outcomes:
    """What became of the rows that an answer tells of; of the others nothing is known.

    An answer that tells of none raises what to do about it. While some row was written nothing is
    raised, because what is raised speaks of all rows: the rest, sent again alone, will raise it.
    """
    parts = _parts(answer, rows, now)
    known: dict[str, Outcome] = {}
    troubles: list[Trouble] = []
    for row, part in _joined(rows, parts):
        told = _outcome(part, now)
        if isinstance(told, Trouble):
            troubles.append(told)
        else:
            known[row.key] = told
    if known:
        return known
    untold = OutcomeUnknown("Dataverse's answers cannot be told apart", code="PARTS")
    doubtful = [trouble for trouble in troubles if isinstance(trouble, OutcomeUnknown)]
    raise (*doubtful, *troubles, untold)[0]


def _parts(answer: Answer, rows: Sequence[Row], now: datetime) -> list[Part]:
    try:
        return read(answer.content, answer.headers.get("content-type", ""))
    except ValueError:
        pass
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise OutcomeUnknown("Dataverse's answer has no parts", code="NO_PARTS")
    raise trouble_of(answer, now, rows=len(rows))


def _joined(rows: Sequence[Row], parts: Sequence[Part]) -> Iterator[tuple[Row, Part]]:
    """Rows with their answers: by number, or where none has one by the order, if each is there.

    Answers come in the order of the operations, says the documentation. A number that is told
    twice tells nothing.
    """
    times = Counter(part.number for part in parts)
    if times.keys() <= {""}:
        if len(parts) == len(rows):
            yield from zip(rows, parts, strict=True)
        return
    by_number = {part.number: part for part in parts if times[part.number] == 1}
    for number, row in enumerate(rows, start=1):
        if str(number) in by_number:
            yield row, by_number[str(number)]


def _outcome(part: Part, now: datetime) -> Outcome | Trouble:
    answer = Answer(status=_status(part), headers=part.headers, content=part.body)
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Acknowledged()
    trouble = trouble_of(answer, now, rows=1)
    if isinstance(trouble, BatchRefused):
        return Rejected(trouble.code, trouble.message)
    return trouble


def _status(part: Part) -> int:
    """The status in a line such as `HTTP/1.1 204 No Content`; 0 where there is none."""
    words = part.line.split(maxsplit=2)
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0
