"""Who was erased, for those who read the sources."""

from functools import partial

from features.lake.erased import Erased
from pipelines.settings.keys import workspace_key
from pipelines.workspace import Workspace


def erased(workspace: Workspace) -> Erased:
    """The tombstones of a workspace as they stand now; none before its store is there."""
    if not workspace.settings.store.url and not workspace.store.exists():
        return Erased()
    from serving.erasing import marks  # the libraries of the store take a second
    from serving.keyed import mark
    from serving.store import Store

    store = Store(workspace.store_url)
    try:
        tombstones = store.read(marks)
    finally:
        store.close()
    key = workspace_key(workspace.root) if tombstones else b""
    return Erased(tombstones=tombstones, mark=partial(mark, key))
