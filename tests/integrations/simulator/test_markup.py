from typing import Any

import pytest

from integrations.simulator.markup import adf, plain


def kinds(node: dict[str, Any]) -> list[str]:
    return [node["type"]] + [kind for child in node.get("content", []) for kind in kinds(child)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Code review", ["doc", "paragraph", "text"]),
        ("one\ntwo", ["doc", "paragraph", "text", "hardBreak", "text"]),
        ("one\n\ntwo", ["doc", "paragraph", "text", "paragraph", "text"]),
        ("see [https://example.com/a] now", ["doc", "paragraph", "text", "inlineCard", "text"]),
        ("with [~Ana Ruiz]", ["doc", "paragraph", "text", "mention"]),
        ("*done* :white_check_mark:", ["doc", "paragraph", "text", "text", "emoji"]),
        ("* one\n* two", ["doc", "bulletList"] + ["listItem", "paragraph", "text"] * 2),
        ("{code}SELECT 1;{code}", ["doc", "codeBlock", "text"]),
    ],
)
def test_marks_become_nodes(text: str, expected: list[str]) -> None:
    assert kinds(adf(text, {})) == expected


def test_a_table_has_its_header_and_cells() -> None:
    table = adf("||Case||p95||\n|Sign|310 ms|", {})["content"][0]
    rows = [[cell["type"] for cell in row["content"]] for row in table["content"]]
    assert rows == [["tableHeader", "tableHeader"], ["tableCell", "tableCell"]]


def test_a_mention_carries_the_account_and_the_name() -> None:
    mention = adf("[~Ana Ruiz]", {"Ana Ruiz": "5b10"})["content"][0]["content"][0]
    assert (mention["attrs"]["id"], mention["attrs"]["text"]) == ("5b10", "@Ana Ruiz")


def test_plain_text_has_no_marks() -> None:
    assert plain("*done* with [~Ana] [https://example.com]") == "done with Ana https://example.com"
