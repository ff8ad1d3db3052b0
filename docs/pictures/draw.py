"""Draw what `make demo` prints, run once more in an empty folder: draw.py PICTURE.svg."""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

COLUMNS = 100
JEJAK = str(Path(sys.executable).with_name("jejak"))
COMMANDS = (
    ("init", "demo", "--example", "complete-journey"),
    ("ingest", "--workspace", "demo"),
    ("retrain", "--workspace", "demo"),
    ("score", "--workspace", "demo"),
)
WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def printed(command: tuple[str, ...], folder: str) -> str:
    """What one command prints, in its colours; places are told from the folder on."""
    terminal = {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    said = subprocess.run(
        [JEJAK, *command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env=os.environ | terminal,
    )
    return said.stdout.replace(f"{Path(folder).resolve()}/", "")


def drawing(title: str, ansi: str) -> str:
    """The picture as SVG; it names no web font, so that looking at it asks nobody for anything."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(ansi.rstrip()))
    return WEB_FONTS.sub("", console.export_svg(title=title, theme=DIMMED_MONOKAI))


def main(picture: Path) -> None:
    """Run the demo, then draw it."""
    with tempfile.TemporaryDirectory() as folder:
        ansi = "".join(printed(command, folder) for command in COMMANDS)
    picture.write_text(drawing("make demo", ansi), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
