"""What only one kind of source knows, said in `options` and checked against what it knows."""

from collections.abc import Mapping

from features.errors import DataRefused
from features.mistakes import nearest
from features.sources.spec import SourceSpec


def known(spec: SourceSpec, *names: str) -> dict[str, str]:
    """The options of a source whose kind knows these names.

    Raises `DataRefused` for a name that it does not know.
    """
    for name in spec.options:
        if name not in names:
            mend = nearest(name, names) if names else "this kind has none; leave it out"
            raise DataRefused(
                f"source {spec.name!r}: `options.{name}` is not known to kind {spec.kind!r}",
                where=spec.path,
                mend=mend,
            )
    return dict(spec.options)


def mapped(spec: SourceSpec, tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The columns of the spec's table as a kind maps those `tables`.

    Of another table it knows nothing. Raises `DataRefused` then, unless the spec says columns.
    """
    if spec.table not in tables and not spec.columns:
        known = " or ".join(f'"{name}"' for name in tables)
        raise DataRefused(
            f"source {spec.name!r}: this kind does not know the table {spec.table!r}",
            where=spec.path,
            mend=f"write `table = {known}`, or say the columns",
        )
    return dict(tables.get(spec.table, {}))
