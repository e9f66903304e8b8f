"""One text, three faces: wiki markup (Data Center), ADF (Cloud), plain words (Tempo).

Known marks: [~person], [https://...], *strong*, :short_name:, {code}, bullets and tables; anything else is text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Node = dict[str, Any]
INLINE = re.compile(
    r"\[~(?P<person>[^\]]+)\]|\[(?P<link>https?://[^\]]+)\]|\*(?P<strong>\S[^*\n]*)\*|(?P<emoji>:[a-z_]+:)"
)
EMOJI = {":white_check_mark:": "✅"}


def adf(text: str, account_ids: Mapping[str, str]) -> Node:
    """`account_ids` by display name; a mention of someone unknown keeps its text without an id."""
    blocks = [_block(block, account_ids) for block in text.split("\n\n")]
    return {"type": "doc", "version": 1, "content": blocks}


def plain(text: str) -> str:
    text = INLINE.sub(lambda match: next(part for part in match.groups() if part), text)
    return text.replace("{code}", "").replace("||", "|")


def _block(block: str, account_ids: Mapping[str, str]) -> Node:
    lines = block.split("\n")
    if block.startswith("{code}"):
        return {"type": "codeBlock", "attrs": {"language": "sql"}, "content": [_text(block.replace("{code}", ""))]}
    if all(line.startswith("|") for line in lines):
        return _table(lines, account_ids)
    if all(line.startswith("* ") for line in lines):
        items = [{"type": "listItem", "content": [_paragraph([line[2:]], account_ids)]} for line in lines]
        return {"type": "bulletList", "content": items}
    return _paragraph(lines, account_ids)


def _table(lines: list[str], account_ids: Mapping[str, str]) -> Node:
    rows = []
    for line in lines:
        kind, mark = ("tableHeader", "||") if line.startswith("||") else ("tableCell", "|")
        cells = line.strip("|").split(mark)
        content = [{"type": kind, "attrs": {}, "content": [_paragraph([cell], account_ids)]} for cell in cells]
        rows.append({"type": "tableRow", "content": content})
    return {"type": "table", "attrs": {"isNumberColumnEnabled": False, "layout": "default"}, "content": rows}


def _paragraph(lines: list[str], account_ids: Mapping[str, str]) -> Node:
    content: list[Node] = []
    for number, line in enumerate(lines):
        if number:
            content.append({"type": "hardBreak"})
        content.extend(_inline(line, account_ids))
    return {"type": "paragraph", "content": content}


def _inline(line: str, account_ids: Mapping[str, str]) -> list[Node]:
    nodes: list[Node] = []
    end = 0
    for match in INLINE.finditer(line):
        if match.start() > end:
            nodes.append(_text(line[end : match.start()]))
        kind = match.lastgroup or ""
        nodes.append(NODES[kind](match[kind], account_ids))
        end = match.end()
    return nodes + ([_text(line[end:])] if line[end:] else [])


def _text(text: str) -> Node:
    return {"type": "text", "text": text}


def _mention(name: str, account_ids: Mapping[str, str]) -> Node:
    return {"type": "mention", "attrs": {"id": account_ids.get(name, ""), "text": f"@{name}", "accessLevel": ""}}


NODES: dict[str, Callable[[str, Mapping[str, str]], Node]] = {
    "person": _mention,
    "link": lambda url, _: {"type": "inlineCard", "attrs": {"url": url}},
    "strong": lambda text, _: _text(text) | {"marks": [{"type": "strong"}]},
    "emoji": lambda name, _: {"type": "emoji", "attrs": {"shortName": name, "text": EMOJI.get(name, name)}},
}
