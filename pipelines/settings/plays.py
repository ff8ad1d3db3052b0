"""The playbook of a workspace file: validated whole, and refused where a play could fit nobody."""

from collections.abc import Iterator

from features.mistakes import Mistake, nearest
from features.stages.stages import StageParams
from models.reasons.variants import VARIANTS
from pipelines.settings.mistakes import below
from pipelines.settings.validated import repeated, validated
from serving.decide import DecideParams, Play, bands_told
from serving.decide.plays import STAYING

WORDS = sorted({*VARIANTS, *(code for told in VARIANTS.values() for _, code in told)})
"""The themes, by their first words, and the codes that a reason may have."""


def plays_told(
    raw: object,
    mistakes: list[Mistake],
    *,
    decide: DecideParams,
    stages: StageParams | None,
) -> tuple[Play, ...]:
    """The tables headed `[[plays]]`, in their order.

    `stages` are those of customers where a model of progression tells them, else None.
    """
    if not isinstance(raw, list):
        mend = "describe each in a table of its own, headed [[plays]]"
        mistakes.append(Mistake("plays", "is no list of tables", mend))
        return ()
    told: list[Play] = []
    for at, one in enumerate(raw):
        play = validated(f"plays[{at}]", one, Play, mistakes)
        if play:
            mistakes.extend(below(f"plays[{at}]", _fits_nobody(play, decide, stages)))
            told.append(play)
    mistakes.extend(repeated("plays", raw))
    return tuple(told)


def _fits_nobody(play: Play, decide: DecideParams, stages: StageParams | None) -> Iterator[Mistake]:
    """Why a play could never be given to anyone."""
    for word in play.when:
        if word.removeprefix(STAYING).split(".")[0] not in WORDS:
            mend = nearest(word, WORDS) + " (docs/reasons.md)"
            yield Mistake("when", f"{word!r} is no code and no theme of reasons", mend)
    silent = [band for band in play.bands if band not in bands_told(decide)]
    if play.when and silent:
        mend = f'write reasons_from = "{silent[-1]}" under [decide], or leave the band out'
        yield Mistake("bands", f"customers of band {silent[-1]} are given no reasons", mend)
    known = (*stages.order, *stages.exits) if stages else ()
    for stage in play.stages:
        if not stages:
            mend = "add [progression], or leave stages out"
            yield Mistake("stages", "no model tells where customers stand", mend)
            break
        if stage not in known:
            yield Mistake("stages", f"{stage!r} is no stage", nearest(stage, known))
