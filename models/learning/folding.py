"""Several boosters and a straight line on the log-odds, folded into one native booster.

A booster answers with the sum of its trees, so the mean of several boosters is one booster with
all their trees and leaves divided by how many they were; a slope scales the leaves once more, and
an intercept is a tree with a single leaf. TreeSHAP is linear in the trees and stays exact.

LightGBM writes down the smallest and the largest value of each feature that it saw, which nothing
reads again. Such a value may be one customer's alone, so only how large it is remains.
"""

import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TREE = re.compile(r"^Tree=\d+\n", re.MULTILINE)
END = "end of trees"
TAIL_START = "\nfeature_importances:\n"
PARAMETERS = "\nparameters:\n"

RANGES = "feature_infos="
RANGE = re.compile(r"\[([^:\]]+):([^:\]]+)\]")

SCALED = ("leaf_value", "internal_value", "shrinkage")
"""Lines of a tree that hold a share of the answer."""

CONSTANT_TREE = """num_leaves=1
num_cat=0
split_feature=
split_gain=
threshold=
decision_type=
left_child=
right_child=
leaf_value={value}
leaf_weight=
leaf_count=1
internal_value=
internal_weight=
internal_count=
is_linear=0
shrinkage=1


"""


@dataclass(frozen=True)
class _Text:
    """A booster's text in its parts; `head` without the sizes of the trees."""

    head: str
    trees: list[str]
    splits: Counter[str]
    parameters: str


def fold(booster_texts: Sequence[str], *, slope: float = 1.0, intercept: float = 0.0) -> str:
    """The text of one booster whose raw score is `intercept + slope * mean(raw scores)`.

    The boosters must have been trained on the same features with the same objective; anything
    else is a `ValueError`. Parameters are recorded as those of the first.
    """
    parts = [_parse(text) for text in booster_texts]
    first = parts[0]
    if any(_comparable(part.head) != _comparable(first.head) for part in parts):
        raise ValueError("boosters of different features or objectives do not fold")
    share = slope / len(parts)
    trees = [_scaled(tree, share) for part in parts for tree in part.trees]
    if intercept:
        trees.append(CONSTANT_TREE.format(value=repr(float(intercept))))
    splits = sum((part.splits for part in parts), Counter[str]())
    return _render(_Text(_without_extremes(first.head), trees, splits, first.parameters))


def gain_shares(booster_text: str, features: Sequence[str]) -> dict[str, float]:
    """Each feature's share of the total gain of all splits, in the features' order."""
    gains = dict.fromkeys(range(len(features)), 0.0)
    for tree in _parse(booster_text).trees:
        lines = dict(line.split("=", 1) for line in tree.splitlines() if "=" in line)
        for feature, gain in zip(
            lines["split_feature"].split(), lines["split_gain"].split(), strict=True
        ):
            gains[int(feature)] += float(gain)
    total = sum(gains.values()) or 1.0
    return {name: gains[place] / total for place, name in enumerate(features)}


def _parse(text: str) -> _Text:
    if "is_linear=1" in text:
        raise ValueError("linear trees do not fold")
    body, tail = text.split(END, 1)
    starts = [match.start() for match in TREE.finditer(body)]
    head = body[: starts[0]] if starts else body
    spans = zip(starts, [*starts[1:], len(body)], strict=True)
    trees = [TREE.sub("", body[start:end]) for start, end in spans]
    importances, parameters = tail.split(PARAMETERS, 1)
    counts = (line.split("=", 1) for line in importances.splitlines() if "=" in line)
    kept = "\n".join(line for line in head.splitlines() if not line.startswith("tree_sizes="))
    return _Text(kept.rstrip(), trees, Counter({name: int(n) for name, n in counts}), parameters)


def _render(text: _Text) -> str:
    trees = [f"Tree={place}\n{tree}" for place, tree in enumerate(text.trees)]
    sizes = " ".join(str(len(tree.encode())) for tree in trees)
    splits = "".join(f"{name}={n}\n" for name, n in text.splits.most_common())
    return (
        f"{text.head}\ntree_sizes={sizes}\n\n{''.join(trees)}{END}\n"
        f"{TAIL_START}{splits}{PARAMETERS}{text.parameters}"
    )


def _scaled(tree: str, share: float) -> str:
    return "\n".join(_line(line, lambda number: number * share) for line in tree.split("\n"))


def _line(line: str, scale: Callable[[float], float]) -> str:
    name, _, numbers = line.partition("=")
    if name not in SCALED or not numbers:
        return line
    return f"{name}={' '.join(repr(scale(float(number))) for number in numbers.split())}"


def _comparable(head: str) -> str:
    """What must agree: everything but the ranges that each booster saw."""
    return "\n".join(line for line in head.splitlines() if not line.startswith(RANGES))


def _without_extremes(head: str) -> str:
    """The same with each range widened to powers of ten."""

    def widened(found: re.Match[str]) -> str:
        low, high = map(float, found.groups())
        return f"[{_beyond(low, up=False):g}:{_beyond(high, up=True):g}]"

    return "\n".join(
        RANGE.sub(widened, line) if line.startswith(RANGES) else line for line in head.splitlines()
    )


def _beyond(value: float, *, up: bool) -> float:
    """The next power of ten, or zero, in a direction.

    >>> _beyond(6281.5, up=True), _beyond(6281.5, up=False), _beyond(-0.2, up=False)
    (10000.0, 1000.0, -1.0)
    """
    if not value or not math.isfinite(value):
        return value
    exponent = math.log10(abs(value))
    away = up == (value > 0)
    whole = math.ceil(exponent) if away else math.floor(exponent)
    return math.copysign(10.0 ** min(whole, sys.float_info.max_10_exp), value)
