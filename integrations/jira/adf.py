"""Atlassian's document format to plain text. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

BREAK = object()  # a new line, unless one has just begun
BULLET = "• "
ITEMS = frozenset({"listItem", "taskItem", "decisionItem"})
BLOCKS = ITEMS | {
    "paragraph",
    "heading",
    "blockquote",
    "codeBlock",
    "panel",
    "rule",
    "bulletList",
    "orderedList",
    "taskList",
    "decisionList",
    "table",
    "tableRow",
    "expand",
    "nestedExpand",
    "mediaSingle",
    "mediaGroup",
    "layoutSection",
    "bodiedExtension",
}


def plain(text: str) -> str:
    return text.replace("\x00", "�") if "\x00" in text else text  # PostgreSQL stores no NUL


def flatten(adf: object) -> str:
    """The text of a document: a line for each block. Takes anything at any depth and never raises."""
    if isinstance(adf, str):
        return plain(adf)
    pieces: list[str] = []
    stack: list[object] = [adf]  # a stack of our own: documents nest deeper than Python recurses
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            opened(node, stack)
        elif isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, str):
            pieces.append(node)
        elif node is BREAK and pieces and not pieces[-1].endswith(("\n", BULLET)):
            pieces.append("\n")
    return plain("".join(pieces)).strip("\n")


def opened(node: Mapping[object, object], stack: list[object]) -> None:
    """Puts on the stack, last first, what a node consists of."""
    kind, attrs = node.get("type"), node.get("attrs")
    if not isinstance(kind, str):
        kind = ""
    if kind == "text":
        stack.append(node.get("text"))
    elif leaf := LEAVES.get(kind):
        stack.append(leaf(attrs if isinstance(attrs, dict) else {}))
    elif kind in BLOCKS:
        stack += [BREAK, node.get("content"), BULLET if kind in ITEMS else None, BREAK]
    else:
        stack.append(node.get("content"))


def shown(*names: str) -> Callable[[Mapping[object, object]], object]:
    return lambda attrs: next((attrs[name] for name in names if isinstance(attrs.get(name), str)), None)


def day(attrs: Mapping[object, object]) -> str:
    """Of a date node, whose timestamp is in milliseconds since the epoch."""
    try:
        return datetime.fromtimestamp(int(str(attrs.get("timestamp"))) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


LEAVES: dict[str, Callable[[Mapping[object, object]], object]] = {
    "hardBreak": lambda _: "\n",
    "mention": shown("text", "id"),
    "emoji": shown("text", "shortName"),
    "status": shown("text"),
    "placeholder": shown("text"),
    "inlineCard": shown("url"),
    "blockCard": shown("url"),
    "embedCard": shown("url"),
    "media": shown("alt"),
    "mediaInline": shown("alt"),
    "date": day,
}
