"""What a delivery would send, found without planning or sending anything."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.delivery.barred import barred
from serving.delivery.delivering import published_run
from serving.delivery.difference import Change, Difference, chunks, held_by
from serving.delivery.lines import Line, batch_id, within
from serving.destinations.destination import Batch, Destination, Pacer, Row
from serving.destinations.fields.mapping import cleared, values_of
from serving.destinations.spec import DestinationSpec
from serving.scores import expired
from serving.store.database import Database
from serving.timing import Timing


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Rows and calls that a delivery to one destination would begin with.

    `refused` counts rows by the fault for which they would not be sent.
    """

    destination: str
    run_id: str
    scored: int
    unchanged: int
    suppressed: int
    rows: Sequence[Row]
    refused: Mapping[str, int]
    calls: Sequence[str]

    def facts(self) -> dict[str, Any]:
        """Counts and calls; no customer."""
        return {
            "destination": self.destination,
            "run_id": self.run_id,
            "scored": self.scored,
            "unchanged": self.unchanged,
            "suppressed": self.suppressed,
            "set": sum(row.op == "set" for row in self.rows),
            "clear": sum(row.op == "clear" for row in self.rows),
            "refused": dict(self.refused),
            "calls": len(self.calls),
        }


class Unhurried:
    """A pacer for calls that are never made."""

    def before_call(self) -> None:
        """Nothing waits."""

    def after_call(self) -> None:
        """Nothing was called."""

    def allow(self, calls: int, seconds: float) -> None:
        """Nothing is limited."""


def preview(
    store: Database,
    spec: DestinationSpec,
    opened: Callable[[Pacer], Destination],
    timing: Timing,
    *,
    zone: str = "UTC",
    hidden: str = "",
) -> Preview:
    """The rows that would be sent to a destination now, and the calls that this would take."""
    run = store.read(published_run)
    difference, changes, barring, clears = Difference(zone=zone), list[Change](), set[str](), []
    if run is not None:
        held = store.read(lambda connection: held_by(connection, spec.name))
        told = {"channel": spec.channel, "hidden": hidden}
        barring = store.read(lambda connection: barred(connection, timing.now(), **told))
        is_over = expired(run, timing.now())
        if not is_over:
            for rows in chunks(store, run.run_id, spec):
                changes.extend(difference.changes(rows, spec, held))
        keeps = spec.when_not_scored == "keep" and not is_over
        told_anew = {one.key for one in changes if one.customer_id not in barring and not one.fault}
        left = {*difference.to_clear(held, barring, keeps=keeps)} - told_anew
        empty = values_of(cleared(spec))
        clears = [Row(key=key, op="clear", values=empty) for key in sorted(left)]
    open_ = [one for one in changes if not one.fault and one.customer_id not in barring]
    sets = [Row(key=one.key, op=one.op, values=values_of(one.payload)) for one in open_]
    sent = [*clears, *sorted(sets, key=lambda row: row.key)]
    faults = [one.fault for one in changes if one.fault]
    return Preview(
        destination=spec.name,
        run_id=run.run_id if run else "",
        scored=difference.scored,
        unchanged=difference.unchanged,
        suppressed=sum(one.customer_id in barring for one in changes),
        rows=sent,
        refused={fault: faults.count(fault) for fault in sorted({*faults})},
        calls=[*_calls(opened, spec, sent)] if sent else [],
    )


def _calls(
    opened: Callable[[Pacer], Destination], spec: DestinationSpec, rows: Sequence[Row]
) -> Iterator[str]:
    destination = opened(Unhurried())
    try:
        lines = [Line(run_id="", customer_id="", row=row, hash="", attempts=0) for row in rows]
        while lines:
            some = lines[: destination.rows_a_batch]
            most = destination.bytes_a_batch
            some = [*within(some, most, destination.weight)] if most else some
            rows_ = [one.row for one in some]
            yield from destination.calls(
                Batch(batch_id=batch_id(spec.name, some), run_id="", rows=rows_)
            )
            lines = lines[len(some) :]
    finally:
        destination.close()
