"""Where the files of a source lie: one path, or all that a pattern such as `chats/*.txt` fits."""

from glob import glob
from pathlib import Path, PurePath


def found(path: str, root: Path) -> list[str]:
    """The files under the folder `root`, by their names from there on and in order of these.

    A path that is a file is no pattern, whatever signs are in it; `**` goes through folders.
    Names that begin with a dot fit only a pattern that does.
    """
    if (root / path).is_file():
        return [path]
    fitting = glob(path, root_dir=root, recursive=True)  # noqa: PTH207 (it may be absolute)
    names = {PurePath(name).as_posix() for name in fitting}
    return sorted(name for name in names if (root / name).is_file())


def is_pattern(path: str) -> bool:
    """Whether a path is meant to fit several files.

    >>> is_pattern("sources/*.csv"), is_pattern("sources/[2026] orders.csv")
    (True, False)
    """
    return "*" in path or "?" in path
