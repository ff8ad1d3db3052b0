"""Nights of scores for the tests of serving."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from serving.decide import DecideParams, Playbook, Standing, decide, yearly_value
from serving.scores import Answers, Run, make_scores, run_id

REASON = {"code": "R1", "kind": "act", "theme": "silence", "sentence": "quiet for 20 days"}
FIRST = datetime(2026, 11, 20, 17, tzinfo=UTC)


def a_run(night: int = 0, model_version: int = 1, settings: dict | None = None) -> Run:
    as_of = FIRST + timedelta(days=night)
    return Run(
        run_id=run_id(
            as_of,
            model_version=model_version,
            booster_sha256="b" * 64,
            lake_sha256="1" * 64,
            settings=settings or {},
        ),
        as_of=as_of,
        horizon_days=28,
        tier="standard",
        grade="A",
        model_version=model_version,
        watermark=as_of,
        expires_at=as_of + timedelta(days=28),
    )


def a_ruled_night(bands: list[str], night: int = 0):
    """Scores of customers of whom rules give these bands."""
    run = replace(a_run(night), tier="rules", grade="none")
    return a_night(run, len(bands), probabilities=np.full(len(bands), np.nan), bands=bands)


def a_night(run: Run, customers: int = 3, **changed):
    """Scores of `customers` customers; `changed` replaces arguments of `make_scores`.

    What is not one of them belongs to `Answers`.
    """
    given = {
        "customer_ids": [f"c{number}" for number in range(customers)],
        "past_money": np.full(customers, 182.0),
        "reasons": [[REASON]] * customers,
        "params": DecideParams(),
        "outlooks": (),
        "decided": None,
    }
    said = {"probabilities": np.linspace(0.1, 0.9, customers)}
    said |= {name: changed.pop(name) for name in [*changed] if name not in given}
    given, answers = given | changed, Answers(**said)
    params = given.pop("params")
    yearly = yearly_value(given.pop("past_money"), params)
    if given["decided"] is None:
        asked = some_scored(given["customer_ids"], answers, yearly, reasons=given["reasons"])
        given["decided"] = decide(asked, Standing(), run.as_of, Playbook(params=params)).rows
    return make_scores(run, answers=answers, yearly=yearly, **given)


def some_scored(customer_ids, answers: Answers, yearly, reasons=None) -> pd.DataFrame:
    """What `decide` is asked of some customers, whose stage nobody tells."""
    return pd.DataFrame(
        {
            "customer_id": pd.Series(customer_ids, dtype="str"),
            "probability": answers.probabilities,
            "band": pd.Series(answers.bands or [None] * len(customer_ids), dtype="str"),
            "yearly_value": yearly,
            "stage": pd.Series([None] * len(customer_ids), dtype="str"),
            "reasons": reasons or [[] for _ in customer_ids],
        }
    )
