"""The audit of a company, for its ADMINs."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.audit import AuditFilter, actions_of, audit_csv, audit_page, in_words, users_of
from accounts.audit_words import InTheReadersWords
from accounts.limits import limited, one_at_a_time
from accounts.middleware import CompanyRequest
from accounts.models import Company, Role
from accounts.permissions import require_role
from accounts.tenancy import company_scope

# Days that every database and time zone can write.
POSSIBLE = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2190, 1, 1))]


def day_field(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d")
    return forms.DateField(required=False, label=label, widget=widget, validators=POSSIBLE)


class AuditFilterForm(forms.Form):
    first = day_field(_("First day"))
    last = day_field(_("Last day"))
    user = forms.TypedChoiceField(required=False, label=_("User"), coerce=int, empty_value=None)
    action = forms.ChoiceField(required=False, label=_("Action"))
    text = forms.CharField(required=False, label=_("Text"), max_length=200)
    after = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        words = InTheReadersWords()
        anyone, anything = [("", _("Anyone"))], [("", _("Any action"))]
        self.fields["user"].choices = anyone + [(user.pk, str(user)) for user in users_of(company)]  # type: ignore[attr-defined]
        self.fields["action"].choices = anything + [(name, words.action(name)) for name in actions_of(company)]  # type: ignore[attr-defined]
        for name in ("user", "action", "text"):
            self.fields[name].widget.attrs["class"] = "input"

    @property
    def chosen(self) -> AuditFilter:
        """What was asked for, as far as it can be read."""
        asked = self.cleaned_data
        return AuditFilter(
            first=asked.get("first"),
            last=asked.get("last"),
            user_id=asked.get("user"),
            action=asked.get("action", ""),
            text=asked.get("text", ""),
        )


@require_safe
@require_role(Role.ADMIN)
def audit(request: CompanyRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET, company=request.company)
    form.full_clean()
    page = audit_page(request.company, form.chosen, after=form.cleaned_data.get("after"))
    words = InTheReadersWords()
    query = request.GET.copy()
    query.pop("after", None)
    context = {
        "form": form,
        "rows": [(entry, words.action(entry.action), in_words(entry.detail, words)) for entry in page.rows],
        "is_filtered": form.chosen != AuditFilter(),
        "is_first": not form.cleaned_data.get("after"),
        "query": query.urlencode(),
        "next_after": page.next_after,
    }
    return render(request, "accounts/audit.html", context)


@require_safe
@require_role(Role.ADMIN)
@limited("export", "20/m", method="GET")
@one_at_a_time
def audit_export(request: CompanyRequest) -> HttpResponseBase:
    form = AuditFilterForm(request.GET, company=request.company)
    if not form.is_valid():
        raise Http404("The filter cannot be read.")
    headers = {"Content-Disposition": f'attachment; filename="audit-{request.company.slug}.csv"'}
    lines = streamed(request.company, form.chosen)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def streamed(company: Company, chosen: AuditFilter) -> Iterator[str]:
    yield "\ufeff"  # Excel reads UTF-8 only with this mark
    with company_scope(company):  # the middleware's scope has ended when the response streams
        yield from audit_csv(company, chosen)
