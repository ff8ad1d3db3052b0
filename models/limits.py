"""Limits of parameters, checked where they are made."""

from typing import Any


def at_least(params: Any, **least: float) -> None:  # noqa: ANN401  # any dataclass of parameters
    """Refuse, as `ValueError`, fields below their least value, all at once."""
    low = {name: bound for name, bound in least.items() if not getattr(params, name) >= bound}
    _refuse(params, low, "at least")


def at_most(params: Any, **most: float) -> None:  # noqa: ANN401
    """Refuse, as `ValueError`, fields above their greatest value, all at once."""
    high = {name: bound for name, bound in most.items() if not getattr(params, name) <= bound}
    _refuse(params, high, "at most")


def _refuse(params: Any, bounds: dict[str, float], relation: str) -> None:  # noqa: ANN401
    if bounds:
        told = (f"{n} is {getattr(params, n)}; write {relation} {b:g}" for n, b in bounds.items())
        raise ValueError("\n".join(told))
