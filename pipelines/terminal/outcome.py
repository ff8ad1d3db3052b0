"""How a command ends: its summary or its refusal, as text or as one JSON object, and its code."""

import errno
import json
import sys
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import click

from features.errors import JejakError
from pipelines import environment
from pipelines.terminal import printable

EXIT_CODES = {
    0: "done; also when the old champion was kept",
    1: "something unexpected: a mistake of jejak's own (--debug shows where), or no file can "
    "be written",
    2: "the workspace file or the command line is wrong",
    3: "the data were refused: missing, empty, stale or too dirty",
    4: "no model may score: none yet, or its features are missing or changed",
    5: "the run was refused: an older night, or scores that cannot be",
    6: "the doctor found something that stops training",
    7: "a feature breaks a law (jejak features --check)",
    8: "another run is at work, or took over from this one",
    9: "a quality gate stopped the run; what was published before stays",
    10: "the delivery is incomplete: running again goes on where it stopped",
    11: "who must not be contacted cannot be told for sure; nothing was sent",
    130: "interrupted from the keyboard",
}

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
"""Of what the system refuses, that which a person can mend."""


class Summary(Protocol):
    """What a command has to say at its end."""

    def facts(self) -> dict[str, Any]:
        """The summary for machines, without personal data."""
        ...

    def text(self, seconds: float) -> None:
        """Print the summary for people on standard output."""
        ...


@contextmanager
def answer(root: Path, *, as_json: bool, debug: bool) -> Generator[Callable[[Summary], None]]:
    """Run a command inside; whatever happens, it ends readably and with its own exit code."""
    began = time.monotonic()

    def say(summary: Summary) -> None:
        seconds = time.monotonic() - began
        if as_json:
            _print_json(
                {"status": "done", "exit_code": 0, **summary.facts(), "seconds": round(seconds, 1)}
            )
        else:
            summary.text(seconds)

    try:
        with environment.prepared(root, debug=debug):
            yield say
    except KeyboardInterrupt:
        _end(
            JejakError("interrupted"),
            130,
            as_json=as_json,
            debug=debug,
        )
    except JejakError as error:
        _end(error, error.exit_code, as_json=as_json, debug=debug)
    except Exception as error:  # noqa: BLE001  # the last place where it can be told readably
        _end(unexpected(error), 1, as_json=as_json, debug=debug)


def unexpected(error: Exception) -> JejakError:
    """What is told of a mistake of ours, without its own text, which may quote a customer's row."""
    origin = error.__cause__ or error
    if isinstance(origin, OSError) and origin.errno in UNWRITABLE:
        return JejakError(
            f"a file cannot be written: {origin.strerror}",
            where=str(origin.filename or ""),
            mend="make room or let this user write there, then run the command again",
        )
    last = traceback.extract_tb(origin.__traceback__)[-1]
    return JejakError(
        f"something unexpected: {type(origin).__name__}",
        where=f"{last.name} in {Path(last.filename).name}, line {last.lineno}",
        mend="run the command again with --debug and report what it shows",
    )


def _end(error: JejakError, code: int, *, as_json: bool, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    if as_json:
        _print_json({"status": "refused", "exit_code": code, **_facts(error)})
    click.echo(printable.lines(_block(error)), err=True)
    sys.exit(code)


def _facts(error: JejakError) -> dict[str, Any]:
    mistakes = [vars(mistake) for mistake in getattr(error, "mistakes", ())]
    told = {"what": error.what, "where": error.where, "mend": error.mend, "mistakes": mistakes}
    holds = getattr(error, "holds", "")
    return {**told, "holds": holds} if holds else told


def _block(error: JejakError) -> str:
    """An error as short paragraphs: what, where, what still holds, and how to mend it."""
    lines = [f"jejak: {error.what}"]
    if error.where:
        lines.append(f"  where: {error.where}")
    if holds := getattr(error, "holds", ""):
        lines.append(f"  holds: {holds}")
    if error.mend:
        lines.append(f"  mend:  {error.mend}")
    return "\n".join(lines)


def _print_json(facts: dict[str, Any]) -> None:
    click.echo(json.dumps(facts, allow_nan=False, default=str, ensure_ascii=False))
