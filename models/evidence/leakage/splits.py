"""J12: what a random split of the rows would have promised, beside what time allows."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evidence.case import Case, drawn, last_origins
from models.evidence.leakage.tried import Tried
from models.evidence.probing import EVERYTHING, ROWS_MOST, Probe
from models.evidence.resampling import AUC_DRAWS, mean_aucs
from models.judging.bootstrap import QUANTILES, customer_draws
from models.logit import Floats
from models.rows.panel import Panel
from models.transforms.drawn import folds

ORIGINS = 3
ROW_FOLDS = 2
CUSTOMER_FOLDS = 3

Flags = NDArray[np.bool_]


class _Job(NamedTuple):
    """What to learn from, and which of the rows to predict."""

    train: Panel
    rows: Flags


def splits(case: Case) -> Tried:
    """The same rows predicted three ways: by the past, by other customers, by other rows.

    Both other ways learn from the same days as well; one from no row of the same customer, the
    other even from the customer's own rows a fortnight before and after, as a random split does.
    """
    some = replace(case, panel=drawn(case.panel, ROWS_MOST))
    past, test = last_origins(some, ORIGINS)
    ways = (
        [_Job(past, np.ones(len(test.rows), dtype=np.bool_))],
        list(_by_customer(some.panel, test)),
        list(_by_row(some.panel, test)),
    )
    by_time, by_customer, by_row = _predicted(some, test, ways)
    customers = pd.factorize(test.column("customer_id"))[0].astype(np.int64)
    value, low, high = _gap(test.y, by_row, by_time, customers)
    once = np.ones((1, len(test.y)))
    row, customer, time = (
        float(mean_aucs(test.y, p, once)[0]) for p in (by_row, by_customer, by_time)
    )
    return Tried(
        code="J12",
        test="Rows are split at random instead of by time: by how much the AUC would have been"
        " flattered.",
        value=value,
        note=f"AUC {row:.3f} by random rows, {customer:.3f} by random customers, {time:.3f} by"
        f" time; flattered by {value:+.4f} ({low:+.4f} to {high:+.4f})",
    )


def _by_customer(panel: Panel, test: Panel) -> Iterator[_Job]:
    """Each third of the customers from all rows of the others."""
    everybody = folds(panel.column("customer_id"), CUSTOMER_FOLDS)
    own = folds(test.column("customer_id"), CUSTOMER_FOLDS)
    for fold in range(CUSTOMER_FOLDS):
        yield _Job(replace(panel, rows=panel.rows.loc[everybody != fold]), own == fold)


def _by_row(panel: Panel, test: Panel) -> Iterator[_Job]:
    """Each half of the rows from all rows of the panel but those."""
    halves = np.random.default_rng(0).permutation(len(test.rows)) % ROW_FOLDS
    for half in range(ROW_FOLDS):
        others = ~panel.rows.index.isin(test.rows.index[halves == half])
        yield _Job(replace(panel, rows=panel.rows.loc[others]), halves == half)


def _predicted(case: Case, test: Panel, ways: Sequence[Sequence[_Job]]) -> list[Floats]:
    """What each way says of all rows, from the answers of its jobs."""
    alone = replace(case.boosting, threads=1)
    probe = Probe(boosting=alone, rounds=case.rounds, transforms=case.transforms, seeds=1)

    def one(job: _Job) -> Floats:
        return probe.predictions(job.train, test.rows.loc[job.rows], [EVERYTHING])[0]

    with ThreadPoolExecutor(case.boosting.threads) as pool:
        answers = iter(list(pool.map(one, [job for jobs in ways for job in jobs])))
    return [_together([(job.rows, next(answers)) for job in jobs]) for jobs in ways]


def _together(answers: Sequence[tuple[Flags, Floats]]) -> Floats:
    rows, first = answers[0]
    told = np.empty((len(rows), *first.shape[1:]))
    for where, answer in answers:
        told[where] = answer
    return told


def _gap(
    y: Floats, flattered: Floats, honest: Floats, customers: NDArray[np.int64]
) -> tuple[float, float, float]:
    """The difference in AUC, and its bounds with customers drawn again."""

    def gap(weights: Floats) -> Floats:
        return mean_aucs(y, flattered, weights) - mean_aucs(y, honest, weights)

    draws = np.concatenate([gap(weights) for weights in customer_draws(customers, AUC_DRAWS, 0)])
    low, high = np.nanquantile(draws, QUANTILES)
    return float(gap(np.ones((1, len(y))))[0]), float(low), float(high)
