"""What somebody has begun to mend, measured against before and against what is compared with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DataRefused, WorkspaceInvalid
from models.pains.asked import Asked
from models.pains.before_after import DROP_OFF, Against, Change, Place, before_after
from models.pains.verdicts import TOO_EARLY, Measured
from pipelines.data.ingest import snapshot_until
from pipelines.loop.hurting import cutoffs_around, question_of, rows_at
from pipelines.terminal.progress import step
from pipelines.timing import timing_in
from pipelines.workspace import Workspace
from serving import ledger
from serving.ledger import Measure, Pain
from serving.store import Store
from serving.watching.records import plainly

STALL, WAIT = "stall", "wait"
WAITS = ("first_reply", "resolution", "refund")
KINDS = (DROP_OFF, STALL, "ping_pong", WAIT, *WAITS)
"""What may hurt; a wait of one sort is a kind of its own."""

NOTHING_YET = Measured(cells={}, verdict="unclear", because=TOO_EARLY)

PLACES = ("channel", "persona", "stage")
"""What may be compared with others of its sort, the nearest first."""


def against_of(
    told: Mapping[str, str], known: Mapping[str, Sequence[str]], others: Iterable[Pain]
) -> dict[str, Any]:
    """What a pain is compared with: the same place but for one word, and nobody mends it there."""
    by = next((name for name in PLACES if told[name]), None)
    if by is None or (by == "stage" and told["kind"] == DROP_OFF):
        raise WorkspaceInvalid(
            "nothing is left to compare it with",
            where="--channel",
            mend="name the channel or the persona where it hurts",
        )
    taken = {told[by], *_mended(told, by, (one for one in others if not one.closed_at))}
    names = [name for name in known[by] if name not in taken]
    if not names:
        raise WorkspaceInvalid(
            f"no other {by} is left to compare it with",
            where=f"--{by}",
            mend="close what is open at the others, or name a wider place",
        )
    return {"by": by, "names": names}


def measure_changed(
    workspace: Workspace, store: Store, every: Sequence[Pain], cutoff: datetime
) -> str:
    """Measure what had changed and was not measured at a cutoff; why not, where it cannot be.

    `every` is the ledger as it was known then.
    """
    kept = store.read(partial(ledger.measures, known=every, until=cutoff))
    due = [
        pain
        for pain in every
        if not pain.closed_at
        and pain.changed_at
        and pain.changed_at < cutoff
        and not (pain.pain_id in kept and kept[pain.pain_id].as_of == cutoff)
    ]
    if not due:
        return ""
    try:
        with step("Measuring what was changed"):
            found = _measured(workspace, due, every, cutoff)
    except DataRefused as error:
        return error.what
    now = timing_in(workspace).now()
    for pain in due:
        measure = Measure(
            pain_id=pain.pain_id,
            as_of=cutoff,
            measured_at=now,
            changed_at=pain.changed_at,
            facts=found[pain.pain_id],
        )
        store.write(partial(ledger.keep_measure, measure=measure))
    return ""


def _measured(
    workspace: Workspace, due: Sequence[Pain], every: Sequence[Pain], cutoff: datetime
) -> dict[str, dict[str, Any]]:
    """What of each pain is known; what it takes long to look at is left until there is anything."""
    snapshot = snapshot_until(workspace, cutoff)
    question = question_of(workspace, snapshot, cutoff)
    changes = {pain.pain_id: _change(pain, question) for pain in due}
    earliest = min(change.at for change in changes.values())
    cutoffs = cutoffs_around(workspace, snapshot, question, cutoff, earliest)
    days = pd.DatetimeIndex(cutoffs, tz="UTC")
    found = dict.fromkeys(changes, NOTHING_YET)
    ripe = [one for one in due if np.any(changes[one.pain_id].after(days))]
    if ripe:
        kinds = {(place.kind, place.what) for place in map(_place, ripe)}
        rows = rows_at(workspace, snapshot, question, cutoffs, cutoff, kinds)
        for pain in ripe:
            told = _place(pain), _against(pain, every), changes[pain.pain_id]
            found[pain.pain_id] = before_after(rows, *told)
    return {pain_id: plainly(one.facts()) for pain_id, one in found.items()}


def _place(pain: Pain) -> Place:
    kind, what = (WAIT, pain.kind) if pain.kind in WAITS else (pain.kind, "")
    return Place(kind=kind, what=what, stage=pain.stage, channel=pain.channel, persona=pain.persona)


def _against(pain: Pain, every: Iterable[Pain]) -> Against:
    """What was chosen when it was opened, but for what somebody has changed since."""
    by, told = str(pain.against["by"]), vars(pain)
    changed = _mended(told, by, (one for one in every if one.changed_at and one is not pain))
    names = (name for name in pain.against["names"] if name not in changed)
    return Against(by=by, names=tuple(names))


def _mended(told: Mapping[str, Any], by: str, others: Iterable[Pain]) -> set[str]:
    """Where else others mend the same kind of pain at the same stage."""
    return {
        getattr(one, by)
        for one in others
        if one.kind == told["kind"] and (by == "stage" or one.stage in ("", told["stage"]))
    }


def _change(pain: Pain, question: Asked) -> Change:
    """Of which time rows of a kind tell: a drop-off lies ahead of a cutoff, all else behind it."""
    at, days = pain.changed_at or pain.opened_at, question.target.lead_days
    if pain.kind == DROP_OFF:
        return Change(at=at, ahead_days=days)
    back = days if pain.kind == STALL else question.params.recent_days
    return Change(at=at, ahead_days=0, back_days=back)
