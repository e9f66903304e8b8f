"""Ids that no database can hold, and what is no id at all, in every address and form: refused, never a failure."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest

from accounts.tenancy import company_scope
from integrations.models import JiraCredential
from tests.isolation.asking import ask, superuser
from tests.isolation.planted import Planted
from tests.isolation.routes import Route, routes
from tests.isolation.test_routes import admin_actions, form

HOSTILE = (str(2**63), "-1", "", "abc", "²")


@pytest.fixture
def settled(ours: Planted) -> Planted:
    """Its instance has no token, and so is not asked: that would take its time."""
    with company_scope(ours.cast.company):
        JiraCredential.objects.all().delete()
    return ours


@dataclass
class Form:
    """One that a page shows, as a browser would send it. `chosen` are the fields that nobody types text into."""

    action: str
    fields: dict[str, list[str]]
    chosen: set[str]


class Forms(HTMLParser):
    """Every form of a page that is posted."""

    def __init__(self, page: str, at: str) -> None:
        super().__init__()
        self.at, self.open, self.select = at, False, ""
        self.found: list[Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        name, kind = told.get("name", ""), told.get("type", "text")
        value = told.get("value", "on" if kind == "checkbox" else "")
        if tag == "form":
            self.open = told.get("method", "").lower() == "post"
            if self.open:
                self.found.append(Form(told.get("action") or self.at, {}, set()))
        elif self.open and tag == "select":
            self.select = name
            self.found[-1].chosen.add(name)
        elif self.open and tag == "option" and "selected" in told:
            self.found[-1].fields.setdefault(self.select, []).append(value)
        elif self.open and tag in ("input", "button", "textarea") and name:
            self._take(name, value, kind, is_on="checked" in told)

    def _take(self, name: str, value: str, kind: str, *, is_on: bool) -> None:
        if kind in ("hidden", "radio", "checkbox"):
            self.found[-1].chosen.add(name)
        if kind not in ("radio", "checkbox", "submit") or is_on:
            self.found[-1].fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag != "form"


def forms_of(user: Any, planted: Planted) -> Iterator[Form]:
    """Of every page that opens, each once."""
    known = set()
    for route in routes():
        for path in own_paths(route, planted):
            answer = ask(user, "GET", path)
            for each in Forms(answer.body, path).found if answer.status == 200 else ():
                sign = (each.action, *sorted(each.fields))
                if sign not in known:
                    known.add(sign)
                    yield each


def own_paths(route: Route, planted: Planted) -> list[str]:
    if route.text:
        return [route.path(planted.slugs[route.text])]
    if route.parameters:
        return [route.path(planted.ids.get(route.model, planted.cast.company.pk))] if route.model else []
    return [route.path("")]


def test_no_address_fails(settled: Planted) -> None:
    wrong = []
    for route in routes():
        for path in sorted({route.path(value) for value in HOSTILE}):
            if (status := ask(settled.cast.admin, "GET", path).status) >= 500:
                wrong.append(f"{path}: {status}")
    assert wrong == []


@pytest.mark.parametrize("name", ["admin", "superuser"])
def test_no_field_that_names_a_row_fails(settled: Planted, name: str) -> None:
    user = superuser(settled.cast.company) if name == "superuser" else settled.cast.admin
    wrong = []
    for route in routes() if name == "admin" else [each for each in routes() if not each.is_admin]:
        for path, value in product(own_paths(route, settled), HOSTILE):
            if (status := ask(user, "POST", path, form(settled, value, value)).status) >= 500:
                wrong.append(f"{path} with {value!r}: {status}")
    assert wrong == []


def test_no_action_on_rows_of_the_settings_fails(settled: Planted) -> None:
    wrong = []
    for path, _model, action in admin_actions():
        for value, across in product(HOSTILE, ("0", str(2**63))):
            asked = {"action": action, "index": "0", "year": value, "into": value, "select_across": across}
            if (status := ask(settled.cast.admin, "POST", path, asked | {"_selected_action": [value]}).status) >= 500:
                wrong.append(f"{action} at {path} with {value!r}: {status}")
    assert wrong == []


def test_no_field_of_a_form_fails(settled: Planted) -> None:
    """Each in turn, the others as a browser would send them: the rows inside of rows and their counts among them."""
    wrong, tried = [], 0
    for each in forms_of(settled.cast.admin, settled):
        for field, value in product(sorted(each.chosen - {"csrfmiddlewaretoken"}), HOSTILE):
            tried += 1
            if (status := ask(settled.cast.admin, "POST", each.action, each.fields | {field: [value]}).status) >= 500:
                wrong.append(f"{field}={value!r} at {each.action}: {status}")
    assert wrong == []
    assert tried > 100
