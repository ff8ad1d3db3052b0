"""Sending: batch after batch, each until it has an answer or the destination has to be left."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from features.errors import AnotherAtWork
from serving.delivery.lines import Line, batch_id, within
from serving.delivery.outbox import Outbox
from serving.delivery.pace import Pace
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Batch, Destination, Rejected
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
    QuotaSpent,
    Trouble,
    Unfinished,
)
from serving.timing import Timing

FIRST_PAUSE_SECONDS = 1.0

log = logging.getLogger("jejak.delivery")


class Stopped(Exception):
    """The destination is left for now; `resumes_at` says until when, where that is known."""

    def __init__(self, why: str, *, mend: str = "", resumes_at: datetime | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.mend = mend
        self.resumes_at = resumes_at


@dataclass(frozen=True)
class Kept:
    """The memo of one batch, in the store."""

    outbox: Outbox
    batch_id: str

    def read(self) -> Mapping[str, str]:
        """What was noted last."""
        return self.outbox.notes(self.batch_id)

    def write(self, notes: Mapping[str, str]) -> None:
        """Replace the notes."""
        self.outbox.note(self.batch_id, notes)


@dataclass
class Sender:
    """Sends what is planned for one destination; `is_ending` tells when to begin nothing more."""

    outbox: Outbox
    destination: Destination
    pace: Pace
    params: DeliveryParams
    timing: Timing
    is_ending: Callable[[], bool] = field(default=lambda: False)

    def __post_init__(self) -> None:
        """Begin to count the time that a delivery may take."""
        self._until = self.timing.now() + timedelta(minutes=self.params.deadline_minutes)

    def send_all(self) -> None:
        """Everything that is open, what was sent without an answer first; `Stopped` when it ends.

        A row that stays without an answer after as many sendings as a batch has tries waits for
        the next delivery.
        """
        for lines in self.outbox.unanswered():
            self._send(lines, is_again=True)
        while lines := self.outbox.planned(self.destination.rows_a_batch):
            most = self.destination.bytes_a_batch
            weigh = self.destination.weight
            self._send([*within(lines, most, weigh)] if most else lines)

    def _send(self, lines: Sequence[Line], *, is_again: bool = False) -> None:
        """One batch, tried until each of its rows has an outcome."""
        standing, doubtful = lines, is_again
        try:
            for attempt in Retrying(
                retry=retry_if_exception_type((Busy, OutcomeUnknown)),
                stop=stop_after_attempt(self.params.attempts),
                wait=self._pause,
                sleep=self.timing.sleep,
                reraise=True,
            ):
                with attempt:
                    standing = self._marked(standing)
                    standing = self._answered(standing)
                    if standing:
                        raise OutcomeUnknown("rows stay without an answer", code="UNANSWERED")
                    return
                if not _is_sure(attempt.retry_state):
                    standing, doubtful = [replace(one, before=None) for one in standing], True
        except BatchRefused as trouble:
            self._halve(standing, trouble)
        except Trouble as trouble:
            if not doubtful:
                self.outbox.give_back(standing)
            said = f" ({trouble.code})" if trouble.code else ""
            log.info("%s stops: %s%s", self.outbox.destination, type(trouble).__name__, said)
            raise (asked_to_end() if self.is_ending() else stopped_by(trouble)) from trouble

    def _halve(self, lines: Sequence[Line], trouble: BatchRefused) -> None:
        """Find the row that spoils a batch by halving: a hundred rows take fifteen calls."""
        if len(lines) == 1:
            (line,) = lines
            refused = {line.row.key: Rejected(trouble.code, trouble.message)}
            self.outbox.record(_batch(self.outbox, lines), lines, refused)
            return
        middle = len(lines) // 2
        self._send(lines[:middle])
        self._send(lines[middle:])

    def _marked(self, lines: Sequence[Line]) -> list[Line]:
        """The rows that may go out now, marked as sent."""
        if self.is_ending():
            raise asked_to_end()
        if self.timing.now() >= self._until:
            raise Stopped("its time is over", mend="run jejak deliver; it goes on from here")
        notes = self.outbox.notes(batch_id(self.outbox.destination, lines))
        is_there = bool(notes) and self.destination.handed_over(notes)
        return self.outbox.mark_sent(lines, keep=is_there)

    def _answered(self, lines: Sequence[Line]) -> list[Line]:
        """Call with some rows and keep what is said of each; those of which nothing is."""
        if not lines:
            return []
        if self.outbox.lease.lost:
            raise Stopped("another took over from this delivery", mend="wait for the other one")
        batch = _batch(self.outbox, lines)
        try:
            outcomes = self.destination.send(batch, Kept(self.outbox, batch.batch_id))
            return self.outbox.record(batch, lines, outcomes)
        except (AnotherAtWork, Trouble):
            if self.outbox.lease.lost:
                self.outbox.suspect(lines)
            raise

    def _pause(self, state: RetryCallState) -> float:
        """Seconds until the next try: what the vendor asks for, or a growing random pause."""
        trouble = state.outcome and state.outcome.exception()
        asked = trouble.seconds if isinstance(trouble, Busy | OutcomeUnknown) else None
        if asked is None:
            return self._moment(state.attempt_number - 1)
        if asked > self.params.patience_seconds:
            until = self.timing.now() + timedelta(seconds=asked)
            raise QuotaSpent("the vendor asks for a long pause", code="RETRY_AFTER", until=until)
        return asked

    def _moment(self, tries: int) -> float:
        """A random pause that doubles with every try: full jitter."""
        longest = min(self.params.longest_pause_seconds, FIRST_PAUSE_SECONDS * 2.0**tries)
        return self.timing.chance() * longest


def stopped_by(trouble: Trouble) -> Stopped:
    """Why a destination is left, in a sentence without a vendor's quotation of a row."""
    said = f" ({trouble.code})" if trouble.code else ""
    match trouble:
        case QuotaSpent():
            why, mend = f"its allowance is used up{said}", "run jejak deliver after that"
            return Stopped(why, mend=mend, resumes_at=trouble.until)
        case Misconfigured():
            return Stopped(f"it is set up otherwise: {trouble.message}", mend=trouble.mend)
        case Unfinished():
            why = f"it has not finished what it accepted{said}"
            return Stopped(why, mend="run jejak deliver later; it asks again")
        case Busy():
            return Stopped(f"it stays busy{said}", mend="run jejak deliver later")
        case _:
            why = f"it does not answer{said}"
            return Stopped(why, mend="see that it can be reached, then run jejak deliver")


def asked_to_end() -> Stopped:
    """Why no further batch is begun."""
    return Stopped("it was asked to end", mend="run jejak deliver; it goes on from here")


def _batch(outbox: Outbox, lines: Sequence[Line]) -> Batch:
    return Batch(
        batch_id=batch_id(outbox.destination, lines),
        run_id=lines[0].run_id,
        rows=[one.row for one in lines],
    )


def _is_sure(state: RetryCallState) -> bool:
    """Whether nothing of the batch was written, by the destination's own word."""
    trouble = state.outcome and state.outcome.exception()
    return isinstance(trouble, BatchRefused | Busy | QuotaSpent | Misconfigured)
