"""What came of an experiment in sentences, in English and Indonesian (`languages/*.toml`)."""

from collections.abc import Iterator

from models.judging.bootstrap import Interval
from models.uplift.cells import TOO_FEW, Cell
from serving.outcomes.found import HARMS, TOO_EARLY, Outcomes
from serving.pages.words import DASH, Words

ROOM = "serving.outcomes"

LEFT_OUT = ("not_at_risk", "left_out", "no_probability", "erased", "suppressed")
"""The counts that are told where there are any."""

OF_SHARES = ("O03", "O04", "O05", "O06")
"""The doubts whose numbers are shares."""


def words(language: str) -> Words:
    """The words of this room in a language."""
    return Words(language, ROOM)


def verdict(told: Outcomes, say: Words) -> str:
    """What may be said of the contact, in one sentence."""
    key = f"verdict.{told.verdict}"
    if told.saves is None or told.verdict == TOO_EARLY:
        return say.say(key, matured=told.counts["matured"], drawn=told.counts["drawn"])
    _, always = told.saves
    if told.verdict == HARMS:
        always = Interval(-always.value, -always.high, -always.low)
    numbers = {name: say.number(value) for name, value in _named(always).items()}
    treated = say.number(told.effect.treated if told.effect else 0)
    return say.say(key, treated=treated, saves=numbers.pop("value"), **numbers)


def doubted(told: Outcomes, say: Words) -> Iterator[str]:
    """Every reason not to trust the comparison, a sentence each."""
    for one in told.doubts:
        is_share = one.code in OF_SHARES
        filled = {
            name: (say.percent(value) if is_share else say.number(value, 2))
            if isinstance(value, float)
            else value
            for name, value in one.told.items()
        }
        if "what" in filled:
            kind, _, name = str(filled["what"]).partition(" ")
            filled["what"] = f"{say.say(f'what.{kind}')} {name}".rstrip()
        yield say.say(f"doubt.{one.code}", **filled)


def sentences(told: Outcomes, say: Words, currency: str) -> Iterator[str]:
    """Money, plays, what is due and who was left out."""
    if told.net and told.verdict != TOO_EARLY:
        amounts = {name: say.money(one, currency) for name, one in _named(told.net[1]).items()}
        cost = say.money(told.cost, currency)
        yield say.say("sentence.money", net=amounts.pop("value"), cost=cost, **amounts)
    if told.saves_a_contact is not None and told.verdict != TOO_EARLY:
        share = say.percent(told.saves_a_contact)
        yield say.say("sentence.given", given=told.given, share=share)
    if told.due:
        date, first = next(iter(told.due.items()))
        number = sum(told.due.values())
        yield say.say("sentence.due", number=number, next=first, date=say.date(date))
    counted = [
        say.say(f"count.{name}", number=told.counts[name])
        for name in LEFT_OUT
        if told.counts.get(name)
    ]
    if counted:
        yield say.say("sentence.left_out", told=", ".join(counted))


def measures(told: Outcomes, say: Words, currency: str) -> Iterator[tuple[str, str, str, str]]:
    """Each measure with its value and both of its intervals, as cells of a table."""
    if told.effect is None or told.saves is None or told.net is None:
        return
    points = (told.effect.once, told.effect.always)
    for name, both in (("difference", points), ("saves", told.saves), ("net", told.net)):
        once, always = both
        value, *bounds = (
            _as(name, one, say, currency)
            for one in (once.value, once.low, once.high, always.low, always.high)
        )
        yield (
            say.say(f"row.{name}"),
            value,
            f"{bounds[0]} {DASH} {bounds[1]}",
            f"{bounds[2]} {DASH} {bounds[3]}",
        )


def groups(told: Outcomes, say: Words) -> Iterator[tuple[str, ...]]:
    """Each group as cells of a table: by, group, arms, difference, interval, pooled."""
    for cell in told.cells:
        name = say.say("group.too_few") if cell.name == TOO_FEW else say.name("group", cell.name)
        arms = (say.number(cell.treated), say.number(cell.control))
        yield (say.say(f"by.{cell.by}"), name, *arms, *_measured(cell, say))


def _measured(cell: Cell, say: Words) -> tuple[str, str, str]:
    if cell.difference is None or cell.low is None or cell.high is None or cell.pooled is None:
        return DASH, DASH, DASH
    low, high = say.percent(cell.low), say.percent(cell.high)
    return say.percent(cell.difference), f"{low} {DASH} {high}", say.percent(cell.pooled)


def _as(name: str, value: float, say: Words, currency: str) -> str:
    if name == "net":
        return say.money(value, currency)
    return say.percent(value) if name == "difference" else say.number(value)


def _named(told: Interval) -> dict[str, float]:
    return {"value": told.value, "low": told.low, "high": told.high}
