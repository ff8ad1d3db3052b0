"""The commands of the closed loop: watch, outcomes, report, pains."""

from datetime import date
from pathlib import Path

import click

from pipelines.terminal.options import dated, day, workspace
from pipelines.terminal.outcome import answer

COMMANDLINE = click.core.ParameterSource.COMMANDLINE


@click.command()
@dated
def watch(root: Path, as_of: date | None, *, as_json: bool, debug: bool) -> None:
    """Look for drift, and at what came true of earlier scores; say whether to retrain."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.loop.watch import watch_workspace

        say(watch_workspace(root, as_of))


@click.command()
@click.option("--experiment", metavar="NAME", help="One experiment; else the workspace's own.")
@dated
def outcomes(
    root: Path, as_of: date | None, experiment: str | None, *, as_json: bool, debug: bool
) -> None:
    """Measure what the outreach saved, against those who were held out."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.loop.outcomes import measure_outcomes

        say(measure_outcomes(root, as_of, experiment=experiment))


@click.command()
@click.option("--customer", metavar="ID", help="One customer's page; an id, or KIND:HANDLE.")
@click.option("--language", type=click.Choice(["en", "id"]), help="Else the workspace's.")
@dated
def report(
    root: Path,
    as_of: date | None,
    customer: str | None,
    language: str | None,
    *,
    as_json: bool,
    debug: bool,
) -> None:
    """Write the journey map: where customers are, where it hurts, what mending is worth."""
    with answer(root, as_json=as_json, debug=debug) as say:
        if customer is None:
            from pipelines.loop.report import write_report

            say(write_report(root, as_of, language=language))
        else:
            from pipelines.loop.customer import write_customer

            say(write_customer(root, as_of, customer, language=language))


@click.group(invoke_without_command=True)
@dated
@click.pass_context
def pains(
    context: click.Context, root: Path, as_of: date | None, *, as_json: bool, debug: bool
) -> None:
    """Keep the ledger of pains: what is being mended, and whether it helped."""
    if context.invoked_subcommand:
        if any(context.get_parameter_source(one) is COMMANDLINE for one in context.params):
            raise click.UsageError(f"write options after {context.invoked_subcommand}")
        return
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.loop.pains import list_pains

        say(list_pains(root, as_of))


@pains.command(name="open")
@click.option(
    "--from-report", "rank", type=int, metavar="N", help="The one of that number in the report."
)
@click.option("--kind", default="", metavar="KIND", help="What hurts; else drop_off.")
@click.option("--stage", default="", metavar="NAME", help="Where; else at every stage.")
@click.option("--channel", default="", metavar="NAME", help="By which channel; else by every one.")
@click.option("--persona", default="", metavar="NAME", help="Whom; else everyone.")
@click.option("--hypothesis", required=True, metavar="TEXT", help="What would mend it, and why.")
@click.option("--owner", required=True, metavar="TEAM", help="The team or role that mends it.")
@dated
def open_(
    root: Path,
    as_of: date | None,
    *,
    rank: int | None,
    hypothesis: str,
    owner: str,
    as_json: bool,
    debug: bool,
    **told: str,
) -> None:
    """Enter a pain that somebody means to mend: one of a report, or a place that you name."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.loop.pains import open_pain

        say(open_pain(root, as_of, told, hypothesis=hypothesis, owner=owner, rank=rank))


@pains.command()
@click.argument("pain")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=day,
    required=True,
    metavar="DATE",
    help="The business day on which the business changed.",
)
@workspace
def changed(root: Path, pain: str, on: date, *, as_json: bool, debug: bool) -> None:
    """Enter when the business changed: from then on the pain is measured."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.loop.pains import enter_change

        say(enter_change(root, pain, on))


@pains.command()
@click.argument("pain")
@click.option(
    "--as",
    "verdict",
    type=click.Choice(["mended", "not-mended", "unclear"]),
    required=True,
    help="What came of it.",
)
@click.option("--why", required=True, metavar="TEXT", help="The reason, for the record.")
@workspace
def close(root: Path, pain: str, *, verdict: str, why: str, as_json: bool, debug: bool) -> None:
    """Close a pain; what the last measure said is kept beside it."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.loop.pains import close_pain

        say(close_pain(root, pain, verdict=verdict, why=why))


@pains.command()
@click.argument("pain")
@workspace
def reopen(root: Path, pain: str, *, as_json: bool, debug: bool) -> None:
    """Open a closed pain again."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.loop.pains import reopen_pain

        say(reopen_pain(root, pain))
