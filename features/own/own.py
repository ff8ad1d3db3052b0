"""The workspace's own file of features: loaded by its path, never found by imports."""

import hashlib
import importlib.util
import json
import sys
import traceback
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from features.catalog import ENGINE, Feature
from features.errors import JejakError, WorkspaceInvalid
from features.known.asof import Floats
from features.known.past import Past
from features.known.trace import Ints
from features.own.authoring import Authored
from features.own.undeclared import mend_of
from features.own.uses import code_of, imported, statements_in

FILE_NAME = "jejak_features.py"

_WHOLE = np.iinfo(np.int32)
_KINDS = "biu"


@dataclass(frozen=True, kw_only=True)
class OwnFeature(Feature):
    """A feature of a workspace's own file.

    `place` is its file and line, `code` its function with all that it uses in that file, and
    `source` the file's text and name, from which another process makes it again. What the function
    divides by nothing, and what overflows, is empty.
    """

    place: str = ""
    code: str = ""
    source: tuple[str, str] = field(default=("", ""), repr=False)

    def compute(self, past: Past) -> Ints | Floats:
        """Values of shape (cutoffs, customers), checked; `WorkspaceInvalid` tells what is wrong."""
        try:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                values = np.asarray(super().compute(past))
        except JejakError:
            raise
        except Exception as error:
            mend = mend_of(error) or "mend the function, then run `jejak features --check`"
            raise self._mistake(f"ends with {type(error).__name__}", mend) from error
        if values.shape != past.shape:
            mend = f"return one value for each cutoff and customer: {past.shape}"
            raise self._mistake(f"returns values of the shape {values.shape}", mend)
        return self._whole(values) if self.whole else self._told(values)

    @cached_property
    def definition_hash(self) -> str:
        """Changes when what the function does can change: its file's other functions included."""
        arguments = {name: repr(value) for name, value in sorted(self.arguments.items())}
        definition = [ENGINE, self.name, self.code, arguments]
        return hashlib.sha256(json.dumps(definition).encode()).hexdigest()[:16]

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (*self.source, self.name)

    def _whole(self, values: np.ndarray[Any, Any]) -> Ints:
        if values.dtype.kind not in _KINDS:
            mend = "return integers, or take `whole=True` away"
            raise self._mistake(f"is said to be whole and returns {values.dtype}", mend)
        if values.size and not _WHOLE.min <= values.min() <= values.max() <= _WHOLE.max:
            mend = "take `whole=True` away, and let it count in a larger unit"
            raise self._mistake("is said to be whole and leaves the 32 bits of such", mend)
        return values

    def _told(self, values: np.ndarray[Any, Any]) -> Floats:
        if values.dtype.kind not in _KINDS + "f":
            raise self._mistake(
                f"returns {values.dtype}", "return numbers, NaN where there is none"
            )
        numbers = values.astype(np.float64)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    def _mistake(self, what: str, mend: str) -> WorkspaceInvalid:
        return WorkspaceInvalid(f"the feature {self.name} {what}", where=self.place, mend=mend)


def own_features(path: Path) -> tuple[Feature, ...]:
    """The features of a file, in its order; `WorkspaceInvalid` with file and line if it is wrong.

    The file runs as Python, under a name that no import finds. It may import what is installed,
    but no other file beside it.
    """
    _refuse_name(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceInvalid(
            f"the file of features cannot be read ({type(error).__name__})",
            where=str(path),
            mend="name a file of Python in UTF-8: [features] file = 'jejak_features.py'",
        ) from error
    return features_in(text, str(path))


def features_in(text: str, place: str) -> tuple[Feature, ...]:
    """The features of the text of a file; `place` is how mistakes call it."""
    module = _run(text, place)
    statements = statements_in(text)
    foreign = imported(statements)
    return tuple(
        _own(feature, place=authored.place, code=code_of(name, statements), source=(text, place))
        for name, authored in vars(module).items()
        if isinstance(authored, Authored) and name not in foreign
        for feature in authored.features
    )


def _own(feature: Feature, **more: Any) -> OwnFeature:  # noqa: ANN401
    return OwnFeature(**{one.name: getattr(feature, one.name) for one in fields(Feature)}, **more)


def _again(text: str, place: str, name: str) -> Feature:
    """A feature that another process has sent."""
    return _by_name(text, place)[name]


@cache
def _by_name(text: str, place: str) -> dict[str, Feature]:
    return {feature.name: feature for feature in features_in(text, place)}


def _refuse_name(path: Path) -> None:
    """Refuse a name under which something else can be imported, or nothing."""
    name = path.name.partition(".")[0]
    if path.suffix != ".py":
        what = "is no file of Python"
    elif _is_taken(name, path):
        what = f"hides the package {name}, if Python ever looks in its folder"
    else:
        return
    raise WorkspaceInvalid(
        f"the file of features {what}", where=str(path), mend=f"call it {FILE_NAME}"
    )


def _is_taken(name: str, path: Path) -> bool:
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        return True
    if not name.isidentifier():
        return False
    try:
        found = importlib.util.find_spec(name)
    except ValueError:  # a module that runs as the program has no specification
        return True
    is_same = found and found.origin and Path(found.origin).resolve() == path.resolve()
    return bool(found and found.origin and not is_same)


class _Text(InspectLoader):
    """A module of a text alone: nothing is compiled beside the file, nothing stale is found."""

    def __init__(self, text: str, place: str) -> None:
        self._text = text
        self._place = place

    def get_source(self, fullname: str) -> str:  # noqa: ARG002  # the loader's signature
        return self._text

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        return self.source_to_code(self._text, self._place)


def _run(text: str, place: str) -> ModuleType:
    """The file as a module, run; whatever happens there is told with its line."""
    name = f"_jejak_features_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    loader = _Text(text, place)
    module = importlib.util.module_from_spec(ModuleSpec(name, loader, origin=place))
    module.__file__ = place
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except JejakError:
        raise
    except (Exception, SystemExit) as error:
        raise WorkspaceInvalid(
            f"the file of features cannot be run: {type(error).__name__}: {error}",
            where=f"{place}, line {_line(error, place)}",
            mend="mend that line; what it imports must be installed",
        ) from error
    return module


def _line(error: BaseException, place: str) -> int:
    """The line of a file at which something went wrong."""
    if isinstance(error, SyntaxError) and error.filename == place:
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == place), 1)
