"""Rules that a reviewer would otherwise have to look for in every stylesheet."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|light-dark)\(")
LENGTH = re.compile(r"(?<![\w-])-?\d*\.?\d+(?:px|rem)\b")


def declarations(sheet: Path) -> list[str]:
    """Lines without comments and conditions: a media query cannot read a custom property."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    return [line for line in text.splitlines() if not line.lstrip().startswith(("@media", "@container"))]


@pytest.mark.parametrize(
    "sheet", [sheet for sheet in SHEETS if sheet.name != "tokens.css"], ids=lambda sheet: sheet.name
)
def test_only_the_tokens_name_colours_and_distances(sheet: Path) -> None:
    assert [line.strip() for line in declarations(sheet) if COLOUR.search(line) or LENGTH.search(line)] == []


def test_every_token_that_is_used_is_defined_and_every_defined_one_is_used() -> None:
    text = "\n".join(sheet.read_text() for sheet in SHEETS)
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    used = set(re.findall(r"var\((--[\w-]+)", text))
    assert (used - defined, defined - used) == (set(), set())
