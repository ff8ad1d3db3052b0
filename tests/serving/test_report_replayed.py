"""The page of a backtest: whole, in both languages, and nobody's data in it."""

import re

import numpy as np
import pandas as pd
import pytest

from models.judging.replay import compared
from serving.pages.words import LANGUAGES, texts
from serving.reports.page import ROOM
from serving.reports.replayed import HEAD, render_backtest

DAYS = ("2026-01-01", "2026-02-01")


def rows() -> pd.DataFrame:
    random = np.random.default_rng(0)
    label = random.integers(0, 2, 80)
    return pd.DataFrame(
        {
            "label": label,
            "churn": np.clip(0.3 + 0.3 * label + random.normal(0, 0.2, 80), 0.01, 0.99),
            "recency_rule": random.uniform(0.1, 0.9, 80),
            "customer": np.tile(np.arange(40), 2),
            "day": np.repeat(DAYS, 40),
        }
    )


def lived(day: str) -> dict:
    metrics = {"auc": 0.8, "log_loss": 0.5, "observed_over_expected": None, "lift_10": 2.0}
    return {
        "day": day,
        "refused": "",
        "rows": 1234,
        "churned": 100,
        "metrics": {"churn": metrics, "recency_rule": metrics},
        "contacts": {"contacted": 0, "left": 0, "expected": 500.0, "observed": 250.0},
        "model": {"grade": "B", "promoted": True},
    }


REFUSED = {"day": "2025-12-01", "refused": "too few <b>events</b>"}


def page(language: str = "en", days: list | None = None) -> str:
    shown = [REFUSED, *map(lived, DAYS)] if days is None else days
    found = compared(rows()) if days is None else None
    return render_backtest(shown, found, title="Shop & Co", currency="EUR", language=language)


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_whole_in_every_language(language):
    html, words = page(language), texts(language, ROOM)
    assert html == page(language)
    assert f'lang="{language}"' in html
    assert html.count("<svg viewBox") == 2
    assert all(f">{words[f'backtest.{name}']}<" in html for name in HEAD)
    assert all(f">{day}<" in html for day in DAYS)
    assert "1,234" in html if language == "en" else "1.234" in html
    said = text(html)
    assert words["backtest.lead"] in said
    assert "{" not in said


def test_it_asks_nobody_for_anything_and_escapes_what_it_is_told():
    html = page()
    addresses = re.findall(r"""(?:src|href)=["']([^"'#][^"']*)|url\(([^#)][^)]*)\)""", html)
    assert addresses == []
    assert "<script" not in html
    assert "Shop &amp; Co" in html
    assert "too few &lt;b&gt;events&lt;/b&gt;" in html
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_refused_days_alone_are_a_page_too():
    html = page(days=[REFUSED])
    assert "1 December 2025: too few" in text(html)
    assert "<svg" not in html
    assert "<table" not in html
