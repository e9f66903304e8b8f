"""The settings and the audit in a browser: nothing that the Content-Security-Policy forbids, in both themes."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail

from accounts import audit
from accounts.invitations import invite
from accounts.models import Membership, Role
from accounts.tenancy import company_scope
from tests.browser.conftest import Open, Visit
from tests.conftest import Cast
from worklogs.models import JiraAccount, JiraInstance, Person

SHEET = Path(__file__).resolve().parent.parent.parent / "static" / "css" / "admin" / "site.css"
DESK, PHONE = {"width": 1440, "height": 1000}, {"width": 360, "height": 780}
PAGES = {
    "index": "/admin/",
    "company": "/admin/accounts/company/",
    "members": "/admin/accounts/membership/",
    "invite": "/admin/accounts/invitation/add/",
    "people": "/admin/worklogs/person/",
    "person": "/admin/worklogs/person/{person}/change/",
    "deleting a person": "/admin/worklogs/person/{person}/delete/",
    "adding people": "/admin/worklogs/person/paste/",
    "suggested merges": "/admin/worklogs/person/suggestions/",
    "account": "/admin/worklogs/jiraaccount/{account}/change/",
    "instance": "/admin/worklogs/jirainstance/{instance}/change/",
}


def problems(visit: Visit, *, rules: tuple[str, ...] = ()) -> list[str]:
    found = [line for line in visit.said if not line.startswith("verbose")]  # hints for password managers
    for violation in Axe().run(visit.page, options={"runOnly": list(rules)} if rules else None).response["violations"]:
        found.append(f"{violation['id']}: {[node['target'] for node in violation['nodes'][:4]]}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_the_settings_break_no_policy_and_can_be_read(
    browse: Open, alborada: Cast, month: JiraInstance, name: str, scheme: str
) -> None:
    with company_scope(alborada.company):
        person = Person.objects.order_by("pk")[0].pk
        account = JiraAccount.objects.order_by("pk")[0].pk
    visit = browse(color_scheme=scheme, reduced_motion="reduce")
    visit.open(PAGES[name].format(person=person, account=account, instance=month.pk))
    # The markup is Django's own; its colours are ours.
    rules = ("color-contrast", "label", "document-title", "html-has-lang", "link-name", "link-in-text-block")
    assert problems(visit, rules=rules) == []


BEYOND = """() => {
  const [list, last] = [".results", "#result_list thead th:last-child"].map((each) => document.querySelector(each));
  list.scrollTo(list.scrollWidth, 0);
  return [list.scrollLeft, last.getBoundingClientRect().right - list.getBoundingClientRect().right];
}"""


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("of", ["accounts/invitation", "accounts/membership", "worklogs/jirainstance"])
def test_a_list_has_room_or_is_scrolled_in_its_box(
    browse: Open, alborada: Cast, month: JiraInstance, size: dict[str, int], of: str
) -> None:
    with company_scope(alborada.company):
        invite(alborada.company, "somebody.with.a.long.name@alborada.example", Role.USER, alborada.admin)
    visit = browse(viewport=size)
    visit.open(f"/admin/{of}/")
    scrolled, hidden = visit.page.evaluate(BEYOND)
    assert (scrolled == 0) == (size is DESK)
    assert hidden <= 1
    assert visit.fits()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("query", ["", "?first=1900-01-01", "?text=nothing+says+this"])
def test_the_audit_fits_and_is_accessible(
    browse: Open, alborada: Cast, size: dict[str, int], scheme: str, query: str
) -> None:
    for number in range(101):
        changes = {"role": ["User", "Manager"], "name": [None, "A long name " * 9]}
        audit.record("member changed", user=alborada.admin, company=alborada.company, row=number, changes=changes)
    visit = browse(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    visit.open(f"/audit/{query}")
    assert problems(visit) == []
    assert visit.fits()


@pytest.mark.parametrize(
    ("path", "crumbs"),
    [
        ("/admin/", ["System", "Settings"]),
        ("/admin/accounts/invitation/", ["Settings", "Invitations"]),
        ("/admin/worklogs/person/{person}/change/", ["Settings", "People", "Ana Beltrán"]),
        ("/admin/worklogs/person/paste/", ["Settings", "People", "Add people"]),
    ],
)
def test_the_settings_stand_in_the_products_own_shell(
    browse: Open, alborada: Cast, month: JiraInstance, path: str, crumbs: list[str]
) -> None:
    with company_scope(alborada.company):
        person = Person.objects.get(name="Ana Beltrán").pk
    page = browse().open(path.format(person=person))
    assert page.get_by_role("navigation", name="Breadcrumb").get_by_role("listitem").all_inner_texts() == crumbs
    assert page.get_by_role("heading", level=1).all_inner_texts() == crumbs[-1:]
    assert page.locator(".nav [aria-current]").all_inner_texts() == ["Settings"]


def test_somebody_is_invited_and_made_an_admin_with_the_mouse(browse: Open, alborada: Cast) -> None:
    visit = browse()
    page = visit.open("/")
    page.get_by_role("link", name="Settings").click()
    page.locator("#content").get_by_role("link", name="Invitations").click()
    page.get_by_role("link", name="Add invitation").click()
    page.get_by_label("E-mail").fill("new@alborada.example")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/accounts/invitation/")
    assert mail.outbox[0].to == ["new@alborada.example"]
    page.goto(f"{visit.base}/admin/accounts/membership/")
    page.get_by_role("link", name=alborada.user.name).click()
    page.get_by_label("Role").select_option("admin")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/accounts/membership/")
    with company_scope(alborada.company):
        assert Membership.objects.get(user=alborada.user).role == Role.ADMIN
    page.get_by_role("link", name="Audit log").first.click()
    assert "role: User → Admin" in page.inner_text("main")
    assert visit.said == []


def test_two_people_are_merged_with_the_mouse(browse: Open, alborada: Cast, month: JiraInstance) -> None:
    visit = browse()
    page = visit.open("/admin/worklogs/person/")
    for name in ("Ana Beltrán", "Ben Ortiz"):
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option("merge")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("radio", name="Ben Ortiz").check()
    page.get_by_role("button", name="Merge").click()
    assert "Merged into Ben Ortiz." in page.inner_text("main")
    with company_scope(alborada.company):
        assert not Person.objects.filter(name="Ana Beltrán").exists()
    assert visit.said == []


def test_the_sheet_of_the_settings_names_no_colour() -> None:
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;\s,)])|\b(?:rgb|hsl)\(|light-dark\((?=.*;)", SHEET.read_text()) == []
