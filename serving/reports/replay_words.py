"""What the page of a backtest says, in English and Indonesian."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "heading": "Backtest: the past lived again",
        "lead": "On each day a model was learned from what was known then, everyone at risk was "
        "scored, and what happened next is measured.",
        "together": "All {days} days together, {rows} rows: AUC {auc} ({auc_between}), log loss "
        "{loss} ({loss_between}), observed over expected {ratio} ({ratio_between}).",
        "beside": "AUC above {baseline} by {value} ({between}).",
        "money": "Contacting everyone from the profit cut on would have brought {profit}; the "
        "probabilities promised {expected}. Both rest on the assumed share that accepts.",
        "over_time": "{metric} of the model, day by day: lowest {low}, highest {high}.",
        "worst": "worst",
        "days": "Day by day",
        "day": "Day",
        "rows": "At risk",
        "left": "Left",
        "auc": "AUC",
        "log_loss": "Log loss",
        "observed_over_expected": "Obs./exp.",
        "lift_10": "Lift 10 %",
        "contacted": "Contacts",
        "of_them": "Of them left",
        "profit": "Profit",
        "grade": "Grade",
        "promoted": "Promoted",
        "yes": "yes",
        "no": "no",
        "refused": "Days at which nothing could be measured",
        "foot": "Intervals hold 95 % of draws of customers. No customer can be told from this "
        "page.",
    },
    "id": {
        "heading": "Uji mundur: masa lalu diulang",
        "lead": "Pada setiap tanggal, model belajar dari apa yang sudah diketahui saat itu, semua "
        "pelanggan berisiko diberi skor, lalu yang benar-benar terjadi diukur.",
        "together": "Semua {days} tanggal bersama, {rows} baris: AUC {auc} ({auc_between}), log "
        "loss {loss} ({loss_between}), terjadi dibanding perkiraan {ratio} ({ratio_between}).",
        "beside": "AUC di atas {baseline} sebesar {value} ({between}).",
        "money": "Menghubungi semua pelanggan di atas batas untung akan menghasilkan {profit}; "
        "menurut peluangnya {expected}. Keduanya bergantung pada anggapan berapa yang menerima.",
        "over_time": "{metric} model dari tanggal ke tanggal: terendah {low}, tertinggi {high}.",
        "worst": "terburuk",
        "days": "Tanggal demi tanggal",
        "day": "Tanggal",
        "rows": "Berisiko",
        "left": "Pergi",
        "auc": "AUC",
        "log_loss": "Log loss",
        "observed_over_expected": "Terj./perk.",
        "lift_10": "Lift 10%",
        "contacted": "Dihubungi",
        "of_them": "Di antaranya pergi",
        "profit": "Untung",
        "grade": "Nilai",
        "promoted": "Dipakai",
        "yes": "ya",
        "no": "tidak",
        "refused": "Tanggal yang tidak bisa diukur",
        "foot": "Selang memuat 95% dari undian pelanggan. Tidak ada pelanggan yang dapat dikenali "
        "dari halaman ini.",
    },
}
