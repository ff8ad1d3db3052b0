"""The page of a journey in a real browser: it asks nobody, it filters, and everybody can use it."""

from pathlib import Path

import journey_data as made
import pytest
from browsing import CHROMIUM, chromium

from serving.journey.counts import counts
from serving.journey.page import render
from serving.pages.words import DASH, Words

SHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
WIDE, PHONE = {"width": 1100, "height": 900}, {"width": 400, "height": 800}
EVIL = "</script><img src=x onerror=alert(1)>"
SEEN = """() => [...document.querySelectorAll("main th, main td, #sankey *, #curve *, #shown")]
.map(one => [one.tagName, one.hidden, [...one.classList].sort().join(" "), one.getAttribute("d"),
one.style.getPropertyValue("--heat"), one.getAttribute("y"),
one.children.length ? "" : one.textContent.trim()].join("|"))"""
FOCUSED = """() => { const one = document.activeElement, how = getComputedStyle(one);
return [one.id || one.getAttribute("aria-label") || one.getAttribute("href") || one.textContent,
how.outlineStyle !== "none" && parseFloat(how.outlineWidth) > 0]; }"""
REACHABLE = """() => [...document.querySelectorAll("a, select, button, summary, [tabindex='0']")]
.filter(one => one.checkVisibility()).length"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; `make system` installs it"),
]


@pytest.fixture(scope="module")
def told():
    return made.counted()


@pytest.fixture(scope="module")
def folder(told, tmp_path_factory):
    where = tmp_path_factory.mktemp("journey")
    for language in ("en", "id"):
        html = render(made.material(language, told=told))
        (where / f"{language}.html").write_text(html, encoding="utf-8")
    return where


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.fixture
def visit(browser, folder):
    """Opens a page; what the console said and what was asked for is kept in `visit.heard`."""
    opened = []

    def go(name="en", *, viewport=WIDE, **options):
        context = browser.new_context(viewport=viewport, offline=True, **options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda one: go.heard.append(one.text))
        page.on("pageerror", lambda one: go.heard.append(str(one)))
        page.on("dialog", lambda one: (go.heard.append(one.message), one.dismiss()))
        page.on("request", lambda one: go.asked.append(one.url))
        page.goto((folder / f"{name}.html").as_uri())
        return page

    go.heard, go.asked = [], []
    yield go
    for context in opened:
        context.close()
    assert go.heard == []
    assert {url.rpartition("/")[2] for url in go.asked} <= {
        "en.html",
        "id.html",
        "evil.html",
        "few.html",
    }


def cell(page, sheet, row, column):
    """The number in a cell, by its row's and its column's heading."""
    table = page.locator(f"#{sheet}-sheet")
    head = table.locator("thead th").all_text_contents()
    rows = table.locator("tbody tr").filter(has=page.locator("th", has_text=row))
    return rows.first.locator("th, td").nth(head.index(column)).locator("span").text_content()


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_script_counts_as_the_page_was_written(visit, language):
    page = visit(language)
    before = page.evaluate(SEEN)
    page.select_option("#persona", "smb")
    page.select_option("#until", made.MONTHS[1])
    assert page.evaluate(SEEN) != before
    page.click("button[type=reset]")
    page.wait_for_function("document.getElementById('until').selectedIndex > 1")
    page.wait_for_timeout(50)
    assert page.evaluate(SEEN) == before


def test_what_is_chosen_is_what_the_data_say(visit, told):
    page, words = visit(), Words("en")
    page.select_option("#persona", "smb")
    page.select_option("#channel", "email")
    page.select_option("#from", "2025-11")
    page.select_option("#until", "2026-01")

    def chosen(frame):
        kept = frame.loc[frame["persona"].eq("smb") & frame["month"].between("2025-11", "2026-01")]
        return kept.loc[kept["channel"].eq("email")] if "channel" in kept else kept

    flows, touches = chosen(told.flows), chosen(told.touches)
    asked = flows["source"].eq("awareness") & flows["target"].eq("consideration")
    moves = words.number(flows.loc[asked, "moves"].sum())
    assert cell(page, "matrix", "awareness", "consideration") == moves
    assert (
        f"awareness to consideration: {moves}" in page.locator("#sankey title").all_text_contents()
    )
    here = touches["stage"].eq("decision")
    assert cell(page, "grid", "e-mail", "decision") == words.number(
        touches.loc[here, "events"].sum()
    )
    stays = told.staying.loc[told.staying["persona"].eq("smb")]
    here = stays.loc[stays["stage"].eq("decision"), "customers"].sum()
    assert cell(page, "dwell", "decision", "There now") == words.number(here)
    moved = flows.loc[flows["month"].eq("2025-12") & flows["direction"].eq("exit"), "moves"]
    assert cell(page, "trend", "December 2025", "Out") == words.number(moved.sum())
    standing = chosen(told.standing)
    last = standing["month"].eq("2026-01") & standing["stage"].eq("retention")
    assert cell(page, "standing", "retention", "Customers") == words.number(
        standing.loc[last, "customers"].sum()
    )
    assert cell(page, "channels", "e-mail", "Value, IDR") == words.number(touches["value"].sum())
    assert page.locator("#shown").text_content() == (
        f"Shown: smb, e-mail, November 2025 to January 2026: "
        f"{words.number(touches['events'].sum())} touches."
    )
    hidden = page.locator("#pains-sheet tbody tr[hidden]")
    assert "WhatsApp" in hidden.first.text_content()
    assert page.locator("#pains-sheet tbody tr:not([hidden])").count() == 1


def test_a_pair_of_few_cannot_be_chosen_and_is_missing_nowhere(visit, folder, told):
    few = told.people["persona"].eq("smb") & told.people["channel"].eq("email")
    people = told.people.assign(customers=told.people["customers"].mask(few, 1))
    shown = made.material(counts=counts(made.SimpleNamespace(**vars(told) | {"people": people}), 5))
    (folder / "few.html").write_text(render(shown), encoding="utf-8")
    page, words = visit("few"), Words("en")
    page.select_option("#persona", "smb")
    assert page.locator("#channel option[value=email]").is_disabled()
    assert not page.locator("#channel option[value=web]").is_disabled()
    assert "cannot be chosen" in page.locator("#shown").text_content()
    assert cell(page, "channels", "e-mail", "Touches") == DASH
    own = told.flows.loc[told.flows["persona"].eq("smb") & told.flows["source"].eq("awareness")]
    moves = own.loc[own["target"].eq("consideration"), "moves"].sum()
    assert cell(page, "matrix", "awareness", "consideration") == words.number(moves)
    page.select_option("#persona", "")
    page.select_option("#channel", "email")
    assert page.locator("#persona option[value=smb]").is_disabled()
    mailed = told.touches.loc[told.touches["channel"].eq("email"), "events"].sum()
    assert cell(page, "channels", "e-mail", "Touches") == words.number(mailed)


@pytest.mark.parametrize(
    ("language", "scheme", "viewport"),
    [("en", "light", WIDE), ("id", "dark", WIDE), ("id", "light", PHONE), ("en", "dark", PHONE)],
)
def test_nobody_is_shut_out(visit, language, scheme, viewport):
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  likewise

    page = visit(language, color_scheme=scheme, viewport=viewport)
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = f"journey-{language}-{scheme}-{viewport['width']}.png"
    page.screenshot(path=SHOTS / name, full_page=True)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in grave] == []


def test_everything_can_be_reached_and_seen_by_keyboard(visit):
    page = visit()
    reached = []
    for _ in range(page.evaluate(REACHABLE)):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    names = [name for name, _ in reached]
    assert len(set(names)) == len(names)
    assert {"persona", "channel", "from", "until", "Moves between stages"} <= set(names)
    assert [name for name, is_seen in reached if not is_seen] == []


def test_pictures_have_words_and_a_table(visit):
    page = visit()
    for name in ("sankey", "curve"):
        told = page.locator(f"#{name}-title, #{name}-told").all_text_contents()
        assert all(told)
        assert page.locator(f"section:has(#{name}) table").count() > 0


def test_on_paper_stands_everything_but_what_is_to_be_clicked(visit):
    page = visit()
    sections = page.locator("main > section").count()
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert [one.is_visible() for one in page.locator("main > section").all()] == [True] * sections
    assert len(page.pdf(format="A4")) > 20_000


def test_without_scripts_the_whole_is_there(visit):
    page = visit(java_script_enabled=False)
    assert not page.locator("#filters").is_visible()
    assert page.locator("noscript").is_visible()
    assert page.locator("#matrix-sheet").is_visible()
    assert page.locator("#sankey").is_visible()


def test_a_channel_that_is_a_script_is_a_word(visit, folder):
    told = made.counted(channels=("web", EVIL), personas=(EVIL,))
    html = render(made.material(told=told, title=EVIL))
    (folder / "evil.html").write_text(html, encoding="utf-8")
    page = visit("evil")
    page.select_option("#channel", EVIL)
    assert EVIL in page.locator("#shown").text_content()
    assert page.locator("img").count() == 0
