"""Why a customer scores as they do: TreeSHAP contributions grouped into a few sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.answers.churn import ChurnModel
from models.answers.rules import RulesModel
from models.reasons.acting import acts
from models.reasons.sentences import for_staying, sentence
from models.reasons.telling import chosen, directions
from models.reasons.themes import Theme, Themes
from models.reasons.variants import codes

STAYING = "staying_"
"""What codes of reasons that lower the risk begin with."""

Reasons = Sequence[Mapping[str, str]]
"""The reasons of one customer, the weightiest first."""


def reasons(
    model: ChurnModel | RulesModel,
    frame: pd.DataFrame,
    *,
    language: str = "en",
    before: Sequence[Reasons] = (),
    threads: int = 1,
) -> list[Reasons]:
    """For each row up to five reasons: code, kind, theme and sentence, the weightiest first.

    Features that say the same are one theme, and their contributions are added. Who is riskier
    than the base rate gets the themes that raise the risk; who is not, the themes that lower it,
    under codes that begin with `staying_`. The kind is act or context. `before` are the reasons
    that each row was given the night before: one that hovers at a border stays as it was.
    `language` is en or id.
    """
    made = [one for fitted in model.transforms for one in fitted.made]
    themes = Themes(model.needed(), model.target, model.vocabulary, made, model.feature_params)
    rows = model.with_columns(frame)
    added = themes.added(model.contributions(frame, threads=threads)[:, :-1], rows)
    given = before or [()] * len(frame)
    leaving = directions(added.sum(axis=1), np.array([_direction(few) for few in given], dtype=int))
    told = chosen(np.where(leaving[:, None], added, -added), _told(themes, given, leaving))
    said = [
        _said(themes, place, rows, (told == place).any(axis=1), leaving, language)
        for place in range(len(themes.all))
    ]
    return [[said[place][row] for place in few if place >= 0] for row, few in enumerate(told)]


def _direction(few: Reasons) -> int:
    """1 where reasons raised the risk, -1 where they lowered it, 0 where there were none."""
    return next((-1 if one["code"].startswith(STAYING) else 1 for one in few), 0)


def _told(
    themes: Themes, before: Sequence[Reasons], leaving: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The themes that were told of each row, if in the direction of today: (rows, themes)."""
    places = {theme.name: place for place, theme in enumerate(themes.all)}
    told = np.zeros((len(before), len(places)), dtype=np.bool_)
    for row, few in enumerate(before):
        if _direction(few) == (1 if leaving[row] else -1):
            told[row, [places[one["theme"]] for one in few if one["theme"] in places]] = True
    return told


def _said(
    themes: Themes,
    place: int,
    frame: pd.DataFrame,
    wanted: NDArray[np.bool_],
    leaving: NDArray[np.bool_],
    language: str,
) -> dict[int, dict[str, str]]:
    """One theme's reason for each row that wants it, by row."""
    theme: Theme = themes.all[place]
    facts = themes.facts(theme, frame)
    found = codes(theme, facts, leaving=leaving)

    def one(row: int) -> dict[str, str]:
        words = sentence(str(found[row]), theme, facts.of(row), language)
        code = str(found[row]) if leaving[row] else f"{STAYING}{found[row]}"
        said = words if leaving[row] else for_staying(words, language)
        return {"code": code, "kind": acts(code), "theme": theme.name, "sentence": said}

    return {row: one(row) for row in map(int, np.flatnonzero(wanted))}
