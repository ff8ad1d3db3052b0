"""Rules that a workspace writes: Polars SQL over named facts of one customer."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from features.errors import WorkspaceInvalid
from features.mistakes import Mistake, nearest

EXAMPLE = "write it as SQL, such as `employees >= 250`"


def mistakes_in_rules(rules: Mapping[str, str]) -> Iterator[Mistake]:
    """What is wrong with rules before their facts are known, by the name of each."""
    for name, text in rules.items():
        if not name.strip():
            yield Mistake(name, "has no name", "call it something")
        try:
            rule = pl.sql_expr(text)
            alone = is_by_row(rule)
        except pl.exceptions.PolarsError as error:
            reason = f"cannot be read: {str(error).splitlines()[0]}"
            yield Mistake(name, reason, EXAMPLE)
            continue
        if not alone:
            reason = "looks at other customers or days than the one that it judges"
            yield Mistake(name, reason, "compare with a number instead")


def parsed(section: str, rules: Mapping[str, str]) -> dict[str, pl.Expr]:
    """The rules as expressions; `WorkspaceInvalid` names the first that is wrong."""
    _refuse(section, mistakes_in_rules(rules))
    return {name: pl.sql_expr(text) for name, text in rules.items()}


def facts_of(rules: Mapping[str, pl.Expr]) -> list[str]:
    """The names of the facts that some rules read, sorted."""
    return sorted({fact for rule in rules.values() for fact in rule.meta.root_names()})


def mistakes_in_facts(rules: Mapping[str, pl.Expr], known: Iterable[str]) -> Iterator[Mistake]:
    """The facts that rules read and nobody tells, by the name of each rule."""
    known = list(known)
    for name, rule in rules.items():
        for fact in facts_of({name: rule}):
            if fact not in known:
                yield Mistake(name, f"reads {fact}, which nothing is called", nearest(fact, known))


def refuse_unknown(section: str, rules: Mapping[str, pl.Expr], known: Iterable[str]) -> None:
    """Raise `WorkspaceInvalid` for the first rule that reads a fact which nobody tells."""
    _refuse(section, mistakes_in_facts(rules, known))


def first_that_holds(facts: pl.DataFrame, section: str, rules: Mapping[str, pl.Expr]) -> pl.Series:
    """The name of the first rule that holds in each row, null where none does."""
    held = [pl.when(rule).then(pl.lit(name)) for name, rule in rules.items()]
    first = pl.coalesce(*held, pl.lit(None, pl.String))
    try:
        return facts.with_columns(first.alias("first"))["first"]
    except pl.exceptions.PolarsError as error:
        wrong = next((name for name in rules if not _is_judged(facts, rules[name])), "")
        raise WorkspaceInvalid(
            f"the rule {wrong!r} cannot be judged: {str(error).splitlines()[0]}",
            where=f"{section}.{wrong}",
            mend="compare a fact with values of its own type; text becomes a number by"
            " `TRY_CAST(employees AS DOUBLE)`",
        ) from None


def _refuse(section: str, mistakes: Iterator[Mistake]) -> None:
    for mistake in mistakes:
        raise WorkspaceInvalid(
            f"the rule {mistake.key!r} {mistake.reason}",
            where=f"{section}.{mistake.key}",
            mend=mistake.mend,
        )


def _is_judged(facts: pl.DataFrame, rule: pl.Expr) -> bool:
    try:
        facts.select(pl.when(rule).then(1))
    except pl.exceptions.PolarsError:
        return False
    return True


def is_by_row(rule: pl.Expr) -> bool:
    """Whether an expression tells of each row from that row alone.

    >>> [is_by_row(pl.sql_expr(text)) for text in ("a / b < 0.2", "a / SUM(b) < 0.2")]
    [True, False]
    """
    waiting = [_typed(rule)]
    while waiting:
        part = waiting.pop()
        if not part.meta.is_literal():
            if not part.meta.is_row_separable():
                return False
            waiting += part.meta.pop()
    return True


def _typed(rule: pl.Expr) -> pl.Expr:
    """A rule in which sums stand for what SQL does by the types of columns, which are not known.

    Polars looks for the columns of a product, a rounding or a list before it says anything of it.
    """
    told = json.loads(rule.meta.serialize(format="json"), object_hook=_sum_instead)
    return pl.Expr.deserialize(io.StringIO(json.dumps(told)), format="json")


def _sum_instead(part: dict[str, Any]) -> dict[str, Any]:
    match part:
        case {"Function": {"input": [one] | [one, {"Literal": _}], "function": {"Sql": _}}}:
            return one
        case {"Function": {"input": [left, right], "function": {"Sql": {"Binary": _}}}}:
            return {"BinaryExpr": {"left": left, "op": "Plus", "right": right}}
        case _:
            return part
