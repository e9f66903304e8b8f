"""What the worker tells in English is known to those who show it in another language."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from integrations.decoding import REASONS
from integrations.session import AGAIN
from tests.catalogues import LANGUAGES, ROOT
from worklogs.sync_words import in_readers_words

# Modules whose sentences end up in a run or on a page.
TELLING = [
    *("connection", "decoding", "directory", "hosts", "paging", "runs", "secrets", "session", "sync", "unpacking"),
    *("jira/client", "jira/parse", "tempo/client", "tempo/parse"),
]
INTERNAL = {"Another process has taken this instance over.", "No client for a Jira of kind x."}  # for the log alone


def sentences() -> Iterator[str]:
    """As they may be told: x stands for what each has of its own."""
    for name in TELLING:
        tree = ast.parse((ROOT / f"integrations/{name}.py").read_text())
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in parts | notes:
                yield told(node)


def told(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(map(told, node.values))
    if isinstance(node, ast.FormattedValue):
        return AGAIN if ast.unparse(node.value) == "AGAIN" else "x"
    return str(node.value) if isinstance(node, ast.Constant) else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_a_sync_is_known_in_the_readers_language(language: str) -> None:
    found = {
        text
        for text in sentences()
        if text.endswith((".", ": x")) and text.count(" ") > 2 and re.search("[a-wyz]", text)
    }
    assert len(found) > 40
    with translation.override(language):
        assert {text for text in found if in_readers_words(text) == text} == INTERNAL | {AGAIN}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_list_that_a_sentence_names_is_known_in_the_readers_language(language: str) -> None:
    lists = {text for text in sentences() if re.match("(Jira|Tempo).s [a-z]", text) and not text.endswith(".")}
    assert "Tempo’s list of IDs" in lists
    with translation.override(language):
        assert {text for text in lists if in_readers_words(text) == text} == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", sorted({*REASONS.values(), "invalid date or time", "date out of range"}))
def test_why_a_row_is_invalid_is_known_in_the_readers_language(reason: str, language: str) -> None:
    text = f"Jira worklog 5, started: {reason} (x y)"
    with translation.override(language):
        words = in_readers_words(reason)
        assert words != reason
        assert in_readers_words(text).endswith(f": {words} (x y)")


def test_a_sentence_keeps_what_is_its_own() -> None:
    text = f"Names of 3 people could not be read: Jira returned a server error (503). {AGAIN}"
    assert in_readers_words(text) == text
    with translation.override("it"):
        assert in_readers_words(text) == (
            "Impossibile leggere i nomi di 3 persone: Jira ha restituito un errore del server (503). "
            "Nessun dato è andato perso. Sincronizza di nuovo più tardi."
        )


def test_what_is_not_known_is_shown_as_it_was_told() -> None:
    with translation.override("es"):
        assert in_readers_words("Something of an older version.") == "Something of an older version."
