"""A customer's page in a real browser: it asks nobody, and everybody can use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import CHROMIUM, chromium
from customer_data import known

from serving.customer.page import render

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; `make system` installs it"),
]


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1200), ("id", "dark", 400)]
)
def test_it_asks_nobody_and_everybody_can_use_it(browser, tmp_path, language, scheme, width):
    file = tmp_path / "page.html"
    file.write_text(render(known(), title="Toko Melati", language=language), encoding="utf-8")
    context = browser.new_context(
        offline=True, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    heard, asked = [], []
    page = context.new_page()
    page.on("console", lambda one: heard.append(one.text))
    page.on("pageerror", lambda one: heard.append(str(one)))
    page.on("request", lambda one: asked.append(one.url))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert heard == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    context.close()
