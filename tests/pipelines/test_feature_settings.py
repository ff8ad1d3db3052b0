"""Features in the workspace file: what cannot be built is told with the key and the mend."""

import pytest

from pipelines.settings.mistakes import SettingsInvalid

SHOP = """
[workspace]
name = "Warung"

[churn]
steps = ["order"]

[[sources]]
name = "orders"
kind = "csv"
path = "sources/orders.csv"
columns = { customer_id = "who", occurred_at = "at", channel = "'store'", step = "'order'" }
"""


def mistakes(read, text):
    with pytest.raises(SettingsInvalid) as raised:
        read(text)
    return {mistake.key: str(mistake) for mistake in raised.value.mistakes}


@pytest.mark.parametrize(
    ("line", "key", "told"),
    [
        ("families = ['recncy']", "features.families", "'recncy' is unknown; did you mean"),
        ("windows_days = [0, 7]", "features.windows_days", "are [0, 7]; write different"),
        ("windows_days = [7, 7]", "features.windows_days", "are [7, 7]; write different"),
        ("windows_days = []", "features.windows_days", "are []; write different"),
        ("half_lives_days = [7, 0]", "features.half_lives_days", "are [7, 0]; write different"),
        ("windows_days = [7, 1_000_000_000]", "features.windows_days", "from 1 to 36500"),
        ("families = []", "features.families", "is empty; name some of recency"),
        ("families = ['tenure', 'tenure']", "features.families", "stands there 2 times"),
        ("half_lives_days = [0]", "features.half_lives_days", "are [0]; write different whole"),
        ("roles.campagin_sent = ['x']", "features.roles.campagin_sent", "`campaign_sent`?"),
        ("attributes.itm = 'sku'", "features.attributes.itm", "did you mean `item`?"),
        ("segments = ['plan']", "features.segments", "'plan' is no attribute of customers that a"),
    ],
)
def test_features_that_cannot_be_built_are_told(read, line, key, told):
    assert told in mistakes(read, f"{SHOP}\n[features]\n{line}\n")[key]


def test_segments_are_attributes_that_a_source_tells(read):
    people = """
[[sources]]
name = "people"
kind = "csv"
path = "people.csv"
table = "customers"
attributes = ["plan"]
[sources.columns]
customer_id = "who"
valid_from = "since"
[features]
segments = ['plan']
"""
    assert read(SHOP + people).features.segments == ("plan",)
    told = mistakes(read, SHOP + people.replace("['plan']", "['plam']"))
    assert "did you mean `plan`?" in told["features.segments"]
