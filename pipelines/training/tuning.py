"""Tuning kept in a workspace: trials outlive a kill, and what they found is used again."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pandas.util import hash_pandas_object

from features import durable
from features.errors import WorkspaceInvalid
from models.learned.prepared import Prepared
from models.learned.searching import search_of
from models.learning.boosting import BoostingParams
from models.learning.tuning import ORIGINS, Search, Tried, Tuned, tune
from pipelines.terminal.progress import counted, tell
from pipelines.workspace import FILE_NAME, Workspace

FOLDER = "tuning"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a workspace keeps of the searches for one model.

    `trials` are those of one `question`, a hash of all that their results depend on, the preset
    first. A command that began when there were `began_at` of them and is not `finished` is gone on
    with. `found` is what the last finished search found, whatever its question.
    """

    question: str = ""
    began_at: int = 0
    finished: bool = True
    trials: tuple[Tried, ...] = ()
    found: Mapping[str, Any] | None = None

    def asked(self, question: str) -> "Kept":
        """As a command begins with it: trials of another question are of no use."""
        if question != self.question:
            return Kept(question=question, finished=False, found=self.found)
        before = max(len(self.trials) - 1, 0)
        return replace(self, finished=False, began_at=before) if self.finished else self


def tuned(
    workspace: Workspace, prepared: Prepared, *, trials: int = 0, threads: int = 1
) -> Prepared:
    """The same, to be learned with tuned parameters: found now, or by an earlier search.

    Without `trials` nothing is searched. What the workspace's [model] says stays.
    """
    path = workspace.root / FOLDER / f"{prepared.params.target.predicts}.json"
    fixed = said(workspace.root)
    if trials:
        search = search_of(prepared, fixed=fixed, threads=threads)
        return _with(prepared, _searched(path, prepared, search, trials))
    found = read(path).found
    if not found or found["target"] != _plain(prepared.params.target.as_json()):
        return prepared
    boosting = _reused(path, found, prepared.params.boosting, fixed)
    if boosting != prepared.params.boosting:
        tell(f"Reusing parameters tuned on {found['on']} with log loss {found['log_loss']:.4f}.")
    return _with(prepared, boosting)


def said(root: Path) -> frozenset[str]:
    """The parameters that the workspace file itself sets in [model]."""
    told = tomllib.loads((root / FILE_NAME).read_text(encoding="utf-8-sig"))
    return frozenset(told.get("model", {}))


def read(path: Path) -> Kept:
    """What is kept in a file; nothing where there is none."""
    if not path.exists():
        return Kept()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        trials = tuple(
            Tried(place=one["place"], losses=tuple(one["losses"]), hopeless=one["hopeless"])
            for one in told.pop("trials")
        )
        return Kept(**told, trials=trials)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path) from error


def write(path: Path, kept: Kept) -> None:
    """Put what is kept in place of what was; a kill leaves the one or the other."""
    path.parent.mkdir(exist_ok=True)
    durable.write_bytes(path, json.dumps(asdict(kept), indent=1).encode())


def question(prepared: Prepared, search: Search) -> str:
    """A hash of all that the result of a trial depends on: settings and rows, to the bit."""
    params, rows = prepared.params, prepared.panel.rows
    space = [asdict(one) for one in search.space]
    told = [params.as_json(), prepared.known.definition_hash, space, search.seed, ORIGINS]
    digest = hashlib.sha256(json.dumps(told, default=str).encode())
    of_rows: Any = hash_pandas_object
    digest.update(of_rows(rows, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def _searched(path: Path, prepared: Prepared, search: Search, trials: int) -> BoostingParams:
    before = read(path)
    kept = before.asked(question(prepared, search))
    goal = kept.began_at + trials
    _announce(before, kept, goal)

    def keep(tried: Sequence[Tried]) -> None:
        write(path, replace(kept, trials=tuple(tried)))

    done = max(len(kept.trials) - 1, 0)
    with counted(f"Tuning {prepared.params.target.predicts}", goal, done) as note:
        found = tune(search, trials=goal, history=kept.trials, keep=keep, progress=note)
    write(path, replace(read(path), finished=True, found=_as_found(found, prepared, search)))
    tell(_verdict(found))
    return found.params


def _announce(before: Kept, kept: Kept, goal: int) -> None:
    done = len(kept.trials) - 1
    if before.question and before.question != kept.question:
        tell("The question, the data or [model] have changed since the last search: it is anew.")
    elif done > 0:
        tell(f"{done} trials are there already; going on to {goal}.")


def _verdict(found: Tuned) -> str:
    adopted = "Adopted" if found.adopted else "The preset stays"
    return f"{adopted}: {found.why} (judged at {', '.join(found.origins)})."


def _as_found(found: Tuned, prepared: Prepared, search: Search) -> dict[str, Any]:
    chosen = {one.name: getattr(found.params, one.name) for one in search.space}
    return {
        "on": f"{datetime.now(UTC):%Y-%m-%d}",
        "target": _plain(prepared.params.target.as_json()),
        "params": chosen if found.adopted else {},
        **{key: value for key, value in asdict(found).items() if key != "params"},
    }


def _reused(
    path: Path, found: Mapping[str, Any], preset: BoostingParams, fixed: frozenset[str]
) -> BoostingParams:
    chosen = {name: value for name, value in found["params"].items() if name not in fixed}
    try:
        return replace(preset, **chosen)
    except (TypeError, ValueError) as error:
        raise _unreadable(path) from error


def _with(prepared: Prepared, boosting: BoostingParams) -> Prepared:
    return replace(prepared, params=replace(prepared.params, boosting=boosting))


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(told))


def _unreadable(path: Path) -> WorkspaceInvalid:
    return WorkspaceInvalid(
        "what was kept of tuning cannot be read", where=str(path), mend="delete the file"
    )
