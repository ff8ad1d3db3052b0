"""The commands by which a customer is left alone: `jejak suppress`, `jejak erase`."""

import sys
from pathlib import Path
from typing import Any

import click

from pipelines.terminal.options import day, workspace
from pipelines.terminal.outcome import answer

WARNING = "Erase this customer from everything that is kept here? It cannot be undone."


@click.command()
@click.argument("customer", required=False)
@click.option("--channel", default="", metavar="NAME", help="Only by this channel; else by none.")
@click.option("--purpose", default="", metavar="NAME", help="What they object to, for the record.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=day,
    metavar="DATE",
    help="From this business day on no more; else for good.",
)
@click.option("--lift", is_flag=True, help="Take back what was said here.")
@click.option("--accept", metavar="SOURCE", help="Believe a list although it lost rows.")
@workspace
def suppress(
    root: Path,
    customer: str | None,
    *,
    lift: bool,
    accept: str | None,
    as_json: bool,
    debug: bool,
    **said: Any,  # noqa: ANN401  (channel, purpose and until)
) -> None:
    """Do not score, deliver or contact a customer, from this moment on."""
    if lift and said.pop("until"):
        raise click.UsageError("--lift ends it now; leave --until out")
    if (customer is None) == (accept is None):
        raise click.UsageError("name a CUSTOMER, or a list with --accept SOURCE")
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.rights import suppress as suppressing

        if customer is None:
            say(suppressing.accept(root, accept or ""))
        elif lift:
            say(suppressing.lift(root, customer, **said))
        else:
            say(suppressing.suppress_customer(root, customer, **said))


@click.command()
@click.argument("customer")
@click.option(
    "--named",
    "names",
    multiple=True,
    metavar="NAME",
    help="A name that files of a source bear because of them. May be repeated.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@workspace
def erase(
    root: Path, customer: str, names: tuple[str, ...], *, yes: bool, as_json: bool, debug: bool
) -> None:
    """Take a customer out of everything, clear them in the CRM, and keep them out."""
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to confirm; say --yes")
        click.confirm(WARNING, abort=True)
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.rights.erase import erase_customer

        say(erase_customer(root, customer, names=names))
