"""The key of a workspace: without it nobody can tell a customer's arm, or who was erased."""

import os
import secrets
import tempfile
from pathlib import Path

from features import durable
from features.errors import WorkspaceInvalid

VARIABLE = "JEJAK_KEY"
FILE_NAME = ".jejak-key"
KEY_BYTES = 32


def workspace_key(root: Path) -> bytes:
    """The key that the environment gives, else that of the folder, made when it is first needed.

    Both are 64 hexadecimal digits. A file that is lost must come back from a copy: with another
    key customers would change their arms, and who was erased could come back. `WorkspaceInvalid`
    when what there is is no key.
    """
    told = os.environ.get(VARIABLE)
    if told:
        return _key(told, f"the environment variable {VARIABLE}")
    path = root / FILE_NAME
    if not path.exists():
        _make(path)
    return _key(path.read_text(encoding="utf-8", errors="replace"), str(path))


def _make(path: Path) -> None:
    """Put a new key there, whole, unless another process was first; its owner alone may read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=durable.unfinished(path))
    raw_path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(raw_path)
    except FileExistsError:
        return
    finally:
        raw_path.unlink(missing_ok=True)
    durable.settle(path.parent)


def _key(told: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(told.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WorkspaceInvalid(
            f"the key is not {2 * KEY_BYTES} hexadecimal digits",
            where=where,
            mend="put the key back from a copy; `openssl rand -hex 32` makes one where none was",
        )
    return key
