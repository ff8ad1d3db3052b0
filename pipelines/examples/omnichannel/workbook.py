"""A workbook of Excel in its smallest form; the same cells are always the same bytes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

Cell = str | int | date | None
Rows = Iterable[Sequence[Cell]]

_DAY_ZERO = date(1899, 12, 30)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = f"""{_XML}<styleSheet xmlns="{_SHEET}"><fonts count="1"><font/></fonts>\
<fills count="1"><fill/></fills><borders count="1"><border/></borders>\
<cellStyleXfs count="1"><xf/></cellStyleXfs>\
<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"""


def workbook(sheets: Mapping[str, Rows]) -> bytes:
    """The sheets by name; a date is a number that Excel shows as one."""
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": _index(list(sheets)),
        "xl/_rels/workbook.xml.rels": _relations(
            {f"rId{at}": ("worksheet", f"worksheets/sheet{at}.xml") for at in _places(sheets)}
            | {"rId0": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": _STYLES,
    }
    parts |= {
        f"xl/worksheets/sheet{at}.xml": _sheet(rows)
        for at, rows in zip(_places(sheets), sheets.values(), strict=True)
    }
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for name, text in parts.items():
            archive.writestr(ZipInfo(name), text.encode())
    return packed.getvalue()


def _places(sheets: Mapping[str, Rows]) -> range:
    return range(1, len(sheets) + 1)


def _content_types(sheets: int) -> str:
    parts = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
    parts |= {f"/xl/worksheets/sheet{at}.xml": "worksheet" for at in range(1, sheets + 1)}
    told = "".join(
        f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>'
        for part, kind in parts.items()
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    first = f'<Default Extension="rels" ContentType="{rels}"/>'
    return f'{_XML}<Types xmlns="{_PACKAGE}/content-types">{first}{told}</Types>'


def _relations(parts: Mapping[str, tuple[str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in parts.items()
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _index(names: list[str]) -> str:
    told = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"/>'
        for at, name in enumerate(names, start=1)
    )
    spaces = f'xmlns="{_SHEET}" xmlns:r="{_OFFICE}"'
    return f"{_XML}<workbook {spaces}><sheets>{told}</sheets></workbook>"


def _sheet(rows: Rows) -> str:
    told = "".join(
        f'<row r="{row}">{"".join(_cell(cell, row, at) for at, cell in enumerate(cells))}</row>'
        for row, cells in enumerate(rows, start=1)
    )
    return f'{_XML}<worksheet xmlns="{_SHEET}"><sheetData>{told}</sheetData></worksheet>'


def _cell(cell: Cell, row: int, column: int) -> str:
    where = f"{chr(ord('A') + column)}{row}"
    match cell:
        case None:
            return ""
        case date():
            return f'<c r="{where}" s="1"><v>{(cell - _DAY_ZERO).days}</v></c>'
        case int():
            return f'<c r="{where}"><v>{cell}</v></c>'
        case _:
            return f'<c r="{where}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
