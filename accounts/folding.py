"""Letters as people look for them: without case and marks."""

from unicodedata import combining, normalize

# Letters with a stroke or of two have no mark that could be taken off.
PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def fold(text: str) -> str:
    """`NÚÑEZ` and `nunez` are one, and so are `Straße` and `STRASSE`."""
    if text.isascii():
        return text.lower()
    letters = normalize("NFKD", normalize("NFKD", text).casefold())
    return "".join(letter for letter in letters if not combining(letter)).translate(PLAIN)
