"""Alerts: kept as files until the channel has taken them; a channel that is down changes nothing.

An alert is a text for people about a run, without any customer.
"""

import json
from datetime import datetime
from pathlib import Path

import httpx

from features.durable import write_bytes
from serving.destinations.calls.http import Http, Limits
from serving.destinations.destination import Tools
from serving.destinations.troubles import Trouble
from serving.secret import Secret

KEPT_MOST = 100
"""Older alerts give way: whoever was away for so long asks the store, not the alerts."""

_LIMITS = Limits(
    connect_seconds=5, read_seconds=10, write_seconds=10, total_seconds=15, answer_bytes=1 << 16
)


def queue_alert(folder: Path, text: str, at: datetime) -> None:
    """Keep an alert until it is sent."""
    folder.mkdir(mode=0o700, exist_ok=True)
    content = json.dumps({"text": text}, ensure_ascii=False).encode()
    write_bytes(folder / f"{at:%Y%m%dT%H%M%S%f}.json", content)
    for path in _queued(folder)[:-KEPT_MOST]:
        path.unlink(missing_ok=True)


def send_alerts(
    folder: Path, address: Secret, tools: Tools, *, transport: httpx.BaseTransport | None = None
) -> int:
    """Post what is queued, oldest first, and forget what was taken; how many still wait.

    It never raises for the channel's sake: what is not taken waits for the next run.
    """
    waiting = _queued(folder)
    if not waiting:
        return 0
    try:
        channel = Http(address.reveal(), tools=tools, limits=_LIMITS, transport=transport)
    except Trouble:
        return len(waiting)
    try:
        return len(waiting) - _posted(channel, address, waiting)
    finally:
        channel.close()


def _posted(channel: Http, address: Secret, waiting: list[Path]) -> int:
    for done, path in enumerate(waiting):
        try:
            alert = json.loads(path.read_bytes())
            answer = channel.call("POST", address.reveal(), json=alert, authorized=False)
        except Trouble:
            return done
        if not httpx.codes.is_success(answer.status):
            return done
        path.unlink(missing_ok=True)
    return len(waiting)


def _queued(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))
