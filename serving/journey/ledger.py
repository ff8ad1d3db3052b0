"""The ledger of pain points: what somebody means to mend, and what came of it."""

from serving.journey.material import Material
from serving.pages.view import Section, Table, heading, section, word


def ledger(told: Material) -> Section:
    """Every pain point that was taken on, and a sentence about each."""
    found = told.ledger
    if found is None or found.pains.empty:
        return section(told.words, "ledger")
    rows = [
        [word(str(cell)) for cell in row] for row in found.pains.itertuples(index=False, name=None)
    ]
    head = [heading(str(column)) for column in found.pains.columns]
    table = Table(name="pains-kept", caption=told.words.say("ledger.pains"), head=head, rows=rows)
    notes = [f"{name}: {said}" for name, said in found.sentences.items()]
    return section(told.words, "ledger", notes=notes, tables=[table])
