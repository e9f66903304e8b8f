"""The sync page: start, watch, cancel, look back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts import audit
from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.navigation import safe_next
from accounts.permissions import has_role, require_role
from integrations import tasks, typed_tokens
from integrations.connection import connect_at_once
from integrations.forms import InstanceForm
from integrations.instances import add_instance
from integrations.models import SyncRun
from integrations.onboarding import first_sync
from integrations.run_view import RunView, run_view
from integrations.runs import request_cancel
from integrations.session import ApiError
from integrations.tasks import enqueue
from worklogs.models import Issue, JiraInstance
from worklogs.periods import BadPeriod, Period, read_day
from worklogs.sync_words import in_readers_words

HISTORY = 30
ACTIVE = [SyncRun.Status.QUEUED, SyncRun.Status.RUNNING]


class SyncForm(forms.Form):
    """Days are both given or both left out; without them what changed is read."""

    first_day = forms.DateField(required=False, label=gettext_lazy("First day"))
    last_day = forms.DateField(required=False, label=gettext_lazy("Last day"))
    full = forms.BooleanField(required=False, label=gettext_lazy("Sync everything"))
    instances = forms.ModelMultipleChoiceField(
        JiraInstance.objects.filter(is_active=True), required=False, label=gettext_lazy("Instances")
    )

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if isinstance(first, date) and isinstance(last, date):
            try:
                Period(read_day(first.isoformat()), read_day(last.isoformat()))
            except BadPeriod as error:
                raise forms.ValidationError(str(error)) from error
        elif first or last:
            raise forms.ValidationError(_("Enter both a first and a last day."))
        if first and cleaned.get("full"):
            raise forms.ValidationError(_("Leave the dates empty to sync everything."))
        return cleaned


@require_http_methods(["GET", "POST"])
@require_role(Role.ADMIN)
@limited("add instance", "10/m")
def add(request: CompanyRequest) -> HttpResponse:
    """Adds an instance after asking it; for a company that has just been founded it is the second step of three."""
    form = typed_form(request)
    if form.is_valid():
        try:
            with connect_at_once(form.access()) as connection:
                name = connection.check(timezone.now().date())
        except ApiError as error:
            form.tell(error)
        else:
            access = form.access()
            instance = add_instance(form.cleaned_data["name"], access)
            typed_tokens.forget(request.session)
            told = {"name": instance.name, "url": instance.url, "account": access.email}
            audit.record("instance added", user=request.user, company=request.company, request=request, **told)
            enqueue([instance], trigger="page", user=request.user)
            messages.success(request, _("Connected as %(name)s. The first sync has started.") % {"name": name})
            return redirect("sync" if JiraInstance.objects.filter(synced_at__isnull=False).exists() else "first_sync")
    context = {"form": form, "is_first": not JiraInstance.objects.exists()}
    return render(request, "integrations/add.html", context, status=422 if form.is_bound else 200)


def typed_form(request: CompanyRequest) -> InstanceForm:
    """Its tokens are kept until it is accepted, or opened anew."""
    if request.method != "POST":
        typed_tokens.forget(request.session)
        return InstanceForm()
    names = ["token", "tempo_token"]
    if "forget_tempo" in request.POST:
        names.remove("tempo_token")
        typed_tokens.forget(request.session, "tempo_token")
    typed_tokens.keep(request.session, {name: request.POST.get(name, "") for name in names})
    return InstanceForm(request.POST, kept=typed_tokens.kept(request.session))


@require_safe
@require_role(Role.MANAGER)
def welcome(request: CompanyRequest) -> HttpResponse:
    """The third step of three: the first reading, and what to do next. It asks for itself anew while it is read."""
    instances = list(JiraInstance.objects.all())
    if not instances:
        # Only an ADMIN adds one; the page of the syncs says so to the others.
        return redirect("first_instance" if has_role(request, Role.ADMIN) else "sync")
    first = first_sync(instances, timezone.now())
    if request.htmx and not first.active:
        return told_anew(request, first.runs)
    template = "integrations/_first_sync.html" if request.htmx else "integrations/first_sync.html"
    return render(request, template, {"first": first})


@require_safe
@require_role(Role.MANAGER)
def sync_page(request: CompanyRequest) -> HttpResponse:
    return render(request, "integrations/sync.html", {"form": SyncForm()} | runs_context())


@require_safe
@require_role(Role.MANAGER)
def progress(request: CompanyRequest) -> HttpResponse:
    """The part of the page that is asked again and again while runs are active."""
    context = runs_context()
    if request.htmx and not context["active"]:
        return told_anew(request, context["history"][:1])
    return render(request, "integrations/_progress.html", context)


def told_anew(request: CompanyRequest, ended: Sequence[RunView]) -> HttpResponse:
    """The whole page: what it tells round its content, as how old the hours are, has changed with the sync as well."""
    if ended and all(view.run.status == SyncRun.Status.SUCCEEDED for view in ended):
        messages.success(request, _("Sync finished."))
    return HttpResponseClientRefresh()


def runs_context() -> dict[str, Any]:
    instances = list(JiraInstance.objects.all())
    runs = SyncRun.objects.select_related("user", "issue")
    active = runs.filter(status__in=ACTIVE).order_by("id")
    ended = runs.exclude(status__in=ACTIVE).order_by("-queued_at", "-id")[:HISTORY]
    busy = {run.instance_id for run in active}
    return {
        "instances": instances,
        "failed": [each for each in instances if each.is_active and each.sync_error and each.pk not in busy],
        "is_unread": bool(instances) and not any(each.synced_at for each in instances),
        "active": views_of(list(active), instances),
        "history": views_of(list(ended), instances),
    }


def views_of(runs: list[SyncRun], instances: list[JiraInstance]) -> list[RunView]:
    now = timezone.now()
    return [run_view(run, instances, now) for run in runs]


@require_POST
@require_role(Role.MANAGER)
@limited("sync", "20/m")
def start(request: CompanyRequest) -> HttpResponse:
    form = SyncForm(request.POST)
    if not form.is_valid():
        return render(request, "integrations/sync.html", {"form": form} | runs_context(), status=422)
    asked = form.cleaned_data
    chosen = list(asked["instances"] or JiraInstance.objects.filter(is_active=True))
    runs = enqueue(
        chosen,
        first_day=asked["first_day"],
        last_day=asked["last_day"],
        full=asked["full"],
        trigger="page",
        user=request.user,
    )
    audit.record(
        "sync started",
        user=request.user,
        company=request.company,
        request=request,
        instances=[run.instance.name for run in runs],
    )
    if runs:
        text = ngettext("%(n)s sync queued.", "%(n)s syncs queued.", len(runs)) % {"n": len(runs)}
        messages.success(request, text)
    else:
        messages.info(request, _("These instances are already syncing.") if chosen else _("No instances yet."))
    return redirect(safe_next(request, "sync"))


@require_safe
@require_role(Role.MANAGER)
def run(request: CompanyRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(SyncRun.objects.select_related("user", "issue"), pk=pk)
    view = run_view(found, list(JiraInstance.objects.all()), timezone.now())
    if request.htmx and not found.is_active:
        return told_anew(request, [view])
    if request.htmx:
        return render(request, "integrations/_live_run.html", {"run": view})
    return render(request, "integrations/run.html", {"view": view, "changes": found.changes.order_by("id")})


@require_POST
@require_role(Role.MANAGER)
def cancel(request: CompanyRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(SyncRun, pk=pk)
    request_cancel(found)
    audit.record("sync cancelled", user=request.user, company=request.company, request=request, run=pk)
    messages.info(request, _("The sync will stop after the current page."))
    return redirect(safe_next(request, "sync"))


@require_POST
@require_role(Role.MANAGER)
@limited("sync", "20/m")
def confirm(request: CompanyRequest, pk: int) -> HttpResponse:
    """Reads the same again, this time removing what is no longer shown."""
    found = get_object_or_404(SyncRun.objects.select_related("instance", "issue"), pk=pk)
    if not found.instance.is_active:
        text = _("%(name)s is inactive and can’t be synced.")
        messages.error(request, text % {"name": found.instance})
        return redirect("sync")
    runs = enqueue(
        [found.instance],
        first_day=found.first_day,
        last_day=found.last_day,
        full=found.mode == SyncRun.Mode.FULL,
        issue=found.issue,
        confirm_deletions=True,
        trigger="page",
        user=request.user,
    )
    if not runs:
        messages.info(request, _("These instances are already syncing."))
        return redirect("sync")
    SyncRun.objects.filter(pk=pk).update(unconfirmed_deletions=0)  # it is decided
    audit.record("deletions confirmed", user=request.user, company=request.company, request=request, run=pk)
    messages.success(request, _("Syncing again. Worklogs that Jira no longer shows will be deleted."))
    return redirect("sync")


@require_POST
@require_role(Role.MANAGER)
@limited("sync issue", "10/m")
def sync_issue(request: CompanyRequest, pk: int) -> HttpResponse:
    """Reads one issue and its worklogs again while the person waits, or in the background when that takes long."""
    issue = get_object_or_404(Issue.objects.select_related("instance"), pk=pk)
    if not issue.instance.is_active:
        text = _("%(name)s is inactive and can’t be synced.")
        messages.error(request, text % {"name": issue.instance})
        return redirect(safe_next(request))
    run = tasks.sync_issue(issue, request.user)
    told = {"issue": str(issue), "instance": issue.instance.name, "run": run.pk}
    audit.record("issue synced", user=request.user, company=request.company, request=request, **told)
    if run.status == SyncRun.Status.QUEUED:
        text = _("%(issue)s is taking longer. The sync continues in the background.")
        messages.info(request, text % {"issue": issue})
    else:
        tell(request, run)
    is_open = run.status == SyncRun.Status.QUEUED or run.unconfirmed_deletions
    return redirect("sync_run", run.pk) if is_open else redirect(safe_next(request))


def tell(request: CompanyRequest, run: SyncRun) -> None:
    """What a run that has ended did, in a sentence."""
    for text in run.errors:
        messages.error(request, in_readers_words(text))
    for text in run.warnings:
        messages.warning(request, in_readers_words(text))
    if run.status == SyncRun.Status.SUCCEEDED:
        counts = {"new": run.created, "changed": run.updated, "deleted": run.deleted, "same": run.unchanged}
        text = _("Sync finished: %(new)s new, %(changed)s changed, %(deleted)s deleted, %(same)s unchanged worklogs.")
        messages.success(request, text % counts)
