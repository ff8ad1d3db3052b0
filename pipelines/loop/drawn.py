"""One log of outreach: what sources tell of it, and what the store drew and gave out itself."""

import hashlib
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from features.contracts import Frame
from features.lake import Snapshot
from features.outreach import known_by, one_log
from models.rows.treated import NO_ONE
from models.uplift.experiment import TREATED
from pipelines.workspace import Workspace
from serving.outcomes.log import enrolled
from serving.store import Store
from serving.store.given import given


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Who was drawn into which arm (the columns of the table `outreach`), and who was given what.

    `given` has the columns customer_id and assigned_at, one row an action.
    """

    log: Frame
    given: pd.DataFrame

    def by(self, instant: datetime) -> pd.DataFrame:
        """Who was treated or held out before an instant, as far as it was known then.

        The columns are those of `models.rows.treated.NO_ONE`. Whoever was given an action was
        treated, in an experiment or not.
        """
        given = self.given.loc[self.given["assigned_at"] < pd.Timestamp(instant)]
        acted = given.assign(arm=TREATED, probability=float("nan"), lasting=False)
        some = [one for one in (known_by(self.log, instant), acted) if len(one)]
        return pd.concat(some, ignore_index=True).astype(NO_ONE.dtypes) if some else NO_ONE

    def digest(self, instant: datetime) -> str:
        """A hash of what was known before an instant."""
        return hashlib.sha256(self.by(instant).to_csv(index=False).encode()).hexdigest()


def drawn_of(workspace: Workspace, snapshot: Snapshot) -> Drawn:
    """All that is known of outreach; of the store nothing before it is there."""
    if not workspace.settings.store.url and not workspace.store.exists():
        return Drawn(log=snapshot.table("outreach"), given=NO_ONE)
    with closing(Store(workspace.store_url)) as store:
        return Drawn(log=outreach_of(workspace, snapshot, store), given=store.read(given))


def outreach_of(workspace: Workspace, snapshot: Snapshot, store: Store) -> Frame:
    """The lake's table `outreach` with what the store drew; a draw that both tell counts once."""
    zone = workspace.settings.workspace.zone
    return one_log(snapshot.table("outreach"), store.read(enrolled), zone)
