"""Hillstrom's e-mail experiment: whom the women's e-mail makes visit, five half splits.

The learner was chosen by cross-validation inside the rows that are learned from; whom a split does
not measure, it learns from.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from public_data import DATA

from models.judging.bootstrap import QUANTILES, customer_draws
from models.logit import Floats
from models.uplift.bases import FewLines, Lines, Trees
from models.uplift.experiment import Experiment, experiment
from models.uplift.learners import DoublyRobust, Single, Together, outcome_models
from models.uplift.qini import METRICS, measure

SEEDS = range(5)
DRAWS = 200
LEARNER = Together(learners=(Single(base=Lines()), DoublyRobust(base=Lines(), last=FewLines())))
"""Few lines say what surely matters; many of their customers are equal, whom all lines order."""
EMAIL, NOBODY = "Womens E-Mail", "No E-Mail"
WORDS = ("zip_code", "channel")
NUMBERS = ("recency", "history", "mens", "womens", "newbie")


def told() -> Experiment:
    """Both arms, with attributes of customers as numbers; words as one column each."""
    raw = pd.read_parquet(DATA / "hillstrom" / "hillstrom.parquet").sort_values("row_id")
    rows = raw.loc[raw["segment"].isin([EMAIL, NOBODY])].reset_index(drop=True)
    words = pd.get_dummies(rows[list(WORDS)], dtype=float)
    named = rows[list(NUMBERS)].astype(float).join(words)
    frame = named.assign(
        customer_id=rows["row_id"],
        arm=np.where(rows["segment"].eq(EMAIL), "treated", "control"),
        probability=0.5,
        outcome=rows["visit"],
    )
    return experiment(frame, tuple(named.columns))


def split(whole: Experiment, seed: int) -> tuple[Experiment, Experiment]:
    """Rows to learn from, and rows that are measured."""
    measured = np.random.default_rng(seed).random(len(whole.rows)) < 0.5
    return whole.where(~measured), whole.where(measured)


def show(by_seed: list[tuple[Experiment, Floats, Floats]]) -> None:
    """The ranking beside that by risk, mean over splits; customers drawn again in all at once."""
    customers = [one.column("customer_id").to_numpy() for one, _, _ in by_seed]
    codes = pd.factorize(np.concatenate(customers))[0]
    ends = np.cumsum([len(own) for own in customers])
    ones = np.ones((1, len(codes)))
    drawn = [ones, *customer_draws(codes, DRAWS, seed=0)]
    means = [
        np.mean(
            [
                [measure(one, ranking, own) for ranking in rankings]
                for (one, *rankings), own in zip(
                    by_seed, np.split(weights, ends[:-1], axis=1), strict=True
                )
            ],
            axis=0,
        )
        for weights in drawn
    ]
    uplift, risk = np.concatenate(means, axis=1)
    for name, values in {"uplift": uplift, "risk": risk, "uplift - risk": uplift - risk}.items():
        low, high = np.quantile(values[1:], QUANTILES, axis=0)
        for place in (0, len(METRICS) - 1):
            print(
                f"{name}: {METRICS[place]} x 1000 {1000 * values[0, place]:.2f}"
                f" ({1000 * low[place]:.2f} to {1000 * high[place]:.2f})",
                file=sys.stderr,
            )


def main() -> None:
    """Predict the measured rows of every split and write the file that the argument names."""
    whole, by_seed, answers = told(), [], []
    for seed in SEEDS:
        train, measured = split(whole, seed)
        effects = LEARNER.fit(train)(measured.rows)
        held_out, _ = outcome_models(Trees(), train)
        by_seed.append((measured, effects, 1 - held_out(measured.matrix())))
        rows = measured.column("customer_id").to_numpy()
        answers.append(pd.DataFrame({"row_id": rows, "seed": seed, "uplift": effects}))
    show(by_seed)
    pd.concat(answers, ignore_index=True).to_parquet(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
