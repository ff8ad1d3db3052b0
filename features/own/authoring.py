"""A feature is one documented function: the decorator that makes it one."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import product
from typing import Any

from features.catalog import Compute, Feature, phrase, reads, slug
from features.errors import WorkspaceInvalid
from features.known.needs import NOTHING, Needs
from features.known.past import EVERYTHING, Floats, Where
from features.known.trace import Ints

OWN = "own"
"""The family of features that say no other."""

RESERVED = (
    r"customer_id|cutoff|matured_at|churned|active_events|past_money|rfm_\w+|next_st\w+|bgnbd_\w+"
    r"|churn_rate_\w+"
)
"""Names of the columns that stand beside the features in a panel."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_BARE = "write it as @feature(unit='days') above a function of the past"

Function = Callable[..., Ints | Floats]


@dataclass(frozen=True, kw_only=True, eq=False)
class Authored:
    """A function with what the decorator said of it; it can still be called as a function.

    `values` lists, for each argument beside the past, the values that make a feature each.
    """

    function: Compute
    unit: str
    name: str
    family: str = OWN
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    needs: Needs = NOTHING
    sign: int = 0
    whole: bool = False

    def __call__(self, *arguments: Any, **named: Any) -> Ints | Floats:  # noqa: ANN401
        """What the function returns."""
        return self.function(*arguments, **named)

    @property
    def place(self) -> str:
        """Where the function is written: file and line."""
        return _place(self.function)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """One feature for each combination of the values that the decorator lists."""
        taken = _arguments(self.function)
        unfilled = [one.name for one in taken if one.default is one.empty]
        unfilled = [name for name in unfilled if name not in self.values]
        if unfilled:
            mend = f"list its values: @feature(..., over={{'{unfilled[0]}': (7, 28)}})"
            raise _mistake(self.function, f"no value is given for {', '.join(unfilled)}", mend)
        return tuple(self.over())

    def over(self, **values: Iterable[Any]) -> Iterator[Feature]:
        """One feature for each combination of these values and those that the decorator lists.

        >>> @feature(unit="events", name="events{where}_{days}d", whole=True)
        ... def events_in_window(past, where, days):
        ...     '''Number of {where:events} in the last {days} days.'''
        ...     return past.count(where, days)
        >>> visits = Where(step="visit")
        >>> [f.name for f in events_in_window.over(where=[EVERYTHING, visits], days=[7, 28])]
        ['events_7d', 'events_28d', 'events_step_visit_7d', 'events_step_visit_28d']
        >>> next(events_in_window.over(where=[visits], days=[7])).meaning
        'number of events of step visit in the last 7 days'
        """
        told = {**self.values, **{name: tuple(some) for name, some in values.items()}}
        for chosen in product(*told.values()):
            yield self._with(dict(zip(told, chosen, strict=True)))

    def _with(self, arguments: dict[str, Any]) -> Feature:
        words = {name: _in_name(value) for name, value in arguments.items()}
        name = self._filled(self.name, words, "the name")
        if not _NAME.fullmatch(name) or re.fullmatch(RESERVED, name):
            mend = "use small letters, digits and _, and say the unit, such as days_since_return"
            raise _mistake(self.function, f"{name!r} cannot be a feature's name", mend)
        said = {n: _Said(v) if isinstance(v, Where) else v for n, v in arguments.items()}
        return Feature(
            name=name,
            family=self.family,
            unit=self.unit,
            meaning=self._filled(_meaning(self.function), said, "the docstring"),
            function=self.function,
            arguments=arguments,
            needs=self.needs | read_by(arguments),
            sign=self.sign,
            whole=self.whole,
        )

    def _filled(self, template: str, words: Mapping[str, object], what: str) -> str:
        try:
            return template.format(**words)
        except (LookupError, ValueError) as error:
            mend = "name arguments in braces; double a brace that is meant as one"
            raise _mistake(self.function, f"{what} {template!r} cannot be read", mend) from error


def feature(
    *bare: object,
    unit: str = "",
    name: str = "",
    family: str = OWN,
    over: Mapping[str, Iterable[Any]] | None = None,
    needs: Needs = NOTHING,
    sign: int = 0,
    whole: bool = False,
) -> Callable[[Function], Authored]:
    """Make features of a function of the past: its name, and its docstring's first line.

    `unit` says what a value counts. The function's own name is the feature's; of several, `name`
    holds its arguments in braces, as the docstring may, and `over` lists the values of each. What
    arguments `where` and `days` name need not be declared again; all else that the function reads
    of the past is, in `needs`. `sign` and `whole` are those of `Feature`. `WorkspaceInvalid`, with
    file and line, where a docstring or a unit is missing.

    >>> @feature(unit="days", needs=reads(Where(step="return")), sign=-1)
    ... def days_since_return(past):
    ...     '''Days since the last return; empty if there was none.'''
    ...     return past.days_since_last(Where(step="return"))
    >>> [(f.name, f.family, f.meaning) for f in days_since_return.features]
    [('days_since_return', 'own', 'days since the last return; empty if there was none')]
    """
    if bare:
        raise _mistake(bare[0], "the decorator says no unit", _BARE)

    def author(function: Function) -> Authored:
        values = {argument: tuple(some) for argument, some in (over or {}).items()}
        _refuse(function, unit, name, values)
        return Authored(
            function=function,
            unit=unit.strip(),
            name=name or function.__name__,
            family=family,
            values=values,
            needs=needs,
            sign=sign,
            whole=whole,
        )

    return author


def read_by(arguments: Mapping[str, Any]) -> Needs:
    """What functions read that are given these events, and the windows that are named after days.

    >>> sorted(read_by({"where": Where(step="visit"), "days": 7, "kind": 3}).lookbacks_days)
    [7]
    """
    wheres = [value for value in arguments.values() if isinstance(value, Where)]
    named = (value for name, value in arguments.items() if name.endswith("days"))
    days = [value for value in named if isinstance(value, int)]
    return reduce(Needs.__or__, map(reads, wheres), reads(EVERYTHING, *days))


def _refuse(
    function: Function, unit: str, name: str, values: Mapping[str, tuple[Any, ...]]
) -> None:
    """Refuse what no feature can be made of."""
    if not inspect.isfunction(function):
        raise _mistake(function, "only a function can be a feature", _BARE)
    if not unit.strip():
        raise _mistake(
            function, "the decorator says no unit", "say what a value counts: unit='days'"
        )
    if not _meaning(function):
        mend = "write one line: what a value means, and when it is empty"
        raise _mistake(function, f"{function.__name__} has no docstring", mend)
    arguments = [one.name for one in _arguments(function)]
    unknown = [argument for argument in values if argument not in arguments]
    if unknown:
        mend = f"its arguments beside the past are: {', '.join(arguments) or 'none'}"
        raise _mistake(function, f"{function.__name__} takes no {', '.join(unknown)}", mend)
    alike = [
        f"{{{key}}}" for key, some in values.items() if len(some) > 1 and f"{{{key}}}" not in name
    ]
    if alike:
        mend = f"put {' and '.join(alike)} into the name: name='{function.__name__}_{alike[0]}'"
        raise _mistake(function, "several features would have one name", mend)


def _arguments(function: Function) -> list[inspect.Parameter]:
    """The arguments of a function beside the past."""
    taken = [*inspect.signature(function).parameters.values()]
    if not taken:
        raise _mistake(function, "a feature's function takes the past as its first argument", _BARE)
    return taken[1:]


def _meaning(function: Compute) -> str:
    """The first line of a docstring as it stands in a list: without capital and full stop."""
    text = (inspect.getdoc(function) or "").partition("\n")[0].strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _in_name(value: object) -> str:
    return slug(value) if isinstance(value, Where) else str(value)


@dataclass(frozen=True)
class _Said:
    """Events in a docstring: `{where}` is an event of these, `{where:orders}` says orders."""

    where: Where

    def __format__(self, noun: str) -> str:
        return phrase(self.where, noun or "event")


def _place(function: object) -> str:
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}, line {code.co_firstlineno}" if code else ""


def _mistake(function: object, what: str, mend: str) -> WorkspaceInvalid:
    return WorkspaceInvalid(what, where=_place(function), mend=mend)
