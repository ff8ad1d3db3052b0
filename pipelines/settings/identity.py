"""The key of a workspace's identity: without it nobody can try out whose a handle is."""

import os
import secrets

from features.errors import DataRefused
from features.identity.chances import refuse_without_splink
from features.identity.records import HandleParams
from features.lake.store import MANIFEST
from features.sources.kinds import complete
from features.sources.whose import told_by_handles
from pipelines.workspace import Workspace

_KEY_BYTES = 32


def handles(workspace: Workspace) -> HandleParams | None:
    """How handles are read and hidden; None where the sources name the customers themselves."""
    settings = workspace.settings
    if not told_by_handles([complete(spec) for spec in settings.sources]):
        return None
    if settings.identity.likely_threshold is not None:
        refuse_without_splink()
    return HandleParams(key=_key(workspace), region=settings.identity.region)


def _key(workspace: Workspace) -> bytes:
    """The key beside the lake, made with the first lake; `DataRefused` if it was lost."""
    path = workspace.root / "identity.key"
    if not path.exists():
        if (workspace.lake / MANIFEST).exists() and (workspace.lake / "records").is_dir():
            raise DataRefused(
                "the key of the customers' identity is gone: every customer would get a new name",
                where=str(path),
                mend="put it back from a copy, or delete the lake to begin anew",
            )
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES))
    return bytes.fromhex(path.read_text(encoding="ascii"))
