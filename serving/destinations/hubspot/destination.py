"""HubSpot: objects upserted by a unique property, a hundred in a call."""

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from serving.destinations.at_once import AtOnce
from serving.destinations.calls.answers import Answer
from serving.destinations.calls.http import Http, bearer
from serving.destinations.destination import (
    Batch,
    Memo,
    Outcomes,
    Row,
    Tools,
    Value,
)
from serving.destinations.hubspot.answers import (
    WINDOW_SECONDS,
    outcomes_of,
    trouble_of,
)
from serving.destinations.hubspot.settings import CALLS, Settings, mistakes, settings
from serving.destinations.spec import DestinationSpec

__all__ = ["HubSpot", "mistakes", "opened"]

ROWS_MOST = 100
ANSWERED = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.MULTI_STATUS)


def opened(spec: DestinationSpec, tools: Tools) -> "HubSpot":
    """The destination, before any call."""
    return HubSpot(settings(spec), tools)


class HubSpot(AtOnce):
    """Objects of one kind, found or made by a unique property of theirs."""

    rows_a_batch = ROWS_MOST

    def __init__(self, told: Settings, tools: Tools) -> None:
        self._told, self._tools = told, tools
        self._http = Http(told.url, tools=tools, authorize=bearer(told.token))
        tools.pacer.allow(told.calls or CALLS, WINDOW_SECONDS)

    def calls(self, batch: Batch) -> Sequence[str]:
        """The one call that a batch takes."""
        address = f"{self._told.url}{self._told.path}/batch/upsert"
        return [f"POST {address}, {len(batch.rows)} rows by {self._told.key_field}"]

    def send(self, batch: Batch, memo: Memo) -> Outcomes:  # noqa: ARG002  (one call has no middle)
        """Upsert the rows; what the answer does not name stays unknown."""
        if not batch.rows:
            return {}  # to a body without inputs HubSpot says COMPLETE
        traces = {f"{batch.run_id}:{row.key}": row.key for row in batch.rows}
        inputs = [self._input(row, trace) for row, trace in zip(batch.rows, traces, strict=True)]
        answer = self._call("POST", "/batch/upsert", {"inputs": inputs})
        if answer.status not in ANSWERED:
            raise trouble_of(answer, self._told, self._tools.timing.now())
        return outcomes_of(answer, traces, self._told)

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def _input(self, row: Row, trace: str) -> dict[str, Any]:
        return {
            "id": row.key,
            "idProperty": self._told.key_field,
            "objectWriteTraceId": trace,
            "properties": {name: written(value) for name, value in row.values.items()},
        }

    def _call(self, method: str, path: str, body: object) -> Answer:
        """One call; the limit that its answer tells holds from now on."""
        answer = self._http.call(method, self._told.path + path, json=body)
        most = answer.headers.get("x-hubspot-ratelimit-max", "")
        span = answer.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
        if most.isdecimal() and span.isdecimal() and int(most) and int(span):
            calls = min(int(most), self._told.calls or int(most))
            self._tools.pacer.allow(calls, int(span) / 1000)
        return answer


def written(value: Value) -> str:
    """A value as HubSpot wants all of them: text, a number without exponent, nothing empty.

    >>> written(0.7134), written(1e-07), written(2.0), written(True), written(None)
    ('0.7134', '0.0000001', '2', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        number = Decimal(repr(value + 0.0))  # which takes the sign from a zero
        whole = number.to_integral_value()
        return f"{whole if whole == number else number:f}"
    return str(value)
