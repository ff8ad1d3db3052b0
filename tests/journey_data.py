"""A made-up journey in counts: what the page of a journey is made of, without a lake."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from models.judging.bootstrap import Interval
from models.pains.foretold import Foretold
from models.pains.found import Pains
from models.uplift.cells import Cell
from models.uplift.effects import Effect
from serving.journey.counts import counts
from serving.journey.material import Kept, Material
from serving.outcomes.found import Doubt, Outcomes
from serving.pages.words import Words
from serving.watching.health import ModelHealth
from serving.watching.records import Kept as Watched

CUTOFF = datetime(2026, 2, 19, 17, tzinfo=UTC)
MONTHS = ("2025-10", "2025-11", "2025-12", "2026-01", "2026-02")
PERSONAS = ("smb", "enterprise", "other")
CHANNELS = ("web", "email", "whatsapp", "ticket", "ad")
ORDER = ("awareness", "consideration", "decision", "retention", "advocacy")
EXITS = ("lost", "churned")
STEPS = ("page_view", "email_open", "message_in", "ticket_opened", "purchase", "survey_answered")
MOVES = (
    ("", "awareness", "enter", 400),
    ("awareness", "consideration", "advance", 260),
    ("consideration", "decision", "advance", 150),
    ("consideration", "awareness", "regress", 30),
    ("consideration", "lost", "exit", 70),
    ("decision", "retention", "advance", 110),
    ("decision", "consideration", "regress", 25),
    ("decision", "lost", "exit", 40),
    ("awareness", "decision", "skip", 20),
    ("retention", "advocacy", "advance", 30),
    ("retention", "churned", "exit", 35),
    ("churned", "retention", "reentry", 9),
    ("lost", "awareness", "reentry", 12),
)
DWELL_EDGES = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 730)
WAIT_EDGES = (0, 1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 720)


def counted(*, months=MONTHS, channels=CHANNELS, personas=PERSONAS, seed=7):
    """Counts as `features.journey_map` makes them, of any width."""
    rng = np.random.default_rng(seed)
    cells = pd.MultiIndex.from_product([months, personas], names=["month", "persona"])
    base = cells.to_frame(index=False)
    moves = pd.DataFrame(MOVES, columns=["source", "target", "direction", "mean"])
    flows = _crossed(base, pd.DataFrame({"channel": channels}), moves)
    per_cell = flows.pop("mean") / (len(channels) * len(personas))
    flows["moves"] = rng.poisson(per_cell)
    stages = pd.DataFrame({"stage": (*ORDER, *EXITS)})
    standing = _counted(rng, 200, "customers", base, stages)
    lives, on = pd.DataFrame({"stage": ORDER}), pd.DataFrame({"channel": channels})
    bins = pd.DataFrame({"bin": range(len(DWELL_EDGES))})
    dwell = _counted(rng, 2, "spells", base, on, lives, bins)
    touches = _counted(rng, 9, "customers", base, lives, on, pd.DataFrame({"step": STEPS}))
    touches["events"] = touches["customers"] * 2
    touches["value"] = np.where(touches["step"].eq("purchase"), 12.5 * touches["events"], 0.0)
    touches["rated"] = np.where(touches["step"].eq("survey_answered"), touches["events"], 0)
    touches["sentiment"] = (touches["rated"] * rng.normal(0.1, 0.2, len(touches))).round(2)
    reach = touches.groupby(["month", "persona", "stage", "channel"], as_index=False)["customers"]
    feelings = _counted(rng, 6, "ratings", base, lives, on, pd.DataFrame({"origin": ["stated"]}))
    feelings = feelings.loc[feelings["stage"].ne("awareness")]
    dip = np.where(feelings["stage"].eq("decision"), -0.3, 0.2)
    feelings["sentiment"] = (feelings["ratings"] * dip).round(2)
    feelings["low"] = feelings["ratings"] // 3
    feelings["high"] = feelings["ratings"] // 3
    kinds = pd.DataFrame({"kind": ["first_reply", "resolution", "resolution_open"]})
    wait_bins = pd.DataFrame({"bin": range(len(WAIT_EDGES))})
    waits = _counted(rng, 2, "waits", base, lives, on.tail(2), kinds, wait_bins)
    changes = _counted(rng, 30, "issues", base, lives)
    changes["switched"] = changes["issues"] // 3
    changes["ping_pong"] = changes["issues"] // 9
    by = pd.DataFrame({"channel": ["", *channels], "customers": [90, *[30] * len(channels)]})
    people = _crossed(pd.DataFrame({"persona": personas}), by)
    spend = pd.DataFrame({"month": months, "channel": "ad", "cost": 1_500_000.0})
    spend = spend.assign(impressions=1000, clicks=10)
    return SimpleNamespace(
        months=tuple(months),
        order=ORDER,
        exits=EXITS,
        flows=flows.loc[flows["moves"].gt(0)],
        standing=standing,
        dwell=dwell.loc[dwell["spells"].gt(0)],
        touches=touches.loc[touches["events"].gt(0)],
        reach=reach.max(),
        feelings=feelings.loc[feelings["ratings"].gt(0)],
        spend=spend,
        waits=waits.loc[waits["waits"].gt(0)],
        changes=changes,
        staying=_counted(rng, 3, "customers", base[["persona"]].drop_duplicates(), stages, bins),
        people=people,
    )


def nothing():
    """Counts of a lake in which nothing happened but the passing of a month."""
    all_of = vars(counted(months=MONTHS[:1]))
    frames = {name: one.iloc[:0] for name, one in all_of.items() if isinstance(one, pd.DataFrame)}
    return SimpleNamespace(**{**all_of, **frames})


def pains():
    """Two pain points, and one that is about everybody."""
    rows = [
        (
            "drop_off",
            "",
            "decision",
            "whatsapp",
            "smb",
            412,
            0.31,
            0.18,
            0.13,
            0.07,
            0.19,
            84e6,
            45e6,
        ),
        (
            "wait",
            "resolution",
            "retention",
            "ticket",
            "",
            640,
            0.42,
            0.3,
            0.12,
            0.06,
            0.18,
            51e6,
            24e6,
        ),
        ("stall", "", "consideration", "", "", 900, 0.25, 0.2, 0.05, 0.01, 0.09, 22e6, 4e6),
    ]
    names = "kind what stage channel persona customers observed expected excess low high"
    frame = pd.DataFrame(rows, columns=[*names.split(), "money", "money_low"])
    demo = {"step": "demo_requested", "share": 0.31, "other_share": 0.12}
    frame = frame.assign(
        share=[np.nan, 0.35, 0.2],
        certain=[True, True, False],
        money_high=frame["money"] * 1.4,
        affected_now=[96, 130, 210],
        recovered=[40, 75, 33],
        recovered_by=[[{**demo, "more": 0.19, "low": 0.1, "high": 0.28}], [], []],
        worth=frame["money"] * 0.8,
    )
    return Pains(
        frame=frame,
        tried={"drop_off": 30, "wait resolution": 8, "stall": 3},
        customers=4_210,
        cutoffs=("2025-09-30T17:00:00+00:00", "2025-12-31T17:00:00+00:00"),
        horizon_days=30,
    )


def foretold():
    """More left than was expected of the first, as many of the second, three were scored last."""
    nobody = [np.nan] * 5
    rows = [(412, 31.2, 44, 1.41, 1.05, 1.84), (250, 40.0, 41, 1.02, 0.75, 1.35), (3, *nobody)]
    names = ["scored", "expected", "left", "times", "low", "high"]
    nights = ("2025-11-30T17:00:00+00:00", "2025-12-31T17:00:00+00:00")
    return Foretold(frame=pd.DataFrame(rows, columns=names), nights=nights)


def efficiency():
    """What advances cost."""
    return pd.DataFrame(
        {
            "stage": ["awareness", "consideration"],
            "channel": ["ad", "whatsapp"],
            "cost": [7_500_000.0, 420_000.0],
            "advances": [260, 150],
            "cost_per_advance": [28_846.0, 2_800.0],
            "low": [25_000.0, 2_400.0],
            "high": [33_000.0, 3_300.0],
        }
    )


def gaps():
    """Three gaps: worse, better, and without a target."""
    return pd.DataFrame(
        {
            "stage": ["consideration", "consideration", "decision"],
            "measure": ["advance_share", "days_median", "drop_off_share"],
            "today": [0.21, 16.0, 0.14],
            "target": [0.25, 14.0, np.nan],
            "last_period": [0.19, 18.0, 0.12],
            "gap_to_target": [-0.04, 2.0, np.nan],
            "gap_to_last": [0.02, -2.0, 0.02],
            "low": [0.18, 14.0, 0.1],
            "high": [0.24, 18.5, 0.18],
            "gap_low": [-0.01, -3.5, 0.004],
            "gap_high": [0.05, -0.5, 0.036],
            "customers": [700, 700, 380],
        }
    )


def outcomes():
    """An experiment that proved something, with one doubt."""
    once, always = Interval(0.04, 0.01, 0.07), Interval(0.04, 0.005, 0.08)
    effect = Effect(treated=600, control=200, once=once, always=always, is_enough=True)
    shares = {"difference": 0.05, "low": -0.01, "high": 0.1, "pooled": 0.04}
    worth = Interval(40_000.0, 10_000.0, 70_000.0)
    return Outcomes(
        experiment="keep",
        as_of=CUTOFF,
        horizon_days=30,
        counts={"drawn": 900, "treated": 680, "matured": 800, "not_at_risk": 12},
        due={"2026-03-01": 100},
        effect=effect,
        money=replace(effect, once=worth, always=worth),
        cost=3_000_000.0,
        given=500,
        cells=(
            Cell(by="persona", name="smb", treated=300, control=100, **shares),
            Cell(by="stage", name="decision", treated=2, control=1),
        ),
        doubts=(Doubt(code="O03", told={"control": 0.2, "treated": 0.5}),),
    )


def health():
    """A watch that advises to retrain, and a run that has matured."""
    told = {name: {"value": 0.8, "low": 0.7, "high": 0.9} for name in ("auc", "log_loss", "ece")}
    alarm = {"code": "D13", "name": "kiosk", "measured": 0.04, "needed": 0.0}
    reason = {"code": "R05", "told": {"days": 80, "most": 56}}
    facts = {
        "model_version": 3,
        "grade": "B",
        "alarms": [alarm | {"severity": "warn", "told": {"rows": 212, "share": 0.04}}],
        "advice": {"reasons": [reason], "mend_first": []},
        "estimate": told,
        "notes": [{"code": "N02", "told": {}}],
    }
    watch = Watched(run_id="r2", as_of=CUTOFF, facts=facts)
    came = {"true": told, "estimated": told, "backtest": told, "model_version": 3}
    return ModelHealth(watch=watch, matured=(Watched(run_id="r1", as_of=CUTOFF, facts=came),))


def material(language="en", *, told=None, bare=False, **given):
    """A whole page's material; a bare one has counts alone."""
    found = {"pains": pains(), "efficiency": efficiency(), "gaps": gaps()}
    found |= {"foretold": foretold()}
    found |= {"outcomes": outcomes(), "health": health()}
    found["ledger"] = Kept(
        pd.DataFrame({"id": ["P001"], "state": ["changed"]}),
        {"P001": "unclear, 3 more weeks are needed."},
    )
    settings = {
        "words": Words(language, "serving.journey"),
        "title": "Toko Melati",
        "currency": "IDR",
        "zone": ZoneInfo("Asia/Jakarta"),
        "as_of": "2026-02-20",
        "counts": counts(told or counted()),
        "dwell_edges": DWELL_EDGES,
        "wait_edges": WAIT_EDGES,
        "costs": {"whatsapp": 500.0, "email": 12.5},
    }
    return Material(**settings | ({} if bare else found) | given)


def _crossed(*frames):
    crossed = frames[0]
    for frame in frames[1:]:
        crossed = crossed.merge(frame, how="cross")
    return crossed


def _counted(rng, mean, name, *frames):
    crossed = _crossed(*frames)
    return crossed.assign(**{name: rng.poisson(mean, len(crossed))})
