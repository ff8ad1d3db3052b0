"""Why a customer scores as they do: TreeSHAP contributions grouped into a few sentences."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.churn import ChurnModel
from models.rules import RulesModel
from models.sentences import for_staying, sentence
from models.themes import Theme, Themes
from models.variants import codes

MOST = 5
SURE = 3
"""So many reasons are given if there are any; further ones only from `WEIGHT_LEAST` on."""

WEIGHT_LEAST = 0.1
"""Log-odds that a fourth or fifth reason must at least move."""

Reasons = list[dict[str, str]]


def reasons(
    model: ChurnModel | RulesModel,
    frame: pd.DataFrame,
    *,
    language: str = "en",
    threads: int = 1,
) -> list[Reasons]:
    """For each row up to five reasons, code and sentence, the weightiest first.

    Features that say the same are one theme, and their contributions are added. Who is riskier
    than the base rate gets the themes that raise the risk; who is not, the themes that lower it,
    under codes that begin with `staying_`. `language` is en or id.
    """
    made = [one for fitted in model.transforms for one in fitted.made]
    themes = Themes(model.needed(), model.target, model.vocabulary, made)
    added = model.contributions(frame, threads=threads)[:, :-1] @ themes.membership
    leaving = added.sum(axis=1) > 0
    toward = np.where(leaving[:, None], added, -added)
    ranks = np.argsort(-toward, axis=1, kind="stable")[:, :MOST]
    weights = np.take_along_axis(toward, ranks, axis=1)
    least = np.where(np.arange(ranks.shape[1]) < SURE, 0.0, WEIGHT_LEAST)
    told = np.where(weights > least, ranks, -1)
    rows = model.with_columns(frame)
    said = [
        _said(themes, place, rows, (told == place).any(axis=1), leaving, language)
        for place in range(len(themes.all))
    ]
    return [[said[place][row] for place in few if place >= 0] for row, few in enumerate(told)]


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
    chosen = codes(theme, facts, leaving=leaving)

    def one(row: int) -> dict[str, str]:
        code = str(chosen[row])
        words = sentence(code, theme, facts.of(row), language)
        if leaving[row]:
            return {"code": code, "sentence": words}
        return {"code": f"staying_{code}", "sentence": for_staying(words, language)}

    return {row: one(row) for row in map(int, np.flatnonzero(wanted))}
