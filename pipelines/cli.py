"""The command `jejak`: one verb each."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipelines.loop.commands import outcomes, pains, report, watch
from pipelines.rights.commands import erase, suppress
from pipelines.terminal.options import accepting, dated, day, voice, workspace
from pipelines.terminal.outcome import EXIT_CODES, answer

if TYPE_CHECKING:
    from pipelines.delivery.deliver import Delivered, Previewed
    from pipelines.delivery.rehearse import Rehearsed

EPILOG = "\b\nExit codes:\n" + "\n".join(
    f"  {code:<4} {meaning}" for code, meaning in EXIT_CODES.items()
)


_MONTH = click.DateTime(["%Y-%m", "%Y-%m-%d"])


class Verbs(click.Group):
    """The verbs in the order of a day's work."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """As they were written, not by the alphabet."""
        return list(self.commands)


@click.group(cls=Verbs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jejak", prog_name="jejak")
def main() -> None:
    """Predict which customers are about to leave, and hand the scores over every night.

    A workspace is a folder with one jejak.toml. Start with: jejak init demo --example
    complete-journey
    """


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--example", metavar="NAME", help="A ready example: complete-journey, omnichannel.")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Your own CSV or Parquet file: its columns are guessed, for you to correct.",
)
@voice
def init(
    folder: Path, example: str | None, file: Path | None, *, as_json: bool, debug: bool
) -> None:
    """Make a workspace, from an example or from a file of yours."""
    from pipelines.starting import start

    with answer(folder, as_json=as_json, debug=debug) as say:
        say(start.begin(folder, example=example, file=file))


@main.command()
@click.option("--anew", is_flag=True, help="Forget what only the lake holds; keep no version.")
@dated
def ingest(root: Path, as_of: date | None, *, anew: bool, as_json: bool, debug: bool) -> None:
    """Read the sources into the event lake."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.data.ingest import ingest_sources

        say(ingest_sources(root, as_of, anew=anew))


@main.command()
@click.option("--names", is_flag=True, help="Show the people in the likely matches.")
@dated
def doctor(root: Path, as_of: date | None, *, names: bool, as_json: bool, debug: bool) -> None:
    """Look at what is fit to learn from and what is not, before or after ingest."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.data.doctor import examine

        checkup = examine(root, as_of, names=names)
        say(checkup)
    sys.exit(checkup.exit_code)


@main.command()
@click.option(
    "--trials",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="First try N settings of the trees for each model, and keep what surely helps.",
)
@click.option(
    "--promote",
    "promotion",
    type=click.Choice(["never", "checks", "force"]),
    default="checks",
    show_default=True,
    help="Who decides whether a model becomes the champion; force is kept with who and why.",
)
@click.option("--why", default="", metavar="TEXT", help="The reason for --promote force.")
@dated
def retrain(
    root: Path,
    as_of: date | None,
    *,
    trials: int,
    promotion: str,
    why: str,
    as_json: bool,
    debug: bool,
) -> None:
    """Train, measure beside the baselines, record, and promote what earns it."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.flows.orchestrator import orchestrator

        with orchestrator():
            from pipelines.training.retrain import retrain as flow

            say(flow(str(root), as_of, trials, promotion, why))


@main.command()
@click.option("--from", "since", type=_MONTH, callback=day, metavar="MONTH", help="The first one.")
@click.option("--to", "until", type=_MONTH, callback=day, metavar="MONTH", help="The last one.")
@click.option(
    "--every",
    "every_days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Live a day again every so many days, in place of the first of each month.",
)
@dated
def backtest(
    root: Path,
    as_of: date | None,
    *,
    since: date | None,
    until: date | None,
    every_days: int | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Live past months again: retrain, score and measure with what was known then."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.flows.orchestrator import orchestrator

        with orchestrator():
            from pipelines.training.backtest import backtest as flow

            say(flow(str(root), as_of, since, until, every_days))


@main.command()
@workspace
def models(root: Path, *, as_json: bool, debug: bool) -> None:
    """List every version of every model: who is champion, and why others are not."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.training.versions import list_versions

        say(list_versions(root))


@main.command()
@click.option(
    "--target",
    "question",
    type=click.Choice(["churn", "progression", "next_step"]),
    default="churn",
    show_default=True,
    help="What the model predicts.",
)
@workspace
def rollback(root: Path, *, question: str, as_json: bool, debug: bool) -> None:
    """Bring back the champion before this one; a second rollback takes the first back."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.training.rollback import roll_back

        say(roll_back(root, question))


@main.command()
@accepting
@dated
def score(
    root: Path, as_of: date | None, accept: tuple[str, ...], why: str, *, as_json: bool, debug: bool
) -> None:
    """Score every customer at risk with the champion, and publish what passes the gates."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.night.gating import Accepting
        from pipelines.night.score import score_customers

        say(score_customers(root, as_of, Accepting(codes=accept, why=why)))


@main.command()
@accepting
@dated
def nightly(
    root: Path, as_of: date | None, accept: tuple[str, ...], why: str, *, as_json: bool, debug: bool
) -> None:
    """Ingest, score, publish and deliver: the work of one night."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.flows.orchestrator import orchestrator

        with orchestrator():
            from pipelines.night.nightly import nightly as flow

            done = flow(str(root), as_of, accept, why)
            say(done)
    sys.exit(done.exit_code)


@main.command()
@workspace
def serve(root: Path, *, as_json: bool, debug: bool) -> None:
    """Run the night and the weekly retraining at the workspace's times, until told to end."""
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.night.serve import serve as keep_serving

        say(keep_serving(root))


@main.command()
@click.option("--to", "only", metavar="NAME", help="One destination; else all of them.")
@click.option("--dry-run", is_flag=True, help="Show the exact rows and calls, and send nothing.")
@click.option("--rehearse", is_flag=True, help="Deliver to stand-ins on this machine instead.")
@workspace
def deliver(
    root: Path, *, only: str | None, dry_run: bool, rehearse: bool, as_json: bool, debug: bool
) -> None:
    """Bring what is published to every destination; running it again goes on."""
    if dry_run and rehearse:
        raise click.UsageError("--dry-run and --rehearse are two things; choose one.")
    with answer(root, as_json=as_json, debug=debug) as say:
        done = _delivery(root, only, dry_run=dry_run, rehearse=rehearse)
        say(done)
    sys.exit(done.exit_code)


def _delivery(
    root: Path, only: str | None, *, dry_run: bool, rehearse: bool
) -> "Delivered | Previewed | Rehearsed":
    if rehearse:
        from pipelines.delivery.rehearse import rehearse_delivery

        return rehearse_delivery(root, only=only)
    from pipelines.delivery.deliver import deliver_scores, preview_delivery

    return (preview_delivery if dry_run else deliver_scores)(root, only=only)


@main.command()
@click.option("--family", metavar="NAME", help="Only the features of one family; `own` is yours.")
@click.option("--markdown", is_flag=True, help="A document for people who have no terminal.")
@click.option("--check", is_flag=True, help="Try the laws of features on a sample of the lake.")
@workspace
def features(
    root: Path, *, family: str | None, markdown: bool, check: bool, as_json: bool, debug: bool
) -> None:
    """Print the catalog: every feature with its unit and meaning."""
    if check:
        _prove(root, family, as_json=as_json, debug=debug)
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.data.listing import list_features

        say(list_features(root, family=family, as_markdown=markdown))


def _prove(root: Path, family: str | None, *, as_json: bool, debug: bool) -> NoReturn:
    with answer(root, as_json=as_json, debug=debug) as say:
        from pipelines.data.proving import prove

        proof = prove(root, family=family)
        say(proof)
    sys.exit(proof.exit_code)


main.add_command(watch)
main.add_command(outcomes)
main.add_command(report)
main.add_command(pains)
main.add_command(suppress)
main.add_command(erase)


if __name__ == "__main__":
    main()
