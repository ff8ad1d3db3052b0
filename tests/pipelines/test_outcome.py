"""How a command ends: its code is documented, its refusal is readable."""

import errno
import json
import os
from pathlib import Path

import pytest

from features import durable, errors
from pipelines.terminal.outcome import EXIT_CODES, answer

TABLE = Path(__file__).resolve().parents[2] / "docs" / "exit-codes.md"


def test_the_documented_codes_are_the_codes():
    rows = [line.split("|")[1:3] for line in TABLE.read_text().splitlines() if "|" in line][2:]
    assert {int(code): meaning.strip() for code, meaning in rows} == EXIT_CODES


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_every_error_ends_with_a_documented_code(kind):
    assert kind.exit_code in EXIT_CODES


@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_place_that_takes_no_file_is_named(why, tmp_path, monkeypatch, capsys):
    page = tmp_path / "journey.html"
    page.write_bytes(b"old")

    def refuse(*_):
        raise OSError(why, os.strerror(why))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(SystemExit), answer(tmp_path, as_json=True, debug=False):
            durable.write_bytes(page, b"new")
    told = json.loads(capsys.readouterr().out)
    assert told["what"] == f"a file cannot be written: {os.strerror(why)}"
    assert (told["where"], told["exit_code"]) == (str(page), 1)
    assert "room" in told["mend"]
    assert page.read_bytes() == b"old"


def test_words_out_of_data_in_a_refusal_steer_no_terminal(tmp_path, capsys):
    error = errors.DataRefused("no channel\nhere", mend="there are: \x1b]0;mine\x07web, store")
    with pytest.raises(SystemExit), answer(tmp_path, as_json=False, debug=False):
        raise error
    told = capsys.readouterr().err
    assert told == "jejak: no channel\nhere\n  mend:  there are:  ]0;mine web, store\n"
