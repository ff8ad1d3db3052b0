"""A model's files, believed only while they are what the database says of them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from features.errors import ModelRefused
from models.answers.churn import ChurnModel
from models.answers.outcomes import OutcomeModel
from models.answers.rules import RulesModel
from models.drift.reference import Reference
from models.targets.kinds import CHURN_KINDS

NATIVE, PORTABLE = "native", "portable"
"""The two forms of a registered model: one LightGBM booster, or a tree of parts."""

FORM = "form"
BOOSTER_FILES = {NATIVE: "model.lgb", PORTABLE: "artifacts/answer/booster.txt"}
BOOSTER_FILE = BOOSTER_FILES[NATIVE]
MANIFEST_FILE = "extra_files/manifest.json"
REFERENCE_FILE = "extra_files/reference.json"

MEND = "run jejak rollback, or jejak retrain"

Champion = ChurnModel | OutcomeModel | RulesModel


class Sealable(Protocol):
    """What a model is made again from."""

    @property
    def booster_text(self) -> str:
        """The text of its booster; empty where it has none."""
        ...

    def manifest(self) -> dict[str, Any]:
        """Everything but the booster's text, as JSON knows it."""
        ...


def manifest_text(model: Sealable) -> str:
    """The manifest as JSON, features in the order of the booster's columns."""
    return json.dumps(model.manifest(), indent=1, ensure_ascii=False)


def seal(model: Sealable) -> dict[str, str]:
    """Sizes and hashes of a model's files, to be kept in the database, apart from the files."""
    return _measures("booster", model.booster_text.encode()) | _measures(
        "manifest", manifest_text(model).encode()
    )


def open_sealed(folder: Path, sealed: Mapping[str, str]) -> Champion:
    """The model whose files in `folder` have the sizes and hashes of their seal.

    LightGBM's parser is not made for hostile text, so nothing is parsed before. `ModelRefused`
    when a file is missing or is another.
    """
    file = BOOSTER_FILES.get(sealed.get(FORM, NATIVE), BOOSTER_FILE)
    booster_text = _checked(folder / file, "booster", sealed)
    manifest = json.loads(_checked(folder / MANIFEST_FILE, "manifest", sealed))
    if "rules" in manifest:
        return RulesModel.load(manifest)
    is_churn = manifest.get("target", {}).get("kind") in CHURN_KINDS
    return (ChurnModel if is_churn else OutcomeModel).load(booster_text, manifest)


def seal_reference(reference: Reference | None) -> dict[str, str]:
    """The same of what the model learned from; nothing where that was not kept."""
    return _measures("reference", reference.text().encode()) if reference else {}


def open_reference(folder: Path, sealed: Mapping[str, str]) -> Reference | None:
    """What the model in `folder` learned from; none of a model from before that was kept.

    `ModelRefused` when the file is missing or is another.
    """
    if "reference_sha256" not in sealed:
        return None
    kept = json.loads(_checked(folder / REFERENCE_FILE, "reference", sealed))
    return Reference.from_json(kept)


def _checked(path: Path, name: str, sealed: Mapping[str, str]) -> str:
    try:
        content = _read(path, int(sealed[f"{name}_bytes"]))
    except (KeyError, ValueError):
        raise ModelRefused(f"the {name} has no seal", where=str(path), mend=MEND) from None
    except OSError as error:
        what = f"the {name} of the model cannot be read: {error.strerror}"
        raise ModelRefused(what, where=str(path), mend=MEND) from error
    if _measures(name, content).items() <= sealed.items():
        return content.decode()
    raise ModelRefused(f"the {name} of the model was changed", where=str(path), mend=MEND)


def _read(path: Path, size: int) -> bytes:
    """The file as far as its sealed size and one byte more, which is enough to tell."""
    with path.open("rb") as file:
        return file.read(size + 1)


def _measures(name: str, content: bytes) -> dict[str, str]:
    digest = hashlib.sha256(content).hexdigest()
    return {f"{name}_bytes": str(len(content)), f"{name}_sha256": digest}
