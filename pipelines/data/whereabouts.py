"""Where customers stand, on a terminal: stages by who says so, and personas."""

from collections.abc import Mapping

from rich.table import Table

from pipelines.terminal.printable import one_line


def stages_table(voices: Mapping[str, Mapping[str, int]]) -> Table:
    """One line a stage, one column a voice."""
    table = _table("customers by stage, as told by", voices)
    for stage in next(iter(voices.values())):
        counts = (f"{counts[stage]:,}" for counts in voices.values())
        table.add_row(one_line(stage), *counts)
    return table


def personas_table(personas: Mapping[str, int]) -> Table:
    """One line a persona."""
    table = _table("customers by persona", ["customers"])
    for name, customers in personas.items():
        table.add_row(one_line(name), f"{customers:,}")
    return table


def _table(title: str, headings: Mapping[str, object] | list[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(title)
    for heading in headings:
        table.add_column(one_line(heading), justify="right", no_wrap=True)
    return table
