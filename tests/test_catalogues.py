"""Every text that users read is translated, and what is compiled is what is written."""

import re
from typing import Any

import pytest

from tests.catalogues import LANGUAGES, NAMES_ALONE, all_of, compiled, path_of, read, texts_of

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|%%")


def forms(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("language", [*LANGUAGES, NAMES_ALONE])
def test_every_text_is_translated(language: str) -> None:
    known = read(language)
    found = [(message, known.get(message.id, message.context)) for message in texts_of(language)]
    assert [message.id for message, there in found if there is None or not all_of(there.string)] == []


@pytest.mark.parametrize("language", [*LANGUAGES, NAMES_ALONE])
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    for message in read(language):
        if message.id:
            plural = forms(message.id)[-1]
            wanted = sorted(PLACEHOLDER.findall(plural))
            assert wanted == sorted(PLACEHOLDER.findall(forms(message.string)[-1])), message.id


@pytest.mark.parametrize("language", [*LANGUAGES, NAMES_ALONE])
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert path_of(language).with_suffix(".mo").read_bytes() == compiled(read(language))
