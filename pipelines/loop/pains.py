"""`jejak pains`: the ledger of what somebody means to mend, and what came of it."""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from features.catalog import Vocabulary
from features.clock import midnight
from features.errors import WorkspaceInvalid
from features.lake import open_lake
from features.mistakes import nearest
from features.stages.personas import OTHER
from models.pains.before_after import DROP_OFF
from pipelines.data.words import words_before
from pipelines.loop.hurting import asked
from pipelines.loop.listed import place_listed
from pipelines.loop.mending import KINDS, WAIT, WAITS, against_of, measure_changed
from pipelines.terminal.printable import one_line
from pipelines.timing import known_until, timing_in
from pipelines.workspace import Workspace, open_workspace
from serving import ledger
from serving.ledger import Measure, Pain
from serving.ledger.sentences import place, sentence, table, words
from serving.store import Store

PERSONAL = re.compile(r"\S@\S|(?:\d[\s().-]*){7,}")
"""E-mail addresses and telephone numbers."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Every pain with its newest measure, as of a cutoff; `note` is why none was measured now."""

    workspace: Workspace
    pains: Sequence[Pain]
    measures: dict[str, Measure]
    note: str = ""

    def facts(self) -> dict[str, Any]:
        """Every pain, its state, and what its newest measure says; no customer."""
        return {"pains": [self._fact(pain) for pain in self.pains], "note": self.note}

    def text(self, seconds: float) -> None:
        """Print a table, then a sentence each."""
        console = Console(highlight=False)
        if not self.pains:
            console.print("No pain has been opened: jejak pains open --help tells how.")
        else:
            console.print(self._table())
            console.print()
            language = self.workspace.settings.workspace.language
            for name, said in self.sentences(language).items():
                console.print(Text(one_line(f"{name}  {said}")))
        if self.note:
            console.print(Text(one_line(f"Not measured now: {self.note}.")))
        console.print(f"Done in {seconds:.0f} s.")

    def sentences(self, language: str = "en") -> dict[str, str]:
        """What came of each pain so far, by its id."""
        speak = words(language)
        return {
            pain.pain_id: sentence(pain, self.measures.get(pain.pain_id), speak)
            for pain in self.pains
        }

    def frame(self, language: str = "en") -> pd.DataFrame:
        """One row a pain, every cell a text."""
        zone = self.workspace.settings.workspace.zone
        return table(self.pains, self.measures, words(language), zone)

    def _table(self) -> Table:
        shown = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        frame = self.frame(self.workspace.settings.workspace.language)
        for heading in frame.columns:
            shown.add_column(str(heading), overflow="fold")
        for row in frame.itertuples(index=False):
            shown.add_row(*(Text(one_line(str(cell))) for cell in row))
        return shown

    def _fact(self, pain: Pain) -> dict[str, Any]:
        measure = self.measures.get(pain.pain_id)
        return {
            **_plain(pain),
            "measure": {"as_of": measure.as_of.isoformat(), **measure.facts} if measure else None,
        }


@dataclass(frozen=True, kw_only=True)
class Entered:
    """One pain as it stands in the ledger now, and what to do next."""

    pain: Pain
    next: str

    def facts(self) -> dict[str, Any]:
        """The pain; no customer."""
        return {"pain": _plain(self.pain)}

    def text(self, seconds: float) -> None:
        """Print its id, its state and what comes next."""
        click.echo(f"{self.pain.pain_id} is {self.pain.state}. {self.next}")
        click.echo(f"Done in {seconds:.0f} s.")


def list_pains(root: Path, as_of: date | None) -> Ledger:
    """The ledger of the workspace in a folder; what changed is measured, once a cutoff."""
    workspace = open_workspace(root)
    with closing(Store(workspace.store_url)) as store:
        return ledger_of(workspace, store, workspace.cutoff(as_of))


def ledger_of(workspace: Workspace, store: Store, cutoff: datetime) -> Ledger:
    """The ledger as it stood at a cutoff, with every pain that had changed measured."""
    known = store.read(partial(ledger.pains, until=known_until(workspace, cutoff)))
    note = measure_changed(workspace, store, known, cutoff)
    return Ledger(
        workspace=workspace,
        pains=known,
        measures=store.read(partial(ledger.measures, known=known, until=cutoff)),
        note=note,
    )


def open_pain(
    root: Path,
    as_of: date | None,
    told: Mapping[str, str],
    *,
    hypothesis: str,
    owner: str,
    rank: int | None = None,
) -> Entered:
    """Enter a pain that somebody means to mend; words that nobody knows are refused.

    `told` is its kind, stage, channel and persona, empty for every one; or it is the one of a
    `rank` in a report, and nothing is told.
    """
    workspace = open_workspace(root)
    _refuse_personal(hypothesis=hypothesis, owner=owner)
    told = _place_told(workspace, as_of, told, rank)
    vocabulary = words_before(workspace, open_lake(workspace.lake).told(), workspace.cutoff(as_of))
    known = _known(workspace, vocabulary)
    for name, word in told.items():
        if word and word not in known[name]:
            raise _refused(f"{word!r} is no {name} here", name, nearest(word, known[name]))
    if rank is None:
        _refuse_untold(told["kind"], asked(workspace, vocabulary).waits)
    with closing(Store(workspace.store_url)) as store:
        others = store.read(ledger.pains)
        against = against_of(told, known, others)
        pain = store.write(
            partial(
                ledger.open_pain,
                **told,
                hypothesis=hypothesis,
                owner=owner,
                opened_at=timing_in(workspace).now(),
                against=against,
            )
        )
    done = f"Once the business has changed: jejak pains changed {pain.pain_id} --on DATE"
    return Entered(pain=pain, next=f"It is {place(pain, words('en'))}. {done}")


def enter_change(root: Path, pain_id: str, on: date) -> Entered:
    """Enter the business day on which the business changed."""
    workspace = open_workspace(root)
    at, now = midnight(on, workspace.settings.workspace.zone), timing_in(workspace).now()
    if at > now:
        raise _refused(f"{on} is not over yet", "on", "tell of a change once it has happened")
    with closing(Store(workspace.store_url)) as store:
        pain = store.write(partial(ledger.change, pain_id=pain_id, changed_at=at, at=now))
    return Entered(pain=pain, next="Each jejak report measures it from now on.")


def close_pain(root: Path, pain_id: str, *, verdict: str, why: str) -> Entered:
    """Close a pain with the verdict of people."""
    workspace = open_workspace(root)
    _refuse_personal(why=why)
    verdict, at = verdict.replace("-", " "), timing_in(workspace).now()
    with closing(Store(workspace.store_url)) as store:
        closed = partial(ledger.close, pain_id=pain_id, verdict=verdict, why=why, at=at)
        pain = store.write(closed)
        kept = store.read(partial(ledger.measures, known=[pain], until=at))
    return Entered(pain=pain, next=sentence(pain, kept.get(pain_id), words("en")))


def reopen_pain(root: Path, pain_id: str) -> Entered:
    """Open a closed pain again."""
    workspace = open_workspace(root)
    now = timing_in(workspace).now()
    with closing(Store(workspace.store_url)) as store:
        pain = store.write(partial(ledger.reopen, pain_id=pain_id, at=now))
    return Entered(pain=pain, next="It is measured again from now on.")


def _place_told(
    workspace: Workspace, as_of: date | None, told: Mapping[str, str], rank: int | None
) -> Mapping[str, str]:
    if rank is None:
        return {**told, "kind": told["kind"] or DROP_OFF}
    for name, word in told.items():
        if word:
            mend = "leave it out, or leave out --from-report"
            raise _refused("a pain point of the report has a place already", name, mend)
    return place_listed(workspace, as_of, rank)


def _known(workspace: Workspace, told: Vocabulary) -> dict[str, list[str]]:
    """The words that each part of a place may have."""
    settings = workspace.settings
    return {
        "kind": list(KINDS),
        "stage": list(settings.stages.order),
        "channel": list(told.every_channel),
        "persona": [*settings.personas, OTHER] if settings.personas else [],
    }


def _refuse_untold(kind: str, waits: Collection[str]) -> None:
    """Refuse a wait of which the data do not tell both the begin and the end."""
    told = {WAIT, *waits} if waits else set[str]()
    if kind in {WAIT, *WAITS} - told:
        mend = "say by which steps it begins and ends in [features.roles], such as ticket_opened"
        raise _refused("no data tell when such a wait begins and ends", "kind", mend)


def _refuse_personal(**texts: str) -> None:
    for name, text in texts.items():
        if PERSONAL.search(text):
            what = "an e-mail address or a telephone number stands in it"
            raise _refused(what, name, "name a team or a role; the ledger holds no personal data")
        if not text.strip():
            raise _refused("it is empty", name, "write it in a few words")


def _refused(what: str, option: str, mend: str) -> WorkspaceInvalid:
    return WorkspaceInvalid(what, where=f"--{option}", mend=mend)


def _plain(pain: Pain) -> dict[str, Any]:
    told = {**vars(pain), "against": dict(pain.against), "state": pain.state}
    return {name: _iso(value) for name, value in told.items()}


def _iso(value: Any) -> Any:  # noqa: ANN401  # whatever a pain holds
    return value.isoformat() if isinstance(value, datetime) else value
