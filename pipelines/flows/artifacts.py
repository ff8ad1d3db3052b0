"""What a flow run leaves for people who look at it in Prefect: its summary, without a customer."""

from collections.abc import Mapping
from typing import Any

from prefect.artifacts import create_markdown_artifact

from pipelines.terminal.progress import tell

_CELL_CHARACTERS = 500


def leave(key: str, title: str, facts: Mapping[str, Any], *, note: str = "") -> None:
    """Keep a summary as an artifact of the flow run that is at work.

    That it cannot be kept is told and changes nothing else.
    """
    try:
        create_markdown_artifact(markdown(title, facts, note=note), key=key)
    except Exception as error:  # noqa: BLE001  # Prefect's server may fail in any way
        tell(f"Prefect did not keep the summary ({type(error).__name__}).")


def markdown(title: str, facts: Mapping[str, Any], *, note: str = "") -> str:
    """Facts as Markdown: a table of the plain ones, then one of each list of facts.

    >>> print(markdown("nightly", {"customers": 2, "gates": [{"code": "G01", "passed": True}]}))
    # nightly
    <BLANKLINE>
    | fact | value |
    |---|---|
    | customers | 2 |
    <BLANKLINE>
    ## gates
    <BLANKLINE>
    | code | passed |
    |---|---|
    | G01 | True |
    """
    lists = {name: told for name, told in facts.items() if _is_table(told)}
    plain = {name: told for name, told in facts.items() if name not in lists}
    parts = [f"# {title}", *([_fenced(note)] if note else [])]
    if plain:
        parts.append(_table(("fact", "value"), plain.items()))
    for name, rows in lists.items():
        columns = tuple(dict.fromkeys(column for row in rows for column in row))
        body = _table(columns, ([row.get(column, "") for column in columns] for row in rows))
        parts += [f"## {name.replace('_', ' ')}", body]
    return "\n\n".join(parts)


def _is_table(told: Any) -> bool:  # noqa: ANN401
    return isinstance(told, list) and bool(told) and all(isinstance(one, Mapping) for one in told)


def _table(columns: tuple[str, ...], rows: Any) -> str:  # noqa: ANN401
    lines = [columns, ["---"] * len(columns), *rows]
    head, rule, *body = (f"| {' | '.join(map(_cell, line))} |" for line in lines)
    return "\n".join([head, rule.replace(" ", ""), *body])


def _cell(told: Any) -> str:  # noqa: ANN401
    if isinstance(told, Mapping):
        told = ", ".join(f"{name} {value}" for name, value in told.items())
    elif isinstance(told, list | tuple):
        told = ", ".join(map(str, told))
    text = "" if told is None else str(told)
    return text.replace("|", "\\|").replace("\n", " ")[:_CELL_CHARACTERS]


def _fenced(note: str) -> str:
    return f"```\n{note.replace('```', '')}\n```"
