"""Deciding a night: what the workspace says, what the store remembers, what was scored."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from models.answers.scoring import Telling
from models.logit import Floats
from models.reasons.why import Reasons
from pipelines.rights.suppress import refresh
from pipelines.settings.keys import workspace_key
from pipelines.timing import timing_in
from pipelines.workspace import Workspace
from serving.decide import (
    ARMS,
    RULE,
    Decided,
    Knowing,
    Playbook,
    Standing,
    bands_told,
    decide,
    knowing,
    reasons_begin,
    yearly_value,
)
from serving.scores import Run
from serving.store import Before, Store
from serving.store.decided import record, standing

PAST_MONEY = "past_money"
DAY_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What is known before a night is scored: what was told, decided and forbidden until now."""

    book: Playbook
    before: Before
    standing: Standing

    def telling(self, language: str) -> Telling:
        """Who is scored and told why."""
        params = self.book.params
        return Telling(
            language=language,
            probability_least=reasons_begin(params),
            bands=bands_told(params),
            before=self.before.reasons,
            withheld=self.withheld,
        )

    @property
    def withheld(self) -> frozenset[str]:
        """The customers who must not be scored."""
        return frozenset(self.standing.suppressed.get("", ()))


def remembered(workspace: Workspace, cutoff: datetime) -> Remembered:
    """What the store knows before the night of a cutoff.

    `SuppressionsUntrusted` where it cannot be told for sure who must not be scored.
    """
    settings = workspace.settings
    book = Playbook(params=settings.decide, plays=settings.plays, experiment=settings.experiment)
    now = timing_in(workspace).now()
    with closing(Store(workspace.store_url)) as store:
        refresh(workspace, store, now)
        before = store.reasons_before(cutoff)
        known = store.read(
            partial(standing, book=book, cutoff=cutoff, before=before.run_id, now=now)
        )
    return Remembered(book=book, before=before, standing=known)


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """A night decided, and what is made of it; everything is aligned with the rows scored."""

    decided: Decided
    yearly: Floats
    reasons: Sequence[Reasons]
    probabilities: Floats
    book: Playbook
    standing: Standing

    def shaped_by(self) -> dict[str, Any]:
        """What shapes the rows of a run besides the model and the data."""
        return {"decide": asdict(self.book.params), "decided": self.decided.sha256()}

    def facts(self, run: Run) -> dict[str, Any]:
        """How many were given each play, and how far the experiment has come; no customer."""
        rows, told = self.decided.rows, self.knowing(run)
        given = Counter(self.decided.plays.tolist())
        drawn = Counter(rows["arm"].dropna().tolist())
        return {
            "actions": {play.name: given[play.name] for play in self.book.plays},
            "arms": {arm: drawn[arm] for arm in ARMS},
            "enrolled_tonight": self._enrolled_tonight(),
            "experiment": told and {**asdict(told), "sentence": told.sentence()},
        }

    def _enrolled_tonight(self) -> int:
        """Also where the night is scored again, and the store knows them already."""
        known, earlier = self.standing.enrolled, self.standing.enrolled_a_night.values()
        return len(known) + int(self.decided.fresh.sum()) - sum(earlier)

    def sentences(self, run: Run) -> Iterator[str]:
        """What a person reads of that."""
        facts = self.facts(run)
        if self.book.plays:
            told = ", ".join(f"{name} {given:,}" for name, given in facts["actions"].items())
            yield f"Actions by {RULE}: {told}."
        if self.book.experiment:
            arms, fresh = facts["arms"], facts["enrolled_tonight"]
            yield (
                f"Arms: {arms['treated']:,} treated, {arms['control']:,} held out; "
                f"{fresh:,} enrolled tonight."
            )
        if facts["experiment"]:
            yield facts["experiment"]["sentence"]

    def recording(self, run: Run) -> Callable[[Any], None]:
        """What keeps arms and actions, in the transaction that publishes."""
        return partial(record, run=run, decided=self.decided)

    def knowing(self, run: Run) -> Knowing | None:
        """When the experiment will tell."""
        outcome_days = round((run.expires_at - run.as_of).total_seconds() / DAY_SECONDS)
        return knowing(
            self.decided.rows,
            self.probabilities,
            self.standing,
            run.as_of,
            self.book,
            outcome_days=outcome_days,
        )


def decisions(
    workspace: Workspace,
    rows: pd.DataFrame,
    known: Remembered,
    cutoff: datetime,
    outlooks: Iterable[pd.DataFrame],
) -> Decisions:
    """What to do about each of those who were scored; `outlooks` may tell their stages.

    Reasons are left to whom the workspace has them told, now that bands are known.
    """
    params = known.book.params
    yearly = yearly_value(rows[PAST_MONEY].to_numpy(np.float64), params)
    key = workspace_key(workspace.root) if known.book.experiment else b""
    asked = rows.assign(yearly_value=yearly, stage=_stages(rows, outlooks))
    decided = decide(asked, known.standing, cutoff, known.book, key)
    told = decided.rows["risk_band"].isin(bands_told(params))
    reasons = [few if is_told else [] for few, is_told in zip(rows["reasons"], told, strict=True)]
    return Decisions(
        decided=decided,
        yearly=yearly,
        reasons=reasons,
        probabilities=rows["probability"].to_numpy(np.float64),
        book=known.book,
        standing=known.standing,
    )


def _stages(rows: pd.DataFrame, outlooks: Iterable[pd.DataFrame]) -> pd.Series:
    """The stage of each row, where a model of progression told it."""
    told = [one.set_index("customer_id")["stage"] for one in outlooks if "stage" in one]
    stages = told[0].to_dict() if told else {}
    return pd.Series([stages.get(one) for one in rows["customer_id"]], rows.index, dtype="str")
