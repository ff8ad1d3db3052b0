"""Draw what a command prints on a terminal: draw.py PICTURE.svg TITLE COMMAND..."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

COLUMNS = 100
WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def printed(command: list[str]) -> Text:
    """What a command prints, in its colours."""
    terminal = {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    said = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | terminal
    )
    return Text.from_ansi(said.stdout.rstrip())


def drawing(title: str, text: Text) -> str:
    """The picture as SVG; it names no web font, so that looking at it asks nobody for anything."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(text)
    return WEB_FONTS.sub("", console.export_svg(title=title, theme=DIMMED_MONOKAI))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawing(sys.argv[2], printed(sys.argv[3:])), encoding="utf-8")
