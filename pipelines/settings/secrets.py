"""What a workspace file leaves to the environment, or to a file that only its owner may read."""

import os
import re
from functools import partial
from pathlib import Path
from typing import Any

from features.errors import WorkspaceInvalid
from features.mistakes import Mistake
from serving.secret import Secret

_VARIABLE, _FILE = "env:", "file:"
_WITH_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@")


def from_environment(raw: dict[str, Any], mistakes: list[Mistake]) -> dict[str, Any]:
    """A source's table in which the variables named in `options` are their values.

    A value never enters a mistake, and a password written into the file is one.
    """
    options = raw.get("options")
    if not isinstance(options, dict):
        return raw
    values = {name: _value(f"options.{name}", said, mistakes) for name, said in options.items()}
    return {**raw, "options": values}


def section_from_environment(
    section: str, raw: dict[str, Any], mistakes: list[Mistake]
) -> dict[str, Any]:
    """A section of the workspace file in which the variables named are their values."""
    told = raw.get(section)
    if not isinstance(told, dict):
        return {}
    unset: list[Mistake] = []
    values = from_environment({"options": told}, unset)["options"]
    mistakes.extend(
        Mistake(one.key.replace("options", section, 1), one.reason, one.mend) for one in unset
    )
    return {section: values}


def secrets_told(raw: object, folder: Path, mistakes: list[Mistake]) -> dict[str, Secret]:
    """Secrets by their names, each read from where `env:NAME` or `file:PATH` says when needed.

    What a secret is never enters a mistake; one that is written into the file itself is one. That
    it is missing is no mistake of the file: whoever only trains or rehearses needs none.
    """
    if not isinstance(raw, dict):
        mistakes.append(Mistake("secrets", "must be a table", 'write token = "env:NAME" in it'))
        return {}
    secrets: dict[str, Secret] = {}
    for name, said in raw.items():
        mend = 'write "env:" and a variable\'s name, or "file:" and a path'
        if not isinstance(said, str) or not said.startswith((_VARIABLE, _FILE)):
            mistakes.append(Mistake(f"secrets.{name}", "does not say where the secret is", mend))
        elif said.startswith(_FILE):
            secrets[name] = Secret(partial(_in_file, folder / said.removeprefix(_FILE)))
        else:
            secrets[name] = Secret(partial(_in_variable, said.removeprefix(_VARIABLE)))
    return secrets


def _in_variable(name: str) -> str:
    if not os.environ.get(name):
        raise WorkspaceInvalid(
            "a secret is not set",
            where=f"environment variable {name}",
            mend="set it, and run the command again",
        )
    return os.environ[name]


def _in_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise WorkspaceInvalid(
            f"a secret cannot be read ({error.strerror})",
            where=str(path),
            mend="put the file there, readable for the user who runs jejak",
        ) from error


def _value(key: str, said: object, mistakes: list[Mistake]) -> object:
    if not isinstance(said, str):
        return said
    if _WITH_PASSWORD.search(said):
        mend = 'keep it in an environment variable, and write "env:" and the variable\'s name'
        mistakes.append(Mistake(key, "holds a password", mend))
    if not said.startswith(_VARIABLE):
        return said
    variable = said.removeprefix(_VARIABLE)
    if not os.environ.get(variable):
        reason = f"names the environment variable {variable!r}, which is not set"
        mistakes.append(Mistake(key, reason, "set it, and run the command again"))
    return os.environ.get(variable, "")
