"""How a command ends: its code is documented, its refusal is readable."""

from pathlib import Path

import pytest

from features import errors
from pipelines.outcome import EXIT_CODES

TABLE = Path(__file__).resolve().parents[2] / "docs" / "exit-codes.md"


def test_the_documented_codes_are_the_codes():
    rows = [line.split("|")[1:3] for line in TABLE.read_text().splitlines() if "|" in line][2:]
    assert {int(code): meaning.strip() for code, meaning in rows} == EXIT_CODES


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_every_error_ends_with_a_documented_code(kind):
    assert kind.exit_code in EXIT_CODES
