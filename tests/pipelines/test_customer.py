"""A customer's page of a real workspace: written for who calls, and gone once they are erased."""

import stat

import pytest
from running import told

from pipelines.loop.customer import PAGES, page_of
from pipelines.workspace import open_workspace
from serving.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scored(trained, tmp_path_factory):
    """A shop with one night in its store, and the customer most at risk."""
    root = trained.copy(tmp_path_factory.mktemp("customer") / "shop")
    told(root, "score")
    store = Store(open_workspace(root).store_url)
    published = store.published()
    store.close()
    assert published is not None
    return root, published.scores.iloc[0]


def test_it_is_written_for_its_owner_alone_and_tells_of_one_customer(scored):
    root, row = scored
    facts, said = told(root, "report", "--customer", row["customer_id"])
    path = page_of(open_workspace(root), row["customer_id"])
    html = path.read_text(encoding="utf-8")
    assert facts["file"] == str(path)
    assert row["customer_id"] in html
    assert row["reasons"][0]["sentence"] in html
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert row["customer_id"] not in path.name
    assert row["customer_id"] not in said


def test_nothing_is_told_of_a_stranger(scored):
    root, _ = scored
    refused, _ = told(root, "report", "--customer", "nobody-knows", code=3)
    assert "nothing is known" in refused["what"]
    assert "nobody-knows" not in str(refused)


def test_it_goes_with_the_customer(scored):
    root, row = scored
    told(root, "report", "--customer", row["customer_id"], "--language", "id")
    assert [*(root / PAGES).iterdir()]
    told(root, "erase", row["customer_id"], "--yes")
    assert not (root / PAGES).exists()
    told(root, "report", "--customer", row["customer_id"], code=3)
