"""What goes wrong at a vendor's, scripted by the number of the call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer as it goes out."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""


def _unchanged(reply: Reply) -> Reply:
    return reply


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one call.

    Unless `commits`, the vendor does nothing of what was asked, and `answer` is given an empty
    reply to change. After `cut_after` bytes of the body the connection is reset; at 0 before any
    answer. With `seconds_a_byte` the body drips.
    """

    wait_seconds: float = 0.0
    commits: bool = True
    answer: Callable[[Reply], Reply] = _unchanged
    cut_after: int | None = None
    seconds_a_byte: float = 0.0


NOTHING_WRONG = Fault()


class Faults:
    """Faults by the number of the call, counted from 1 among the calls whose path holds a text.

    >>> faults = Faults()
    >>> faults.on(2, dropped(), path="/jobs")
    >>> [faults.next("POST", path).cut_after for path in ("/jobs", "/limits", "/jobs", "/jobs")]
    [None, None, 0, None]
    """

    def __init__(self) -> None:
        self._planned: dict[tuple[str, int], Fault] = {}
        self._always: dict[str, Fault] = {}
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def on(self, number: int, fault: Fault, *, path: str = "") -> None:
        """What happens to the n-th call from now; `path` may lead with a method: `PUT /jobs`."""
        with self._lock:
            self._planned[(path, self._counts.setdefault(path, 0) + number)] = fault

    def always(self, fault: Fault, *, path: str = "") -> None:
        """What happens to every call for which nothing else is planned."""
        with self._lock:
            self._always[path] = fault

    def clear(self) -> None:
        """From now on nothing goes wrong."""
        with self._lock:
            self._planned.clear()
            self._always.clear()

    def next(self, method: str, path: str) -> Fault:
        """What happens to the call that has just come."""
        with self._lock:
            called = f"{method} {path}"
            meant = [one for one in self._counts if one in called]
            for one in meant:
                self._counts[one] += 1
            planned = (self._planned.get((one, self._counts[one])) for one in meant)
            lasting = (fault for one, fault in self._always.items() if one in called)
            return next((one for one in (*planned, *lasting) if one), NOTHING_WRONG)


def answered(
    status: int,
    content: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    commits: bool = False,
) -> Fault:
    """The call is answered by something else, after it was carried out or instead."""
    reply = Reply(status=status, headers=headers or {}, content=content)
    return Fault(commits=commits, answer=lambda _: reply)


def html(status: int, *, headers: Mapping[str, str] | None = None) -> Fault:
    """A page for people, as a proxy in front of a vendor sends it; nothing was carried out."""
    told = {"content-type": "text/html", **(headers or {})}
    return answered(status, b"<html><body>Too Many Requests</body></html>", headers=told)


def dropped(*, commits: bool = True) -> Fault:
    """The connection is reset before any answer."""
    return Fault(commits=commits, cut_after=0)


def changed(change: Callable[[bytes], bytes]) -> Fault:
    """The call is carried out, and the body of its answer is another one."""
    return Fault(answer=lambda reply: replace(reply, content=change(reply.content)))


def malformed() -> Fault:
    """The call is carried out, and half of the answer's body is all there is."""
    return changed(lambda content: content[: len(content) // 2])
