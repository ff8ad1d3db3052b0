"""What names and shapes of columns hint at, in English and Indonesian."""

import re
from dataclasses import dataclass

MOSTLY = 0.9

NAMES: dict[str, dict[str, int]] = {
    "customer_id": {
        **dict.fromkeys(("customer", "cust", "pelanggan", "nasabah", "konsumen", "household"), 4),
        **dict.fromkeys(("client", "klien", "member", "anggota", "pembeli", "buyer"), 4),
        **dict.fromkeys(("user", "pengguna", "account", "akun", "person", "contact", "kontak"), 3),
        **dict.fromkeys(("id", "kode", "code", "email", "phone", "telepon", "hp"), 1),
        **dict.fromkeys(("case", "kasus"), 2),
        **dict.fromkeys(("name", "nama"), -2),
        **dict.fromkeys(("size", "comp", "count", "type", "status", "segment", "zip", "area"), -4),
    },
    "occurred_at": {
        **dict.fromkeys(("occurred", "timestamp", "datetime", "tanggal", "tgl", "waktu"), 4),
        **dict.fromkeys(("time", "date", "event", "order", "transaksi", "transaction"), 2),
        **dict.fromkeys(("created", "dibuat", "at", "when", "kapan", "jam", "day", "hari"), 1),
        **dict.fromkeys(("updated", "modified", "diubah", "birth", "lahir", "end", "expires"), -4),
    },
    "step": {
        **dict.fromkeys(("step", "event", "action", "activity", "langkah", "aktivitas"), 4),
        **dict.fromkeys(("kejadian", "peristiwa", "aksi", "kegiatan", "concept"), 4),
        **dict.fromkeys(("type", "jenis", "tipe", "topic", "topik", "status", "category"), 2),
        **dict.fromkeys(("kategori", "name", "nama"), 1),
    },
    "channel": {
        **dict.fromkeys(("channel", "kanal", "saluran"), 4),
        **dict.fromkeys(("medium", "media", "platform", "source", "sumber", "via"), 3),
        **dict.fromkeys(("device", "perangkat", "store", "toko", "outlet", "cabang"), 1),
    },
    "value": {
        **dict.fromkeys(("value", "amount", "nilai", "nominal", "revenue", "omzet"), 4),
        **dict.fromkeys(("total", "jumlah", "price", "harga", "sales", "spend", "biaya"), 3),
        **dict.fromkeys(("cost", "paid", "payment", "bayar", "pembayaran", "pendapatan"), 3),
        **dict.fromkeys(("rp", "idr", "usd", "rupiah", "belanja", "penjualan"), 2),
        **dict.fromkeys(("id", "kode", "qty", "quantity", "kuantitas", "discount", "diskon"), -4),
        **dict.fromkeys(("year", "tahun", "month", "bulan", "week", "minggu", "number"), -4),
    },
    "source_key": {
        **dict.fromkeys(("order", "invoice", "faktur", "receipt", "struk", "transaksi"), 3),
        **dict.fromkeys(("transaction", "basket", "ticket", "tiket", "event", "pesanan"), 3),
        **dict.fromkeys(("id", "key", "no", "nomor", "number", "uuid", "kode"), 2),
    },
}
"""For each contract column, how much a word in a column's name speaks for it."""

TIME_FORMATS = (
    *(
        f"{day}{sep}{month}{sep}{year}{clock}"
        for day, month in (("%d", "%m"), ("%m", "%d"))
        for sep in "/-."
        for year in ("%Y", "%y")
        for clock in ("", " %H:%M", " %H:%M:%S", " %I:%M %p")
    ),
    *(f"%Y/%m/%d{clock}" for clock in ("", " %H:%M", " %H:%M:%S")),
    *(f"%d %b %Y{clock}" for clock in ("", " %H:%M", " %H:%M:%S")),
    *(f"%d %B %Y{clock}" for clock in ("", " %H:%M", " %H:%M:%S")),
    *(f"%b %d, %Y{clock}" for clock in ("", " %H:%M", " %I:%M %p")),
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%s",
)
"""Ways of writing times that are tried after ISO 8601."""

NUMBER_FORMATS = ("1.234,56", "1,234.56", "1 234,56", "1'234.56")
"""Ways of writing numbers that are tried, each with a currency around it if cells have one."""

CURRENCIES = (
    *("Rp", "IDR", "$", "US$", "USD", "S$", "SGD", "RM", "MYR", "A$", "AUD"),
    *("\u20ac", "EUR", "\u00a3", "GBP", "\u00a5", "JPY", "CHF", "kr"),
)
"""Words beside a number that make it money; `jt` or `k` would make it another number."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the first rows show of a column; `samples` are personal data: show, never log."""

    name: str
    is_number: bool
    is_whole: bool
    number_formats: tuple[str | None, ...]
    """Formats that read (nearly) all cells, in different ways; None is a plain number."""
    time_formats: tuple[str | None, ...]
    """Formats that read (nearly) all cells; None is ISO 8601 or a real time."""
    filled_share: float
    distinct: int
    rows: int
    samples: tuple[str, ...]


def words(name: str) -> list[str]:
    """The words in a column's name.

    >>> words("tglTransaksi_ID 2")
    ['tgl', 'transaksi', 'id', '2']
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[a-z]+|\d+", spaced.lower())


def name_weight(column: str, name: str) -> int:
    """How much a column's name speaks for a contract column; negative speaks against."""
    hints = NAMES[column]
    return sum(hints.get(word, hints.get(word.removesuffix("s"), 0)) for word in words(name))


def shape_fault(column: str, seen: Seen) -> str | None:
    """Why a column of this shape cannot be the contract column; None if it can."""
    match column:
        case "occurred_at":
            return None if seen.time_formats else "holds no times"
        case "value":
            return None if seen.is_number else "holds no numbers"
        case "step" | "channel":
            few = seen.distinct <= max(5, min(60, seen.rows // 5))
            return None if few and not seen.is_number and not seen.time_formats else "is no kind"
        case _:
            named = not seen.is_number or (seen.is_whole and seen.number_formats[0] is None)
            whole = seen.filled_share > MOSTLY and seen.distinct > 1
            return None if named and whole and not seen.time_formats else "names no one"


def shape_weight(column: str, seen: Seen) -> int:
    """How much a possible shape speaks for a contract column."""
    many = seen.distinct >= max(10, seen.rows // 200)
    match column:
        case "customer_id":
            return 2 if many and seen.distinct * 1.2 <= seen.rows else -1
        case "occurred_at":
            return 1 if seen.filled_share > MOSTLY else -1
        case "value":
            written = seen.number_formats[0]
            if written is None:
                return 0 if seen.is_whole else 1
            return 1 if written in NUMBER_FORMATS else 2
        case "source_key":
            return 1 if seen.distinct == seen.rows else -6
        case _:
            return 0 if seen.distinct > 1 else -1
