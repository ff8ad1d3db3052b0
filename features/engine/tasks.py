"""Work on one partition done elsewhere: the table is left as a file, the answer says which.

Tables do not travel through the engine that spreads the tasks, so neither its driver nor its
Java ever holds more than a few lines. The folder is one that all machines see.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from features import durable, errors
from features.engine.partitions import Work
from features.errors import DataRefused, JejakError, WorkspaceInvalid

ANSWER = {"at": pa.int64(), "file": pa.string(), "sha256": pa.string(), "trouble": pa.string()}
"""What a task tells of one of its places: the file with its checksum, or what must be mended."""

_EXACT = ("lightgbm", "numpy", "pandas", "polars", "pyarrow", "scikit-learn")
_AS_STORED = pa.ipc.IpcWriteOptions(compression="lz4")


def versions() -> dict[str, str]:
    """Versions of the libraries that digits may depend on, as they are installed here."""
    return {name: _version(name) for name in _EXACT}


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is to be made of each of some partitions, and where to put it.

    `versions` are those of the machine that asked.
    """

    work: Work
    places: Sequence[int]
    folder: Path
    versions: Mapping[str, str]

    def answers(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """One answer for each position in `places` that the first column of the batches holds."""
        for batch in batches:
            for at in batch.column(0).to_pylist():
                answer = {"at": at, "file": None, "sha256": None, "trouble": None}
                try:
                    answer |= self._stored(at)
                except JejakError as error:
                    answer["trouble"] = _written(error)
                yield pa.RecordBatch.from_pylist([answer], schema=pa.schema(ANSWER))

    def _stored(self, at: int) -> dict[str, str]:
        refuse_other_versions(self.versions)
        table = self.work(self.places[at])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema, options=_AS_STORED) as writer:
            writer.write_table(table)
        content = sink.getvalue().to_pybytes()
        file = f"{at:05d}.arrow"
        durable.write_bytes(self.folder / file, content)
        return {"file": file, "sha256": sha256(content).hexdigest()}


def collected(answers: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[pa.Table]:
    """The tables in the order of the task's places, each read when it is asked for.

    Raises what the first place in trouble told, or `DataRefused` where a file is not what its
    task wrote.
    """
    inorder = sorted(answers, key=lambda answer: answer["at"])
    for answer in inorder:
        if answer["trouble"] is not None:
            raise _read(answer["trouble"])
    return (_table(folder / answer["file"], answer["sha256"]) for answer in inorder)


def refuse_other_versions(wanted: Mapping[str, str]) -> None:
    """`WorkspaceInvalid` where libraries are not installed here in the versions wanted."""
    here = {name: _version(name) for name in wanted}
    others = [
        f"{name} {here[name]}, not {wanted[name]}" for name in wanted if here[name] != wanted[name]
    ]
    if others:
        raise _worker_has(", ".join(others))


def worker_lacks(trace: str) -> WorkspaceInvalid | None:
    """What to do about a module that a worker could not import, if that is what a trace tells."""
    missing = re.search(r"No module named '([^']+)'", trace)
    return _worker_has(f"no module {missing[1]}") if missing else None


def _worker_has(what: str) -> WorkspaceInvalid:
    return WorkspaceInvalid(
        f"a worker of Spark has {what}",
        where="compute.master",
        mend="install the requirements.lock of this version of jejak on every worker",
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _table(path: Path, checksum: str) -> pa.Table:
    content = path.read_bytes() if path.exists() else b""
    if sha256(content).hexdigest() != checksum:
        raise DataRefused(
            "what a worker of Spark wrote is not what this machine reads",
            where=str(path),
            mend="put the workspace in a folder that this machine and all workers see",
        )
    path.unlink()
    return pa.ipc.open_file(pa.BufferReader(content)).read_all()


def _written(error: JejakError) -> str:
    told = {"kind": type(error).__name__, "what": error.what}
    return json.dumps({**told, "where": error.where, "mend": error.mend})


def _read(trouble: str) -> JejakError:
    told = json.loads(trouble)
    kind = cast("type[JejakError]", getattr(errors, told["kind"], JejakError))
    return kind(told["what"], where=told["where"], mend=told["mend"])
