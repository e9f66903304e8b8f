"""Patterns of issue keys: one wildcard, and nothing else is special."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worklogs.matching import excludes

TEXTS = st.text(alphabet="AB-.*+1[", max_size=12)
KEYS = st.text(alphabet="AB-.+1[", max_size=12)


@pytest.mark.parametrize(
    ("pattern", "key", "is_excluded"),
    [
        ("ADMIN-*", "ADMIN-12", True),
        ("ADMIN-*", "ADMINS-12", False),
        ("ADMIN-*", "MYADMIN-12", False),
        ("ADMIN-1", "ADMIN-1", True),
        ("ADMIN-1", "ADMIN-12", False),
        ("*-1", "OPS-1", True),
        ("A*A-1", "A-1", False),  # the two As are not the same one
        ("A.MIN-*", "ADMIN-1", False),
    ],
)
def test_a_key_is_excluded_by_its_pattern_alone(pattern: str, key: str, is_excluded: bool) -> None:
    assert excludes([pattern], key) is is_excluded


@given(TEXTS, KEYS)
@example("*A*A", "A")
@example("A*B*A", "AA")
def test_a_star_is_any_text_and_everything_else_itself(pattern: str, key: str) -> None:
    meaning = ".*".join(map(re.escape, pattern.split("*")))
    assert excludes([pattern], key) == bool(re.fullmatch(meaning, key, re.DOTALL))


@given(st.lists(TEXTS, max_size=4), KEYS)
def test_one_pattern_of_many_is_enough_and_none_excludes_nothing(patterns: list[str], key: str) -> None:
    assert excludes(patterns, key) == any(excludes([pattern], key) for pattern in patterns)


@given(KEYS, KEYS, KEYS)
def test_whatever_stands_for_a_star_matches(before: str, between: str, after: str) -> None:
    assert excludes([f"{before}*{after}"], before + between + after)
