"""What goes to the machines of a cluster and comes back: code, and a folder for files."""

import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile

from features.durable import only_writer
from features.errors import DataRefused


def packed(packages: Sequence[str], archive: Path) -> Path:
    """An archive of packages as they are imported here, from which others import them."""
    with ZipFile(archive, "w") as file:
        for folder in (_folder(package) for package in packages):
            for module in sorted(folder.rglob("*.py")):
                file.write(module, module.relative_to(folder.parent))
    return archive


@contextmanager
def exchange(folder: Path) -> Generator[Path]:
    """A new folder for files on their way, gone afterwards, with what killed runs left there."""
    folder.mkdir(exist_ok=True)
    for lock in folder.glob("run-*/.lock"):
        with suppress(DataRefused), only_writer(lock.parent):
            shutil.rmtree(lock.parent)
    own = Path(mkdtemp(dir=folder.resolve(), prefix="run-"))
    try:
        with only_writer(own):
            yield own
    finally:
        shutil.rmtree(own)
        with suppress(OSError):
            folder.rmdir()


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0])
