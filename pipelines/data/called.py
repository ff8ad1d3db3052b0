"""Whom a person means who names a customer: by the id, or by a handle."""

from features.errors import DataRefused
from features.identity.called import customers_called, is_handle
from features.lake import open_lake
from features.lake.store import MANIFEST
from pipelines.settings.identity import handles
from pipelines.workspace import Workspace


def customer_called(workspace: Workspace, written: str) -> str:
    """The id of the customer with a handle, written `KIND:HANDLE`; any other text is the id.

    `DataRefused`, which does not repeat the handle, where nobody has it or several customers do.
    """
    if not is_handle(written) or not (workspace.lake / MANIFEST).exists():
        return written
    params, standing = handles(workspace), open_lake(workspace.lake).standing()
    if params is None or standing is None:
        return written
    found = customers_called(standing, written, params)
    if len(found) != 1:
        told = f"{len(found):,} customers have" if found else "no customer has"
        raise DataRefused(
            f"{told} this handle",
            where="the customer on the command line",
            mend="name another handle of theirs, or the id as the scores have it",
        )
    return found[0]
