"""The kinds of destinations: a kind is the module of its name, loaded when it is used."""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast, get_args

from features.mistakes import Mistake
from serving.destinations import mapping
from serving.destinations.destination import Destination, Tools
from serving.destinations.spec import DestinationSpec, Kind

KINDS: tuple[Kind, ...] = get_args(Kind)


class _Module(Protocol):
    """What the module of a kind has."""

    mistakes: Callable[[DestinationSpec], list[Mistake]]
    opened: Callable[[DestinationSpec, Tools], Destination]


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the settings of a destination say and cannot mean, before anything is called."""
    return [*mapping.mistakes(spec), *_module(spec).mistakes(spec)]


def opened(spec: DestinationSpec, tools: Tools) -> Destination:
    """A destination that is ready to be sent to; the caller closes it."""
    return _module(spec).opened(spec, tools)


def _module(spec: DestinationSpec) -> _Module:
    return cast("_Module", import_module(f"serving.destinations.{spec.kind}"))
