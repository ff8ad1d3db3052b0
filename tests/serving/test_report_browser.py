"""The report in a real browser: it is read as it was written, and fits a phone."""

import re
import shutil
import subprocess

import pytest
import reported
from markupsafe import escape
from pages import Page

from serving.pages.html import BASE
from serving.reports.trial import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ALONE = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--log-level=0",
    "--virtual-time-budget=2000",
)
WIDER = """<script>document.title = [...document.querySelectorAll("body *")]
.filter(one => !one.closest(".wide, .skip") && one.getBoundingClientRect().right > innerWidth + 1)
.map(one => one.tagName + "." + one.className).join() || "fits"</script>"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; `make system` installs it"),
]


@pytest.fixture(scope="module")
def html():
    told = reported.several(), reported.several_evidence(), reported.a_verdict(["M03"])
    return render(*told, title="Toko Melati", currency="IDR", language="id")


def loaded(html, folder, *options):
    """The page as the browser holds it, and what its console said."""
    file = folder / "report.html"
    file.write_text(html, encoding="utf-8")
    where = f"--user-data-dir={folder / 'browser'}"
    done = subprocess.run(
        [CHROMIUM, *ALONE, *options, where, "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


def test_nothing_is_lost_and_the_console_is_silent(html, tmp_path):
    held, console = loaded(html, tmp_path)
    assert console == []
    written, read = Page(html), Page(held)
    assert [tag for tag, _ in read.tags] == [tag for tag, _ in written.tags]
    assert read.text == written.text


def test_nothing_but_tables_is_wider_than_a_phone(html, tmp_path):
    free = html.replace(str(escape(BASE)), "").replace("</body>", f"{WIDER}</body>")
    held, _ = loaded(free, tmp_path, "--window-size=500,900")
    assert re.findall(r"<title>(.*?)</title>", held)[0] == "fits"
