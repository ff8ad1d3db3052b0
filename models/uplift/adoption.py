"""Whether customers are to be ranked by uplift, or go on being ranked by a rule."""

from dataclasses import dataclass

from models.uplift.comparison import Ranked
from models.uplift.study import RISK


@dataclass(frozen=True)
class Adoption:
    """Whether uplift ranks better than risk beyond doubt, and the sentence that says so."""

    adopted: bool
    sentence: str


def adopt(ranked: Ranked | None) -> Adoption:
    """Uplift is adopted only where the interval of its Qini lies above that of ranking by risk.

    `ranked` is none where nobody was held out at random. Without proof the ranking is called what
    it is: a rule.

    >>> adopt(None).sentence
    'The ranking by risk is a rule: no experiment has measured yet whom contact changes.'
    """
    if ranked is None:
        return Adoption(
            adopted=False,
            sentence="The ranking by risk is a rule: no experiment has measured yet whom contact"
            " changes.",
        )
    value, low, high = (1000 * told for told in ranked.above(RISK))
    measured = f"Qini x 1000 {value:+.2f} against ranking by risk, {low:+.2f} to {high:+.2f}"
    if low > 0:
        return Adoption(
            adopted=True, sentence=f"The ranking is by uplift, proved in experiments: {measured}."
        )
    return Adoption(
        adopted=False,
        sentence=f"The ranking by risk is a rule: uplift is not proved to rank better"
        f" ({measured}).",
    )
