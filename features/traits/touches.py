"""Touches: what is sent to a customer, and what of it is answered."""

import numpy as np

from features.known.past import Past, Where
from features.known.trace import Flags, Ints


def first_answers(past: Past, sent: Where, answered: Where, attribute: str | None) -> Flags:
    """Whether each event is the first answer to what was sent last, of the same campaign.

    An event that is both sent and answered is only sent. Without an `attribute` that names
    campaigns, all are one.
    """
    is_sent = past.mask(sent)
    rows = np.flatnonzero(is_sent | past.mask(answered))
    customer = past.customer[rows]
    campaign = past.columns[attribute][rows] if attribute else np.zeros_like(customer)
    order = np.lexsort((campaign, customer))
    before, row = order[:-1], order[1:]
    same = (customer[row] == customer[before]) & (campaign[row] == campaign[before])
    opens = same & is_sent[rows[before]] & ~is_sent[rows[row]]
    flags = np.zeros(len(is_sent), dtype=np.bool_)
    flags[rows[row[opens]]] = True
    return flags


def since_last(past: Past, sent: Where, closing: Where) -> Ints:
    """How many were sent after the last closing event, or ever where there was none."""
    running = past.kept(("touches: sent", sent), lambda: _running(past.mask(sent)))
    last = past.last_row(closing)
    return running[past.position] - running[np.where(last >= 0, last, past.trace.starts)]


def distinct(past: Past, sent: Where, attribute: str, days: int) -> Ints:
    """Different campaigns among what was sent in the window."""
    rows, before, customer = past.kept(
        ("touches: campaigns", sent, attribute), lambda: _alike(past, sent, attribute)
    )
    since, until = past.position_before(days), past.position
    out = np.zeros(past.shape, dtype=np.int64)
    for k in range(len(out)):
        first = since[k][customer]
        new = (rows >= first) & (rows < until[k][customer]) & (before < first)
        out[k] = np.bincount(customer[new], minlength=out.shape[1])
    return out


def _alike(past: Past, sent: Where, attribute: str) -> tuple[Ints, Ints, Ints]:
    """The events that name a campaign, the last one before each of the same, and whose it is."""
    campaign = past.columns[attribute]
    rows = np.flatnonzero(past.mask(sent) & (campaign >= 0))
    customer = past.customer[rows]
    order = np.lexsort((campaign[rows], customer))
    earlier, later = rows[order[:-1]], rows[order[1:]]
    same = (campaign[earlier] == campaign[later]) & (past.customer[earlier] == past.customer[later])
    before = np.full(len(rows), -1, dtype=np.int64)
    before[order[1:]] = np.where(same, earlier, -1)
    return rows, before, customer


def _running(flags: Flags) -> Ints:
    return np.concatenate([[0], np.cumsum(flags)])
