"""What a person reads of an experiment: the verdict, what casts doubt on it, then the numbers."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.terminal.printable import one_line
from serving.outcomes import telling
from serving.outcomes.found import TOO_EARLY, Outcomes

MEASURES = ("measure", "value", "once", "always")
GROUPS = ("by", "group", "treated", "control", "difference", "interval", "pooled")


def show_outcomes(told: Outcomes, language: str, currency: str, seconds: float) -> None:
    """Print an experiment as its outcomes stand."""
    console, say = Console(highlight=False), telling.words(language)
    date = say.date(told.as_of.isoformat())
    console.print()
    title = say.say("title", experiment=one_line(told.experiment), date=date)
    console.print(Text(title, style="bold"))
    console.print(Text(telling.verdict(told, say)))
    for sentence in telling.doubted(told, say):
        console.print(Text(one_line(sentence), style="yellow"))
    for sentence in telling.sentences(told, say, currency):
        console.print(Text(sentence))
    if told.verdict != TOO_EARLY:
        _tables(console, told, say, currency)
    console.print(f"Done in {seconds:.0f} s.")


def _tables(console: Console, told: Outcomes, say: telling.Words, currency: str) -> None:
    rows = telling.measures(told, say, currency)
    console.print()
    console.print(_table(MEASURES, [*rows], say, texts=1))
    groups = [*telling.groups(told, say)]
    if groups:
        console.print()
        console.print(_table(GROUPS, groups, say, texts=2))
        console.print(Text(say.say("sentence.pooled"), style="dim"))


def _table(
    names: tuple[str, ...], rows: list[tuple[str, ...]], say: telling.Words, *, texts: int
) -> Table:
    """The first columns hold texts, the others numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, name in enumerate(names):
        justify = "left" if at < texts else "right"
        table.add_column(say.say(f"column.{name}"), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    return table
