"""What of a folder is whole: its files with their rows and hashes, written after all of them."""

import json
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from features import durable

NAME = "_manifest.json"


def write(folder: Path, told: Mapping[str, Any]) -> None:
    """Put the manifest in place of the one before; the files it names are on disk by then."""
    durable.settle(folder)
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, indent=2)
    durable.write_bytes(folder / NAME, f"{text}\n".encode())
    durable.settle(folder)


def files_of(folder: Path) -> list[dict[str, Any]]:
    """The files that the manifest names; none before the first. `ValueError` where it is none."""
    try:
        told = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        return []
    files = told.get("files") if isinstance(told, dict) else None
    if not isinstance(files, list) or not all(_is_entry(one) for one in files):
        raise ValueError(NAME)
    return files


def entry(path: Path, rows: int) -> dict[str, Any]:
    """A file as the manifest tells it: name, rows, bytes, sha256."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "rows": rows, "bytes": path.stat().st_size, "sha256": digest}


def _is_entry(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("name"), str)
