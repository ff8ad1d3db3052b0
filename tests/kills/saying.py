"""Lines about how it goes: standard output is for the result alone."""

import sys


def say(text: str) -> None:
    """One line, at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
