"""The kinds of destinations: a kind is the module of its name, loaded when it is used."""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Protocol, cast, get_args

from features.mistakes import Mistake
from serving.destinations.destination import Destination, Tools
from serving.destinations.fields import mapping
from serving.destinations.spec import DestinationSpec, Kind

_HERE = r"http://(127\.0\.0\.1|localhost)(?![\w.-])"

KINDS: tuple[Kind, ...] = get_args(Kind)


class _Module(Protocol):
    """What the module of a kind has."""

    mistakes: Callable[[DestinationSpec], list[Mistake]]
    opened: Callable[[DestinationSpec, Tools], Destination]


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the settings of a destination say and cannot mean, before anything is called."""
    return [*mapping.mistakes(spec), *_module(spec).mistakes(spec), *_of_loopback(spec)]


def opened(spec: DestinationSpec, tools: Tools) -> Destination:
    """A destination that is ready to be sent to; the caller closes it."""
    return _module(spec).opened(spec, tools)


def _of_loopback(spec: DestinationSpec) -> Iterator[Mistake]:
    """An address on this machine is meant, or it is a mistake; and so is `loopback` without one."""
    here = [name for name, said in spec.options.items() if re.match(_HERE, str(said))]
    if spec.loopback and not here:
        mend = "leave it out, or write the address of what stands in for the vendor"
        yield Mistake("loopback", "is true, but no address is on this machine", mend)
    if here and not spec.loopback:
        mend = "write the vendor's, or loopback = true if a server stands in for it there"
        yield Mistake(f"options.{here[0]}", "is an address on this machine", mend)


def _module(spec: DestinationSpec) -> _Module:
    return cast("_Module", import_module(f"serving.destinations.{spec.kind}"))
