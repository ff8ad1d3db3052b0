"""Columns of text: a cell is read as if it stood alone, whatever stands beside it."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sources import texts

CELLS = st.lists(st.none() | st.text(" \t\u00a0\0.00127+-evN", max_size=6), max_size=6)


def cleaned(made, cells):
    return made(pl.Series(cells, dtype=pl.String)).to_list()


@pytest.mark.parametrize("made", [texts.stripped, texts.names, texts.numbers])
@given(cells=CELLS)
def test_a_cell_alone_is_the_same_cell_among_others(made, cells):
    assert cleaned(made, cells) == [cleaned(made, [cell])[0] for cell in cells]


@given(cells=CELLS)
def test_names_are_those_of_python(cells):
    def name(cell):
        bare = (cell or "").strip()
        whole = re.fullmatch(r"([+-]?\d+)\.0+", bare)
        return None if not bare or "\0" in bare else whole[1] if whole else bare

    assert cleaned(texts.names, cells) == [name(cell) for cell in cells]


@given(cells=CELLS)
def test_a_column_too_large_to_look_at_is_read_with_the_same_care(cells):
    whole = cleaned(texts.names, cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_MUCH", 0)
        assert cleaned(texts.names, cells) == whole


@given(cells=CELLS)
def test_blanks_around_a_number_change_nothing(cells):
    padded = [None if cell is None else f" {cell}\u00a0" for cell in cells]
    assert cleaned(texts.numbers, padded) == cleaned(
        texts.numbers, [None if cell is None else cell.strip() for cell in cells]
    )
