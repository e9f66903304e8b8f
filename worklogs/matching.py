"""Which issues are compared between the instances of a group. Pure."""

from collections.abc import Iterable

ANYTHING = "*"


def excludes(patterns: Iterable[str], key: str) -> bool:
    """Whether a pattern names this key: `*` stands for any text, everything else for itself alone."""
    return any(names(pattern, key) for pattern in patterns)


def names(pattern: str, key: str) -> bool:
    """In one pass over the key, however many wildcards there are."""
    first, *parts = pattern.split(ANYTHING)
    if not parts:
        return key == pattern
    *middle, last = parts
    if len(key) < len(first) + len(last) or not (key.startswith(first) and key.endswith(last)):
        return False
    at, end = len(first), len(key) - len(last)
    for part in middle:
        found = key.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
