"""One customer's page: the lake's trace and the store's memory, as HTML for who is to call."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from features import durable
from features.errors import DataRefused
from features.families.consistency import BUSINESS_ROLES
from features.journey_map.trace import CustomerTrace, trace_of
from features.roles import ROLES
from pipelines.data.called import customer_called
from pipelines.data.ingest import snapshot_until
from pipelines.settings.keys import workspace_key
from pipelines.terminal.summary import show_end
from pipelines.timing import timing_in
from pipelines.workspace import Workspace, open_workspace
from serving.customer.history import history
from serving.customer.known import History, Known
from serving.keyed import mark
from serving.store import Store
from serving.suppression import CUSTOMER

PAGES = "reports/customers"


@dataclass(frozen=True, kw_only=True)
class Written:
    """A page that was written; whose it is stands in it alone."""

    path: Path
    events: int
    nights: int

    def facts(self) -> dict[str, Any]:
        """The file, and how much it tells; no customer."""
        return {"file": str(self.path), "events": self.events, "nights": self.nights}

    def text(self, seconds: float) -> None:
        """Print where the page is."""
        show_end({"page": self.path}, seconds)


def write_customer(
    root: Path, as_of: date | None, customer_id: str, *, language: str | None = None
) -> Written:
    """Write the page of a customer; `DataRefused` where nothing is known of them."""
    workspace = open_workspace(root)
    customer_id = customer_called(workspace, customer_id)
    cutoff = workspace.cutoff(as_of)
    trace = trace_of(snapshot_until(workspace, cutoff), customer_id, cutoff)
    now = timing_in(workspace).now()
    with closing(Store(workspace.store_url)) as store:
        told = history(store, customer_id, cutoff, now)
    _refuse_unknown(trace, told)
    html = _page(workspace, _known(workspace, customer_id, trace, told, cutoff, now), language)
    path = page_of(workspace, customer_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write_bytes(path, html.encode())
    return Written(path=path, events=len(trace.events), nights=len(told.scores))


def page_of(workspace: Workspace, customer_id: str) -> Path:
    """Where the page of a customer lies; its name tells nobody whose it is."""
    name = mark(workspace_key(workspace.root), CUSTOMER, customer_id)[:16]
    return workspace.root / PAGES / f"{name}.html"


def _page(workspace: Workspace, known: Known, language: str | None) -> str:
    from serving.customer.page import render

    params = workspace.settings.workspace
    return render(known, title=params.name, language=language or params.language)


def _known(
    workspace: Workspace,
    customer_id: str,
    trace: CustomerTrace,
    told: History,
    cutoff: datetime,
    now: datetime,
) -> Known:
    settings = workspace.settings
    roles = {**ROLES, **settings.features.roles}
    return Known(
        customer_id=customer_id,
        cutoff=cutoff,
        now=now,
        zone=settings.workspace.zone,
        currency=settings.workspace.currency,
        history=told,
        events=trace.events,
        spells=trace.stays,
        contracts=trace.contracts,
        outreach=trace.outreach,
        attributes={name: f"{value}" for name, value in trace.attributes.items()},
        reasons_in=settings.workspace.language,
        by_business=frozenset(step for role in BUSINESS_ROLES for step in roles[role]),
    )


def _refuse_unknown(trace: CustomerTrace, told: History) -> None:
    known = (trace.events, trace.stays, trace.contracts, told.scores)
    if all(frame.empty for frame in known) and not trace.attributes:
        raise DataRefused(
            "nothing is known of this customer",
            where="--customer",
            mend="write the id as the scores have it (out/scores.csv, column customer_id)",
        )
