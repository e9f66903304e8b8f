"""The settings call nothing by its English name when the language is another."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.utils import translation

from accounts.audit import english
from accounts.audit_words import NAMES, InTheReadersWords
from tests.catalogues import APPS, LANGUAGES, ROOT

BOTH = {"cloud", "data center", "slug", "url"}  # the same word in both languages
SAME = {
    "it": BOTH
    | {"account", "admin", "browser", "e-mail", "id in jira", "manager", "provider", "report", "team", "teams"},
    "es": BOTH | {"error"},
}
RECORDED = re.compile(r"audit|record|_record|telling")
SETTINGS: list[tuple[Any, Any]] = list(admin.site._registry.items())


def labels() -> Iterator[Any]:
    """Every name that the settings show of a model: its own, and those of its fields, columns, filters and actions."""
    for model, settings in SETTINGS:
        yield from (apps.get_app_config(model._meta.app_label).verbose_name, *names_of(model))
        for name in (*settings.list_display, *settings.list_filter, *settings.readonly_fields):
            yield label_for_field(str(name), model, settings)
        yield from (getattr(settings, str(action)).short_description for action in settings.actions)
        yield from asked_by(settings.form, model, [str(name) for name in settings.fields or ()])
        for inline in settings.inlines:
            yield from names_of(inline.model)
            yield from (inline.model._meta.get_field(str(name)).verbose_name for name in inline.fields or ())


def names_of(model: Any) -> tuple[Any, Any]:
    return model._meta.verbose_name, model._meta.verbose_name_plural


def asked_by(form: Any, model: Any, names: list[str]) -> Iterator[Any]:
    """Labels and help of a form, and with their choices the fields of its model that it leaves as they are."""
    for field in form.base_fields.values():
        yield from (field.label, field.help_text)
    for field in model._meta.fields:
        if field.name in names and field.name not in form.base_fields:
            yield from (field.verbose_name, field.help_text, *(label for _value, label in field.flatchoices))


def in_language(language: str) -> list[str]:
    with translation.override(language):
        return [str(label or "") for label in labels()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_settings_call_nothing_by_an_english_name(language: str) -> None:
    pairs = zip(in_language("en"), in_language(language), strict=True)
    same = {english_name.lower() for english_name, label in pairs if english_name == label != ""}
    assert same <= SAME[language]


# The audit


def recorded() -> Iterator[str]:
    """The actions that are written in the code as they are."""
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and RECORDED.fullmatch(name_of(node.func)):
                yield from texts(node)


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def texts(call: ast.Call) -> Iterator[str]:
    for argument in call.args:
        for each in ast.walk(argument) if isinstance(argument, ast.IfExp) else [argument]:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_of_the_audit_has_its_word(language: str) -> None:
    words, actions = InTheReadersWords(), set(recorded())
    of_rows = {f"{english(model._meta.verbose_name).lower()} changed" for model, _settings in SETTINGS}
    assert {"sync ended", "report saved", "invitation sent"} <= actions
    with translation.override(language):
        assert {action for action in actions | of_rows if words.action(action) == action} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_in_a_detail_has_its_word(language: str) -> None:
    words = InTheReadersWords()
    asked = {name for _model, settings in SETTINGS for name in settings.form.base_fields}
    with translation.override(language):
        found = {name for name in asked | NAMES.keys() if words.name(name) == name}
    assert found <= SAME[language]
