"""What a person reads at the end: the grade, the model beside its baselines, who may leave."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models.judging.bootstrap import DRAWS, POOLED
from models.judging.promotion import Verdict
from models.trial import Trial
from pipelines.terminal.printable import one_line
from serving.decide import BANDS
from serving.scores import Run

METRICS = {
    "auc": "AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier": "Brier score",
    "observed_over_expected": "observed/expected",
    "ece": "calibration error",
    "macro_f1": "macro F1",
    "accuracy": "accuracy",
    "lift_5": "lift, top 5 %",
    "lift_10": "lift, top 10 %",
    "lift_20": "lift, top 20 %",
}
CUSTOMERS_SHOWN = 10
PROMOTED = "This model is the champion now."
KEPT = "Not promoted; it is kept as challenger, and the champion, if there is one, stays:"
COLOURS = {"A": "green", "B": "green", "C": "yellow", "F": "red"}


def show_trial(trial: Trial, version: int, verdict: Verdict) -> None:
    """Print the grade and why, the metrics beside every baseline, and the verdict."""
    console = _console()
    letter = trial.grade.letter
    console.print()
    console.print(Text(trial.name.replace("_", " ").capitalize(), style="bold"), end="  ")
    console.print(Text.assemble("grade ", (letter, f"bold {COLOURS.get(letter, 'red')}")), end="")
    console.print(f"  ({trial.model.tier}; model version {version})")
    for reason in trial.grade.reasons:
        console.print(_indented(reason))
    console.print()
    if len(trial.metrics):
        console.print(metrics_table(trial))
        console.print(Text(_measured_on(trial), style="dim"))
        console.print()
    console.print(Text(_verdict_on(verdict)))
    for sentence in verdict.obstacles:
        console.print(_indented(sentence))


def show_refused(refused: Mapping[str, str]) -> None:
    """Print what could not be learned, and why."""
    for question, why in refused.items():
        _console().print(f"\nNo model of {question.replace('_', ' ')}:")
        _console().print(_indented(why))


def metrics_table(trial: Trial) -> Table:
    """The model with its intervals beside its baselines, pooled over the origins.

    The baselines' own intervals stand in the report: four of them are wider than a terminal.
    """
    pooled = trial.metrics[trial.metrics["origin"] == POOLED]
    predictors = list(dict.fromkeys(pooled["predictor"]))
    table = _table()
    table.add_column("out of time", no_wrap=True)
    for at, name in enumerate(predictors):
        heading = "model" if at == 0 else name.replace("_", " ")
        table.add_column(heading, justify="right", no_wrap=True)
    cells = pooled.set_index(["metric", "predictor"])
    measured = set(pooled["metric"])
    for metric, label in METRICS.items():
        if metric not in measured:
            continue
        model, *rivals = (cells.loc[(metric, name)] for name in predictors)
        row = [_cell(model), *(f"{rival['value']:.3f}" for rival in rivals)]
        table.add_row(label, *row, style="bold" if metric == "auc" else "")
    return table


def show_scores(run: Run, scores: pd.DataFrame, currency: str) -> None:
    """Print the customers most at risk, with the money at risk and the first reason."""
    console = _console()
    console.print()
    console.print(Text(_headline(run, scores, currency)))
    console.print()
    console.print(scores_table(scores.head(CUSTOMERS_SHOWN)))


def show_decisions(sentences: Iterable[str], *, suppressed: int) -> None:
    """Print what is to be done about them, and how many must not be looked at."""
    left_out = [f"{suppressed:,} suppressed, and not scored."] if suppressed else []
    told = [*sentences, *left_out]
    console = _console()
    for sentence in ["", *told] if told else []:
        console.print(Text(sentence))


def scores_table(scores: pd.DataFrame) -> Table:
    """One line a customer."""
    table = _table()
    table.add_column("customer", overflow="fold")
    table.add_column("risk", justify="right")
    table.add_column("band")
    table.add_column("value at risk", justify="right")
    table.add_column("first reason")
    for row in scores.to_dict("records"):
        reasons = row["reasons"]
        table.add_row(
            Text(one_line(row["customer_id"])),
            _told(row["churn_probability"], ".0%"),
            row["risk_band"],
            _told(row["value_at_risk"], ",.0f"),
            Text(one_line(reasons[0]["sentence"]) if reasons else ""),
        )
    return table


def show_sentences(sentences: Iterable[str]) -> None:
    """Print what a page says first."""
    console = _console()
    for sentence in ["", *sentences]:
        console.print(Text(one_line(sentence)))


def show_end(places: Mapping[str, Path], seconds: float) -> None:
    """Print where things are and how long it took."""
    console = _console()
    console.print()
    for name, path in places.items():
        console.print(Text(f"{name:<18}{_from_here(path)}"), soft_wrap=True)
    console.print(f"Done in {seconds:.0f} s.")


def _from_here(path: Path) -> Path:
    """A path as one would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _indented(sentence: str) -> Padding:
    return Padding(Text(sentence), (0, 0, 0, 2))


def _table() -> Table:
    return Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))


def _console() -> Console:
    return Console(highlight=False)


def _cell(row: pd.Series) -> str:
    """A value with its interval, where it has one, such as `0.863 (0.851-0.875)`."""
    value = f"{row['value']:.3f}"
    has_interval = np.isfinite([row["low"], row["high"]]).all()
    return f"{value} ({row['low']:.3f}-{row['high']:.3f})" if has_interval else value


def _told(value: float, form: str) -> str:
    """A number, or a dash where rules told none."""
    return "-" if np.isnan(value) else format(value, form)


def _verdict_on(verdict: Verdict) -> str:
    if verdict.forced_by:
        return (
            f"This model is the champion now, by {verdict.forced_by}: {verdict.forced_why}. "
            "What speaks against it:"
        )
    return PROMOTED if verdict.promoted else KEPT


def _measured_on(trial: Trial) -> str:
    counts, origins = trial.counts, list(_origins(trial))
    return (
        f"{counts['measured_rows']:,} rows of customer and cutoff that the model had not seen "
        f"({', '.join(origins)}), {counts['measured_positives']:,} of them events; intervals "
        f"hold 95 % of {DRAWS} draws of customers{_treated(trial)}"
    )


def _treated(trial: Trial) -> str:
    """How rows were settled that outreach may have changed; nothing where there were none."""
    told = trial.lineage.get("treated")
    if not told or not told["rows"]:
        return ""
    rows, held, choice = told["rows"], told["rows_held_out"], told["choice"]
    return (
        f"; outreach may have changed {rows:,} rows, {held:,} were held out of it "
        f'([panel] treated = "{choice}")'
    )


def _origins(trial: Trial) -> Iterator[str]:
    return (name for name in dict.fromkeys(trial.metrics["origin"]) if name != POOLED)


def _headline(run: Run, scores: pd.DataFrame, currency: str) -> str:
    high = int(np.count_nonzero(scores["risk_band"] == BANDS[0]))
    who = f"{len(scores):,} customers as of {run.as_of:%Y-%m-%d %H:%M} UTC, {high:,} at high risk"
    made_by = f"(churn model version {run.model_version}, grade {run.grade})"
    if bool(scores["churn_probability"].isna().all()):
        return f"{who} by rules, without a probability: too few have left so far {made_by}"
    money = scores["value_at_risk"].to_numpy().sum()
    at_risk = f"{money:,.0f} {currency} a year at risk in the next {run.horizon_days} days"
    return f"{who}; {at_risk} {made_by}"
