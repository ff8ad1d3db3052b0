"""A folder as a destination: each batch a file of changes, true once the manifest names it."""

import errno
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import durable
from features.errors import DataRefused
from features.mistakes import Mistake, nearest, unknown_key
from serving.destinations.at_once import UNLIMITED, AtOnce
from serving.destinations.destination import (
    Acknowledged,
    Batch,
    Destination,
    Memo,
    Outcomes,
    Tools,
)
from serving.destinations.fields.cells import holds
from serving.destinations.files import manifest
from serving.destinations.files.formats import FORMATS, OP, Shape
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import BatchRefused, Busy, Misconfigured, OutcomeUnknown

OPTIONS = ("folder", "format", "keep_days", "rows_a_batch")
ROWS_A_BATCH = 50_000
ROWS_MOST = 1_000_000
DAYS_MOST = 3_650

BEGINS = "changes-"
OURS = (
    BEGINS,
    durable.unfinished(Path(BEGINS)).rstrip("."),
    durable.unfinished(Path(manifest.NAME)),
)
"""How files begin that may be removed: changes, and what a killed process has left unfinished."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NEVER = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ENOENT}


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the settings of a folder say and cannot mean."""
    return [*_of_options(spec), *_of_columns(spec)]


def opened(spec: DestinationSpec, tools: Tools) -> Destination:
    """The folder as a destination; the first batch makes it."""
    return Files(spec, tools)


class Files(AtOnce):
    """A folder of files and a manifest; whoever reads it trusts the manifest alone.

    A file is named by the id of its batch, so that sending again replaces it. Files that the
    manifest does not name are left over from a batch that was interrupted: they are removed.
    """

    def __init__(self, spec: DestinationSpec, tools: Tools) -> None:
        said = spec.options
        self.rows_a_batch = int(said.get("rows_a_batch", ROWS_A_BATCH))
        self.folder = tools.folder / str(said.get("folder", f"delivered/{spec.name}"))
        self._ending, self._write = FORMATS[str(said.get("format", "csv"))]
        self._keep_days = int(said.get("keep_days", 0))
        self._spec = spec
        self._tools = tools
        tools.pacer.allow(*UNLIMITED)

    def calls(self, batch: Batch) -> Sequence[str]:
        """The files that a batch would be written to."""
        path = self.folder / self._name(batch)
        return [f"write {path} ({len(batch.rows)} rows)", f"write {self.folder / manifest.NAME}"]

    def send(self, batch: Batch, memo: Memo) -> Outcomes:  # noqa: ARG002  (the manifest is all)
        """Write the file, then the manifest that names it; then all rows are acknowledged."""
        self._tools.pacer.before_call()
        try:
            with _told(self.folder):
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with durable.only_writer(self.folder):
                    self._add(batch)
        finally:
            self._tools.pacer.after_call()
        return {row.key: Acknowledged() for row in batch.rows}

    def close(self) -> None:
        """Nothing is held open."""

    def _add(self, batch: Batch) -> None:
        before, shape = _named(self.folder), _shape(self._spec)
        path = self.folder / self._name(batch)
        durable.write_file(path, partial(self._write, batch.rows, shape))
        now = self._tools.timing.now()
        entry = manifest.entry(path, len(batch.rows)) | {
            "batch_id": batch.batch_id,
            "run_id": batch.run_id,
            "written_at": now.isoformat(),
        }
        others = [one for one in before if one["name"] != path.name and self._is_kept(one, now)]
        files = [*others, entry]
        schema = [{"name": name, "holds": held} for name, held in shape.items()]
        told = {"destination": self._spec.name, "schema": schema, "files": files}
        manifest.write(self.folder, told)
        self._sweep({one["name"] for one in files})

    def _name(self, batch: Batch) -> str:
        named = f"{BEGINS}{batch.run_id}-{batch.batch_id}"
        return re.sub("[^A-Za-z0-9-]", "_", named) + self._ending

    def _is_kept(self, entry: Mapping[str, Any], now: datetime) -> bool:
        written_at = datetime.fromisoformat(entry.get("written_at", now.isoformat()))
        return not self._keep_days or now - written_at < timedelta(days=self._keep_days)

    def _sweep(self, named: set[str]) -> None:
        """Remove what the manifest does not name: too old, or left by a process that was killed."""
        for path in self.folder.iterdir():
            if path.name.startswith(OURS) and path.name not in named:
                path.unlink()


def _named(folder: Path) -> list[dict[str, Any]]:
    try:
        return manifest.files_of(folder)
    except ValueError:
        mend = f"move {manifest.NAME} and the files beside it elsewhere"
        raise Misconfigured(f"{folder / manifest.NAME} cannot be read", mend=mend) from None


def _shape(spec: DestinationSpec) -> Shape:
    return {OP: "text", spec.key_field: "text", **{n: holds(spec, n) for n in spec.fields}}


@contextmanager
def _told(folder: Path) -> Generator[None]:
    """What a disk refuses, as troubles."""
    try:
        yield
    except DataRefused:
        raise Busy(f"another process writes into {folder}", code="LOCKED") from None
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "")
        if error.errno in FULL:
            raise Busy(f"no room for {folder}", code=code) from None
        if error.errno in NEVER:
            mend = "look at the folder and its rights"
            raise Misconfigured(f"{folder}: {error.strerror}", code=code, mend=mend) from None
        raise OutcomeUnknown(f"{folder}: {error.strerror}", code=code) from None
    except pa.ArrowException as error:
        raise BatchRefused(str(error), code="TYPE") from None


def _of_options(spec: DestinationSpec) -> Iterator[Mistake]:
    said = spec.options
    for name in said:
        if name not in OPTIONS:
            yield unknown_key(f"options.{name}", name, OPTIONS)
    if not isinstance(said.get("folder", ""), str):
        yield Mistake("options.folder", "is no path", "write it from the workspace's folder on")
    if said.get("format", "csv") not in FORMATS:
        given = str(said["format"])
        yield Mistake("options.format", f"{given!r} is none", nearest(given, FORMATS))
    yield from _of_number(spec, "keep_days", 0, DAYS_MOST)
    yield from _of_number(spec, "rows_a_batch", 1, ROWS_MOST)
    for name in spec.secrets:
        yield Mistake(f"secrets.{name}", "a folder has no secrets", "leave it out")


def _of_number(spec: DestinationSpec, name: str, least: int, most: int) -> Iterator[Mistake]:
    number = spec.options.get(name, least)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        yield Mistake(f"options.{name}", f"is {number!r}", f"write {least} to {most}")


def _of_columns(spec: DestinationSpec) -> Iterator[Mistake]:
    named = {"key_field": spec.key_field, **{f"fields.{name}": name for name in spec.fields}}
    for key, name in named.items():
        if name == OP:
            yield Mistake(key, f"{OP!r} is the column that says set or clear", "name it otherwise")
