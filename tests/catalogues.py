"""`make messages`: takes every text that users read into locale/<language>/, and compiles what is translated.

In Python alone, so that nobody needs GNU gettext: Django turns templates into calls, Babel reads those.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from worklogs.countries import english_names

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("it", "es")
NAMES_ALONE = "en"  # texts are written in English; the names of countries are not written at all
APPS = ("accounts", "worklogs", "integrations", "config")
KEYWORDS: dict[str, Any] = {
    name: spec
    for stem, spec in {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}.items()
    for name in (stem, f"{stem}_lazy", f"u{stem}")
} | {"_": None, "gettext_noop": None, "npgettext": ((1, "c"), 2, 3)}


def path_of(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def sources() -> Iterator[tuple[str, str]]:
    """Path and text of what the product is made of."""
    for folder, pattern in (*[(app, "*.py") for app in APPS], ("templates", "*.html"), ("templates", "*.txt")):
        for path in sorted((ROOT / folder).rglob(pattern)):
            if "migrations" not in path.parts:
                text = path.read_text()
                yield str(path), text if path.suffix == ".py" else calls_in(templatize(text, origin=str(path)))


def calls_in(templatized: str) -> str:
    """Python reads indentation, which a template's means nothing by."""
    return "\n".join(line.strip() for line in templatized.splitlines())


def extracted() -> Catalog:
    catalogue = Catalog(charset="utf-8")
    for name, text in sources():
        for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS, ()):
            catalogue.add(message, locations=[(name, line)], context=context)
    for name in english_names().values():
        catalogue.add(name, context="country")
    return catalogue


def texts_of(language: str) -> Iterator[Message]:
    """What its catalogue has to translate."""
    for message in extracted():
        if message.id and (language != NAMES_ALONE or message.context == "country"):
            yield message


def country_names(language: str) -> dict[str, str]:
    """From Unicode's locale data, by their names in English."""
    known = Locale(language).territories
    return {name: known[code] for code, name in english_names().items() if code in known}


def read(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def empty(language: str) -> Catalog:
    """With a header that changes with nothing but the language."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return Catalog(
        locale=language, header_comment="", project="worklogs", creation_date=day, revision_date=day, fuzzy=False
    )


def shaped(string: Any, message: Any) -> bool:
    """Whether a translation has the plural forms that its message asks for."""
    return isinstance(string, list | tuple) == isinstance(message, list | tuple)


def compiled(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def update(language: str) -> list[str]:
    """Writes the catalogue anew, and tells what it leaves untranslated."""
    known, catalogue, countries = read(language), empty(language), country_names(language)
    for message in texts_of(language):
        there = known.get(message.id, message.context)
        string = there.string if there and shaped(there.string, message.id) else None
        if message.context == "country":
            string = string or countries.get(str(message.id))
        catalogue.add(message.id, string, context=message.context, flags=message.flags)
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, no_location=True, omit_header=False)
    path.with_suffix(".mo").write_bytes(compiled(read(language)))
    return untranslated(catalogue)


def untranslated(catalogue: Catalog) -> list[str]:
    return [str(message.id) for message in catalogue if message.id and not all_of(message.string)]


def all_of(string: Any) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


if __name__ == "__main__":
    missing = {language: update(language) for language in sys.argv[1:] or (*LANGUAGES, NAMES_ALONE)}
    for language, messages in missing.items():
        sys.stdout.write(f"{language}: {len(messages)} of {len(read(language))} texts are not translated\n")
