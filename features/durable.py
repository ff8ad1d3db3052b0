"""Files that are there whole or not at all, whatever interrupts the writing."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from features.errors import DataRefused


def write_bytes(path: Path, content: bytes) -> None:
    """Put the content in place of what the path named before; never a part of it."""
    unfinished = path.with_name(f".{path.name}.tmp")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def settle(folder: Path) -> None:
    """Make the names in a folder as lasting as the files that they name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def only_writer(folder: Path) -> Generator[None]:
    """Hold the folder alone; a second writer is refused, a killed one lets go."""
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataRefused(
                "another run is writing the lake", where=str(folder), mend="wait until it is done"
            ) from None
        yield
