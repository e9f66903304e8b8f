"""Text as it came, less what no database can store."""

import re
import unicodedata

# NUL is refused by PostgreSQL, a lone surrogate by UTF-8 itself.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str, limit: int | None = None) -> str:
    """The text with U+FFFD for what cannot be stored, and cut to `limit` characters where a column has one."""
    return UNSTORABLE.sub("\ufffd", text)[:limit]


def composed(text: str, limit: int) -> str:
    """As `storable`, for names: letters with accents in one way, so that names which look the same are the same."""
    return storable(unicodedata.normalize("NFC", text), limit)
