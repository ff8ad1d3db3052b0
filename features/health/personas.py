"""Personas: rules that fit nobody, or that read what is hardly ever filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl

from features.contracts import Frame
from features.errors import WorkspaceInvalid
from features.health.finding import Finding, examined, refused, share
from features.stages.personas import OTHER, attributes_at, personas_at
from features.stages.rules import facts_of, parsed

BLANK_MOST = 0.5


def check_personas(
    customers: Frame, rules: Mapping[str, str], until: datetime
) -> tuple[list[Finding], dict[str, int]]:
    """P01 to P03, and how many customers each persona has at a cutoff; nothing without rules."""
    if not rules:
        return [], {}
    try:
        counts = _counts(personas_at(customers, until, rules), rules)
    except WorkspaceInvalid as error:
        return [_refused(error)], {}
    known = attributes_at(customers, until)
    found = [
        *examined("P01", "every persona has customers", _nobody(counts)),
        *examined("P02", "the attributes of personas are filled in", _blank(known, rules)),
    ]
    return found, counts


def _counts(personas: pl.DataFrame, rules: Mapping[str, str]) -> dict[str, int]:
    found = personas["persona"]
    return {name: int((found == name).sum()) for name in dict.fromkeys((*rules, OTHER))}


def _nobody(counts: Mapping[str, int]) -> Iterator[Finding]:
    everyone = sum(counts.values())
    never = [name for name, customers in counts.items() if not customers and name != OTHER]
    if never and everyone:
        yield Finding(
            code="P01",
            severity="note",
            sentence=f"personas: of {everyone:,} customers none is {' or '.join(never)}",
            measured=0.0,
            needed=1.0,
            mends=(
                "move the rule's number, or compare with a word that the attribute has",
                "write it above the rules that hold whenever it does",
                "look at whether the attributes that it reads are filled in",
            ),
        )


def _blank(known: pl.DataFrame, rules: Mapping[str, str]) -> Iterator[Finding]:
    for name in facts_of(parsed("personas", rules)):
        blank = share(known[name].null_count(), known.height)
        if blank > BLANK_MOST:
            yield Finding(
                code="P02",
                severity="note",
                sentence=f"personas: {name}, which rules read, is blank for {blank:.0%} of "
                f"{known.height:,} customers",
                measured=round(blank, 3),
                needed=BLANK_MOST,
                mends=(
                    "map it from another column or source that has it filled in",
                    "let the rule read what more customers have",
                    f"leave it: whom no rule fits is called {OTHER}",
                ),
            )


def _refused(error: WorkspaceInvalid) -> Finding:
    told = refused(
        "P03",
        error,
        "run `jejak ingest`, if its attribute is newer than the lake",
        "take it out, until its attribute is there",
    )
    return replace(told, severity="warn")
