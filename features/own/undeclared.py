"""What a function did with the past and may not, told from how it ended."""

import traceback
from pathlib import Path

from features.contracts import CONTRACTS, CUSTOMERS, STAGE_HISTORY

_TABLES = (CONTRACTS.name, STAGE_HISTORY.name, CUSTOMERS.name)
_ENGINE = Path(__file__).parent.parent


def mend_of(error: Exception) -> str:
    """What would have spared an error; empty where it is not about the past.

    >>> mend_of(ValueError("assignment destination is read-only"))
    'make a new array: those that the past gives belong to all features'
    """
    if isinstance(error, ValueError) and "read-only" in str(error):
        return "make a new array: those that the past gives belong to all features"
    frames = traceback.extract_tb(error.__traceback__)
    ended_here = bool(frames) and Path(frames[-1].filename).is_relative_to(_ENGINE)
    return _declare(*error.args) if isinstance(error, KeyError) and ended_here else ""


def _declare(*missing: object) -> str:
    """What to declare, by the key that the past does not hold.

    >>> _declare("step", "return")
    "declare what it reads: needs=reads(Where(step='return'))"
    """
    match missing:
        case (str() as column, str() as word):
            said = f"reads(Where({column}={word!r}))"
        case (int() as days,):
            said = f"reads(EVERYTHING, {days})"
        case (str() as table,) if table in _TABLES:
            said = f"Needs(tables=frozenset({{{table!r}}}))"
        case (str() as column,) if column.endswith("?"):
            said = f"Needs(told=frozenset({{{column[:-1]!r}}}))"
        case _:
            said = f"reads(EVERYTHING, measures=[{missing[0]!r}])"
    return f"declare what it reads: needs={said}"
