"""Whether the model may still speak: its features are those it learned, and it is not too old."""

from serving.gates.params import GateParams
from serving.gates.tonight import Gate, Tonight


def same_features(tonight: Tonight, params: GateParams) -> Gate:  # noqa: ARG001
    """G08: who scored is the champion, and its features are built as it learned them."""
    needed, built = tonight.features_needed, tonight.features_built
    others = sorted(name for name in needed if built.get(name) != needed[name])
    if tonight.champion_version != tonight.run.model_version:
        told = f"version {tonight.run.model_version} scored, version {tonight.champion_version} is "
        return Gate("G08", passed=False, sentence=f"{told}the champion now")
    if others:
        told = f"{len(others)} features are not those the model learned, such as {others[0]}"
        return Gate("G08", passed=False, sentence=told)
    return Gate("G08", passed=True, sentence="every feature is the one that the model learned")


def young_enough(tonight: Tonight, params: GateParams) -> Gate | None:
    """G09: the outcomes that the model learned from are not too long ago."""
    if tonight.trained_through is None:
        return None
    learned_days = (tonight.run.as_of - tonight.trained_through).days
    age_days = max(learned_days - tonight.run.horizon_days, 0)
    told = (
        f"the last outcomes that the model learned from are {age_days} days old; "
        f"{params.model_age_days_most} are allowed"
    )
    return Gate("G09", age_days <= params.model_age_days_most, told)
