"""Microsoft Dataverse: rows upserted by an alternate key, many in a call."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from serving.destinations.at_once import AtOnce
from serving.destinations.calls.http import Http
from serving.destinations.dataverse.answers import trouble_of
from serving.destinations.dataverse.batch import operations, outcomes
from serving.destinations.dataverse.entra import Entra
from serving.destinations.dataverse.multipart import content_type, written
from serving.destinations.dataverse.odata import UNADDRESSABLE, is_addressable, path, record
from serving.destinations.dataverse.settings import Settings, mistakes, settings
from serving.destinations.destination import (
    Acknowledged,
    Batch,
    Memo,
    Outcomes,
    Rejected,
    Row,
    Tools,
)
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import BatchRefused, Misconfigured, Trouble

__all__ = ["Dataverse", "mistakes", "opened"]

HEADERS = {"odata-maxversion": "4.0", "odata-version": "4.0", "if-none-match": "null"}
TRACE = "x-ms-client-request-id"
CALLS, CALLS_SECONDS = 6000, 300
"""What one user is allowed on one web server of Dataverse."""

KEY_ODD = "KEY_ODD"
NOT_FINITE = "NOT_FINITE"


def opened(spec: DestinationSpec, tools: Tools) -> "Dataverse":
    """The destination, before any call."""
    return Dataverse(settings(spec), tools)


class Dataverse(AtOnce):
    """One table, by UpsertMultiple where it takes that, and else by a $batch of single upserts.

    Of UpsertMultiple a standard table does all rows or none. One call at a time, so that no two
    hold the same record.
    """

    def __init__(self, told: Settings, tools: Tools) -> None:
        self.rows_a_batch = told.rows_a_batch
        self._told, self._now = told, tools.timing.now
        self._entra = Entra(
            told.token_url,
            client_id=told.client_id,
            secret=told.client_secret,
            scope=f"{told.url}/.default",
            tools=tools,
        )
        self._http = Http(f"{told.url}/", tools=tools, authorize=self._entra.authorization)
        tools.pacer.allow(CALLS, CALLS_SECONDS)

    def calls(self, batch: Batch) -> Sequence[str]:
        """The calls that sending would make."""
        count = sum(_fault(row) is None for row in batch.rows)
        if not count:
            return []
        rows = f"{count} rows by {self._told.key_field}"
        return [
            f"POST {self._upsert_multiple}, {rows}",
            f"or, if the table does not take that: POST {self._root}/$batch, {rows}",
        ]

    def send(self, batch: Batch, memo: Memo) -> Outcomes:  # noqa: ARG002  (each send is whole)
        """Upsert the rows; those of a batch that is sent again replace themselves."""
        faults = {row.key: fault for row in batch.rows if (fault := _fault(row))}
        rows = [row for row in batch.rows if row.key not in faults]
        if not rows:
            return faults
        trace = {TRACE: str(uuid5(NAMESPACE_URL, batch.batch_id))}
        send = self._together if self._takes_many else self._singly
        return {**faults, **send(rows, {**HEADERS, **trace})}

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()
        self._entra.close()

    @property
    def _root(self) -> str:
        return f"{self._told.url}/api/data/v{self._told.api_version}"

    @property
    def _upsert_multiple(self) -> str:
        return f"{self._root}/{self._told.entity_set}/Microsoft.Dynamics.CRM.UpsertMultiple"

    @cached_property
    def _takes_many(self) -> bool:
        """Whether the table knows the message UpsertMultiple; asked once."""
        asked = (
            "$select=sdkmessagefilterid"
            "&$filter=sdkmessageid/name eq @m and primaryobjecttypecode eq @t"
            f"&@m='UpsertMultiple'&@t='{self._told.table}'"
        )
        address = f"{self._root}/sdkmessagefilters?{quote(asked, safe='$=&@/')}"
        answer = self._http.call("GET", address, headers=HEADERS)
        if answer.status != HTTPStatus.OK:
            raise _not_asked(trouble_of(answer, self._now(), rows=0))
        return bool(answer.mapping().get("value"))

    def _address(self, row: Row) -> str:
        return record(self._told.entity_set, self._told.key_field, row.key)

    def _together(self, rows: Sequence[Row], headers: Mapping[str, str]) -> Outcomes:
        """All rows in one transaction of the vendor's."""
        targets = [
            {
                "@odata.type": f"Microsoft.Dynamics.CRM.{self._told.table}",
                "@odata.id": self._address(row),
                **row.values,
            }
            for row in rows
        ]
        answer = self._http.call(
            "POST", self._upsert_multiple, json={"Targets": targets}, headers=headers
        )
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise trouble_of(answer, self._now(), rows=len(rows))
        return {row.key: Acknowledged() for row in rows}

    def _singly(self, rows: Sequence[Row], headers: Mapping[str, str]) -> Outcomes:
        """Each row by itself, all in one call."""
        service = urlsplit(self._root).path
        parts = operations(rows, lambda row: f"{service}/{path(self._address(row))}")
        boundary = f"batch_{headers[TRACE]}"
        told = {
            **headers,
            "content-type": content_type(boundary),
            "prefer": "odata.continue-on-error",
        }
        body = written(parts, boundary)
        answer = self._http.call("POST", f"{self._root}/$batch", content=body, headers=told)
        return outcomes(answer, rows, self._now())


def _not_asked(trouble: Trouble) -> Trouble:
    """No row is to blame before any was sent."""
    if not isinstance(trouble, BatchRefused):
        return trouble
    return Misconfigured(
        "Dataverse does not tell what the table takes",
        code=trouble.code,
        mend="see that `table` is its logical name and that the application user may read "
        "sdkmessagefilters",
    )


def _fault(row: Row) -> Rejected | None:
    """Why a row is not sent: what it would do there is not sure."""
    if not is_addressable(row.key):
        odd = " ".join(UNADDRESSABLE)
        return Rejected(
            KEY_ODD, f"Dataverse finds no record by a key with one of {odd} # or odd blanks"
        )
    if any(isinstance(value, float) and not math.isfinite(value) for value in row.values.values()):
        return Rejected(NOT_FINITE, "a number is not finite")
    return None
