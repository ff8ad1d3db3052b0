"""What of a trial is recorded, seen without a registry."""

from hypothesis import given
from hypothesis import strategies as st
from trials import a_model, a_trial

from serving.recording import flat, metric_points, portions, texts


def test_the_numbers_of_a_trial_read_as_expected():
    told = [f"{p.key} {p.value} {p.step} {p.at:%Y-%m-%d}" for p in metric_points(a_trial().metrics)]
    assert told == [
        "churn/auc/pooled 0.86 0 2026-10-01",
        "churn/auc/pooled/low 0.85 0 2026-10-01",
        "churn/auc/pooled/high 0.87 0 2026-10-01",
        "churn/auc 0.85 1 2026-09-01",
        "churn/auc/low 0.84 1 2026-09-01",
        "churn/auc 0.87 2 2026-10-01",
        "churn/auc/low 0.86 2 2026-10-01",
        "churn/auc/high 0.88 2 2026-10-01",
        "recency_rule/auc/pooled 0.75 0 2026-10-01",
        "recency_rule/auc/pooled/low 0.74 0 2026-10-01",
        "recency_rule/auc/pooled/high 0.76 0 2026-10-01",
    ]


names = st.text("ab_", min_size=1, max_size=3)
settings = st.recursive(
    st.none() | st.integers() | st.booleans() | st.text("xy"),
    lambda inner: st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(params=st.dictionaries(names, settings, max_size=4))
def test_flat_names_are_unique_and_every_value_is_there(params):
    def leaves(value):
        return sum(map(leaves, value.values())) if isinstance(value, dict) else 1

    told = list(flat(params))
    assert len({name for name, _ in told}) == len(told) == leaves(params)


@given(items=st.lists(st.integers()), size=st.integers(1, 5))
def test_portions_lose_nothing_and_are_small(items, size):
    some = list(portions(items, size))
    assert [item for few in some for item in few] == items
    assert all(0 < len(few) <= size for few in some)


def test_the_files_of_a_run_name_what_a_person_looks_for():
    files = dict(texts(a_trial()))
    assert files["grade.txt"].splitlines() == ["A", "good in every respect"]
    assert files["metrics.csv"].splitlines()[1] == "churn,pooled,auc,0.86,0.85,0.87"
    assert f'"booster_sha256": "{a_model().sha256}"' in files["manifest.json"]
