"""Sending: batch after batch, each until it has an answer or the destination has to be left."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from serving.delivery.lines import Line, batch_id, within
from serving.delivery.outbox import Outbox
from serving.delivery.pace import Pace
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Batch, Destination, Outcomes, Rejected
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
            self._settle(lines, is_again=True)
        while lines := self.outbox.planned(self.destination.rows_a_batch):
            most = self.destination.bytes_a_batch
            weigh = self.destination.weight
            self._settle([*within(lines, most, weigh)] if most else lines)

    def _settle(self, lines: Sequence[Line], *, is_again: bool = False) -> None:
        """Send rows until each has an outcome, or they have been sent often enough."""
        rest = lines
        for round_ in range(self.params.attempts):
            rest = self._send(rest, is_again=is_again)
            if not rest:
                return
            is_again = True
            self.timing.sleep(self._moment(round_))
        why = f"{len(rest)} rows stay without an answer of their own"
        raise Stopped(why, mend="look at them at the destination; running again sends them again")

    def _send(self, lines: Sequence[Line], *, is_again: bool) -> list[Line]:
        """Send some rows as one batch, or as halves of it; the rows without an outcome."""
        try:
            return self._until_answered(lines, is_again=is_again)
        except BatchRefused as trouble:
            return self._halved(lines, trouble)

    def _halved(self, lines: Sequence[Line], trouble: BatchRefused) -> list[Line]:
        """The row that spoils a batch, found by halving: a hundred rows take fifteen calls."""
        if len(lines) == 1:
            (line,) = lines
            refused = {line.row.key: Rejected(trouble.code, trouble.message)}
            return self.outbox.record(_batch(self.outbox, lines), lines, refused)
        middle = len(lines) // 2
        first = self._send(lines[:middle], is_again=False)
        return first + self._send(lines[middle:], is_again=False)

    def _until_answered(self, lines: Sequence[Line], *, is_again: bool) -> list[Line]:
        """One batch tried until the destination says what became of it."""
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
                    if not standing:
                        return []
                    batch = _batch(self.outbox, standing)
                    outcomes = self._call(batch)
                    return self.outbox.record(batch, standing, outcomes)
                doubtful = doubtful or not _is_sure(attempt.retry_state)
        except BatchRefused:
            raise
        except Trouble as trouble:
            if not doubtful:
                self.outbox.give_back(standing)
            raise self._stopped(trouble) from trouble
        raise AssertionError  # tenacity returns or raises

    def _marked(self, lines: Sequence[Line]) -> list[Line]:
        """The rows that may go out now, marked as sent."""
        if self.is_ending():
            raise Stopped("it was asked to end", mend="run jejak deliver; it goes on from here")
        if self.timing.now() >= self._until:
            raise Stopped("its time is over", mend="run jejak deliver; it goes on from here")
        notes = self.outbox.notes(batch_id(self.outbox.destination, lines))
        is_there = bool(notes) and self.destination.handed_over(notes)
        return self.outbox.mark_sent(lines, keep=is_there)

    def _call(self, batch: Batch) -> Outcomes:
        if self.outbox.lease.lost:
            raise Stopped("another took over from this delivery", mend="wait for the other one")
        return self.destination.send(batch, Kept(self.outbox, batch.batch_id))

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

    def _stopped(self, trouble: Trouble) -> Stopped:
        """Why the destination is left, in a sentence without a vendor's quotation of a row."""
        said = f" ({trouble.code})" if trouble.code else ""
        log.info("%s stops: %s%s", self.outbox.destination, type(trouble).__name__, said)
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
