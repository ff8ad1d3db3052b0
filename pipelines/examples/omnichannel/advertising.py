"""What the advertising cost, as Google Ads and Meta report it."""

from collections.abc import Iterator
from datetime import datetime

from pipelines.examples.omnichannel.book import Book, Row
from pipelines.examples.omnichannel.calendar import DAY, START
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.world import World

_GOOGLE = (
    ("Merek", "Search"),
    ("Software akuntansi logistik", "Search"),
    ("Video armada", "Video"),
)
_META = ("Prospek logistik Jawa", "Retargeting harga")


def write(world: World, book: Book) -> None:
    """One report of each platform over all days."""
    days = [START + number * DAY for number in range((book.until - START).days)]
    google = [row for day in days for row in _google(day, world.seed)]
    book.table(
        "sources/google-ads.csv",
        ("Day", "Campaign", "Campaign type", "Currency code", "Cost", "Impr.", "Clicks"),
        google,
        above=(
            ["Campaign performance report"],
            [f"{START:%B %d, %Y} - {book.until - DAY:%B %d, %Y}"],
        ),
    )
    book.table(
        "sources/meta-ads.csv",
        (
            "Day",
            "Campaign name",
            "Amount spent (USD)",
            "Impressions",
            "Link clicks",
            "Reporting starts",
            "Reporting ends",
        ),
        [row for day in days for row in _meta(day, world.seed)],
    )


def _google(day: datetime, seed: int) -> Iterator[Row]:
    draw = Draw(seed, "google", f"{day:%Y%m%d}")
    for campaign, kind in _GOOGLE:
        cost, clicks = draw.whole(150_000, 1_900_000), draw.whole(8, 120)
        yield f"{day:%Y-%m-%d}", campaign, kind, "IDR", f"{cost:,}.00", f"{clicks * 23:,}", clicks


def _meta(day: datetime, seed: int) -> Iterator[Row]:
    draw = Draw(seed, "meta", f"{day:%Y%m%d}")
    for campaign in _META:
        cents, clicks = draw.whole(900, 6_500), draw.whole(5, 70)
        spent, on = f"{cents // 100}.{cents % 100:02d}", f"{day:%Y-%m-%d}"
        yield on, campaign, spent, clicks * 41, clicks, on, on
