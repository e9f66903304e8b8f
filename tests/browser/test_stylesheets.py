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


TEMPLATES = [page for page in (ROOT / "templates").rglob("*.html") if "admin" not in page.parts]
SOURCES = [*(ROOT / "static" / "js").glob("*.js")] + [
    module for app in ("accounts", "worklogs", "integrations") for module in (ROOT / app).rglob("*.py")
]
ATTRIBUTE = re.compile(r'class="((?:[^"{]|\{%.*?%\}|\{\{.*?\}\})*)"')
UNRULED = {"bars", "status"}  # names of the drawing inside a chart, and of the badge of a run
HTMX = {"htmx-request"}


def ruled() -> set[str]:
    text = "\n".join("\n".join(declarations(sheet)) for sheet in SHEETS)
    text = re.sub(r'"[^"]*"|url\([^)]*\)|:[^{};]*;', "", text)
    return {name for rule in re.findall(r"([^{}]+)\{", text) for name in re.findall(r"\.([a-zA-Z][\w-]*)", rule)}


def used() -> set[str]:
    """What templates call classes; `s*` where a part comes from a variable."""
    attributes = [each for page in TEMPLATES for each in ATTRIBUTE.findall(page.read_text())]
    spelled = [re.sub(r"\{%.*?%\}", " ", re.sub(r"\{\{.*?\}\}", "*", each)) for each in attributes]
    return {name for each in spelled for name in each.split()}


def test_every_class_of_a_template_has_a_rule() -> None:
    assert {name for name in used() if "*" not in name} - ruled() - UNRULED == set()


def test_every_class_that_has_a_rule_is_used() -> None:
    names = used()
    begun = tuple(name[: name.index("*")] for name in names if "*" in name and name.index("*"))
    written = set(re.findall(r"[\w-]+", "\n".join(module.read_text() for module in SOURCES)))
    numbered = {name for name in ruled() if name.startswith(begun) and name[-1].isdigit()} if begun else set()
    assert ruled() - names - written - numbered - HTMX == set()


def test_every_token_that_is_used_is_defined_and_every_defined_one_is_used() -> None:
    text = "\n".join(sheet.read_text() for sheet in SHEETS)
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    used = set(re.findall(r"var\((--[\w-]+)", text))
    assert (used - defined, defined - used) == (set(), set())
