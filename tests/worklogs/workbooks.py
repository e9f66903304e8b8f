"""Reads an XLSX as a spreadsheet would: by its parts, with no help from what has written it."""

import io
import re
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Cell:
    text: str | None = None
    number: float | None = None
    style: int = 0

    @property
    def value(self) -> str | float | None:
        return self.number if self.text is None else self.text


@dataclass(frozen=True)
class Page:
    rows: list[list[Cell]]
    formats: list[str]  # the number format of each style
    bold: set[int]  # styles in bold
    xml: str

    def format_of(self, cell: Cell) -> str:
        return self.formats[cell.style]

    def column(self, label: str) -> list[Cell]:
        at = [cell.text for cell in self.rows[0]].index(label)
        return [row[at] if at < len(row) else Cell() for row in self.rows[1:]]


def opened(content: bytes, sheet: int = 1) -> Page:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(name))
        xml = parts.read(f"xl/worksheets/sheet{sheet}.xml").decode()
        formats, bold = styles(parts.read("xl/styles.xml"))
    return Page([row_of(each) for each in ElementTree.fromstring(xml).iter(f"{MAIN}row")], formats, bold, xml)


def styles(content: bytes) -> tuple[list[str], set[int]]:
    root = ElementTree.fromstring(content)
    named = {each.attrib["numFmtId"]: each.attrib["formatCode"] for each in root.iter(f"{MAIN}numFmt")}
    fonts = [each.find(f"{MAIN}b") is not None for each in root.iter(f"{MAIN}font")]
    each_style = list(root.find(f"{MAIN}cellXfs") or [])
    formats = [named.get(style.attrib["numFmtId"], style.attrib["numFmtId"]) for style in each_style]
    return formats, {number for number, style in enumerate(each_style) if fonts[int(style.attrib["fontId"])]}


def row_of(row: ElementTree.Element) -> list[Cell]:
    cells: list[Cell] = []
    for each in row:
        at = column_number(each.attrib["r"])
        cells += [Cell()] * (at - len(cells))
        cells.append(cell_of(each))
    return cells


def cell_of(each: ElementTree.Element) -> Cell:
    assert each.find(f"{MAIN}f") is None, "a formula"
    style = int(each.attrib.get("s", 0))
    if each.attrib.get("t") == "inlineStr":
        text = "".join(part.text or "" for part in each.iter(f"{MAIN}t"))
        return Cell(text=ESCAPED.sub(lambda found: chr(int(found[1], 16)), text), style=style)
    value = each.find(f"{MAIN}v")
    return Cell(number=float(value.text or 0), style=style) if value is not None else Cell(style=style)


def column_number(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]+", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number - 1
