"""What every model tells of itself: the question, the features that it needs, how it came about."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self, cast

from features.catalog import Catalog, Feature, FeatureParams, Vocabulary
from features.errors import ModelRefused
from features.families import catalog
from features.known.needs import Attribute
from models.targets.kinds import from_json as target_from_json
from models.targets.target import Target


@dataclass(frozen=True, kw_only=True)
class Model:
    """An answer to the question of a target, and what is needed to give it again.

    `features` maps names to definition hashes, in the order in which they are read. `grade` and
    `tier` say how far the answer may be trusted, `trained_through` is the last cutoff learned from
    (ISO). `recipe` holds the settings by which it was learned, as JSON knows them, so that it can
    be learned again on other data. `own` are those of the workspace's own features that it needs.
    """

    features: Mapping[str, str]
    target: Target
    feature_params: FeatureParams
    vocabulary: Vocabulary
    tier: str
    grade: str
    trained_through: str
    rounds: int
    recipe: Mapping[str, Any] = field(default_factory=dict[str, Any])
    own: tuple[Feature, ...] = field(default=(), compare=False, repr=False)

    def needed(self) -> tuple[Feature, ...]:
        """The features to build tonight; refused if one is missing or defined otherwise."""
        return Catalog([*self._given(), *self.own]).select(self.features)

    def with_own(self, tell: Callable[[], Iterable[Feature]]) -> Self:
        """The same with those of the workspace's own features that it needs.

        They are asked for only if no family gives a feature that the model needs.
        """
        others = self.features.keys() - {feature.name for feature in self._given()}
        own = tuple(feature for feature in tell() if feature.name in others) if others else ()
        return replace(self, own=own)

    def manifest(self) -> dict[str, Any]:
        """Everything but what lies in files of its own, as JSON knows it."""
        nested = {name: asdict(getattr(self, name)) for name in _NESTED}
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {
            "features": dict(self.features),
            "target": self.target.as_json(),
            **nested,
            **plain,
            "recipe": dict(self.recipe),
        }

    def _given(self) -> tuple[Feature, ...]:
        return catalog(self.feature_params, self.vocabulary).features


def told_by(manifest: Mapping[str, Any], further: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of `Model` in a manifest that was kept.

    `ModelRefused` when the manifest lacks one of them, or one of the `further` names, that this
    version of jejak needs.
    """
    needed = ("features", "target", *_NESTED, *_PLAIN, *further)
    lacking = [name for name in needed if name not in manifest]
    if lacking:
        raise ModelRefused(
            f"the model's manifest does not tell {', '.join(lacking)}",
            where="manifest.json",
            mend="run `jejak retrain`",
        )
    nested = {name: kind(**tuples(manifest[name])) for name, kind in _NESTED.items()}
    plain = {name: manifest[name] for name in ("features", *_PLAIN)}
    told = {"target": target_from_json(manifest["target"]), "recipe": manifest.get("recipe", {})}
    return {**told, **nested, **plain}


def tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lists, as JSON gives them back, as the tuples that parameters hold."""
    return {name: _tuple(value) for name, value in fields.items()}


def _tuple(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return tuples(cast("Mapping[str, Any]", value))
    return tuple(map(_tuple, value)) if isinstance(value, list | tuple) else value


def _vocabulary(attributes: Iterable[Mapping[str, Any]] = (), **words: Any) -> Vocabulary:  # noqa: ANN401
    return Vocabulary(attributes=tuple(Attribute(**one) for one in attributes), **words)


_NESTED: dict[str, Any] = {"feature_params": FeatureParams, "vocabulary": _vocabulary}

_PLAIN = ("tier", "grade", "trained_through", "rounds")
