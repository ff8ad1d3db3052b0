"""Columns of an export by the labels that its product gives them, and options by their values."""

import re
from collections.abc import Iterable

import polars as pl

from features.errors import DataRefused
from features.mistakes import nearest
from features.sources.formats import options
from features.sources.spec import SourceSpec


class Labels:
    """The columns of a file by their labels, whatever case and blanks they are written with.

    >>> Labels(["Record ID", "CREATEDDATE"]).find("Create Date", "Created Date")
    'CREATEDDATE'
    """

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        self._plain = {_plain(column): column for column in reversed(self.columns)}

    def find(self, *labels: str) -> str | None:
        """The file's column for the first of the labels that it has."""
        found = (self._plain.get(_plain(label)) for label in labels)
        return next((column for column in found if column is not None), None)

    def cell(self, *labels: str) -> pl.Expr:
        """Text under the first of the labels that the file has, else nulls."""
        column = self.find(*labels)
        return pl.lit(None, pl.String) if column is None else filled(column)

    def needed(self, made: str, spec: SourceSpec, *labels: str) -> pl.Expr:
        """Text for a column of the contract; nulls if the workspace tells that one otherwise.

        Raises `DataRefused` if the file has none of the labels.
        """
        if self.find(*labels) is None and made in _read(made, spec):
            mend = f"add it to the export, or say `columns.{made}`"
            raise refusal(spec, f"the export has no column {labels[0]!r}", mend)
        return self.cell(*labels)


def filled(column: str) -> pl.Expr:
    """A column of text without blanks around it; null where nothing is left."""
    stripped = pl.col(column).str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def slug(text: pl.Expr) -> pl.Expr:
    """A name as a part of a step.

    >>> pl.select(slug(pl.lit("Closed Won (EU)"))).item()
    'closed_won_eu'
    """
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", "_").str.strip_chars("_")


def chosen(spec: SourceSpec, **allowed: tuple[str, ...]) -> dict[str, str]:
    """Every option's value; the first that is allowed where the workspace says nothing.

    Where only one is named, any other is allowed too. Raises `DataRefused` otherwise.
    """
    said = options.known(spec, *allowed)
    for name, value in said.items():
        if len(allowed[name]) > 1 and value not in allowed[name]:
            mend = nearest(value, allowed[name])
            raise refusal(spec, f"`options.{name}` cannot be {value!r}", mend)
    return {**{name: values[0] for name, values in allowed.items()}, **said}


def refusal(spec: SourceSpec, what: str, mend: str) -> DataRefused:
    """The error of one source."""
    return DataRefused(f"source {spec.name!r}: {what}", where=spec.path, mend=mend)


def _read(made: str, spec: SourceSpec) -> Iterable[str]:
    """From what a column of the contract is read; handles stand for the customer."""
    told = spec.handle_columns.values() if made == "customer_id" and spec.handles else ()
    return told or [spec.columns.get(made, made)]


def _plain(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.lower())
