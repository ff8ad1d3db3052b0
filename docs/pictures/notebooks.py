"""Draw the pictures of the notebooks, run once more beside demo/: notebooks.py FOLDER."""

import base64
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def pictures(notebook: Path) -> list[bytes]:
    """What the cells with the tag `picture` draw, as PNG."""
    read = nbformat.read(notebook, as_version=4)
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    run = NotebookClient(read, kernel_name="python3", resources=where).execute()
    return [
        base64.b64decode(output.data["image/png"])
        for cell in run.cells
        if "picture" in cell.metadata.get("tags", ())
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


def main(folder: Path) -> None:
    """One picture a notebook, under its name."""
    for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
        (picture,) = pictures(notebook)
        (folder / f"{notebook.stem}.png").write_bytes(picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
