"""The ledger of pain points: what somebody means to mend, and what came of it."""

from serving.journey.material import Material
from serving.journey.view import Part, Sheet, heading, part
from serving.reports.view import Table, word


def ledger(told: Material) -> Part:
    """Every pain point that was taken on, and a sentence about each."""
    found = told.ledger
    if found is None or found.pains.empty:
        return part(told.words, "ledger")
    rows = [
        [word(str(cell)) for cell in row] for row in found.pains.itertuples(index=False, name=None)
    ]
    head = [heading(str(column)) for column in found.pains.columns]
    table = Table(caption=told.words.say("ledger.pains"), head=head, rows=rows)
    notes = [f"{name}: {said}" for name, said in found.sentences.items()]
    return part(told.words, "ledger", notes=notes, sheets=[Sheet(name="pains-kept", table=table)])
