"""The options that commands share."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def voice(command: Command) -> Command:
    """The options of every command: how it speaks."""
    for option in (
        click.option("--debug", is_flag=True, help="Show tracebacks and dependencies' warnings."),
        click.option("--json", "as_json", is_flag=True, help="One JSON summary on stdout."),
    ):
        command = option(command)
    return command


def workspace(command: Command) -> Command:
    """The option of every command on a workspace."""
    return click.option(
        "-w",
        "--workspace",
        "root",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        show_default="this folder",
        help="The folder with jejak.toml.",
    )(voice(command))


def dated(command: Command) -> Command:
    """The options of a command that stands at a business day."""
    return click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=day,
        metavar="DATE",
        help="The business day at whose midnight to stand; else the workspace's, else the last.",
    )(workspace(command))


def accepting(command: Command) -> Command:
    """The options of a command that publishes: gates that a person lets pass, and why."""
    for option in (
        click.option("--why", default="", metavar="TEXT", help="The reason for --accept."),
        click.option(
            "--accept",
            multiple=True,
            metavar="CODE",
            help="Publish although this gate fails; kept with who and why. May be repeated.",
        ),
    ):
        command = option(command)
    return command


def day(_context: click.Context, _option: click.Parameter, value: datetime | None) -> date | None:
    """A day of a date that click read."""
    return value.date() if value else None
