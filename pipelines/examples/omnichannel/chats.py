"""WhatsApp chats of sales, as the phones of three colleagues export them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.examples.omnichannel.book import Book
from pipelines.examples.omnichannel.calendar import DAY, FIRST_NIGHT, START
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.people import mobile
from pipelines.examples.omnichannel.world import Story, World

_THEIRS = (
    "Selamat pagi kak, harga untuk 3 cabang berapa ya?",
    "Apakah bisa impor saldo awal dari Excel?",
    "Good morning, does it connect to our bank?",
    "Baik, saya tanyakan ke direktur dulu",
    "Could you send the proposal again please?\nThe PDF did not open.",
    "Oke siap",
    "Terima kasih banyak",
)
_OURS = (
    "Selamat pagi, bisa kak. Kami kirim penawarannya hari ini",
    "Yes it does: BCA, Mandiri and BRI",
    "Boleh kami jadwalkan demo minggu ini?\nJam 10 atau jam 14 kak",
    "Siap kak, ditunggu kabarnya",
    "Here is the proposal",
)
_WORDS = (
    ("bagus", "0.7"),
    ("baik", "0.4"),
    ("bingung", "-0.5"),
    ("error", "-0.7"),
    ("kasih", "0.5"),
    ("lambat", "-0.6"),
    ("mahal", "-0.5"),
    ("oke", "0.3"),
    ("senang", "0.7"),
    ("siap", "0.4"),
)
"""What the company makes of words that customers use."""

_LRM, _NARROW = "\u200e", "\u202f"


@dataclass(frozen=True, kw_only=True)
class Phone:
    """A colleague's phone: who it is in the chats, and how it writes."""

    source: str
    us: str
    path: str
    form: str
    sender: str
    """What stands between the time and the text."""
    media: str
    deleted: str


PHONES = (
    Phone(
        source="chats-sari",
        us="Sari Rapibuku",
        path="sources/whatsapp/sari/Chat WhatsApp dengan {}.txt",
        form="{at:%d/%m/%y %H.%M} - ",
        sender="{}: ",
        media="<Media tidak disertakan>",
        deleted="Pesan ini telah dihapus",
    ),
    Phone(
        source="chats-dimas",
        us="Dimas Rapibuku",
        path="sources/whatsapp/dimas/WhatsApp Chat with {}.txt",
        form="{at:%m/%d/%y}, {hour}:{at:%M}" + _NARROW + "{at:%p} - ",
        sender="{}: ",
        media="<Media omitted>",
        deleted="This message was deleted",
    ),
    Phone(
        source="chats-office",
        us="Rapibuku",
        path="sources/whatsapp/office/WhatsApp Chat - {}/_chat.txt",
        form="[{at:%d/%m/%y} {at:%H.%M.%S}] ",
        sender="{}: ",
        media=_LRM + "gambar tidak disertakan",
        deleted=_LRM + "Pesan ini telah dihapus.",
    ),
)


def write(world: World, book: Book) -> None:
    """Every chat that had begun, one file each; and the words by which they are judged."""
    book.table("sources/words.csv", ("word", "score"), _WORDS)
    for story in world.stories:
        phone = PHONES[story.company.number % len(PHONES)]
        said = [one for one in messages(story, world.seed) if one[0] < book.until]
        if said:
            name = chat_name(story)
            book.tell(phone.source, name, story.contact, story.company)
            path = phone.path.format(name)
            book.files[path] = "".join(_lines(said, phone, name)).encode()


def chat_name(story: Story) -> str:
    """What the chat is called: as sales saved the contact, else the number."""
    return story.contact.chat_name or mobile(story.contact.mobile, 1)


def messages(story: Story, seed: int) -> Iterator[tuple[datetime, bool, str | None]]:
    """When, whether it is ours, and the text; None is media, blank a deleted message."""
    draw, way = Draw(seed, "chat", story.company.number), story.funnel
    if not story.contact.talks or way.asked_at is None or way.asked_at < START:
        return
    ends_at = min(way.won_at or way.lost_at or way.asked_at + 30 * DAY, FIRST_NIGHT + DAY)
    days = max((ends_at - way.asked_at) / DAY, 1.0)
    spoken = sorted(way.asked_at + draw.between(0, days) * DAY for _ in range(draw.whole(2, 5)))
    at = way.asked_at
    for day in spoken:
        at = max(draw.at_work(day), at + timedelta(hours=1))
        for turn in range(draw.whole(2, 4)):
            is_ours = turn % 2 == 1
            text = draw.one(_OURS if is_ours else _THEIRS)
            odd = draw.weighted({"": 0.92, "media": 0.05, "deleted": 0.03})
            yield at, is_ours, {"": text, "media": None, "deleted": ""}[odd]
            at += timedelta(seconds=draw.whole(65, 1_500))


def _lines(said: list[tuple[datetime, bool, str | None]], phone: Phone, name: str) -> Iterator[str]:
    yield from _notice(said[0][0], phone, name)
    for at, is_ours, text in said:
        body = phone.media if text is None else text or phone.deleted
        yield f"{_stamp(at, phone)}{phone.sender.format(phone.us if is_ours else name)}{body}\n"


def _notice(at: datetime, phone: Phone, name: str) -> Iterator[str]:
    """What the program itself says first."""
    if phone.form.startswith("["):
        yield f"{_LRM}{_stamp(at, phone)}{name}: {_LRM}Pesan dan panggilan dienkripsi end-to-end.\n"
    elif "tidak" in phone.media:
        yield f"{_stamp(at, phone)}Pesan dan panggilan dienkripsi secara end-to-end.\n"
    else:
        yield f"{_stamp(at, phone)}Messages and calls are end-to-end encrypted.\n"


def _stamp(at: datetime, phone: Phone) -> str:
    return phone.form.format(at=at, hour=at.hour % 12 or 12)
