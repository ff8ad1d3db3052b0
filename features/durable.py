"""Files that are there whole or not at all, whatever interrupts the writing."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from features.errors import DataRefused


def write_bytes(path: Path, content: bytes) -> None:
    """Put the content in place of what the path named before; never a part of it."""
    write_file(path, lambda file: file.write(content))


def write_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Put what `write` writes in place of what the path named before.

    If that fails the former file stands, without litter. Only its owner may read the file: it
    may hold personal data.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path))
    os.close(handle)
    raw_path = Path(name)
    try:
        with raw_path.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        raw_path.replace(path)
    except BaseException as error:
        raw_path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise


def unfinished(path: Path) -> str:
    """How the names begin that a file has until it is whole; a killed process leaves them."""
    return f".{path.name}."


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
