"""Made-up names: common words drawn together; whoever really bears one is not meant."""

_GIVEN = """
Adi Agus Andi Ani Arif Asih Ayu Bagus Bambang Bayu Budi Citra Dewi Dian Dimas Edi Eka Endang Fajar
Fitri Galih Gita Hadi Hana Hendra Indah Intan Irma Iwan Joko Kartika Lestari Lina Made Maya Mega
Nanda Nur Oki Putri Rani Ratna Rina Rizki Sari Sinta Slamet Surya Tari Teguh Tina Tri Umar Vina
Wahyu Wati Widi Wulan Yanti Yoga Yudi Yuli Zainal
"""
GIVEN = _GIVEN.split()

_FAMILY = """
Adiputra Anggraini Astuti Cahyono Darmawan Firmansyah Hakim Halim Handayani Hartono
Hidayat Iskandar Kurniawan Kusuma Lubis Maharani Mulyadi Nugroho Nuraini Pangestu Permana Pranata
Prasetyo Pratama Purnomo Rahardjo Rahmawati Ramadhan Saputra Saragih Setiawan Siregar Subagyo
Sulistyo Suryani Susanto Sutrisno Tampubolon Utami Wibowo Wijaya Winarno Yulianto
"""
FAMILY = _FAMILY.split()

_FIRST_WORDS = """
Armada Angkasa Bahari Benua Bintang Cakra Delta Elang Fajar Garuda Gemilang Harapan Indah Jalur
Jaya Kencana Kilat Laju Lautan Lintas Mandala Mega Merpati Mitra Muara Nusa Pelangi Perdana
Permata Rajawali Roda Samudra Sentosa Setia Sinar Sumber Surya Tirta Utama Wahana
"""
FIRST_WORDS = _FIRST_WORDS.split()

_SECOND_WORDS = """
Abadi Antar Bersama Bumi Buana Cepat Dirgantara Hasta Karya Khatulistiwa Lestari Makmur Mandiri
Nusantara Pasifik Perkasa Persada Prima Raya Sakti Sejahtera Selatan Semesta Sukses Tenggara Timur
Tunggal Utara
"""
SECOND_WORDS = _SECOND_WORDS.split()

BRANCHES = {
    "trucking": "Trans",
    "forwarding": "Kargo",
    "warehousing": "Logistik",
    "courier": "Ekspres",
}
"""What a logistics firm does, and the word of its name that tells it."""

CITIES = ("Jakarta", "Surabaya", "Semarang", "Medan", "Makassar", "Bandung", "Balikpapan", "Batam")

ROLES = ("Direktur", "Finance Manager", "Staf Akuntansi", "Operasional", "Admin", "IT", "Pajak")
