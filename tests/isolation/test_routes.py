"""Every address of the site, asked by everyone of Alborada for what is Meridiana's: it is not there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.db.models import Model
from django.urls import reverse

from accounts.models import Role, User
from tests.isolation.asking import Answer, ask, superuser
from tests.isolation.conftest import MARK
from tests.isolation.planted import Planted, rows_of, tenant_models
from tests.isolation.routes import Route, routes

METHODS = ("GET", "POST", "HTMX")
ACTORS = ("stranger", "user", "manager", "admin", "superuser", "superuser of none")
NOBODY = 987_654_321  # the id of no row
ABSENT = {302, 403, 404, 405}


def actor(planted: Planted, name: str) -> User | None:
    if name.startswith("superuser"):
        return superuser(planted.cast.company if name == "superuser" else None)
    return None if name == "stranger" else getattr(planted.cast, name)


def is_choice_of_company(route: Route, name: str) -> bool:
    """Where a superuser chooses: there, and nowhere else, the companies stand side by side."""
    return route.name == "act_for" and name.startswith("superuser")


def leaks(answer: Answer, planted: Planted, *given: object) -> list[str]:
    """What of the company is in the answer, besides what was asked with."""
    text = answer.less(*given).text
    unmistakable = [*planted.secrets, *planted.tokens.values(), *map(str, planted.ids.values())]
    return [each for each in unmistakable if each in text] + ([MARK] if MARK in text.lower() else [])


def declares_itself(route: Route) -> bool:
    return route.is_admin or hasattr(route.view, "required_role")


def test_every_view_declares_whom_it_is_for() -> None:
    """By require_role, for_signed_in or for_anyone. The admin site is for ADMINs as a whole, which is tried below."""
    assert [str(route) for route in routes() if not declares_itself(route)] == []


def named(route: Route, planted: Planted) -> list[tuple[object, object]]:
    """For what of the company the route can be asked, and the same for what does not exist."""
    if not route.parameters:
        return []
    if route.link:
        return []
    if route.text:
        return [(planted.slugs[route.text], "no-such-slug")]
    if route.model in planted.ids:
        return [(planted.ids[route.model], NOBODY)]
    if route.model is not None or route.is_admin:  # rows of no company
        return [(planted.cast.company.pk, NOBODY)]
    raise AssertionError(f"Say in ROWS what the parameter of {route} names.")


def form(planted: Planted, value: object, slug: str) -> dict[str, Any]:
    """Fields of every form at once, each naming something of the company."""
    fields = ["instances", "instance", "person", "team", "account", "user", "_selected_action", "id"]
    rows = dict.fromkeys(fields, value)
    return rows | {"company": slug, "action": "delete_selected", "email": f"admin@{slug}.example", "post": "yes"}


def unchanged(planted: Planted, before: dict[str, list[Any]], what: str) -> Callable[[], None]:
    def check() -> None:
        now = rows_of(planted)
        assert [f"{what} changes {table}" for table, rows in before.items() if now[table] != rows] == []

    return check


@pytest.mark.parametrize("name", ACTORS)
def test_what_is_another_companys_is_not_there(ours: Planted, theirs: Planted, name: str) -> None:
    user, wrong = actor(ours, name), []
    before = rows_of(theirs)
    for route in routes():
        for known, unknown in named(route, theirs):
            for method in METHODS:
                asked = form(theirs, known, f"{MARK}-company")
                answer = ask(
                    user, method, route.path(known), asked, then=unchanged(theirs, before, f"{method} {route}")
                )
                same = ask(user, method, route.path(unknown), form(theirs, unknown, "nothing-company"))
                if found := leaks(answer, theirs, known, f"{MARK}-company", f"admin@{MARK}"):
                    wrong.append(f"{method} {route}: tells {found}")
                if answer.status not in ABSENT:
                    wrong.append(f"{method} {route}: {answer.status}")
                if answer.less(known, f"{MARK}-company") != same.less(unknown, "nothing-company"):
                    wrong.append(f"{method} {route}: {answer.status}, and of no row {same.status}, or another text")
    assert wrong == []


@pytest.mark.parametrize("name", ACTORS)
def test_no_page_tells_of_another_company(ours: Planted, theirs: Planted, name: str) -> None:
    user, wrong = actor(ours, name), []
    for route in routes():
        if not route.parameters and not is_choice_of_company(route, name):
            for method in METHODS:
                if found := leaks(ask(user, method, route.path("")), theirs):
                    wrong.append(f"{method} {route}: {found}")
    assert wrong == []


def questions(planted: Planted, route: Route) -> list[tuple[str, object, object]]:
    """Parts of a query that name something of the company, each with one that names nothing."""
    rows = {model._meta.model_name: pk for model, pk in planted.ids.items()}
    numbered = {"person": "person", "issue": "issue", "epic": "issue", "project": "project", "team": "team"}
    numbered |= {"instance": "jirainstance", "selected": "worklog", "after": "worklog", "user": "membership"}
    if route.is_admin:
        numbered = {f"{part}__id__exact": model for part, model in numbered.items()}
    asked: list[tuple[str, object, object]] = [(part, rows[model], NOBODY) for part, model in numbered.items()]
    asked += [(part, slug, "no-such-slug") for part, slug in planted.slugs.items()]
    return [*asked, ("q", MARK[1:-1], "qyvar")]  # part of the mark, so that an answer may repeat it


@pytest.mark.parametrize("name", ["user", "manager", "admin", "superuser"])
def test_no_query_reaches_another_company(ours: Planted, theirs: Planted, name: str) -> None:
    user, wrong = actor(ours, name), []
    asked = [route for route in routes() if not route.parameters and not is_choice_of_company(route, name)]
    open_to = [route for route in asked if ask(user, "GET", route.path("")).status == 200]
    for route in open_to:
        for part, known, unknown in questions(theirs, route):
            for method in ("GET",) if route.is_admin else ("GET", "HTMX"):
                answer, same = (ask(user, method, route.path(""), {part: value}) for value in (known, unknown))
                if found := leaks(answer, theirs, *(() if part == "q" else (known,))):
                    wrong.append(f"{method} {route}?{part}: tells {found}")
                if answer.less(known) != same.less(unknown):
                    wrong.append(f"{method} {route}?{part}: {answer.status} or {same.status}, or another text")
    assert wrong == []


def admin_actions() -> list[tuple[str, type[Model], str]]:
    """Of every list of the settings: its path, what it lists, and each thing that can be done with chosen rows."""
    found = []
    for model, model_admin in admin.site._registry.items():
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        found += [(path, model, name) for _, name, _ in model_admin._get_base_actions() if name]  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("name", ["admin", "superuser", "superuser of none"])
def test_no_action_of_the_settings_reaches_another_companys_rows(ours: Planted, theirs: Planted, name: str) -> None:
    user, wrong, before, sent = actor(ours, name), [], rows_of(theirs), len(mail.outbox)
    for path, model, action in admin_actions():
        known, own = theirs.ids[model], ours.ids[model]
        for beside in ([], [own]) if action == "merge" else ([],):
            for across in ("0", "1") if action == "merge" else ("0",):
                fields = {"action": action, "index": "0", "select_across": across, "post": "yes", "year": "2026"}
                posted, same = (
                    ask(
                        user,
                        "POST",
                        path,
                        fields | {"_selected_action": [*beside, pk], "into": pk},
                        then=unchanged(theirs, before, f"{action} at {path}"),
                    )
                    for pk in (known, NOBODY)
                )
                if found := leaks(posted, theirs, known):
                    wrong.append(f"{action} at {path}: tells {found}")
                if posted.less(known) != same.less(NOBODY):
                    wrong.append(f"{action} at {path}: {posted.status}, and of no row {same.status}, or another text")
    assert wrong == []
    assert len(mail.outbox) == sent


def test_the_actions_that_are_tried_are_there() -> None:
    assert {"merge", "resend", "revoke", "test_connection"} <= {action for _, _, action in admin_actions()}


@pytest.mark.parametrize("name", ["admin", "superuser"])
def test_no_form_of_the_settings_takes_another_companys_row(ours: Planted, theirs: Planted, name: str) -> None:
    """Neither a new row nor an own one is hung on what is theirs."""
    user, wrong, before = actor(ours, name), [], rows_of(theirs)
    for model in admin.site._registry:
        keys = {
            field.name: theirs.ids[field.related_model]
            for field in model._meta.concrete_fields
            if field.related_model in theirs.ids
        }
        texts = {field.name: "same" for field in model._meta.concrete_fields if not field.is_relation}
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths = [reverse(f"{place}_add"), reverse(f"{place}_change", args=[ours.ids.get(model, ours.cast.company.pk)])]
        for path in paths:
            check = unchanged(theirs, before, path)
            answer = ask(user, "POST", path, texts | keys, then=check)
            same = ask(user, "POST", path, texts | dict.fromkeys(keys, NOBODY), then=check)
            if found := leaks(answer, theirs, *keys.values()):
                wrong.append(f"{path}: tells {found}")
            if answer.less(*keys.values()) != same.less(NOBODY):
                wrong.append(f"{path}: {answer.status}, and of no row {same.status}, or another text")
    assert wrong == []


@pytest.mark.parametrize("kind", ["invitation", "sign-in link"])
def test_a_link_tells_a_stranger_nothing_but_that_it_is_one(ours: Planted, theirs: Planted, kind: str) -> None:
    for route in (route for route in routes() if route.link == kind):
        path = route.path(theirs.tokens[kind])
        for method in ("GET", "HTMX"):
            assert leaks(ask(None, method, path), theirs, theirs.tokens[kind]) == []


RANK = {None: -1, Role.USER: 0, Role.MANAGER: 1, Role.ADMIN: 2}


@pytest.mark.parametrize("name", ["stranger", "user", "manager"])
def test_a_lower_role_gets_in_nowhere(ours: Planted, name: str) -> None:
    user, wrong = actor(ours, name), []
    for route in routes():
        needed = Role.ADMIN if route.is_admin and route.name != "login" else getattr(route.view, "required_role", None)
        if needed is None or (user and RANK[Role(name)] >= RANK[needed]):
            continue
        own = ours.ids.get(route.model, NOBODY) if route.model else NOBODY
        for method in METHODS:
            answer = ask(user, method, route.path(own))
            if answer.status not in ({302, 405} if user is None else {302, 403, 405}):
                wrong.append(f"{method} {route}: {answer.status}")
            if "Own" in answer.body.replace("Own company", "").replace(f"Own {name}", ""):
                wrong.append(f"{method} {route}: tells of the company")
    assert wrong == []


def test_the_owner_sees_what_the_others_do_not(theirs: Planted) -> None:
    """Else the tests above would ask for nothing at all."""
    admin_of_them = theirs.cast.admin
    asked = [(route, known) for route in routes() for known, _ in named(route, theirs)]
    seen = {str(route): ask(admin_of_them, "GET", route.path(known)) for route, known in asked}
    shown = {path for path, answer in seen.items() if answer.status == 200}
    assert {"worklogs/<int:pk>/", "sync/runs/<int:pk>/", "issues/id/<int:pk>/"} <= shown
    assert {"epics/<str:key>/", "issues/<str:key>/", "people/<int:pk>/", "teams/<slug:slug>/"} <= shown
    assert {"people/<int:pk>/days/<str:day>/", "reports/<int:pk>/edit/", "reports/schedules/<int:pk>/"} <= shown
    for model in tenant_models():
        if model in admin.site._registry:
            assert f"admin/{model._meta.app_label}/{model._meta.model_name}/<path:object_id>/change/" in shown
    assert [path for path in shown if MARK not in seen[path].body.lower()] == []
