"""Small exports as web analytics, help desks, chats, meetings, mailers and ads write them."""


def _visit(second: int, name: str) -> dict[str, object]:
    value = {"int_value": "1", "string_value": None, "double_value": None}
    return {
        "event_timestamp": str(1_798_722_333_000_000 + second * 1_000_000),
        "event_name": name,
        "event_params": [{"key": "ga_session_id", "value": value}],
        "user_id": None if second else "ana@example.com",
        "user_pseudo_id": "111.222",
        "collected_traffic_source": {"manual_source": "google", "manual_medium": "cpc"},
        "ecommerce": {"purchase_revenue": 10.5},
    }


VISITS = [_visit(0, "session_start"), _visit(1, "page_view"), _visit(2, "purchase")]
TICKETS = [
    {
        "id": 1,
        "requester_id": 701,
        "status": "closed",
        "created_at": "2026-01-05T09:00:00Z",
        "updated_at": "2026-01-10T09:00:00Z",
        "satisfaction_rating": {"score": "bad", "updated_at": "2026-01-07T10:00:00Z"},
        "metric_set": {"reply_time_in_minutes": {"calendar": 90}},
        "via": {"channel": "email"},
    },
    {
        "id": 2,
        "requester": {"id": 702},
        "created_at": "2026-01-06T09:00:00Z",
        "comments": [
            {"id": 1, "author_id": 702, "created_at": "2026-01-06T09:00:00Z"},
            {"id": 3, "author_id": 9, "public": True, "created_at": "2026-01-06T10:00:00Z"},
        ],
    },
]
AUDITS = [
    {
        "id": number,
        "ticket_id": 7,
        "created_at": f"2026-01-0{number}T09:00:00Z",
        "timestamp": 1_798_722_333,
        "child_events": [change],
    }
    for number, change in enumerate(
        (
            {"event_type": "Create", "requester_id": 701, "status": "new"},
            {"event_type": "Comment", "public": True, "author_id": 9},
            {"event_type": "Change", "status": "open", "previous_value": "solved"},
            {"event_type": "Change", "satisfaction_score": "good"},
        ),
        start=1,
    )
]
TICKETS_CSV = b"""Id,Requester id,Status,Created at,Updated at,Solved at,\
First reply time in minutes,Satisfaction Score
1,701,Solved,2026-01-05 09:00,2026-01-06 09:00,2026-01-06 08:00,90,Good
2,702,Open,2026-01-05 10:00,2026-01-06 09:00,,,Not Offered
"""
ANDROID = """12/31/26, 9:05\u202fPM - Messages and calls are end-to-end encrypted.
12/31/26, 9:05\u202fPM - Sari: How much is\nthe yearly plan?
12/31/26, 9:07\u202fPM - Tim: <Media omitted>
1/1/27, 12:11\u202fAM - Sari: This message was deleted
""".encode()
IOS = """\u200e[31/12/26 21.05.33] Sari: \u200ePesan dan panggilan dienkripsi secara end-to-end.
[31/12/26 21.05.40] ~\u202fSari: Halo kak
\u200e[31/12/26 21.06.02] Tim: \u200egambar tidak disertakan
[01/01/27 08.00.00] Tim: Selamat tahun baru
""".encode()
ZOOM = b"""Topic,Start Time
Demo,12/31/2026 09:00:00 AM

Name (Original Name),User Email,Join Time,Leave Time
"Tim, Jejak",tim@jejak.test,12/31/2026 08:58:00 AM,12/31/2026 10:00:00 AM
Sari,sari@armada.test,12/31/2026 09:01:10 AM,12/31/2026 09:59:00 AM
Budi,,12/31/2026 01:05:00 PM,12/31/2026 01:06:00 PM
"""
TEAMS = b"""1. Summary
Meeting title\tDemo

2. Participants
Name\tFirst Join\tEmail
Tim Jejak\t12/31/26, 8:58:00 AM\ttim@jejak.test
Sari\t12/31/26, 9:01:10 AM\tsari@armada.test

3. Activities
Name\tJoin Time
"""
OUTLOOK = b"""Subject,Start Date,Start Time,Required Attendees
Demo,31/12/2026,09.00.00,Tim Jejak; sari@armada.test
Makan siang,31/12/2026,12.00.00,
"""
MAILS = [
    {
        "email": "sari@armada.test",
        "timestamp": 1798722333,
        "event": "processed",
        "sg_event_id": "a",
    },
    {"email": "budi@armada.test", "timestamp": 1798722336.5, "event": "spamreport"},
    {"msg": {"email": "ana@b.test", "subject": "Promo"}, "ts": "1798722337", "event": "click"},
]
MAILS_CSV = b"""Email Address,Timestamp,Action,Campaign Title,URL
sari@armada.test,2026-12-31T13:05:33+00:00,click,Promo,https://jejak.test/harga
,2026-12-31T13:05:34+00:00,open,Promo,
"""
NPS = b"""Timestamp,Email Address,How likely are you to recommend Jejak?,Comments
12/31/2026 21:05:33,sari@armada.test,10,"Fast, and in Indonesian"
1/2/2027 8:00:00,budi@armada.test,5,
"""
CSAT = b"""Response ID,Email,Tanggal,Skor CSAT,Komentar
r1,sari@armada.test,2026-12-31 21:05,1,lambat sekali
r2,budi@armada.test,2026-12-31 21:06,4,bagus
"""
GOOGLE = b"""Campaign report
"January 1, 2027 - January 2, 2027"
Day,Campaign,Campaign type,Currency code,Cost,Impr.,Clicks
2027-01-01,Merek ID,Search,IDR,"1,250,000.50","12,345",210
2027-01-02,Video Armada,Video,IDR,75000,900,3
Total: Account, --, --,IDR,"1,325,000.50","13,245",213
"""
META = b"""Day,Campaign name,Amount spent (IDR),Impressions,Reporting starts,Reporting ends
2027-01-01,Prospek,900000,3000,2027-01-01,2027-01-01
2027-01-02,Prospek,75000,1000,2027-01-02,2027-01-02
"""
