"""The commands of the closed loop: watch, outcomes, report, pains."""

from datetime import date
from pathlib import Path

import click

from pipelines.options import dated
from pipelines.outcome import answer


@click.command()
@dated
def watch(root: Path, as_of: date | None, *, as_json: bool, debug: bool) -> None:
    """Look for drift, and at what came true of earlier scores; say whether to retrain."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.watch import watch_workspace

        say(watch_workspace(root, as_of))


@click.command()
@click.option("--experiment", metavar="NAME", help="One experiment; else the workspace's own.")
@dated
def outcomes(
    root: Path, as_of: date | None, experiment: str | None, *, as_json: bool, debug: bool
) -> None:
    """Measure what the outreach saved, against those who were held out."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.outcomes import measure_outcomes

        say(measure_outcomes(root, as_of, experiment=experiment))


@click.command()
@click.option("--customer", metavar="ID", help="One customer's page: what to know before calling.")
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
            from pipelines.report import write_report

            say(write_report(root, as_of, language=language))
        else:
            from pipelines.customer import write_customer

            say(write_customer(root, as_of, customer, language=language))
