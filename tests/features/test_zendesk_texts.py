"""What customers write to support, and what agents write is not theirs."""

import json

from features.sources.formats import support

AT = "2026-01-06T09:00:00Z"
RATED = {
    "id": 1,
    "requester_id": 701,
    "status": "closed",
    "created_at": AT,
    "updated_at": AT,
    "satisfaction_rating": {"score": "bad", "updated_at": AT},
    "metric_set": {"solved_at": AT, "reply_time_in_minutes": {"calendar": 90}},
}
OPENED = {
    "id": 2,
    "requester": {"id": 702},
    "status": "open",
    "created_at": AT,
    "comments": [
        {"id": 1, "author_id": 702, "public": True, "created_at": AT},
        {"id": 2, "author_id": 9, "public": False, "created_at": AT},
        {"id": 3, "author_id": 9, "public": True, "created_at": AT},
        {"id": 4, "author_id": 702, "public": True, "created_at": AT},
    ],
}


def audit(*changes):
    return json.loads(json.dumps({"id": 4, "created_at": AT, "child_events": changes}))


def test_texts_of_tickets_are_those_of_customers():
    comments = [one | {"body": f"said {one['id']}\0"} for one in OPENED["comments"]]
    opened = OPENED | {"subject": "Late", "description": "Still waiting", "comments": comments}
    score = RATED["satisfaction_rating"] | {"comment": "too slow"}
    rated = RATED | {"satisfaction_rating": score}
    found = [touch.text for ticket in (rated, opened) for touch in support.of_ticket(ticket, None)]
    assert found == [None, None, None, "too slow", "Late Still waiting", None, "said 4"]


def test_texts_of_audits_are_public_and_of_customers():
    private = {"event_type": "Comment", "public": False, "body": "rude"}
    reply = {"event_type": "Comment", "public": True, "author_id": 701, "body": "thanks"}
    (touch,) = support.of_audit(audit(private, reply), "701")
    assert (touch.step, touch.text) == ("ticket_replied_customer", "thanks")
    (touch,) = support.of_audit(audit(private, reply), "702")
    assert (touch.step, touch.text) == ("ticket_replied_agent", None)
