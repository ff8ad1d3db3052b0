"""Names of columns as a person wrote them, made fit for a frame."""

from collections import Counter
from collections.abc import Iterable

from features.errors import DataRefused
from features.sources.raw import ROW
from features.sources.spec import SourceSpec


def names(cells: Iterable[str], spec: SourceSpec) -> list[str]:
    """The names without blanks around them; a blank one is `column_` and its place.

    Raises `DataRefused` if a name stands twice.

    >>> names(["Customer ID ", ""], SourceSpec(name="a", kind="xlsx", path="a.xlsx"))
    ['Customer ID', 'column_2']
    """
    made = [cell.strip() or f"column_{place}" for place, cell in enumerate(cells, start=1)]
    if twice := sorted(name for name, count in Counter(made).items() if count > 1):
        raise DataRefused(
            f"source {spec.name!r} has two columns with one name: {', '.join(twice)}",
            where=spec.path,
            mend="rename one of them",
        )
    if ROW in made:
        raise DataRefused(
            f"source {spec.name!r} has a column {ROW!r}, a name that jejak keeps for itself",
            where=spec.path,
            mend="rename it",
        )
    return made
