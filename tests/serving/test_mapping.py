"""What a destination is told of a customer: exact numbers, replaced words, one hash a meaning."""

import json
import math
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nights import REASON, a_night, a_ruled_night, a_run

from serving.destinations.fields.cells import rounded
from serving.destinations.fields.mapping import cleared, columns, mistakes, payloads, values_of
from serving.destinations.fields.views import view
from serving.destinations.spec import DestinationSpec
from serving.scores import SCORES

FIELDS = {
    "Churn": "churn_probability",
    "Band %": "risk_band",
    "Money": "yearly_value",
    "Why": "reason_1",
    "Second": "reason_2",
    "Days": "horizon_days",
}

A_NIGHT = a_night(a_run(), 6)


def a_spec(**changed) -> DestinationSpec:
    return DestinationSpec(**({"name": "crm", "kind": "sql", "fields": FIELDS} | changed))


def told(scores: pd.DataFrame, spec: DestinationSpec, **said) -> list[dict]:
    return [values_of(text) for text in payloads(scores, spec, **said)["payload"]]


def test_a_row_reads_as_expected():
    night = a_night(a_run(), 1, customer_ids=["ayu"], probabilities=np.array([0.71335]))
    row = payloads(night, a_spec()).iloc[0]
    assert (row["customer_id"], row["key"], row["fault"]) == ("ayu", "ayu", "")
    assert row["payload"] == (
        '{"Churn":0.7134,"Band %":"high","Money":365.0,'
        '"Why":"quiet for 20 days","Second":null,"Days":28}'
    )
    assert len(row["hash"]) == 64


@given(number=st.floats(allow_nan=False, allow_infinity=False), places=st.integers(0, 15))
def test_numbers_are_rounded_as_exact_decimals(number, places):
    exact = (
        Decimal(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
        if abs(number) < 1e9
        else Decimal(number)
    )
    said = json.loads(rounded(number, places))
    assert said == (float(exact) if places else int(exact) if abs(number) < 1e9 else int(number))
    assert math.copysign(1, said) == 1 or said < 0


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
odd_texts = st.sampled_from(["\0", "a\0b", "\ud83d", "x\udc00"])
customers = st.lists(
    st.tuples(st.sampled_from([0.1, 0.10004, 0.12, 0.9]), st.one_of(texts, odd_texts)),
    min_size=1,
    max_size=6,
)


@given(drawn=customers)
def test_two_rows_of_a_key_have_one_hash_exactly_when_their_values_are_the_same(drawn):
    spec = a_spec(fields={"p": "churn_probability", "why": "reason_1"}, decimals={"p": 3})
    rows = payloads(
        pd.DataFrame(
            {
                "customer_id": "one",
                "churn_probability": [probability for probability, _ in drawn],
                "reasons": [[REASON | {"sentence": sentence}] for _, sentence in drawn],
            }
        ),
        spec,
    )
    meant = [
        None
        if "\0" in sentence or any("\ud800" <= one <= "\udfff" for one in sentence)
        else (round(probability, 3), sentence)
        for probability, sentence in drawn
    ]
    for fault, payload, one in zip(rows["fault"], rows["payload"], meant, strict=True):
        assert fault == ("TEXT_ODD" if one is None else "")
        assert one is None or (*values_of(payload).values(),) == one
    for mine, first in zip(rows["hash"], meant, strict=True):
        for other, second in zip(rows["hash"], meant, strict=True):
            assert (mine == other) == (first == second)


def test_the_hash_knows_the_key_and_a_later_night_alone_changes_nothing():
    spec = a_spec(fields=FIELDS | {"run": "run_id", "until": "expires_at", "on": "as_of_date"})
    first, later = (
        payloads(a_night(a_run(night), 3, probabilities=np.full(3, 0.5)), spec) for night in (0, 1)
    )
    assert first["hash"].tolist() == later["hash"].tolist()
    assert first["hash"].nunique() == 3
    assert not set(first["payload"]) & set(later["payload"])


def by_customer(rows: pd.DataFrame) -> dict:
    return {row["customer_id"]: row for row in rows.to_dict("records")}


@settings(max_examples=15)
@given(order=st.permutations(range(6)), border=st.integers(0, 6))
def test_each_row_is_as_it_would_be_alone_and_in_any_order(order, border):
    shuffled = A_NIGHT.iloc[order]
    parts = [payloads(part, a_spec()) for part in (shuffled[:border], shuffled[border:])]
    assert by_customer(parts[0]) | by_customer(parts[1]) == by_customer(payloads(A_NIGHT, a_spec()))
    assert [*parts[0]["customer_id"], *parts[1]["customer_id"]] == [*shuffled["customer_id"]]


@pytest.mark.parametrize(
    ("key", "fault"),
    [("  ", "KEY_MISSING"), ("", "KEY_MISSING"), (None, "KEY_MISSING"), ("a\0", "TEXT_ODD")],
)
def test_a_key_that_cannot_be_costs_its_row_alone(key, fault):
    night = a_night(a_run(), 3).assign(customer_id=pd.Series(["ok", key, "عائشة\U0001f600"]))
    rows = payloads(night, a_spec())
    assert rows["fault"].tolist() == ["", fault, ""]
    assert rows["key"].tolist() == ["ok", None, "عائشة\U0001f600"]
    assert rows.loc[1, ["payload", "hash"]].tolist() == ["", ""]


def test_words_are_replaced_and_all_numbers_become_numbers():
    night = a_ruled_night(["high", "low", "medium"])
    spec = a_spec(
        fields={"choice": "risk_band", "said": "risk_band"},
        words={
            "choice": {"high": "100000003", "medium": "2", "low": "-1"},
            "said": {"high": "Tinggi", "low": "1"},
        },
    )
    assert told(night, spec) == [
        {"choice": 100000003, "said": "Tinggi"},
        {"choice": 2, "said": "medium"},
        {"choice": -1, "said": "1"},
    ]


def test_what_is_not_known_is_empty():
    spec = a_spec(fields={"p": "churn_probability", "step": "next_step", "s": "stage"})
    assert told(a_ruled_night(["low"]), spec) == [{"p": None, "step": None, "s": None}]


def test_lists_are_told_by_their_parts():
    more = REASON | {"code": "R2", "sentence": "=2 tickets open"}
    further = [{"horizon_days": 56, "probability": 0.25, "low": 0.2, "high": 0.3}]
    steps = [{"step": "purchase", "probability": 0.33333}, {"step": "call", "probability": 0.2}]
    night = a_night(a_run(), 1, reasons=[[REASON, more]], further=[further])
    night["next_steps"] = [steps]
    said = {
        "reasons": "quiet for 20 days; =2 tickets open",
        "reason_2_code": "R2",
        "churn_probability_56": 0.25,
        "churn_probability_57": None,
        "churn_probability_28": 0.1,
        "next_step": "purchase",
        "next_step_probability": 0.3333,
        "next_steps": "purchase; call",
        "as_of": "2026-11-20T17:00:00Z",
        "as_of_date": "2026-11-21",
    }
    spec = a_spec(fields={name: name for name in said})
    assert told(night, spec, zone="Asia/Jakarta") == [said]
    assert told(night, spec)[0]["as_of_date"] == "2026-11-20"


def test_every_column_may_be_mapped_and_what_it_holds_is_what_it_is():
    kinds = {"text": str, "whole": int, "number": int | float, "instant": str, "date": str}
    spec = a_spec(fields={name: name for name in columns()})
    assert mistakes(spec) == []
    for name, value in told(a_night(a_run(), 1), spec)[0].items():
        assert value is None or isinstance(value, kinds[view(name).holds])
    plain = {name for name, dtype in SCORES.schema.items() if dtype != "object"}
    assert plain <= set(columns())


def test_a_clear_holds_what_is_said_or_nothing():
    spec = a_spec(clear={"Churn": -1, "Band %": "none"})
    assert values_of(cleared(spec)) == {
        "Churn": -1,
        "Band %": "none",
        "Money": None,
        "Why": None,
        "Second": None,
        "Days": None,
    }


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"fields": {"x": "churn_probabilty"}},
            "fields.x: a score has no column 'churn_probabilty'; did you mean `churn_probability`?",
        ),
        ({"key": "yearly_value"}, "key: 'yearly_value' names no text of a score; there are: "),
        ({"words": {"Bond %": {}}}, "words.Bond %: is no field; did you mean `Band %`?"),
        ({"words": {"Money": {"1": "2"}}}, "words.Money: yearly_value is no text; leave it out"),
        (
            {"words": {"Band %": {"hihg": "A"}}},
            "words.Band %.hihg: risk_band never says so; did you mean `high`?",
        ),
        ({"decimals": {"Mony": 2}}, "decimals.Mony: is no field; did you mean `Money`?"),
        ({"decimals": {"Why": 2}}, "decimals.Why: holds no number with decimals; leave it out"),
        ({"decimals": {"Money": 16}}, "decimals.Money: is 16; write 0 to 15"),
        ({"clear": {"Days": 1.5}}, "clear.Days: 1.5 is no value of a field that holds a whole"),
        ({"clear": {"Money": "none"}}, "clear.Money: 'none' is no value of a field"),
        ({"clear": {"Money": True}}, "clear.Money: True is no value of a field"),
        ({"clear": {"Mony": 0}}, "clear.Mony: is no field; did you mean `Money`?"),
    ],
)
def test_each_mistake_names_its_key_and_the_mend(changed, told):
    found = [str(one) for one in mistakes(a_spec(**changed))]
    assert len(found) == 1
    assert found[0].startswith(told)


def test_settings_without_mistakes_are_told_none():
    assert mistakes(a_spec(words={"Why": {"quiet": "x"}}, decimals={"Money": 0})) == []
