"""What a workspace file leaves to the environment: `env:NAME` in the options of a source."""

import os
import re
from typing import Any

from features.mistakes import Mistake

_VARIABLE = "env:"
_WITH_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@")


def from_environment(raw: dict[str, Any], mistakes: list[Mistake]) -> dict[str, Any]:
    """A source's table in which the variables named in `options` are their values.

    A value never enters a mistake, and a password written into the file is one.
    """
    options = raw.get("options")
    if not isinstance(options, dict):
        return raw
    values = {name: _value(name, said, mistakes) for name, said in options.items()}
    return {**raw, "options": values}


def _value(name: str, said: object, mistakes: list[Mistake]) -> object:
    if not isinstance(said, str):
        return said
    if _WITH_PASSWORD.search(said):
        mend = 'keep it in an environment variable, and write "env:" and the variable\'s name'
        mistakes.append(Mistake(f"options.{name}", "holds a password", mend))
    if not said.startswith(_VARIABLE):
        return said
    variable = said.removeprefix(_VARIABLE)
    if not os.environ.get(variable):
        reason = f"names the environment variable {variable!r}, which is not set"
        mistakes.append(Mistake(f"options.{name}", reason, "set it, and run the command again"))
    return os.environ.get(variable, "")
